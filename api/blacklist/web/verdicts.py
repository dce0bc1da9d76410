"""Verdicts as JSON. Most addresses are not listed: their answer is one join. Listings are rendered once a record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from blacklist.core.index import Index, Verdict, prefix
from blacklist.core.indicator import WIDTH, format_address

_KEPT_RECORDS = 4096  # of about 200 bytes each
UNLISTED = '","listed":false,"listings":[],"allowlisted":null'  # after an address of which nothing is said


def rfc3339(seconds: float) -> str:
    """The time as RFC 3339 in UTC, in whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def optional_time(seconds: int | None) -> str | None:
    """The time, or null."""
    return rfc3339(seconds) if seconds else None


class Answers:
    """Renders the verdicts of one index. `tail` is what the single lookup adds: generation and time of the snapshot."""

    __slots__ = ("_records", "as_of", "index", "tail")

    def __init__(self, index: Index) -> None:
        self.index = index
        self.as_of = rfc3339(index.snapshot.head.compiled_at)
        self.tail = f',"generation":{index.generation},"as_of":"{self.as_of}"}}'
        self._records: dict[int, str] = {}

    def members(self, verdict: Verdict, text: str = "") -> str:
        """The members of the verdict's JSON object, without its braces; `text` is the address, if that is known."""
        version, value, matches, allowed = verdict
        text = text or format_address(version, value)
        if not matches and allowed is None:
            return f'"address":"{text}{UNLISTED}'
        width = WIDTH[version]
        if allowed is None and len(matches) == 1:  # as of nearly every listed address
            length, record = matches[0]
            indicator = text if length == width else prefix(version, value, length)
            listing = f'{{"indicator":"{indicator}",{self._record(record)}'
            return f'"address":"{text}","listed":true,"listings":[{listing}],"allowlisted":null'
        listings = ",".join(
            [
                f'{{"indicator":"{text if length == width else prefix(version, value, length)}",{self._record(record)}'
                for length, record in matches
            ]
        )
        if allowed is None:
            return f'"address":"{text}","listed":true,"listings":[{listings}],"allowlisted":null'
        allowance = self.index.allowance(verdict)
        shown = allowance and orjson.dumps({"indicator": str(allowance.indicator), "reason": allowance.reason}).decode()
        return f'"address":"{text}","listed":false,"listings":[{listings}],"allowlisted":{shown}'

    def _record(self, number: int) -> str:
        """The members of a listing after its indicator, and the closing brace."""
        known = self._records.get(number)
        if known is None:
            if len(self._records) >= _KEPT_RECORDS:
                self._records.clear()
            record = self.index.record(number)
            members: dict[str, Any] = {
                "feed": record.feed,
                "category": record.category,
                "confidence": record.confidence,
                "reason": record.reason or None,
                "country": record.country or None,
                "first_seen": optional_time(record.first_seen),
                "last_seen": optional_time(record.last_seen),
                "expires_at": optional_time(record.expires_at),
            }
            known = self._records[number] = orjson.dumps(members)[1:].decode()
        return known


def verdict_dict(index: Index, verdict: Verdict) -> dict[str, Any]:
    """The verdict as the lookup answers it, for the command line."""
    answers = Answers(index)
    value: dict[str, Any] = orjson.loads("{" + answers.members(verdict) + answers.tail)
    return value
