"""AbuseIPDB's blacklist as JSON: `data` with an address, a score of 0 to 100, a country and the last report each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.dates import plausible, read_moment
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.json_items import Item, JsonProblem, items
from blacklist.formats.lines import why_not
from blacklist.formats.texts import country_of, tidy


def read_abuseipdb(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads a blacklist. The score is the confidence. See Reader."""
    date, problem = 0, ""
    data = False
    try:
        for item in items(chunks):
            if item.key == "data":
                data = True
                _take(item, context, sink)
            elif item.key == "meta" and isinstance(item.value, dict):
                date = _moment(item.value.get("generatedAt"), context)
            elif item.key == "errors":
                detail = item.value.get("detail") if isinstance(item.value, dict) else None
                problem = f"it is an error, not a list: {tidy(detail) or 'without a detail'}"
    except JsonProblem as error:
        problem = str(error)
    if not (data or date or problem):
        problem = "it has neither data nor meta"
    return About(date, problem)


def _take(item: Item, context: Context, sink: Sink) -> None:
    value = item.value
    address = value.get("ipAddress") if isinstance(value, dict) else None
    if not isinstance(address, str):
        sink.reject(item.line, item.text, "has no ipAddress")
        return
    score = value.get("abuseConfidenceScore")
    if type(score) is not int or not 0 <= score <= 100:
        sink.reject(item.line, item.text, "abuseConfidenceScore is not a number from 0 to 100")
        return
    try:
        parsed = parse(address)
    except IndicatorError:
        sink.reject(item.line, item.text, why_not(address))
        return
    seen = _moment(value.get("lastReportedAt"), context)
    facts = Facts("", score, country_of(value.get("countryCode")), "", context.now, seen, 0)
    sink.row(item.line, item.text, parsed, sink.fact(facts))


def _moment(value: Any, context: Context) -> int:
    moment = read_moment(value, UTC) if isinstance(value, str) else None
    return plausible(moment.first, context.now) if moment else 0
