"""Sources of several pages: read to a proven end, or held back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blacklist.core.policy import FeedPolicy
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.importer import import_feed
from blacklist.store.sqlite import SqliteStore

NOW = 1_900_000_000


def page(number: int) -> bytes:
    return "".join(f"192.0.{number}.{host}\n" for host in range(50)).encode()


@pytest.fixture
def feed(server: Any) -> Feed:
    policy = FeedPolicy(allow_special=True, max_growth=100)
    url = server.url("/list-{page}.txt")
    return Feed("one", url=url, pages=5, policy=policy, allow_http=True, allow_private=True, category="attacks")


def give(server: Any, *bodies: bytes, end: int = 404) -> None:
    server.answers.clear()
    for number, body in enumerate(bodies, 1):
        server.gives(body, path=f"/list-{number}.txt")
    server.gives(b"", path=f"/list-{len(bodies) + 1}.txt", status=end)


@pytest.mark.parametrize("end", [404, 410, 200])
def test_pages_are_read_up_to_one_that_is_empty_or_not_there(
    store: SqliteStore, feed: Feed, server: Any, end: int
) -> None:
    give(server, page(2), page(3), page(4), end=end)
    record = import_feed(store, feed, now=NOW)
    assert (record.outcome, record.accepted, record.pages) == ("imported", 150, 3)
    assert len(server.requests) == 4
    assert import_feed(store, feed, now=NOW).outcome == "unchanged"


def test_a_source_that_gives_one_page_for_all_is_held_back(store: SqliteStore, feed: Feed, server: Any) -> None:
    shuffled = b"".join(sorted(page(2).splitlines(keepends=True)))
    give(server, page(2), shuffled, page(3))
    record = import_feed(store, feed, now=NOW)
    assert (record.outcome, record.guards) == ("quarantined", ("pages",))
    assert record.error == "page 2 is the same as page 1"
    assert len(server.requests) == 2


def test_a_source_without_an_end_is_held_back(store: SqliteStore, feed: Feed, server: Any) -> None:
    give(server, *(page(number) for number in range(7)))
    record = import_feed(store, feed, now=NOW)
    assert (record.outcome, record.guards) == ("quarantined", ("pages",))
    assert record.error == "it was not read to its end, which is after page 5: raise pages"


def test_a_source_of_which_only_the_first_page_comes_is_held_back(store: SqliteStore, feed: Feed, server: Any) -> None:
    give(server, page(2), page(3))
    assert import_feed(store, feed, now=NOW).outcome == "imported"
    give(server, page(2) + page(3))
    record = import_feed(store, feed, now=NOW)
    assert (record.outcome, record.guards) == ("quarantined", ("pages",))
    assert record.error == "only its first page had entries, and it had 2 pages"


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_page_that_fails_fails_the_whole_update(store: SqliteStore, feed: Feed, server: Any, status: int) -> None:
    give(server, page(2), page(3), end=status)
    record = import_feed(store, feed, now=NOW)
    assert record.outcome == "failed"
    assert f"/list-3.txt: the server answered {status}" in record.error
    assert store.counter() == 0


def test_a_first_page_that_is_not_there_is_a_failure(store: SqliteStore, feed: Feed, server: Any) -> None:
    give(server)
    assert import_feed(store, feed, now=NOW).outcome == "failed"


def test_a_page_that_is_a_login_is_named(store: SqliteStore, feed: Feed, server: Any) -> None:
    give(server, page(2), b"<html>Sign in</html>")
    record = import_feed(store, feed, now=NOW)
    assert (record.guards, record.error) == (("html",), "page 2: it is a web page (HTML), not a list")


def test_pages_that_overlap_are_fine(store: SqliteStore, feed: Feed, server: Any) -> None:
    give(server, page(2), page(2) + page(3))
    record = import_feed(store, replace(feed, pages=3), now=NOW)
    assert (record.outcome, record.duplicates, record.pages) == ("imported", 50, 2)
