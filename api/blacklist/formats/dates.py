"""Dates as feeds write them, to Unix seconds."""

from __future__ import annotations

from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

LATEST = (1 << 32) - 1
"""The last second that a listing can hold: in 2106."""

_DAY = 86400
_LONGEST = 60  # characters of a date
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = (" UTC", " (UTC)", " GMT")
_SERIAL = 2_958_466  # the day after 9999-12-31, as spreadsheets count days
_SEPARATORS = str.maketrans({"/": "-", ".": "-", "년": "-", "월": "-", "일": "", " ": ""})


class Moment(NamedTuple):
    """A point in time, in Unix seconds. `last` is the same, or where only a day was named, the end of that day."""

    first: int
    last: int


def read_date(text: str, now: int) -> int:
    """The time of `Sun Jan 17 19:31:09 UTC 2021`, an RFC 2822 or an ISO 8601 date; UTC when it names no zone.

    0 for what is no date, or in the future.
    """
    moment = read_moment(text, UTC)
    return plausible(moment.first, now) if moment else 0


def plausible(moment: int, now: int) -> int:
    """The time itself, or 0 when it lies before 1970 or more than a day ahead of `now`."""
    return moment if 0 < moment <= now + _DAY else 0


@lru_cache(4096)  # feeds name few days, many times
def read_moment(text: str, zone: tzinfo, *, serial: bool = False) -> Moment | None:
    """The time that a text names, in `zone` unless it names one itself; None for what is no date.

    Days are `20260811`, `2026-08-11`, `2026.8.11`, `2026/08/11` or Korean, with or without a time; ten digits are Unix
    seconds. `serial` is for spreadsheet cells that hold a number: days since 1899-12-30.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    for mark in _ZONES:
        if text.endswith(mark):
            text, zone = text.removesuffix(mark), UTC
    for read in (_serial if serial else _digits, _local, _iso, _ctime, _rfc2822):
        try:
            found = read(text, zone)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        if found is not None:
            return found if found.first >= 0 else None
    return None


def _serial(text: str, zone: tzinfo) -> Moment | None:
    days = float(text)
    if not 1 <= days < _SERIAL:
        return _digits(text.removesuffix(".0"), zone)
    moment = datetime(1899, 12, 30, tzinfo=zone) + timedelta(seconds=round(days * _DAY))
    return _day(moment) if days.is_integer() else _point(moment)


def _digits(text: str, zone: tzinfo) -> Moment | None:
    if not (text.isascii() and text.isdecimal()):
        return None
    if len(text) == 10:
        return Moment(int(text), int(text))
    if len(text) not in {8, 14}:
        return None
    day = datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), tzinfo=zone)
    if len(text) == 8:
        return _day(day)
    return _point(day.replace(hour=int(text[8:10]), minute=int(text[10:12]), second=int(text[12:])))


def _local(text: str, zone: tzinfo) -> Moment | None:
    colon = text.find(":")
    if colon == 13 and text[4] == text[7] == "-":  # nearly always
        return _iso(text, zone)
    space = text.rfind(" ", 0, colon) if colon >= 0 else len(text)
    if space < 0:
        return None
    parts = text[:space].translate(_SEPARATORS).removesuffix("-").split("-")
    year, month, day = (int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) in {1, 2, 4})
    if len(parts) != 3 or year < 1900:
        return None
    date = datetime(year, month, day, tzinfo=zone)
    if colon < 0:
        return _day(date)
    clock = text[space + 1 :]
    clock = f"0{clock}" if clock[1:2] == ":" else clock
    return _iso(f"{date:%Y-%m-%d}T{clock}", zone)


def _iso(text: str, zone: tzinfo) -> Moment | None:
    moment = datetime.fromisoformat(text)
    return _point(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _ctime(text: str, zone: tzinfo) -> Moment | None:
    """`Sun Jan 17 19:31:09 2021`, with the zone before the year, or cut off after it."""
    fields = text.split()
    if len(fields) == 6 and fields[4] in {"UTC", "GMT"}:
        del fields[4]
        zone = UTC
    if len(fields) != 5:
        return None
    hour, minute, second = map(int, fields[3].split(":"))
    month = _MONTHS.index(fields[1].lower()) + 1
    return _point(datetime(int(fields[4]), month, int(fields[2]), hour, minute, second, tzinfo=zone))


def _rfc2822(text: str, zone: tzinfo) -> Moment | None:
    moment = parsedate_to_datetime(text)
    return _point(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _point(moment: datetime) -> Moment:
    seconds = int(moment.timestamp())
    return Moment(seconds, seconds)


def _day(day: datetime) -> Moment:
    """The whole day, as long as it is where it is."""
    first = int(day.timestamp())
    last = LATEST + 1 if day.year == MAXYEAR else int((day + timedelta(days=1)).timestamp())
    return Moment(first, last)
