"""`stix`: a STIX 2.1 bundle with an indicator for each network.

Source: OASIS, "STIX Version 2.1": 2.9 (identifiers; UUIDv5 of what names the object, so that the same network is the
same indicator in every bundle), 4.7 (indicator), 9.8 (`=` and ISSUBSET). `created` is the first time seen and
`modified` the last, which is when the object changed last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.selection import Selection
from blacklist.formats.batches import joined, text
from blacklist.formats.interface import Tally
from blacklist.formats.moments import iso
from blacklist.formats.summary import Summary, Told, summarise

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:blacklist:stix")
_IDENTITY = f"identity--{uuid5(_NAMESPACE, 'identity')}"
_EPOCH = "2020-01-01T00:00:00.000Z"


def write_stix(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The bundle, with an object a line."""
    name = f"{selection.criteria}:{selection.generation}"
    identity = {
        "type": "identity",
        "spec_version": "2.1",
        "id": _IDENTITY,
        "created": _EPOCH,
        "modified": _EPOCH,
        "name": "blacklist",
        "description": "Threat feeds, merged",
        "identity_class": "system",
    }
    yield f'{{"type":"bundle","id":"bundle--{uuid5(_NAMESPACE, name)}","objects":[\n{json.dumps(identity)}'.encode()
    told = Told(selection, lambda records: _members(summarise(records)))

    def pieces() -> Iterator[str]:
        for version in selection.families:
            for network, records in selection.entries(version):
                tally.entries += 1
                yield ",\n" + _head(network) + told(records)

    yield from joined(pieces())
    yield b"\n]}\n"


def _head(network: Indicator) -> str:
    indicator = text(network)
    compared = "=" if network.length == WIDTH[network.version] else "ISSUBSET"
    pattern = f"[ipv{network.version}-addr:value {compared} '{indicator}']"
    return (
        f'{{"type":"indicator","spec_version":"2.1","id":"indicator--{uuid5(_NAMESPACE, indicator)}",'
        f'"name":"{indicator}","pattern":"{pattern}",'
    )


def _members(summary: Summary) -> str:
    """The members after the head, and the closing brace."""
    first, last = max(summary.first_seen, 1), max(summary.last_seen, summary.first_seen, 1)
    description = f"Listed by {', '.join(summary.feeds)}"
    members: dict[str, object] = {
        "created_by_ref": _IDENTITY,
        "created": _moment(first),
        "modified": _moment(last),
        "description": f"{description}: {summary.reason}" if summary.reason else description,
        "indicator_types": ["malicious-activity"],
        "pattern_type": "stix",
        "valid_from": _moment(first),
        "confidence": summary.confidence,
        "labels": list(summary.categories),
    }
    if summary.expires_at > first:
        members["valid_until"] = _moment(summary.expires_at)
    return json.dumps(members, separators=(",", ":"))[1:]


def _moment(seconds: int) -> str:
    return iso(seconds).replace("Z", ".000Z")
