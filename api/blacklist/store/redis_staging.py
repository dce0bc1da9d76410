"""Rows on their way into Redis: written under keys of their own, which take the place of a store's in one step.

Nothing reads them before that. A process that dies on the way leaves keys that end by themselves within the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from secrets import token_hex
from typing import Any

from blacklist.errors import StoreError
from blacklist.store.contents import not_empty
from blacklist.store.redis_blobs import Blob, Blobs
from blacklist.store.redis_documents import NEWS, Documents
from blacklist.store.redis_link import FORMAT, Link

TABLES = {
    "store": ("feed", "manual", "allowlist", "changes", "once", "once:at"),
    "keys": ("key", "use", "user", "session", "ends", "revoked", "signing_key", "audit", "audit_end", "pull"),
}
"""What an area holds, besides `state`, its blobs, and `live:USER` of each operator."""

_LEFT = 3_600  # seconds that a key lives which did not come to its place
_MOST = 500  # commands at once
_LARGEST = 256 * 1024  # bytes at once
_WRITE = """
local place = 1
while place <= #ARGV do
  local size = tonumber(ARGV[place])
  redis.call(unpack(ARGV, place + 1, place + size))
  place = place + size + 1
end
"""
_SWAP = """
local root, staged, fence, replace, news, format = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local counter, chunks, names = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local first = 10 + chunks
local tables = first + names
if fence ~= '' and redis.call('GET', root .. 'lease:fence') ~= fence then return 'fenced' end
for i = 10, first - 1 do if redis.call('EXISTS', ARGV[i]) == 0 then return 'gone' end end
for i = first, tables - 1 do if redis.call('EXISTS', staged .. ARGV[i]) == 0 then return 'gone' end end
if replace ~= '1' then
  for i = tables, #ARGV do if redis.call('EXISTS', root .. ARGV[i]) == 1 then return 'full' end end
end
local old = redis.call('HVALS', root .. 'store:feed')
for _, text in ipairs(old) do
  local feed = cjson.decode(text)
  for _, blob in ipairs({feed.content, feed.held_content}) do
    if type(blob) == 'table' then
      for i = 0, blob.chunks - 1 do redis.call('UNLINK', root .. 'store:blob:' .. blob.id .. ':' .. i) end
    end
  end
end
for _, user in ipairs(redis.call('HKEYS', root .. 'keys:user')) do
  redis.call('UNLINK', root .. 'keys:live:' .. user)
end
local before = tonumber(redis.call('HGET', root .. 'store:state', 'counter') or 0)
if before > 0 then counter = math.max(counter, before + 1) end
redis.call('UNLINK', root .. 'store:state', root .. 'keys:state')
for i = tables, #ARGV do redis.call('UNLINK', root .. ARGV[i]) end
for i = first, tables - 1 do
  redis.call('RENAME', staged .. ARGV[i], root .. ARGV[i])
  redis.call('PERSIST', root .. ARGV[i])
end
for i = 10, first - 1 do redis.call('PERSIST', ARGV[i]) end
counter = string.format('%.0f', counter)
redis.call('HSET', root .. 'store:state', 'counter', counter)
redis.call('SET', root .. 'format', format)
local now = redis.call('TIME')
for _, area in ipairs({'store', 'keys'}) do
  redis.call('UNLINK', root .. area .. ':lock')
  local next = tonumber(redis.call('GET', root .. area .. ':version') or 0) + 1
  next = string.format('%.0f', math.max(next, now[1] * 1000000 + now[2]))
  redis.call('SET', root .. area .. ':version', next)
  redis.pcall('PUBLISH', news, area .. ' ' .. next)
end
return counter
"""
_REFUSED = {
    "fenced": "another importer has taken over: nothing was changed",
    "gone": "it took too long, and what was written was cleared away: nothing was changed; try again",
}


class Staging:
    """Commands for keys of an unborn store. Whoever is done calls `swap`, or `drop`."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.blobs = Blobs(Documents(link, "store"))
        self._root = link.key("")
        self._staged = link.key("restore", token_hex(8), "")
        self._names: dict[str, None] = {}
        self._chunks: list[str] = []
        self._touched: set[str] = set()
        self._commands: list[bytes | str | int] = []
        self._count = self._size = 0

    def key(self, *parts: str) -> str:
        """A key, given as what it will be called below the prefix."""
        name = ":".join(parts)
        self._names[name] = None
        return self._staged + name

    def add(self, command: str, key: str, *values: bytes | str | int) -> None:
        """A command that writes that key."""
        self._commands += (len(values) + 2, command, key, *values)
        self._touched.add(key)
        self._size += sum(len(one) if isinstance(one, bytes | str) else 8 for one in values)
        self._count += 1
        if self._count >= _MOST or self._size >= _LARGEST:
            self._flush()

    def blob(self, data: bytes) -> Blob:
        """Writes a blob of the area `store`, which is kept if the swap comes about within ten minutes."""
        blob = self.blobs.write([data])
        self._chunks += self.blobs.keys(blob)
        return blob

    def swap(self, *, counter: int, fence: int | None, replace: bool) -> int:
        """Puts all of it in the place of what is there, in one step; the counter that came of it.

        Transactions of others that are open change nothing any more, and say so.
        """
        self._flush()
        tables = [f"{area}:{table}" for area, names in TABLES.items() for table in names]
        arguments: list[bytes | str | int] = [self._root, self._staged, "" if fence is None else str(fence)]
        arguments += [int(replace), self.link.key(NEWS), FORMAT, counter, len(self._chunks), len(self._names)]
        arguments += [*self._chunks, *self._names, *tables]
        chunks, self._chunks = self._chunks, []  # without an answer they may be the store's: `drop` leaves them
        try:
            answer: Any = self.link.run(_SWAP, [self._root], arguments).decode()
        except StoreError as error:
            raise StoreError(f"{error} (what was to be loaded may be there all the same: look before that)") from None
        if not answer.isdecimal():
            self._chunks = chunks
        if answer == "full":
            raise not_empty(self.link.name)
        if answer in _REFUSED:
            raise StoreError(_REFUSED[answer], path=self.link.name)
        return int(answer)

    def drop(self) -> None:
        """Forgets all of it, if Redis answers; else it ends by itself."""
        self._commands, self._touched = [], set()
        keys: Sequence[str] = [*(self._staged + name for name in self._names), *self._chunks]
        with suppress(StoreError):
            for place in range(0, len(keys), _MOST):
                self.link.call("UNLINK", *keys[place : place + _MOST])

    def _flush(self) -> None:
        commands, self._commands = self._commands, []
        self._count = self._size = 0
        for key in self._touched:
            commands += (3, "EXPIRE", key, _LEFT)
        self._touched.clear()
        if commands:
            self.link.run(_WRITE, [self._root], commands)


class StagedDocuments(Documents):
    """Documents that are written straight to where they are staged. Reading finds nothing: it is not meant for that."""

    def __init__(self, staging: Staging, area: str) -> None:
        super().__init__(staging.link, area)
        self._staging = staging

    def key(self, *parts: str) -> str:
        """See Documents."""
        return self._staging.key(self._area, *parts)

    def put_text(self, table: str, id: str, text: str) -> None:
        """See Documents."""
        self._staging.add("HSET", self.key(table), id, text)

    def queue(self, *command: str | int) -> None:
        """See Documents."""
        name, key, *values = command
        self._staging.add(str(name), str(key), *values)

    def moved(self) -> None:
        """Nothing: the swap gives every area another version."""
