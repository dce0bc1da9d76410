"""Evidence as JSON: there and back without loss, and whatever is none refused with its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from statuspress.core.document import DocumentError, dump_dossier, load_dossier, rfc3339
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.core.histogram import Histogram

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
ITEMS: list[Evidence | Gap] = [
    Evidence("a.number", "N", 1.5, "s", "a", "asked", NOW, timedelta(minutes=15), "0" * 64, "https://example.org/"),
    Evidence("a.truth", "T", value=False, unit="", source="a", query="q", collected_at=NOW, valid_for=None, digest=""),
    Evidence("a.text", "X", "1.2.3", "", "a", "asked", NOW, timedelta(seconds=1), "0" * 64),
    Gap("a.gap", "G", "a", "away", NOW, "wait"),
]
DOSSIER = Dossier(NOW, {item.id: item for item in ITEMS})


def test_a_collection_comes_back_through_json_as_it_was() -> None:
    back = load_dossier(json.loads(json.dumps(dump_dossier(DOSSIER))))
    assert back == DOSSIER
    assert list(back.items) == list(DOSSIER.items)


def test_times_are_given_in_utc_whatever_their_zone() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert rfc3339(there) == "2031-03-18T14:02:00Z"


def spoilt(place: int, name: str, value: Any = None) -> Any:
    """The document with one member of one item changed, or gone."""
    document = dump_dossier(DOSSIER)
    if value is None:
        del document["items"][place][name]
    else:
        document["items"][place][name] = value
    return document


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (None, "no list of items"),
        ({"version": 1}, "no list of items"),
        ({"version": 2, "items": []}, "version 2; this program reads 1"),
        ({"version": 1, "items": [], "collected_at": "2031-03-18T14:02:00"}, "collected_at has no zone"),
        ({"version": 1, "items": ["x"], "collected_at": "2031-03-18T14:02:00Z"}, "item 0 has no id"),
        (spoilt(0, "id"), "item 0 has no id"),
        (spoilt(0, "digest"), r"item 0 \(a.number\) lacks 'digest'"),
        (spoilt(0, "value", [1]), r"item 0 \(a.number\): its value is neither"),
        (spoilt(0, "valid_for", "soon"), r"item 0 \(a.number\): "),
        (spoilt(0, "collected_at", "soon"), "collected_at is not a time such as"),
        (spoilt(3, "remedy"), r"item 3 \(a.gap\) lacks 'remedy'"),
        (spoilt(3, "since"), "since is not a time such as"),
    ],
)
def test_anything_else_is_refused_with_its_place(document: Any, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        load_dossier(document)


def test_buckets_come_back_as_they_were() -> None:
    found = Histogram((0.005, 0.01), (3, 5, 9))
    item = Evidence("a.count", "Count", 9, "1", "a", "q", NOW, None, "0" * 64, "", found)
    document = json.loads(json.dumps(dump_dossier(Dossier(NOW, {item.id: item}))))
    assert document["items"][0]["buckets"] == [[0.005, 3], [0.01, 5], [None, 9]]
    assert load_dossier(document).items["a.count"] == item


@pytest.mark.parametrize(
    ("buckets", "reason"),
    [
        ([], "no counts by bound"),
        ([[0.1, 1]], "no counts by bound"),
        ([[0.1, 1.5], [None, 2]], "no counts by bound"),
        ([[0.1, 3], [None, 2]], "not cumulative"),
        ([[None, 2]], "must have bounds"),
        ([["x", 1], [None, 2]], "no counts by bound"),
        (7, "no counts by bound"),
    ],
)
def test_broken_buckets_are_refused_with_their_place(buckets: object, reason: str) -> None:
    item = Evidence("a.count", "Count", 9, "1", "a", "q", NOW, None, "0" * 64)
    document = dump_dossier(Dossier(NOW, {item.id: item}))
    document["items"][0]["buckets"] = buckets
    with pytest.raises(DocumentError, match=rf"item 0 \(a\.count\): .*{reason}"):
        load_dossier(document)
