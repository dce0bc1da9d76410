"""The feeds of `make demo`: whole, and of documentation addresses alone."""

from __future__ import annotations

from pathlib import Path

from blacklist.core.special import special_overlap
from blacklist.feeds.catalogue import load_feeds
from blacklist.feeds.importer import import_feed
from blacklist.store.sqlite import SqliteStore

SCRIPTS = Path(__file__).parents[3] / "scripts"
NOW = 1_900_000_000


def test_the_demo_feeds_are_imported_whole_and_name_documentation_addresses_alone(store: SqliteStore) -> None:
    feeds = load_feeds(SCRIPTS / "demo-feeds" / "feeds.toml")
    assert {feed.format for feed in feeds} == {"netset", "ipsum", "spamhaus-json"}
    families = set()
    for feed in feeds:
        record = import_feed(store, feed, now=NOW)
        assert (record.outcome, record.rejected, record.duplicates, record.masked) == ("imported", 0, 0, 0)
        assert record.source_date
        for indicator, _ in store.generation(feed.name):
            special = special_overlap(indicator)
            assert special is not None
            assert special.name.startswith("documentation")
            families.add(indicator.version)
    assert families == {4, 6}
    assert sum(state.entries for state in store.feeds()) > 400
