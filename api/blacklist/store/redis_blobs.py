"""Large values in Redis, in immutable chunks: a slow reader of a single large one would fill Redis's buffers.

Chunks are written before the transaction that makes something of them, and end by themselves unless it keeps them: a
writer that is killed leaves nothing for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from secrets import token_hex

from blacklist.errors import StoreError
from blacklist.store.redis_documents import Documents

CHUNK = 256 * 1024 - 64  # bytes: with its header it fills what Redis's allocator gives, instead of 320 KiB
_UNKEPT = 600  # seconds that chunks live which no transaction keeps


class BlobGone(StoreError):  # noqa: N818 - it was replaced; that is no fault
    """A chunk is not there any more: what it was part of has been replaced."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A value that is there: its id, how many chunks it has, and their bytes in all."""

    id: str
    chunks: int
    size: int


class Blobs:
    """The blobs of an area."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def write(self, parts: Iterable[bytes]) -> Blob:
        """Writes the chunks. Whoever wants to keep them calls `keep` within ten minutes."""
        id, chunks, size = token_hex(8), 0, 0
        for chunk in _chunks(parts):
            self._documents.link.call("SET", self._key(id, chunks), chunk, "EX", _UNKEPT)
            chunks += 1
            size += len(chunk)
        return Blob(id, chunks, size)

    def read(self, blob: Blob) -> Iterator[bytes]:
        """The chunks, each when it is asked for. Raises BlobGone when one is not there any more."""
        for number in range(blob.chunks):
            chunk: bytes | None = self._documents.link.call("GET", self._key(blob.id, number))
            if chunk is None:
                raise BlobGone("was replaced while it was read: read it again", path=self._documents.link.name)
            yield chunk

    def keep(self, blob: Blob) -> None:
        """Keeps a blob from the end of the transaction that is open, which needs all of it."""
        keys = self.keys(blob)
        self._documents.require(keys)
        for key in keys:
            self._documents.queue("PERSIST", key)

    def drop(self, blob: Blob, *, after: int = 0) -> None:
        """Forgets a blob that many seconds after the end of the transaction that is open."""
        for number in range(blob.chunks):
            key = self._key(blob.id, number)
            if after:
                self._documents.queue("EXPIRE", key, after)
            else:
                self._documents.queue("UNLINK", key)

    def keys(self, blob: Blob) -> list[str]:
        """Where its chunks are."""
        return [self._key(blob.id, number) for number in range(blob.chunks)]

    def _key(self, id: str, number: int) -> str:
        return self._documents.key("blob", id, str(number))


def _chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    left = bytearray()
    for part in parts:
        left += part
        while len(left) >= CHUNK:
            yield bytes(left[:CHUNK])
            del left[:CHUNK]
    if left:
        yield bytes(left)
