"""What `/metrics` tells of the feeds: how much they have, how old it is, what the guards did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from blacklist.store.interface import FeedState

_GAUGES = {
    "entries": "Indicators of the feed.",
    "last_success_timestamp_seconds": "When its content was last confirmed.",
    "source_timestamp_seconds": "The feed's own date, where it tells one.",
    "accepted_lines": "Lines that its last import accepted.",
    "rejected_lines": "Lines that its last import rejected.",
    "skipped_lines": "Entries of its last import that are in order, but no listings.",
    "masked_lines": "Lines of its last import whose host bits were dropped.",
    "failing": "Whether its last import failed or was quarantined.",
    "failures": "Failed imports in a row.",
    "held": "Whether an update is in quarantine.",
}


def feed_families(feeds: Sequence[FeedState]) -> Iterator[object]:
    """The metric families of the feeds."""
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - see exposition

    families = {
        name: GaugeMetricFamily(f"blacklist_feed_{name}", text, labels=["feed"]) for name, text in _GAUGES.items()
    }
    reasons = GaugeMetricFamily(
        "blacklist_feed_refused_lines",
        "Lines that its last import rejected, skipped or cut.",
        labels=["feed", "reason"],
    )
    guards = GaugeMetricFamily(
        "blacklist_feed_guard", "1 for each guard that holds an update.", labels=["feed", "guard"]
    )
    for feed in feeds:
        name, last = feed.info.name, feed.last
        values = {
            "entries": feed.entries,
            "last_success_timestamp_seconds": feed.last_success,
            "accepted_lines": last.accepted,
            "rejected_lines": last.rejected,
            "skipped_lines": last.skipped,
            "masked_lines": last.masked,
            "failing": float(last.outcome in {"failed", "quarantined"}),
            "failures": last.failures,
            "held": float(feed.held is not None),
        }
        if feed.good is not None and feed.good.source_date:
            values["source_timestamp_seconds"] = feed.good.source_date
        for metric, value in values.items():
            families[metric].add_metric([name], value)
        for reason, count in last.reasons.items():
            reasons.add_metric([name, reason], count)
        for guard in feed.held.guards if feed.held is not None else ():
            guards.add_metric([name, guard], 1)
    yield from (*families.values(), reasons, guards)
