from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blacklist.core.generation import EMPTY
from blacklist.core.policy import FeedPolicy
from blacklist.feeds import update
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.importer import import_feed
from blacklist.store.interface import Rejected
from blacklist.store.sqlite import SqliteStore

NOW = 1_900_000_000
LISTED = "\n".join(f"192.0.2.{number}" for number in range(100)).encode() + b"\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_bytes(LISTED)
    return path


@pytest.fixture
def feed(file: Path) -> Feed:
    return Feed("one", path=file, category="attacks", confidence=70, policy=FeedPolicy(allow_special=True))


@pytest.fixture
def remote(server: Any) -> Feed:
    policy = FeedPolicy(allow_special=True)
    url = server.gives(LISTED, ETag='"1"')
    return Feed("one", url=url, policy=policy, category="attacks", allow_http=True, allow_private=True)


def names(store: SqliteStore) -> list[str]:
    return [str(indicator) for indicator, _ in store.generation("one")]


def seen(store: SqliteStore) -> dict[str, int]:
    return {str(indicator): facts.first_seen for indicator, facts in store.generation("one")}


def test_a_feed_is_imported_counted_and_committed(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_bytes(LISTED + b"192.0.2.1\n198.51.100.9/24\nnonsense\n")
    record = import_feed(store, feed, now=NOW)
    assert record.outcome == "imported"
    assert (record.accepted, record.rejected, record.masked, record.duplicates) == (102, 1, 1, 1)
    assert record.reasons == {"not an address, network or range": 1}
    assert record.samples == (Rejected(103, "nonsense", "not an address, network or range"),)
    state = store.feed("one")
    assert state is not None
    assert (state.info, state.last, state.entries, state.last_success) == (feed.info, record, 101, NOW)
    assert names(store)[-1] == "198.51.100.0/24"
    assert {facts.confidence for _, facts in store.generation("one")} == {70}


def test_the_same_content_again_is_unchanged_and_the_counter_stays(store: SqliteStore, feed: Feed) -> None:
    import_feed(store, feed, now=NOW)
    counter = store.counter()
    record = import_feed(store, feed, now=NOW + 60)
    assert record.outcome == "unchanged"
    assert record.accepted == 100
    assert store.counter() == counter
    state = store.feed("one")
    assert state is not None
    assert state.last_success == NOW + 60
    assert set(seen(store).values()) == {NOW}


def test_the_same_content_under_another_category_or_confidence_is_imported(store: SqliteStore, feed: Feed) -> None:
    import_feed(store, feed, now=NOW)
    assert import_feed(store, replace(feed, category="scans"), now=NOW).outcome == "imported"
    assert import_feed(store, replace(feed, category="scans", confidence=71), now=NOW).outcome == "imported"
    assert {facts.confidence for _, facts in store.generation("one")} == {71}


def test_first_seen_is_kept_for_what_was_listed_before(store: SqliteStore, feed: Feed, file: Path) -> None:
    import_feed(store, feed, now=NOW)
    file.write_bytes(LISTED.replace(b"192.0.2.0\n", b"198.51.100.1\n"))
    assert import_feed(store, feed, now=NOW + 60).outcome == "imported"
    assert seen(store)["192.0.2.1"] == NOW
    assert seen(store)["198.51.100.1"] == NOW + 60
    assert "192.0.2.0" not in seen(store)


def test_special_purpose_addresses_and_wide_networks_are_refused_with_their_lines(
    store: SqliteStore, feed: Feed, file: Path
) -> None:
    ordinary = "\n".join(f"8.8.{number // 256}.{number % 256}" for number in range(1000))
    file.write_text(f"10.0.0.1\n{ordinary}\n127.0.0.1\n100.64.0.1\n8.0.0.0/7\n0.0.0.0/0\n2000::/3\nfe80::/64\n")
    record = import_feed(store, replace(feed, policy=FeedPolicy()), now=NOW)
    assert record.outcome == "imported"
    assert (record.accepted, record.rejected) == (1000, 7)
    assert {sample.line: (sample.text, sample.reason) for sample in record.samples} == {
        1: ("10.0.0.1", "private use (RFC 1918)"),
        1002: ("127.0.0.1", "loopback (RFC 1122)"),
        1003: ("100.64.0.1", "shared address space (RFC 6598)"),
        1004: ("8.0.0.0/7", "wider than /8"),
        1005: ("0.0.0.0/0", "wider than /8"),
        1006: ("2000::/3", "wider than /19"),
        1007: ("fe80::/64", "link local (RFC 4291)"),
    }
    assert not {"10.0.0.1", "127.0.0.1", "100.64.0.1"} & set(names(store))


def test_samples_are_few_short_and_printable(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_bytes(b"\x1b[31m\xff" + b"x" * 500 + b"\n" + b"nonsense\n" * 50)
    record = import_feed(store, feed, now=NOW)
    assert record.rejected == 51
    assert len(record.samples) == 20
    assert record.samples[0].text.startswith("\\x1b[31m\\udcffxxx")
    assert all(len(sample.text) <= 100 and sample.text.isprintable() for sample in record.samples)
    assert record.reasons == {"not an address, network or range": 50, "not valid UTF-8": 1}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "it is empty, and had 100 entries"),
        (b"# only a comment\n", "it is empty, and had 100 entries"),
        (LISTED[:300], "it shrank from 100 to 28 entries"),
        (b"".join(b"198.51.%d.%d\n" % (n // 256, n % 256) for n in range(501)), "it grew from 100 to 501 entries"),
        (LISTED + b"nonsense\n" * 10, "10 of 110 lines were rejected"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>\n", "it is a web page (HTML), not a list"),
        (b"# Entries: 200 unique IPs\n" + LISTED, "it is truncated: it has 100 of the 200 entries that it declares"),
        (LISTED + b"2.0.0.0/8\n3.0.0.0/8\n", "its networks together cover 2.0.0.0/7, wider than /8"),
        (LISTED + b"2.0.0.0-2.255.255.255\n3.0.0.0/9\n3.128.0.0/9\n", "together cover 2.0.0.0/7, wider than /8"),
    ],
)
def test_an_update_that_looks_wrong_is_held_back_and_the_last_good_generation_stays(
    store: SqliteStore, feed: Feed, file: Path, content: bytes, error: str
) -> None:
    import_feed(store, feed, now=NOW)
    counter, before = store.counter(), names(store)
    file.write_bytes(content)
    record = import_feed(store, feed, now=NOW + 60)
    assert record.outcome == "quarantined"
    assert error in record.error
    state = store.feed("one")
    assert state is not None
    assert state.held == record
    assert state.last_success == NOW
    assert (store.counter(), names(store)) == (counter, before)


def test_a_truncated_json_list_is_held_back_the_first_time_too(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_bytes(b'{"cidr":"192.0.2.0/24","sblid":"SBL1"}\n')
    record = import_feed(store, replace(feed, format="spamhaus-json"), now=NOW)
    assert (record.outcome, record.error) == ("quarantined", "it is truncated: the closing metadata is missing")
    assert store.counter() == 0
    assert names(store) == []


def test_an_older_file_is_held_back_however_often_it_comes(store: SqliteStore, feed: Feed, file: Path) -> None:
    def dated(day: int) -> bytes:
        return b"# Last update: 2026-01-%02d\n" % day + LISTED

    file.write_bytes(dated(10))
    assert import_feed(store, feed, now=NOW).outcome == "imported"
    file.write_bytes(dated(9))
    for _ in range(3):
        record = import_feed(store, feed, now=NOW)
        assert record.outcome == "quarantined"
        assert record.error == "it is of 2026-01-09 00:00:00 UTC, older than the one of 2026-01-10 00:00:00 UTC"
    file.unlink()
    assert import_feed(store, feed, now=NOW).outcome == "failed"
    file.write_bytes(dated(9))
    assert import_feed(store, feed, now=NOW).outcome == "quarantined"
    file.write_bytes(dated(11))
    assert import_feed(store, feed, now=NOW).outcome == "unchanged"


def test_the_date_of_what_was_held_back_counts_for_nothing(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_bytes(b"# Last update: 2026-01-20\n")
    assert import_feed(store, feed, now=NOW).outcome == "quarantined"
    file.write_bytes(b"# Last update: 2026-01-10\n" + LISTED)
    assert import_feed(store, feed, now=NOW).outcome == "imported"
    file.write_bytes(b"# Last update: 2026-01-20\n")
    assert import_feed(store, feed, now=NOW).outcome == "quarantined"
    file.write_bytes(b"# Last update: 2026-01-12\n" + LISTED)
    assert import_feed(store, feed, now=NOW).outcome == "unchanged"


def test_an_empty_feed_is_fine_where_that_is_normal(store: SqliteStore, feed: Feed, file: Path) -> None:
    can_be_empty = replace(feed, policy=FeedPolicy(allow_special=True, can_be_empty=True))
    import_feed(store, can_be_empty, now=NOW)
    file.write_bytes(b"")
    assert import_feed(store, can_be_empty, now=NOW).outcome == "imported"
    assert names(store) == []
    assert import_feed(store, can_be_empty, now=NOW).outcome == "unchanged"


def test_a_failure_is_noted_and_the_last_good_generation_stays(store: SqliteStore, feed: Feed, file: Path) -> None:
    import_feed(store, feed, now=NOW)
    file.unlink()
    record = import_feed(store, feed, now=NOW + 60)
    assert record.outcome == "failed"
    assert record.error == f"{file}: there is no such file or folder"
    state = store.feed("one")
    assert state is not None
    assert (state.last, state.last_success, state.entries) == (record, NOW, 100)
    assert len(names(store)) == 100


def test_a_dry_run_finds_the_same_and_stores_nothing(store: SqliteStore, feed: Feed, file: Path) -> None:
    assert import_feed(store, feed, now=NOW, dry_run=True).accepted == 100
    assert store.feed("one") is None
    import_feed(store, feed, now=NOW)
    before = store.feed("one")
    file.write_bytes(b"")
    assert import_feed(store, feed, now=NOW + 60, dry_run=True).outcome == "quarantined"
    file.unlink()
    assert import_feed(store, feed, now=NOW + 60, dry_run=True).outcome == "failed"
    assert store.feed("one") == before


def test_the_files_of_a_folder_are_one_feed(store: SqliteStore, feed: Feed, tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "b.txt").write_bytes(b"192.0.2.2")
    (folder / "a.txt").write_bytes(b"192.0.2.1")
    (folder / ".hidden").write_bytes(b"192.0.2.3")
    (folder / "more").mkdir()
    assert import_feed(store, replace(feed, path=folder), now=NOW).outcome == "imported"
    assert names(store) == ["192.0.2.1", "192.0.2.2"]
    (folder / "a.txt").write_bytes(b"<html>")
    record = import_feed(store, replace(feed, path=folder), now=NOW)
    assert record.error == "a.txt: it is a web page (HTML), not a list"


def test_a_path_that_is_no_file_to_read_is_a_failure(store: SqliteStore, feed: Feed, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "has no files" in import_feed(store, replace(feed, path=tmp_path / "empty"), now=NOW).error
    assert "neither a file nor a folder" in import_feed(store, replace(feed, path=Path("/dev/zero")), now=NOW).error
    assert "File name too long" in import_feed(store, replace(feed, path=tmp_path / ("x" * 300)), now=NOW).error


def test_progress_is_told_in_lines(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_bytes(b"192.0.2.1\n" * 100_000)
    told: list[int] = []
    record = import_feed(store, feed, now=NOW, progress=told.append)
    assert told == sorted(told)
    assert len(told) > 2
    assert told[-1] <= 100_000
    assert (record.accepted, record.duplicates) == (100_000, 99_999)


def test_more_indicators_than_fit_in_memory_are_a_failure(
    store: SqliteStore, feed: Feed, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "MOST", 50_000)
    file.write_bytes(b"192.0.2.1\n" * 100_000)
    record = import_feed(store, feed, now=NOW)
    assert (record.outcome, record.error) == ("failed", "it has more than 50000 entries")


def test_a_server_that_says_not_modified_confirms_the_last_import(
    store: SqliteStore, remote: Feed, server: Any
) -> None:
    first = import_feed(store, remote, now=NOW)
    counter = store.counter()
    server.gives(b"", status=304)
    record = import_feed(store, remote, now=NOW + 60)
    assert server.requests[-1]["if-none-match"] == '"1"'
    assert record == replace(first, at=NOW + 60, outcome="unchanged")
    assert store.counter() == counter
    state = store.feed("one")
    assert state is not None
    assert state.last_success == NOW + 60


def test_a_failure_in_between_does_not_forget_the_validators(store: SqliteStore, remote: Feed, server: Any) -> None:
    import_feed(store, remote, now=NOW)
    server.gives(b"", status=503)
    record = import_feed(store, remote, now=NOW)
    assert record.outcome == "failed"
    assert record.error == f"{remote.url}: the server answered 503 Service Unavailable"
    server.gives(b"", status=304)
    record = import_feed(store, remote, now=NOW)
    assert server.requests[-1]["if-none-match"] == '"1"'
    assert (record.outcome, record.accepted, record.error) == ("unchanged", 100, "")


def test_what_was_held_back_is_never_confirmed_by_a_304(store: SqliteStore, remote: Feed, server: Any) -> None:
    import_feed(store, remote, now=NOW)
    server.gives(b"", ETag='"2"')
    assert import_feed(store, remote, now=NOW).outcome == "quarantined"
    assert import_feed(store, remote, now=NOW).outcome == "quarantined"
    assert "if-none-match" not in server.requests[-1]


@pytest.mark.parametrize("change", [{"confidence": 1}, {"category": "x"}, {"policy": FeedPolicy()}])
def test_other_rules_read_the_content_again_though_it_has_not_changed(
    store: SqliteStore, remote: Feed, server: Any, change: dict[str, Any]
) -> None:
    import_feed(store, remote, now=NOW)
    import_feed(store, replace(remote, **change), now=NOW)
    assert "if-none-match" not in server.requests[-1]


def test_a_generation_that_is_damaged_in_the_store_is_imported_anew(
    store: SqliteStore, remote: Feed, server: Any
) -> None:
    import_feed(store, remote, now=NOW)
    store._database.run("UPDATE content SET data = x'00'")
    assert import_feed(store, remote, now=NOW).outcome == "imported"
    assert "if-none-match" not in server.requests[-1]
    assert len(names(store)) == 100


def test_a_body_that_breaks_off_leaves_everything_as_it_was(store: SqliteStore, remote: Feed, server: Any) -> None:
    import_feed(store, remote, now=NOW)
    server.gives(LISTED + b"198.51.100.1\n", Content_Length="5000")
    record = import_feed(store, remote, now=NOW)
    assert record.outcome == "failed"
    assert "cut short" in record.error
    assert len(names(store)) == 100


def test_a_page_for_people_that_comes_byte_by_byte_is_still_recognised(
    store: SqliteStore, remote: Feed, server: Any
) -> None:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for byte in b"\n  <!doctype HTML>":
            handler.wfile.write(bytes([byte]))

    server.answers["/list.txt"] = answer
    record = import_feed(store, remote, now=NOW)
    assert record.outcome == "quarantined"
    assert "it is a web page (HTML), not a list" in record.error
    assert store.generation("one") is EMPTY


def test_a_range_that_summarises_to_what_is_too_wide_is_rejected(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_bytes(
        LISTED + b"0.0.0.0-255.255.255.255\n8.0.0.0-9.255.255.255\n::-ffff::\n2a00::-2a00:3fff:%s\n" % (b"f" * 4)
    )
    record = import_feed(store, feed, now=NOW)
    assert (record.outcome, record.accepted) == ("imported", 100)
    assert set(record.reasons) <= {
        "wider than /8",
        "wider than /1",
        "wider than /19",
        "not an address, network or range",
    }


def test_each_doubt_names_its_guard(store: SqliteStore, feed: Feed, file: Path) -> None:
    import_feed(store, feed, now=NOW)
    file.write_bytes(b"# Entries: 9 unique IPs\n192.0.2.1\nnonsense\n")
    record = import_feed(store, feed, now=NOW)
    assert record.guards == ("rejected", "shrunk", "truncated")
    assert record.change is not None
    assert (record.change.added, record.change.removed) == (0, 99)


def test_what_an_operator_approved_is_not_doubted_again_until_it_changes(
    store: SqliteStore, feed: Feed, file: Path
) -> None:
    file.write_bytes(LISTED + b"nonsense\n" * 10)
    assert import_feed(store, feed, now=NOW).outcome == "quarantined"
    assert store.approve("one", NOW + 1) == 1
    for second in range(2, 5):
        assert import_feed(store, feed, now=NOW + second).outcome == "unchanged"
    file.write_bytes(LISTED + b"nonsense\n" * 11)
    assert import_feed(store, feed, now=NOW + 6).outcome == "quarantined"


def test_failures_in_a_row_are_counted_and_a_success_ends_them(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.unlink()
    assert [import_feed(store, feed, now=NOW).failures for _ in range(3)] == [1, 2, 3]
    file.write_bytes(LISTED)
    assert import_feed(store, feed, now=NOW).failures == 0
    file.unlink()
    assert import_feed(store, feed, now=NOW).failures == 1


def test_the_newest_file_of_a_folder_is_the_feed(store: SqliteStore, feed: Feed, tmp_path: Path) -> None:
    folder = tmp_path / "dropped"
    folder.mkdir()
    for day, name in ((3, "a.txt"), (9, "b.txt"), (5, "c.txt")):
        (folder / name).write_text(f"192.0.2.{day}\n")
        os.utime(folder / name, (NOW, NOW + day))
    assert import_feed(store, replace(feed, path=folder, files="newest"), now=NOW).outcome == "imported"
    assert names(store) == ["192.0.2.9"]


def test_durations_count_from_when_a_local_file_was_written(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_text("origin,scope,value,reason,type,duration\nx,ip,192.0.2.1,y,ban,2h\n")
    os.utime(file, (NOW, NOW - 3600))
    decisions = replace(feed, format="crowdsec-csv")
    assert import_feed(store, decisions, now=NOW).outcome == "imported"
    assert {facts.expires_at for _, facts in store.generation("one")} == {NOW + 3600}
    assert import_feed(store, decisions, now=NOW + 60).outcome == "unchanged"


def test_skipped_entries_are_counted_and_held_against_nobody(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_text("origin,scope,value,reason,type,duration\nx,ip,192.0.2.1,y,ban,\n" + "x,as,64496,y,ban,\n" * 9)
    record = import_feed(store, replace(feed, format="crowdsec-csv"), now=NOW)
    assert (record.outcome, record.accepted, record.skipped, record.rejected) == ("imported", 1, 9, 0)
    assert record.reasons == {"a decision on something else than an address or range": 9}


def test_a_zone_and_a_column_map_reach_the_reader(store: SqliteStore, feed: Feed, file: Path) -> None:
    file.write_text("host,ends\n192.0.2.1,2030-06-01\n")
    table = replace(feed, format="csv", timezone="Asia/Seoul", columns={"indicator": "host", "expires_at": "ends"})
    import_feed(store, table, now=NOW)
    assert {facts.expires_at for _, facts in store.generation("one")} == {1_906_556_400}


def test_a_secret_header_comes_from_the_environment_and_is_kept_nowhere(
    store: SqliteStore, remote: Feed, server: Any
) -> None:
    secret = replace(remote, headers={"Key": "$PORTAL_KEY", "Accept": "text/plain"})
    record = import_feed(store, secret.with_secrets({}), now=NOW)
    assert (record.outcome, record.error) == (
        "failed",
        "a header of it needs the variable PORTAL_KEY, which is not set",
    )
    assert server.requests == []
    known = secret.with_secrets({"PORTAL_KEY": "hidden-value"})
    assert import_feed(store, known, now=NOW).outcome == "imported"
    assert (server.requests[0]["key"], server.requests[0]["accept"]) == ("hidden-value", "text/plain")
    server.gives(b"", status=403)
    assert "hidden-value" not in repr(import_feed(store, known, now=NOW))
    assert "hidden-value" not in repr(known)
    assert "hidden-value" not in repr(store.feed("one"))


def test_what_an_operator_rejected_is_not_held_again_until_it_changes(
    store: SqliteStore, feed: Feed, file: Path
) -> None:
    import_feed(store, feed, now=NOW)
    file.write_bytes(b"203.0.113.1\n")
    assert import_feed(store, feed, now=NOW).outcome == "quarantined"
    assert store.reject("one", NOW + 1)
    for second in range(2, 5):
        assert import_feed(store, feed, now=NOW + second).outcome == "rejected"
        state = store.feed("one")
        assert state is not None
        assert (state.held, state.entries, state.last_success) == (None, 100, NOW)
    file.write_bytes(b"203.0.113.2\n")
    assert import_feed(store, feed, now=NOW + 6).outcome == "quarantined"
    file.write_bytes(LISTED)
    assert import_feed(store, feed, now=NOW + 7).outcome == "unchanged"
