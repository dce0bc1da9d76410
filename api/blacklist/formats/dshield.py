"""DShield's `block.txt`: first address, last address and prefix length, then attacks, name, country, between tabs."""

from __future__ import annotations

from collections.abc import Iterable

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.comments import Header, is_comment
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.lines import blocks, why_not
from blacklist.formats.texts import country_of

_HEADING = "start"


def read_dshield(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads a block list. A row whose range is not the network of its prefix length is rejected. See Reader."""
    header = Header(context.now)
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            text = line.strip(" \t")
            if is_comment(text):
                header.comment(text)
                continue
            fields = [field.strip(" ") for field in line.split("\t")]
            if fields[0].lower() == _HEADING:
                continue
            _take(number, line, fields, context, sink)
    return About(header.date)


def _take(number: int, line: str, fields: list[str], context: Context, sink: Sink) -> None:
    if len(fields) < 3:
        sink.reject(number, line, "fewer than three columns: start, end, prefix length")
        return
    start, end, length = fields[:3]
    try:
        parsed = parse(f"{start}/{length}")
        spanned = parse(f"{start}-{end}")
    except IndicatorError:
        sink.reject(number, line, why_not(start))
        return
    if parsed.masked or parsed.networks != spanned.networks:
        sink.reject(number, line, "start and end are not those of the prefix length")
        return
    attacks = fields[3] if len(fields) > 3 else ""
    reason = f"{attacks} targets" if attacks.isascii() and attacks.isdecimal() and len(attacks) < 12 else ""
    country = country_of(fields[5]) if len(fields) > 5 else ""
    facts = Facts("", context.confidence, country, reason, context.now, 0, 0)
    sink.row(number, line, parsed, sink.fact(facts))
