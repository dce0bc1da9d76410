"""Small JSON documents in Redis: hashes of them, changed in transactions that are whole, in order, and fenced.

A transaction holds its area's lock, a key with a random token that ends after five seconds. What it changes is kept
here until its end; then one script looks whether the lock is still this one's, makes all changes and lets go of the
lock. A process that was paused for longer than its lock lasts therefore changes nothing.

What an acknowledged change survives is Redis's to say: the end of a client or of this service always; the end of Redis
with `appendfsync always`, with `everysec` all but about the last second; a failover to a replica all but what had not
reached it, nothing with `replicas=1` or more in the URL of the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from random import uniform
from secrets import token_hex
from time import monotonic, sleep
from typing import Any

from blacklist.errors import StoreError
from blacklist.store.redis_link import FORMAT, Link

LOCK = 5.0  # seconds
NEWS = "news"  # the channel: a message is the name of an area that changed, and its version
_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return 'done' end
if ARGV[3] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[3] then return 'fenced' end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 'done' or 'busy'
"""
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
# Versions are microseconds of Redis's clock, or the next number: they grow, and one that a failover lost never returns.
_COMMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
if ARGV[2] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[2] then return 'fenced' end
local place = 6 + tonumber(ARGV[5])
for i = 6, place - 1 do if redis.call('EXISTS', ARGV[i]) == 0 then return 'gone' end end
while place <= #ARGV do
  local size = tonumber(ARGV[place])
  redis.call(unpack(ARGV, place + 1, place + size))
  place = place + size + 1
end
redis.call('DEL', KEYS[1])
if ARGV[3] ~= '' then
  local now = redis.call('TIME')
  local next = tonumber(redis.call('GET', KEYS[3]) or 0) + 1
  next = string.format('%.0f', math.max(next, now[1] * 1000000 + now[2]))
  redis.call('SET', KEYS[3], next)
  redis.pcall('PUBLISH', ARGV[4], ARGV[3] .. ' ' .. next)
end
return 'done'
"""
_REFUSED = {
    "lost": "the change took too long and lost its turn: nothing was changed; try again",
    "fenced": "another importer has taken over: nothing was changed",
    "gone": "the change took too long, and what it had written was cleared away: nothing was changed; try again",
}


class Documents:
    """The documents of one area, in tables; a document is anything that JSON can hold."""

    def __init__(self, link: Link, area: str, *, fence: int | None = None) -> None:
        """With a `fence`, nothing is changed once the importer's lease has another token than that."""
        self.link = link
        self._area = area
        self._fence = fence
        self._token = ""  # of the transaction that is open
        self._pending: dict[str, dict[str, Any]] = {}
        self._commands: list[Sequence[bytes | str | int]] = []
        self._needed: list[str] = []
        self._moved = False

    def key(self, *parts: str) -> str:
        """A key of this area."""
        return self.link.key(self._area, *parts)

    def get(self, table: str, id: str) -> Any:
        """One document, or None."""
        return self.some(table, [id])[0]

    def some(self, table: str, ids: Sequence[str]) -> list[Any]:
        """These documents, in that order, None for each that is not there."""
        if not ids:
            return []
        pending = self._pending.get(table, {})
        found = self.link.call("HMGET", self.key(table), *ids)
        return [
            pending[id] if id in pending else None if text is None else json.loads(text)
            for id, text in zip(ids, found, strict=True)
        ]

    def all(self, table: str) -> dict[str, Any]:
        """Every document of a table by its id, in no order."""
        found = {id.decode(): json.loads(text) for id, text in self.link.call("HGETALL", self.key(table)).items()}
        for id, document in self._pending.get(table, {}).items():
            if document is None:
                found.pop(id, None)
            else:
                found[id] = document
        return found

    def put(self, table: str, id: str, document: Any) -> None:
        """Writes a document in the transaction that is open."""
        self._pending.setdefault(table, {})[id] = document
        self.queue("HSET", self.key(table), id, json.dumps(document, ensure_ascii=False, separators=(",", ":")))

    def drop(self, table: str, id: str) -> None:
        """Removes a document in the transaction that is open."""
        self._pending.setdefault(table, {})[id] = None
        self.queue("HDEL", self.key(table), id)

    def queue(self, *command: bytes | str | int) -> None:
        """A command for the end of the transaction that is open. Nothing here reads what it writes before that."""
        if not self._token:
            raise RuntimeError("outside of a transaction")
        self._commands.append(command)

    def require(self, keys: Iterable[str]) -> None:
        """The transaction that is open changes nothing unless all these keys are there at its end."""
        self._needed.extend(keys)

    def moved(self) -> None:
        """The transaction that is open gives the area another version."""
        self._moved = True

    def version(self) -> int:
        """A number that differs after any transaction that said so. It grows, unless Redis lost what it had."""
        return int(self.link.call("GET", self.key("version")) or 0)

    @contextmanager
    def transaction(self, *, fence: int | None = None) -> Iterator[None]:
        """All of the changes within, or none of them. Waits for another's transaction, in any process."""
        if self._token:
            raise RuntimeError("a transaction is open")
        fence = self._fence if fence is None else fence
        self._lock("" if fence is None else str(fence))
        try:
            yield
            if self._commands:
                self._commit("" if fence is None else str(fence))
            else:
                self._unlock()
        except BaseException:
            self._unlock()
            raise
        finally:
            self._token = ""
            self._pending, self._commands, self._needed, self._moved = {}, [], [], False

    @contextmanager
    def joined(self) -> Iterator[None]:
        """A part of the transaction that is open, or one of its own."""
        if self._token:
            yield
            return
        with self.transaction():
            yield

    def _lock(self, fence: str) -> None:
        token, deadline = token_hex(16), monotonic() + self.link.wait
        keys = (self.key("lock"), self.link.key("lease", "fence"))
        while (answer := self._asked(_LOCK, keys, (token, int(LOCK * 1000), fence))) == "busy":
            if monotonic() >= deadline:
                raise StoreError("another process is writing: let it end, and try again", path=self.link.name)
            sleep(uniform(0.002, 0.02))  # noqa: S311  # nosec B311 - so that two that wait do not ask in step
        self._accept(answer)
        self._token = token

    def _commit(self, fence: str) -> None:
        keys = (self.key("lock"), self.link.key("lease", "fence"), self.key("version"))
        moved = self._area if self._moved else ""
        arguments: list[bytes | str | int] = [self._token, fence, moved, self.link.key(NEWS), len(self._needed)]
        arguments += self._needed
        for command in (*self._commands, ("SET", self.link.key("format"), FORMAT)):
            arguments += (len(command), *command)
        self._accept(self.link.run(_COMMIT, keys, arguments).decode())

    def _accept(self, answer: str) -> None:
        if answer in _REFUSED:
            raise StoreError(_REFUSED[answer], path=self.link.name)

    def _unlock(self) -> None:
        if not self.link.away:  # else the lock ends by itself
            with suppress(StoreError):
                self.link.call("EVAL", _UNLOCK, 1, self.key("lock"), self._token)

    def _asked(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> str:
        answer: bytes = self.link.call("EVAL", script, len(keys), *keys, *arguments)
        return answer.decode()
