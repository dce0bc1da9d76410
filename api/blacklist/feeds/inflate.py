"""Bodies, plain or gzip, within their limits: a bomb is refused before it is unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from blacklist.errors import FeedError
from blacklist.feeds.content import Limits

_STEP = 1 << 16
_FREE = 1 << 20  # bytes for which the ratio does not count: a small list may well be all alike
_GZIP = 31  # zlib's window bits for gzip alone


def inflate(chunks: Iterator[bytes], encoding: str, limits: Limits) -> Iterator[bytes]:
    """The decoded body. Raises FeedError when it is larger than allowed, damaged or cut short."""
    if encoding in {"", "identity"}:
        yield from _bounded(chunks, limits.decompressed)
    elif encoding in {"gzip", "x-gzip"}:
        yield from _gunzip(chunks, limits)
    else:
        raise FeedError(f"the answer is encoded as {encoding[:40]!r}, which was not asked for")


def _bounded(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > most:
            raise FeedError(f"it is larger than {most} bytes")
        yield chunk


def _gunzip(chunks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    decoder = zlib.decompressobj(_GZIP)
    taken = given = 0
    for chunk in _bounded(chunks, limits.compressed):
        taken += len(chunk)
        rest = chunk
        while rest:
            if decoder.eof:  # another member follows
                decoder = zlib.decompressobj(_GZIP)
            try:
                piece = decoder.decompress(rest, _STEP)
            except zlib.error as error:
                raise FeedError(f"its gzip encoding is damaged: {error}") from None
            given += len(piece)
            if given > limits.decompressed:
                raise FeedError(f"it is larger than {limits.decompressed} bytes when decompressed")
            if given > max(_FREE, taken * limits.ratio):
                raise FeedError(f"it is more than {limits.ratio} times as large when decompressed")
            yield piece
            rest = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    if not decoder.eof and taken:
        raise FeedError("it is truncated: its gzip encoding has no end")
