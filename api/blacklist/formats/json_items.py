"""One JSON document, item by item: the elements of its array, or of each array in its object. Memory is bounded."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

LONGEST = 1 << 20  # characters of one item
_PIECE = 1 << 16
_NEAR = 12  # characters at the end of what has come in which a mistake may only be an item that goes on
_SHOWN = 100
_LONGEST_NUMBER = 40  # digits


class JsonProblem(ValueError):  # noqa: N818 - what an operator reads is a problem of the file
    """The document is not whole, or not JSON. Says which, in words for an operator."""


class Item(NamedTuple):
    """One value: the line it begins on, the key of the object's member it is in ("" when the document is an array),
    whether it is an element of an array there, the value, and the beginning of its text."""

    line: int
    key: str
    element: bool
    value: Any
    text: str


def _whole_number(digits: str) -> int | float:
    """No number is so long that making it takes time."""
    return int(digits) if len(digits) < _LONGEST_NUMBER else float("inf")


_decoder = json.JSONDecoder(parse_int=_whole_number)


def items(chunks: Iterable[bytes]) -> Iterator[Item]:
    """The items of a document, in order; none for `null`. Raises JsonProblem, after what came before it."""
    source = _Source(chunks)
    begin = source.peek()
    if begin == "[":
        yield from _elements(source, "")
    elif begin == "{":
        yield from _members(source)
    elif begin == "":
        raise JsonProblem("it is truncated: there is no JSON in it")
    elif source.value() is not None:
        raise JsonProblem("it is JSON, but neither an array nor an object")
    if source.peek() != "":
        raise JsonProblem(f"line {source.line()}: something follows the end of the JSON")


def _members(source: _Source) -> Iterator[Item]:
    source.step()
    if source.peek() == "}":
        source.step()
        return
    while True:
        source.expect('"')
        key = source.value()
        source.expect(":")
        source.step()
        if source.peek() == "[":
            yield from _elements(source, key)
        else:
            yield source.item(key, element=False)
        if source.separator("}"):
            return


def _elements(source: _Source, key: str) -> Iterator[Item]:
    source.step()
    if source.peek() == "]":
        source.step()
        return
    while True:
        yield source.item(key, element=True)
        if source.separator("]"):
            return


class _Source:
    """The text so far, from the place that is not read yet."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._pieces = _pieces(chunks)
        self._decode = getincrementaldecoder("utf-8-sig")("surrogateescape").decode
        self._text = ""
        self._at = 0
        self._lines = 1
        self._counted = 0  # the place up to which lines are counted
        self._shown = ""
        self._ended = False

    def line(self) -> int:
        """The number of the line."""
        self._lines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            text, at = self._text, self._at
            size = len(text)
            while at < size and text[at] in " \t\r\n":
                at += 1
            self._at = at
            if at < size:
                return text[at]
            if not self._more():
                return ""

    def step(self) -> None:
        """Goes past one character."""
        self._at += 1

    def expect(self, wanted: str) -> None:
        """Raises JsonProblem unless that is the next character."""
        if (found := self.peek()) != wanted:
            raise self._wrong(found)

    def separator(self, end: str) -> bool:
        """Goes past a comma, or past the end: whether it was the end."""
        found = self.peek()
        if found not in {",", end}:
            raise self._wrong(found)
        self.step()
        return found == end

    def item(self, key: str, *, element: bool) -> Item:
        """The next value."""
        self.peek()
        line = self.line()
        value = self.value()
        return Item(line, key, element, value, self._shown)

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                goes_on = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - (
                    0 if self._ended else _NEAR
                )
                if not goes_on:
                    raise JsonProblem(f"line {self._line_of(error.pos)}: it is not JSON: {error.msg}") from None
            except RecursionError:
                raise JsonProblem(f"line {self.line()}: it is nested too deep") from None
            else:
                if end < len(self._text) or self._ended:
                    self._shown = self._text[self._at : min(end, self._at + _SHOWN)]
                    self._at = end
                    return value
            left = len(self._text) - self._at
            if left > LONGEST:
                raise JsonProblem(f"line {self.line()}: it has a value longer than {LONGEST} characters")
            if not self._more(left):
                raise self._wrong("")

    def _more(self, at_least: int = 1) -> bool:
        """Reads on; False when the end was reached before."""
        if self._ended:
            return False
        self.line()
        parts, size = [self._text[self._at :]], 0
        while size < at_least:
            piece = next(self._pieces, b"")
            self._ended = not piece
            text = self._decode(piece, final=self._ended)
            parts.append(text)
            size += len(text)
            if self._ended:
                break
        self._text, self._at, self._counted = "".join(parts), 0, 0
        return True

    def _line_of(self, place: int) -> int:
        return self.line() + self._text.count("\n", self._at, place)

    def _wrong(self, found: str) -> JsonProblem:
        if found == "" or (self._ended and self._at >= len(self._text) - 1):
            return JsonProblem("it is truncated: its JSON has no end")
        return JsonProblem(f"line {self.line()}: it is not JSON: unexpected {found!r}")


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]
