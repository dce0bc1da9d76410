"""Spamhaus DROP as text: `network ; SBLnnn` a line, `;` comments."""

from __future__ import annotations

from collections.abc import Iterable

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.comments import Header, is_comment
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.lines import blocks, why_not

_KINDS = ("SBL", "CSS", "DROP")
_LONGEST = 32  # characters of a listing's number


def read_spamhaus_text(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads a DROP list as text. See Reader."""
    header = Header(context.now)
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            text = line.strip(" \t")
            if is_comment(text):
                header.comment(text)
                continue
            network, _, note = text.partition(";")
            network = network.rstrip(" \t")
            try:
                parsed = parse(network)
            except IndicatorError:
                sink.reject(number, line, why_not(network))
                continue
            facts = Facts("", context.confidence, "", reason_of(note.strip(" \t")), context.now, 0, 0)
            sink.row(number, line, parsed, sink.fact(facts))
    return About(header.date)


def reason_of(sbl: object) -> str:
    """The number of a Spamhaus listing (`SBL256894`), or "" for anything that is none."""
    if not isinstance(sbl, str) or not sbl.startswith(_KINDS) or len(sbl) > _LONGEST:
        return ""
    return sbl if sbl.isascii() and sbl.isalnum() and sbl.isupper() else ""
