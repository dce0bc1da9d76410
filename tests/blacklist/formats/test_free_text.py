"""Free text made fit for one line, whatever it is; and lists that hold any text."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blacklist.core.indicator import Indicator
from blacklist.core.listing import Facts
from blacklist.core.selection import Criteria
from blacklist.formats.batches import text
from blacklist.formats.free_text import ascii_line, one_line
from blacklist.formats.registry import EXPORTS
from listed import NOW, compiled, written

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(texts, st.integers(1, 50))
def test_any_text_becomes_one_line_of_printable_characters(wild: str, longest: int) -> None:
    line = one_line(wild, longest, ",;")
    assert len(line) <= longest
    assert line == " ".join(line.split())
    assert line.splitlines() in ([line], [])
    assert not {unicodedata.category(letter)[0] for letter in line.replace(" ", "")} & {"C", "Z"}
    assert not set(line) & set(",;")
    assert ascii_line(wild, longest).isascii()


def test_plain_text_stays_as_it_is() -> None:
    assert one_line("brute force (ssh), 무차별 대입", 100) == "brute force (ssh), 무차별 대입"
    assert ascii_line("무차별 ssh", 100) == "??? ssh"


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert one_line("x" * 1_000_000, 10) == "x" * 9 + "…"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, texts, st.text(max_size=4).map(lambda country: country.encode("utf-8", "replace").decode()))
def test_whatever_a_feed_says_a_list_has_the_same_lines(reason: str, category: str, country: str) -> None:
    said = Facts(category, 50, country, reason, NOW, 0, 0)
    snapshot = compiled({"one": {"192.0.2.1": said, "192.0.2.7": None, "2001:db8::1": said}})
    calm = compiled({"one": dict.fromkeys(["192.0.2.1", "192.0.2.7", "2001:db8::1"])})
    for suffix in EXPORTS:
        data, tally = written(snapshot, suffix)
        assert tally.entries + tally.omitted == 3
        if suffix not in {"mmdb", "suricata"}:
            assert len(data.decode().splitlines()) == len(written(calm, suffix)[0].decode().splitlines()), suffix
    rows = list(csv.DictReader(io.StringIO(written(snapshot, "csv")[0].decode()), strict=True))
    assert [row["indicator"] for row in rows] == ["192.0.2.1", "192.0.2.7", "2001:db8::1"]
    assert json.loads(written(snapshot, "json")[0])["listings"][0]["reason"] == (reason or None)
    assert len(json.loads(written(snapshot, "stix")[0])["objects"]) == 4


@pytest.mark.parametrize("suffix", sorted(set(EXPORTS) - {"mmdb", "json", "ndjson", "stix"}))
def test_a_list_may_be_named_like_anything(suffix: str) -> None:
    name = 'a b"\n203.0.113.0/24\r\u2028{};$x'
    snapshot = compiled({"one": {"192.0.2.1": Facts(name, 50, "", "", NOW, 0, 0), "198.51.100.1": None}})
    calm = compiled({"one": {"192.0.2.1": Facts("calm", 50, "", "", NOW, 0, 0), "198.51.100.1": None}})
    told = written(snapshot, suffix, Criteria(name))[0].decode()
    assert len(told.splitlines()) == len(written(calm, suffix, Criteria("calm"))[0].decode().splitlines())
    assert not any(line.startswith("203.0.113") for line in told.splitlines())


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_the_quick_text_of_a_network_is_the_text(start: int, length: int) -> None:
    network = Indicator(4, start >> (32 - length) << (32 - length), length)
    assert text(network) == str(network)
