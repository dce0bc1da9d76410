"""Evidence as JSON: what `evidence.json` holds, written and read back without loss. Version 1.

Times are RFC 3339 in UTC; `valid_for` is in whole seconds, or null for a record of a past event. An item with a
`reason` is a gap. `buckets`, where there are any, are `[[upper bound, count], …, [null, all]]`, cumulative.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.core.histogram import Histogram
from statuspress.core.percentile import HistogramError

VERSION = 1


class DocumentError(ValueError):
    """The JSON is not an evidence document of this version. Says where and why."""


def rfc3339(instant: datetime) -> str:
    """The instant in UTC, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dump_dossier(dossier: Dossier) -> dict[str, Any]:
    """The document of a collection, items in the order they came."""
    return {
        "version": VERSION,
        "collected_at": rfc3339(dossier.collected_at),
        "items": [dump_item(item) for item in dossier],
    }


def dump_item(item: Evidence | Gap) -> dict[str, Any]:
    """One item of the document."""
    if isinstance(item, Gap):
        return {
            "id": item.id,
            "label": item.label,
            "source": item.source,
            "reason": item.reason,
            "since": rfc3339(item.since),
            "remedy": item.remedy,
        }
    document: dict[str, Any] = {
        "id": item.id,
        "label": item.label,
        "value": item.value,
        "unit": item.unit,
        "source": item.source,
        "query": item.query,
        "collected_at": rfc3339(item.collected_at),
        "valid_for": None if item.valid_for is None else int(item.valid_for.total_seconds()),
        "digest": item.digest,
        "link": item.link,
    }
    if item.buckets is not None:
        document["buckets"] = dump_histogram(item.buckets)
    return document


def dump_histogram(histogram: Histogram) -> list[list[float | None]]:
    """Pairs of bound and cumulative count; the last bound, which is infinite, is null."""
    return [list(pair) for pair in zip((*histogram.bounds, None), histogram.counts, strict=True)]


def load_histogram(pairs: Any) -> Histogram:
    """The histogram of such pairs. Raises DocumentError."""
    try:
        *pairs, (end, total) = pairs
        counts = [*(count for _, count in pairs), total]
        bounds = [bound for bound, _ in pairs]
        if end is not None or not all(type(count) is int for count in counts):
            raise DocumentError("its buckets are no counts by bound")
        return Histogram(tuple(map(float, bounds)), tuple(counts))
    except (TypeError, ValueError) as error:
        why = error if isinstance(error, HistogramError | DocumentError) else "its buckets are no counts by bound"
        raise DocumentError(str(why)) from None


def load_dossier(document: Any) -> Dossier:
    """The collection of a document. Raises DocumentError for anything else."""
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise DocumentError("not an evidence document: it has no list of items")
    if document.get("version") != VERSION:
        raise DocumentError(
            f"an evidence document of version {document.get('version')!r}; this program reads {VERSION}"
        )
    items = [_load_item(number, item) for number, item in enumerate(document["items"])]
    return Dossier(_instant(document, "collected_at", "the document"), {item.id: item for item in items})


def _load_item(number: int, item: Any) -> Evidence | Gap:
    place = f"item {number}"
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise DocumentError(f"{place} has no id")
    place = f"item {number} ({item['id']})"
    try:
        if "reason" in item:
            since = _instant(item, "since", place)
            return Gap(item["id"], item["label"], item["source"], item["reason"], since, item["remedy"])
        if not isinstance(item["value"], int | float | str | bool):
            raise DocumentError(f"{place}: its value is neither a number, a text nor a truth")
        valid_for = item["valid_for"]
        return Evidence(
            item["id"],
            item["label"],
            item["value"],
            item["unit"],
            item["source"],
            item["query"],
            _instant(item, "collected_at", place),
            None if valid_for is None else timedelta(seconds=valid_for),
            item["digest"],
            item["link"],
            _buckets(item, place),
        )
    except KeyError as error:
        raise DocumentError(f"{place} lacks {error}") from None
    except TypeError as error:
        raise DocumentError(f"{place}: {error}") from None


def _buckets(item: dict[str, Any], place: str) -> Histogram | None:
    try:
        return load_histogram(item["buckets"]) if "buckets" in item else None
    except DocumentError as error:
        raise DocumentError(f"{place}: {error}") from None


def _instant(holder: dict[str, Any], name: str, place: str) -> datetime:
    try:
        instant = datetime.fromisoformat(holder[name])
    except (KeyError, TypeError, ValueError):
        raise DocumentError(f"{place}: {name} is not a time such as 2030-01-02T03:04:05Z") from None
    if instant.tzinfo is None:
        raise DocumentError(f"{place}: {name} has no zone")
    return instant
