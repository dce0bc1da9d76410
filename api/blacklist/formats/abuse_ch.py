"""abuse.ch's CSV lists, Feodo Tracker and SSLBL: the columns named in a comment or in the first row, fields quoted or
not, and a closing comment with the number of entries, without which the file is truncated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.comments import Header
from blacklist.formats.dates import plausible, read_moment
from blacklist.formats.fields import split
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.lines import blocks, why_not
from blacklist.formats.rows import named
from blacklist.formats.texts import tidy

_ADDRESS = "dstip"
_LONGEST = 400  # characters of a comment that could name columns


def read_abuse_ch(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads a list. The malware and the port become the reason. See Reader."""
    reading = _Reading(context, sink)
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            reading.line(number, line.strip(" \t"))
    return About(reading.header.date, reading.problem())


class _Reading:
    def __init__(self, context: Context, sink: Sink) -> None:
        self.header = Header(context.now)
        self._context = context
        self._sink = sink
        self._names: list[str] = []
        self._entries = 0
        self._declared: int | None = None

    def line(self, number: int, line: str) -> None:
        """Takes one line."""
        if line.startswith("#"):
            self._comment(line.strip("# "))
            return
        if not line:
            return
        fields = split(line, ",")
        if not self._names and fields and _names_columns(fields):
            self._names = [named(field) for field in fields]
            return
        self._entries += 1
        if not self._names:
            self._sink.reject(number, line, "comes before the columns are named")
        elif fields is None or len(fields) < len(self._names):
            self._sink.reject(number, line, "fewer columns than are named")
        else:
            self._row(number, line, [field.strip() for field in fields])

    def problem(self) -> str:
        """What is wrong with the file as a whole."""
        if self._declared is None:
            return "it is truncated: the closing comment with the number of entries is missing"
        if self._declared != self._entries:
            return f"it is truncated: it has {self._entries} of the {self._declared} entries that it declares"
        return ""

    def _comment(self, text: str) -> None:
        if len(text) > _LONGEST:
            return
        words = text.lower().split()
        if (words[:1] == ["end"] and words[2:3] == ["entries"]) or words[:3] == ["number", "of", "entries:"]:
            digits = words[1] if words[0] == "end" else words[3] if len(words) > 3 else ""
            self._declared = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 12 else -1
        elif not self._names and _names_columns(fields := split(text, ",") or []):
            self._names = [named(field) for field in fields]
        else:
            self.header.comment("# " + text)

    def _row(self, number: int, line: str, fields: Sequence[str]) -> None:
        values = dict(zip(self._names, fields, strict=False))
        address = values[_ADDRESS]
        try:
            parsed = parse(address)
        except IndicatorError:
            self._sink.reject(number, line, why_not(address))
            return
        extra = fields[len(self._names) :]  # SSLBL of old had a column more than it named: the reason
        malware = tidy(values.get("malware") or values.get("listingreason") or next(iter(extra), ""))
        port = tidy(values.get("dstport", ""))
        reason = ", ".join(part for part in (malware, f"port {port}" if port else "") if part)
        first, last = self._moment(values, "firstseenutc", "firstseen"), self._moment(values, "lastonline")
        now = self._context.now
        facts = Facts("", self._context.confidence, "", reason, first or now, max(first, last) if last else 0, 0)
        self._sink.row(number, line, parsed, self._sink.fact(facts))

    def _moment(self, values: dict[str, str], *names: str) -> int:
        moment = read_moment(next((values[name] for name in names if name in values), ""), UTC)
        return plausible(moment.first, self._context.now) if moment else 0


def _names_columns(fields: Sequence[str]) -> bool:
    return _ADDRESS in map(named, fields)
