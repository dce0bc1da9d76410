"""Plain lists, FireHOL's netset and ipset: `ip`, `ip/length`, `first-last` or `ip mask` a line, comments `#` `;` `//`.

FireHOL's header tells the list's own date and how many entries it has; fewer lines than that is a truncated file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.addresses import SPAN, is_plain, packed
from blacklist.formats.comments import Header, is_comment, uncommented
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.lines import blocks, why_not


def read_plain(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads a plain list. See Reader."""
    reading = _Reading(context, sink)
    for first, lines in blocks(chunks, sink):
        reading.block(first, lines)
    header = reading.header
    problem = ""
    if header.declared is not None and reading.entries < header.declared:
        problem = f"it is truncated: it has {reading.entries} of the {header.declared} entries that it declares"
    return About(header.date, problem)


class _Reading:
    def __init__(self, context: Context, sink: Sink) -> None:
        self.header = Header(context.now)
        self.entries = 0
        self._sink = sink
        self._fact = sink.fact(Facts("", context.confidence, "", "", context.now, 0, 0))

    def block(self, first: int, lines: Sequence[str]) -> None:
        numbers: Sequence[int] = range(first, first + len(lines))
        if self._hosts(numbers, lines):
            return
        plain: list[str] = []
        plain_numbers: list[int] = []
        for number, line in zip(numbers, lines, strict=True):
            if is_plain(line):
                plain.append(line)
                plain_numbers.append(number)
            else:
                self._line(number, line)
        for start in range(0, len(plain), SPAN):
            span, span_numbers = plain[start : start + SPAN], plain_numbers[start : start + SPAN]
            if not self._hosts(span_numbers, span):
                for number, line in zip(span_numbers, span, strict=True):
                    self._line(number, line)

    def _hosts(self, numbers: Sequence[int], texts: Sequence[str]) -> bool:
        addresses = packed(texts)
        if addresses is None:
            return False
        self.entries += len(texts)
        self._sink.hosts(addresses, self._fact, numbers, texts)
        return True

    def _line(self, number: int, line: str) -> None:
        text = line.strip(" \t")
        if is_comment(text):
            self.header.comment(text)
            return
        self.entries += 1
        field = uncommented(text).replace("\t", " ")
        try:
            parsed = parse(field)
        except IndicatorError:
            self._sink.reject(number, line, why_not(field))
        else:
            self._sink.row(number, line, parsed, self._fact)
