"""The content of a feed as it is read: one or several files, in chunks of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a feed may cost. Sizes in bytes, times in seconds.

    `ratio` is how many times larger than its compressed form content may be (beyond the first MiB); `total` bounds
    the whole fetch, however slowly bytes drip; `connect` and `read` bound one wait.
    """

    compressed: int = 64 << 20
    decompressed: int = 256 << 20
    ratio: int = 100
    total: float = 120.0
    connect: float = 10.0
    read: float = 20.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Permits:
    """What a feed's operator allows its URL: http, and a private address of its own host.

    A redirect never leads to a private address elsewhere.
    """

    http: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Validators:
    """What the next conditional request is made with; "" where the server gave none."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its name, and its bytes, which can be read once. FeedError when they can't.

    `made_at` is when it was made, in Unix seconds; 0 when that is unknown, as of an answer that was made just now.
    """

    name: str
    chunks: Iterator[bytes]
    made_at: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """The files of a feed, to be read in order, one after the other."""

    parts: Iterator[Part]
    validators: Validators


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing has changed since the last good import."""
