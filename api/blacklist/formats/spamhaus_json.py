"""Spamhaus DROP as JSON: one object a line, the last one metadata, whose `records` tells a truncated download."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.dates import plausible
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.lines import blocks, why_not
from blacklist.formats.spamhaus_text import reason_of


def read_spamhaus_json(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads a DROP list in JSON lines. See Reader."""
    date, records, problem = 0, 0, ""
    closed = False  # the last record so far is metadata
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            if not line.strip(" \t"):
                continue
            value = _object(line)
            if value is not None and value.get("type") == "metadata":
                declared = value.get("records")
                if declared != records or isinstance(declared, bool):
                    problem = f"it is truncated: it has {records} of the {declared!r} records that it declares"
                moment = value.get("timestamp")
                date = plausible(moment, context.now) if type(moment) is int else 0
                records, closed = 0, True
                continue
            records, closed = records + 1, False
            _record(number, line, value, context, sink)
    if not closed:
        problem = "it is truncated: the closing metadata is missing"
    return About(date, problem)


def _record(number: int, line: str, value: dict[str, Any] | None, context: Context, sink: Sink) -> None:
    if value is None:
        sink.reject(number, line, "not a JSON object")
        return
    network = value.get("cidr")
    if not isinstance(network, str):
        sink.reject(number, line, "has no cidr")
        return
    try:
        parsed = parse(network)
    except IndicatorError:
        sink.reject(number, line, why_not(network))
        return
    facts = Facts("", context.confidence, "", reason_of(value.get("sblid")), context.now, 0, 0)
    sink.row(number, line, parsed, sink.fact(facts))


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except ValueError:  # orjson's own error is one; it also bounds the depth
        return None
    return value if isinstance(value, dict) else None
