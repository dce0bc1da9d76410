"""CrowdSec decisions, as CSV or JSON: what `cscli decisions list` and the local API give, and what they import.

A duration counts from when the file was made. Only bans of addresses and ranges are listings; other scopes, other kinds
of decisions and simulated or expired ones are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.dates import LATEST
from blacklist.formats.fields import split
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.json_items import JsonProblem, items
from blacklist.formats.lines import blocks, why_not
from blacklist.formats.texts import country_of, tidy

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SCOPES = {"ip", "range"}
_OTHER_SCOPES = {"as", "country", "username", "session"}


def read_crowdsec_csv(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads decisions as CSV, by the names in the first line. See Reader."""
    names: list[str] = []
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            if not line.strip():
                continue
            fields = split(line, ",")
            if not names:
                names = [name.strip().lower() for name in fields or ()]
                if not {"value", "ip"} & set(names):
                    return About(0, "it has no column 'value' in its first line")
                continue
            if fields is None or len(fields) != len(names):
                sink.reject(number, line, "not as many columns as the first line names")
                continue
            _take(number, line, dict(zip(names, fields, strict=True)), context, sink)
    return About(0, "" if names else "it is truncated: the line that names its columns is missing")


def read_crowdsec_json(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads decisions, or alerts with their decisions, as JSON. See Reader."""
    problem = ""
    try:
        for item in items(chunks):
            if item.key == "deleted" or not (item.element or item.value):
                continue
            value = item.value if isinstance(item.value, dict) else {}
            decisions = value.get("decisions", [value])
            for decision in decisions if isinstance(decisions, list) else []:
                if isinstance(decision, dict):
                    _take(item.line, item.text, decision, context, sink)
                else:
                    sink.reject(item.line, item.text, "not a decision")
    except JsonProblem as error:
        problem = str(error)
    return About(0, problem)


def _take(line: int, text: str, decision: Mapping[str, Any], context: Context, sink: Sink) -> None:
    value = tidy(decision.get("value") or decision.get("ip"))
    scope = tidy(decision.get("scope")).lower()
    if not scope:  # cscli writes both into one column: `Ip:192.0.2.1`
        head, _, rest = value.partition(":")
        scope, value = (head.lower(), rest) if head.lower() in _SCOPES | _OTHER_SCOPES else ("ip", value)
    if not value:
        sink.reject(line, text, "has no value")
        return
    if scope not in _SCOPES:
        sink.skip("a decision on something else than an address or range")
        return
    if tidy(decision.get("type") or decision.get("action") or "ban").lower() != "ban":
        sink.skip("a decision that is no ban")
        return
    if decision.get("simulated") in {True, "true"}:
        sink.skip("a simulated decision")
        return
    try:
        parsed = parse(value)
    except IndicatorError:
        sink.reject(line, text, why_not(value))
        return
    said = tidy(decision.get("duration") or decision.get("expiration"))
    seconds = duration(said) if said else 0.0
    if seconds is None:
        sink.reject(line, text, "the duration is not one")
        return
    expires_at = int((context.made_at or context.now) + seconds) if said else 0
    if said and expires_at <= context.now:
        sink.skip("an expired decision")
        return
    reason = tidy(decision.get("reason") or decision.get("scenario"))
    country = country_of(decision.get("country"))
    facts = Facts("", context.confidence, country, reason, context.now, 0, expires_at if expires_at <= LATEST else 0)
    sink.row(line, text, parsed, sink.fact(facts))


def duration(text: str) -> float | None:
    """The seconds of `4h59m59.9s`, `-2m` or `7d`, as Go writes durations; None for anything else."""
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    if not rest or len(rest) > 40:
        return None
    total, number, unit = 0.0, "", ""
    for character in rest + "0":
        if unit and (character in "0123456789." and character.isascii()):
            if unit not in _SECONDS or not number.replace(".", "", 1).isdecimal():
                return None
            total += float(number) * _SECONDS[unit]
            number, unit = character, ""
        elif character in "0123456789.":
            number += character
        else:
            unit += character
    return sign * total if number == "0" and not unit else None
