"""Lines of a stream of bytes, in blocks: memory is bounded whatever comes, even one line without an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from blacklist.formats.interface import Sink

LONGEST = 1 << 16  # bytes of a line; no format comes near
_PIECE = 1 << 16
BEGINNING = 400  # bytes of a file or a line that tell what it is
_HTML = ("<!doctype html", "<html", "<head", "<body", "<script", "<?xml")


class Block(NamedTuple):
    """Some lines, without their ends, and the number of the first.

    Bytes that are not UTF-8 are lone surrogates: no indicator has any, and a comment may.
    """

    first: int
    lines: list[str]


def blocks(chunks: Iterable[bytes], sink: Sink) -> Iterator[Block]:
    r"""The lines of a stream that is cut anywhere; `\n` and `\r\n` end a line, a byte order mark is dropped.

    Lines longer than LONGEST are rejected here, and are not among those that come out.
    """
    number, tail = 1, b""
    overlong: bytes | None = None  # the beginning of an over-long line whose end has not come yet
    for piece in _pieces(chunks):
        data = tail + piece
        if overlong is None:
            end = data.find(b"\n")
            if (len(data) if end < 0 else end) > LONGEST:
                overlong = data[:BEGINNING]
        if overlong is not None:
            end = data.find(b"\n")
            if end < 0:
                tail = b""
                continue
            _reject(number, overlong, sink)
            number, data, overlong = number + 1, data[end + 1 :], None
        end = data.rfind(b"\n")
        tail = data[end + 1 :]
        if end >= 0:
            lines = _decoded(data[: end + 1], first=number == 1)
            yield Block(number, lines)
            number += len(lines)
    if overlong is not None:
        _reject(number, overlong, sink)
    elif tail:
        yield Block(number, _decoded(tail + b"\n", first=number == 1))


def is_html(beginning: bytes) -> bool:
    """Whether a file that begins like this is a web page, such as an error or a login, and not a list."""
    text = beginning[:BEGINNING].decode("utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    return text.startswith(_HTML)


def why_not(text: str) -> str:
    """The reason for which a field that should have been an indicator is rejected: one of a few, to be counted."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "not valid UTF-8"
    if "\0" in text:
        return "has a NUL byte"
    if "%" in text:
        return "has a zone id"
    return "not an address, network or range"


def _decoded(data: bytes, *, first: bool) -> list[str]:
    text = data.replace(b"\r\n", b"\n")[:-1].decode("utf-8", "surrogateescape")
    return (text.removeprefix("\ufeff") if first else text).split("\n")


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]


def _reject(number: int, beginning: bytes, sink: Sink) -> None:
    sink.reject(number, beginning.decode("utf-8", "surrogateescape"), f"longer than {LONGEST} bytes")
