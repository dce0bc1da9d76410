"""Dates as feeds write them, to Unix seconds. A date that is unreadable or in the future is no date: 0."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DAY = 86400
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CTIME = re.compile(r"[a-z]{3} ([a-z]{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (?:utc|gmt) (\d{4})", re.IGNORECASE)


def read_date(text: str, now: int) -> int:
    """The time of `Sun Jan 17 19:31:09 UTC 2021`, an RFC 2822 or an ISO 8601 date; UTC when it names no zone."""
    text = text.strip()
    for read in (_ctime, datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return plausible(int(moment.timestamp()), now)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return 0


def plausible(moment: int, now: int) -> int:
    """The time itself, or 0 when it lies before 1970 or more than a day ahead of `now`."""
    return moment if 0 < moment <= now + _DAY else 0


def _ctime(text: str) -> datetime:
    match = _CTIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    month, day, hour, minute, second, year = match.groups()
    return datetime(
        int(year), _MONTHS.index(month.lower()) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
    )
