"""Tor's exit addresses: blocks of ExitNode, Published, LastStatus and one or more of ExitAddress with a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.comments import is_comment
from blacklist.formats.dates import plausible, read_moment
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.lines import blocks, why_not

_REASON = "Tor exit"


def read_tor(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads exit addresses. The latest status of a node is the file's own date. See Reader."""
    date, node_open = 0, False
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            text = line.strip(" \t")
            if is_comment(text):
                continue
            key, _, value = text.partition(" ")
            if key == "ExitNode":
                node_open = True
            elif key == "LastStatus":
                date = max(date, _moment(value, context))
            elif key == "ExitAddress":
                node_open = False
                _take(number, line, value, context, sink)
            elif key != "Published":
                sink.reject(number, line, "not a line of exit addresses")
    return About(date, "it is truncated: the last node has no address" if node_open else "")


def _take(number: int, line: str, value: str, context: Context, sink: Sink) -> None:
    address, _, seen = value.partition(" ")
    try:
        parsed = parse(address)
    except IndicatorError:
        sink.reject(number, line, why_not(address))
        return
    facts = Facts("", context.confidence, "", _REASON, context.now, _moment(seen, context), 0)
    sink.row(number, line, parsed, sink.fact(facts))


def _moment(text: str, context: Context) -> int:
    moment = read_moment(text, UTC)
    return plausible(moment.first, context.now) if moment else 0
