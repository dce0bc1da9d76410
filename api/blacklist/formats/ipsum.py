"""IPsum: an address, a tab, and on how many lists it is. The number is a confidence: min(100, 30 + 10 n)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.addresses import SPAN, packed
from blacklist.formats.comments import Header, is_comment
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.lines import blocks, why_not

_NOT_A_COUNT = "the second column is not a number of lists from 1 to 999"


def read_ipsum(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads an IPsum list. See Reader."""
    reading = _Reading(context, sink)
    for first, lines in blocks(chunks, sink):
        for start in range(0, len(lines), SPAN):
            reading.span(first + start, lines[start : start + SPAN])
    return About(reading.header.date)


class _Reading:
    def __init__(self, context: Context, sink: Sink) -> None:
        self.header = Header(context.now)
        self._now = context.now
        self._sink = sink
        self._facts: dict[str, int] = {}  # by the text of the second column

    def span(self, first: int, lines: Sequence[str]) -> None:
        fields = [line.partition("\t") for line in lines]
        texts = [field[0] for field in fields]
        addresses = packed(texts)
        if addresses is not None:
            try:
                facts = [self._facts[field[2]] for field in fields]
            except KeyError:  # a number for the first time, or none at all
                facts = []
            if facts:
                self._sink.hosts(addresses, facts, range(first, first + len(lines)), lines)
                return
        for number, line in enumerate(lines, first):
            self._line(number, line)

    def _line(self, number: int, line: str) -> None:
        text = line.strip(" \t")
        if is_comment(text):
            self.header.comment(text)
            return
        columns = text.split()
        if len(columns) != 2:
            self._sink.reject(number, line, f"{len(columns)} columns instead of address and number of lists")
            return
        address, count = columns
        try:
            parsed = parse(address)
        except IndicatorError:
            self._sink.reject(number, line, why_not(address))
            return
        fact = self._fact(count)
        if fact is None:
            self._sink.reject(number, line, _NOT_A_COUNT)
        else:
            self._sink.row(number, line, parsed, fact)

    def _fact(self, count: str) -> int | None:
        fact = self._facts.get(count)
        if fact is None and len(count) <= 3 and count.isascii() and count.isdecimal() and count[0] != "0":
            lists = int(count)
            reason = f"on {lists} list{'s' if lists > 1 else ''}"
            fact = self._facts[count] = self._sink.fact(
                Facts("", min(100, 30 + 10 * lists), "", reason, self._now, 0, 0)
            )
        return fact
