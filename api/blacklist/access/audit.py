"""What is written down of a change: its event, made from who asked and where from."""

from __future__ import annotations

import uuid
from time import time
from typing import NamedTuple

from blacklist.core.indicator import format_address
from blacklist.store.chain import Event

_LONGEST = 200  # characters


class Origin(NamedTuple):
    """Where a change was asked for: an address or `local`, and the id of the request, empty when it has none."""

    source: str = "local"
    request_id: str = ""


LOCAL = Origin()


def event(who: str, what: str, target: str, origin: Origin = LOCAL, outcome: str = "done") -> Event:
    """An event of now. Long texts are cut; without a request's id it gets one of its own."""
    request_id = _cut(origin.request_id) or uuid.uuid4().hex
    return Event(int(time()), who, what, _cut(target), origin.source, request_id, outcome)


def source_text(address: tuple[int, int] | None) -> str:
    """An address for the log; `unknown` for none."""
    return "unknown" if address is None else format_address(*address)


def _cut(text: str) -> str:
    return text[:_LONGEST].encode("utf-8", "replace").decode()
