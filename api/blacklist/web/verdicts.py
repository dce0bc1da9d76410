"""Verdicts as JSON. Most addresses are not listed: their answer is one join. Listings are rendered once a record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from blacklist.core.index import Index, Verdict, prefix
from blacklist.core.indicator import format_address

_KEPT_RECORDS = 4096  # of about 200 bytes each


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
        self.tail = f',"generation":{index.generation},"as_of":"{self.as_of}"}}'.encode()
        self._records: dict[int, bytes] = {}

    def members(self, verdict: Verdict) -> bytes:
        """The members of the verdict's object, without its braces."""
        text = format_address(verdict.version, verdict.value).encode()
        if not verdict.matches and verdict.allowed is None:
            return b'"address":"%b","listed":false,"listings":[],"allowlisted":null' % text
        listed = b"true" if verdict.listed else b"false"
        listings = b",".join(
            b'{"indicator":"%b",%b'
            % (str(prefix(verdict.version, verdict.value, length)).encode(), self._record(record))
            for length, record in verdict.matches
        )
        allowance = self.index.allowance(verdict)
        allowed = b"null"
        if allowance is not None:
            allowed = orjson.dumps({"indicator": str(allowance.indicator), "reason": allowance.reason})
        return b'"address":"%b","listed":%b,"listings":[%b],"allowlisted":%b' % (text, listed, listings, allowed)

    def _record(self, number: int) -> bytes:
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
            known = self._records[number] = orjson.dumps(members)[1:]
        return known


def verdict_dict(index: Index, verdict: Verdict) -> dict[str, Any]:
    """The verdict as the lookup answers it, for the command line."""
    answers = Answers(index)
    value: dict[str, Any] = orjson.loads(b"{" + answers.members(verdict) + answers.tail)
    return value
