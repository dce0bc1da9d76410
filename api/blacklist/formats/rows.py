"""Rows of columns: what the columns of a table mean, and what one row of it lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.dates import LATEST, plausible, read_moment
from blacklist.formats.interface import Context, Sink
from blacklist.formats.lines import why_not
from blacklist.formats.texts import country_of, tidy

ROLES = ("indicator", "reason", "confidence", "country", "first_seen", "last_seen", "expires_at")
"""What a column can mean."""

_ALIASES = {
    "indicator": (
        "indicator", "ip", "ipaddress", "ipaddr", "address", "addr", "cidr", "network", "netblock", "value", "dstip",
        "srcip", "ip주소", "아이피", "아이피주소", "차단ip", "유해ip", "주소",
    ),
    "reason": (
        "reason", "description", "comment", "malware", "threat", "attack", "attacktype", "사유", "등록사유", "차단사유",
        "탐지사유", "공격유형", "위협유형", "내용", "설명",
    ),
    "confidence": ("confidence", "score", "abuseconfidencescore", "신뢰도"),
    "country": ("country", "countrycode", "cc", "국가", "국가코드"),
    "first_seen": (
        "firstseen", "firstseenutc", "registrationdate", "registered", "regdate", "detectiondate", "date", "created",
        "등록일", "등록일자", "등록일시", "탐지일", "탐지일자", "차단일",
    ),
    "last_seen": ("lastseen", "lastreportedat", "lastonline", "updated", "최종탐지일"),
    "expires_at": (
        "expiresat", "expires", "expiry", "expiration", "releasedate", "removaldate", "validuntil", "해제일",
        "해제일자", "해제예정일", "만료일", "종료일",
    ),
}  # fmt: skip
_DASH = {"", "-", "null", "none", "n/a"}
_DROPPED = str.maketrans("", "", " _-\t")


def named(name: str) -> str:
    """A column's name as it is compared: without case, spaces and marks."""
    return name.lower().translate(_DROPPED)


def columns_of(names: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int]:
    """The place of the column of each role among these names: as wanted, by name or place from 1, else by its name.

    Raises KeyError with the wanted name that there is not.
    """
    places = {named(name): place for place, name in reversed(list(enumerate(names)))}
    found: dict[str, int] = {}
    for role, name in wanted.items():
        if named(name) in places:
            found[role] = places[named(name)]
        elif name.isascii() and name.isdecimal() and 1 <= int(name[:4]) <= len(names):
            found[role] = int(name) - 1
        else:
            raise KeyError(name)
    for role, aliases in _ALIASES.items():
        if role not in found:
            place = next((places[alias] for alias in aliases if alias in places), None)
            if place is not None and place not in found.values():
                found[role] = place
    return found


def no_column(name: str, names: Iterable[str]) -> str:
    """What to say of a file that lacks a column."""
    return f"it has no column {name!r}; there are: {tidy(', '.join(names)) or 'none'}"


class Rows:
    """Hands on the rows of a table. The same facts are passed once."""

    def __init__(self, context: Context, sink: Sink) -> None:
        self._context = context
        self._sink = sink

    def take(self, line: int, text: str, values: Mapping[str, str], *, serials: Iterable[str] = ()) -> None:
        """Takes one row: its number, its text for samples, and its values by role.

        `serials` are the roles whose value is a number in a spreadsheet cell.
        """
        field = values.get("indicator", "").strip(" \t")
        try:
            parsed = parse(field)
        except IndicatorError:
            self._sink.reject(line, text, why_not(field))
            return
        facts = self._facts(values, frozenset(serials))
        if isinstance(facts, str):
            self._sink.reject(line, text, facts)
        else:
            self._sink.row(line, text, parsed, self._sink.fact(facts))

    def _facts(self, values: Mapping[str, str], serials: frozenset[str]) -> Facts | str:
        """The facts, or why the row is rejected."""
        context = self._context
        confidence = context.confidence
        if (said := values.get("confidence", "").strip()).lower() not in _DASH:
            read = _share(said)
            if read is None:
                return "the confidence is not a number from 0 to 100"
            confidence = read
        expires_at = 0
        if (said := values.get("expires_at", "").strip()).lower() not in _DASH:
            moment = read_moment(said, context.timezone, serial="expires_at" in serials)
            if moment is None:
                return "the date of release is not a date"
            expires_at = moment.last if moment.last <= LATEST else 0
        seen = {}
        for role in ("first_seen", "last_seen"):
            moment = read_moment(values.get(role, ""), context.timezone, serial=role in serials)
            seen[role] = plausible(moment.first, context.now) if moment else 0
        return Facts(
            "",
            confidence,
            country_of(values.get("country")),
            tidy(values.get("reason")),
            seen["first_seen"] or context.now,
            seen["last_seen"],
            expires_at,
        )


def _share(text: str) -> int | None:
    digits, _, fraction = text.partition(".")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 3 and (fraction or "0").isdecimal()):
        return None
    return int(digits) if int(digits) <= 100 else None
