"""The figures of a page as they stand in its HTML: which evidence each says it prints, and what it prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

MARKS = ("data-v", "data-gap", "data-of", "data-reason", "data-finding", "data-seconds", "data-highest")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One marked element: its attribute, what that names, the text it holds, and the line it begins on."""

    kind: str
    of: str
    text: str
    line: int


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.found: list[Mark] = []
        self._open: list[tuple[str, list[tuple[str, str, int]], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = named.get("lang", "")
        if tag not in _VOID:
            line, _ = self.getpos()
            self._open.append((tag, [(name, named[name], line) for name in MARKS if name in named], []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Drawings: they hold no text."""

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, marks, texts = self._open.pop()
            text = "".join(texts)
            self.found += [Mark(kind, of, text.strip(), line) for kind, of, line in marks]
            if self._open:
                self._open[-1][2].append(text)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1][2].append(data)


@dataclass(frozen=True, slots=True)
class Marked:
    """The language a page is in, and its marks in the order they end."""

    language: str
    marks: tuple[Mark, ...]

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.marks)


def read_marks(html: str) -> Marked:
    """The marks of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Marked(reader.language, tuple(reader.found))
