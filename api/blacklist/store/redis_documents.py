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
from random import SystemRandom
from secrets import token_hex
from time import monotonic, sleep
from typing import Any

from blacklist.errors import StoreError
from blacklist.store.redis_link import FORMAT, Link

LOCK = 5.0  # seconds
NEWS = "news"  # the channel: a message is the name of an area that changed, and its version
_LOCK = """
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return 'done' end
if holder and string.sub(holder, 1, #ARGV[4]) == ARGV[4] then redis.call('DEL', KEYS[1]) end
if ARGV[3] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[3] then return 'fenced' end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 'done' or 'busy'
"""
_chance = SystemRandom()
_PARTS = 2_000  # arguments of one command: Lua takes some 8,000
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
# Versions are microseconds of Redis's clock, or the next number: they grow, and one that a failover lost never returns.
_COMMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
if ARGV[2] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[2] then return 'fenced' end
for i = 6, #ARGV do if redis.call('EXISTS', ARGV[i]) == 0 then return 'gone' end end
for _, command in ipairs(cjson.decode(ARGV[5])) do redis.call(unpack(command)) end
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
        self._turn = ""  # of the transaction that is open
        self._owner = token_hex(16)  # its tokens begin so: it has one at a time, and may take the place of a lost one
        self._count = 0
        self._pending: dict[str, dict[str, str | None]] = {}
        self._commands: list[Sequence[str | int]] = []
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
        texts = (pending.get(id, text) for id, text in zip(ids, found, strict=True))
        return [None if text is None else json.loads(text) for text in texts]

    def all(self, table: str) -> dict[str, Any]:
        """Every document of a table by its id, in no order."""
        found = {id.decode(): text for id, text in self.link.call("HGETALL", self.key(table)).items()}
        found |= self._pending.get(table, {})
        return {id: json.loads(text) for id, text in found.items() if text is not None}

    def put(self, table: str, id: str, document: Any) -> None:
        """Writes a document in the transaction that is open."""
        self.put_text(table, id, json.dumps(document, ensure_ascii=False, separators=(",", ":")))

    def put_text(self, table: str, id: str, text: str) -> None:
        """The same of a document that is JSON already."""
        self._within()
        self._pending.setdefault(table, {})[id] = text

    def drop(self, table: str, id: str) -> None:
        """Removes a document in the transaction that is open."""
        self._within()
        self._pending.setdefault(table, {})[id] = None

    def queue(self, *command: str | int) -> None:
        """A command for the end of the transaction that is open. Nothing here reads what it writes before that."""
        self._within()
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
        if self._turn:
            raise RuntimeError("a transaction is open")
        fence = self._fence if fence is None else fence
        self._lock("" if fence is None else str(fence))
        try:
            yield
            if self._commands or self._pending:
                self._commit("" if fence is None else str(fence))
            else:  # what was read and is answered may be an earlier change that too few replicas have
                self.link.run(_UNLOCK, (self.key("lock"),), (self._turn,))
        except BaseException:
            self._unlock()
            raise
        finally:
            self._turn = ""
            self._pending, self._commands, self._needed, self._moved = {}, [], [], False

    @contextmanager
    def joined(self) -> Iterator[None]:
        """A part of the transaction that is open, or one of its own."""
        if self._turn:
            yield
            return
        with self.transaction():
            yield

    def _lock(self, fence: str) -> None:
        self._count += 1
        token, deadline = f"{self._owner}:{self._count}", monotonic() + self.link.wait
        keys = (self.key("lock"), self.link.key("lease", "fence"))
        while (answer := self._asked(_LOCK, keys, (token, int(LOCK * 1000), fence, self._owner))) == "busy":
            if monotonic() >= deadline:
                raise StoreError("another process is writing: let it end, and try again", path=self.link.name)
            sleep(_chance.uniform(0.002, 0.02))  # so that two that wait do not ask in step
        self._accept(answer)
        self._turn = token

    def _commit(self, fence: str) -> None:
        keys = (self.key("lock"), self.link.key("lease", "fence"), self.key("version"))
        moved = self._area if self._moved else ""
        # One argument, for ten thousand changes would be so many that the time to send them counts.
        format_of = ("SET", self.link.key("format"), str(FORMAT))
        commands = json.dumps([*self._written(), *self._commands, format_of], ensure_ascii=False)
        arguments = (self._turn, fence, moved, self.link.key(NEWS), commands, *self._needed)
        self._accept(self.link.run(_COMMIT, keys, arguments).decode())

    def _written(self) -> Iterator[Sequence[str]]:
        """What writes the pending documents, many by one command: fewer commands block Redis for a shorter time."""
        for table, texts in self._pending.items():
            put = [part for id, text in texts.items() if text is not None for part in (id, text)]
            dropped = [id for id, text in texts.items() if text is None]
            for command, parts in (("HSET", put), ("HDEL", dropped)):
                for start in range(0, len(parts), _PARTS):
                    yield command, self.key(table), *parts[start : start + _PARTS]

    def _within(self) -> None:
        if not self._turn:
            raise RuntimeError("outside of a transaction")

    def _accept(self, answer: str) -> None:
        if answer in _REFUSED:
            raise StoreError(_REFUSED[answer], path=self.link.name)

    def _unlock(self) -> None:
        if not self.link.away:  # else it ends by itself, or when this one comes again
            with suppress(StoreError):
                self.link.call("EVAL", _UNLOCK, 1, self.key("lock"), self._turn)

    def _asked(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> str:
        answer: bytes = self.link.call("EVAL", script, len(keys), *keys, *arguments)
        return answer.decode()
