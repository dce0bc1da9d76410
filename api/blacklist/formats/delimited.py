"""CSV and TSV of any kind: the delimiter, the header and the column of indicators are found out from the first rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from blacklist.core.indicator import IndicatorError, parse
from blacklist.formats.comments import Header, is_comment
from blacklist.formats.fields import split
from blacklist.formats.interface import About, Context, Reader, Sink
from blacklist.formats.lines import blocks
from blacklist.formats.rows import Rows, columns_of, named, no_column

_DELIMITERS = ",;\t|"
_SAMPLE = 25  # rows that tell what the table is like
_Line = tuple[int, str]


def _read(chunks: Iterable[bytes], context: Context, sink: Sink, *, delimiters: str) -> About:
    reading = _Reading(context, sink, delimiters)
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            reading.line(number, line)
        if reading.problem:
            break
    return reading.end()


read_csv: Reader = partial(_read, delimiters=_DELIMITERS)
read_tsv: Reader = partial(_read, delimiters="\t")


class _Reading:
    def __init__(self, context: Context, sink: Sink, delimiters: str) -> None:
        self.problem = ""
        self._header = Header(context.now)
        self._wanted = context.columns
        self._sink = sink
        self._rows = Rows(context, sink)
        self._delimiters = delimiters
        self._delimiter = ""
        self._waiting: list[_Line] = []
        self._columns: dict[str, int] = {}

    def line(self, number: int, line: str) -> None:
        """Takes one line."""
        text = line.strip(" ")
        if is_comment(text):
            self._header.comment(text)
        elif self._delimiter:
            self._row(number, line)
        elif not self.problem:
            self._waiting.append((number, line))
            if len(self._waiting) == _SAMPLE:
                self._begin()

    def end(self) -> About:
        """What the file says of itself, once all of it was taken."""
        if self._waiting and not self._delimiter and not self.problem:
            self._begin()
        return About(self._header.date, self.problem)

    def _begin(self) -> None:
        """Decides what the table is like, and takes the rows that waited for it."""
        lines = [line for _, line in self._waiting]
        tables = {mark: [split(line, mark) or [] for line in lines] for mark in self._delimiters}
        delimiter = max(tables, key=lambda mark: (self._likeness(tables[mark]), -self._delimiters.index(mark)))
        table = tables[delimiter]
        hits = _hits(table)
        best = max(hits, default=0)
        head = table[0]
        has_header = not any(map(_is_indicator, head))
        try:
            self._columns = columns_of(head if has_header else [""] * len(head), self._wanted)
        except KeyError as error:
            self.problem = no_column(str(error.args[0]), head)
            return
        if "indicator" not in self._wanted:
            named_place = self._columns.get("indicator")
            if best and (named_place is None or hits[named_place] < best):
                self._columns = {role: place for role, place in self._columns.items() if place != hits.index(best)}
                self._columns["indicator"] = hits.index(best)
            elif named_place is None:
                self.problem = "no column of it holds addresses: say which with columns = {indicator = …}"
                return
        self._delimiter = delimiter
        waiting, self._waiting = self._waiting, []
        for number, line in waiting[has_header:]:
            self._row(number, line)

    def _likeness(self, table: Sequence[Sequence[str]]) -> tuple[bool, int, int]:
        """How much this looks like a table: names what is wanted, indicators in one column, columns."""
        names = set(map(named, table[0]))
        wanted = all(named(name) in names for name in self._wanted.values()) and bool(self._wanted)
        return wanted, max(_hits(table), default=0), min(map(len, table))

    def _row(self, number: int, line: str) -> None:
        fields = split(line, self._delimiter)
        if fields is None:
            self._sink.reject(number, line, "its quotes do not match")
            return
        if len(fields) <= self._columns["indicator"]:
            self._sink.reject(number, line, "fewer columns than the table")
            return
        values = {role: fields[place] for role, place in self._columns.items() if place < len(fields)}
        self._rows.take(number, line, values)


def _hits(table: Sequence[Sequence[str]]) -> list[int]:
    """How many indicators each column of a sample holds."""
    width = max(map(len, table), default=0)
    return [sum(place < len(row) and _is_indicator(row[place]) for row in table) for place in range(width)]


def _is_indicator(field: str) -> bool:
    try:
        parse(field.strip(" \t"))
    except IndicatorError:
        return False
    return True
