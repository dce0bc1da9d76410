"""The snapshot file: what is packed is what is read, and nothing else is."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import Indicator
from blacklist.core.listing import Facts
from blacklist.core.snapshot import Snapshot, SnapshotError, pack, verify


def sample(entries: int = 40) -> bytes:
    builder = GenerationBuilder()
    fact = builder.fact(Facts("", 50, "", "a reason", 1, 0, 0))
    for number in range(entries):
        builder.add(Indicator(4, number << 8, 24 + number % 9), fact)
        builder.add(Indicator(6, number << 64, 64 + number % 65), fact)
    feed = CompiledFeed("one", "attacks", 5, builder.finish())
    return b"".join(compile_snapshot([feed], [], generation=12, now=1_900_000_000))


SAMPLE = sample()


def test_the_head_tells_generation_and_time() -> None:
    head = verify(io.BytesIO(SAMPLE).read)
    assert (head.generation, head.compiled_at, head.size) == (12, 1_900_000_000, len(SAMPLE))


def test_the_same_input_makes_the_same_bytes() -> None:
    assert sample() == SAMPLE


def test_entries_count_indicators_by_family_and_meta_names_the_feeds() -> None:
    snapshot = Snapshot(SAMPLE)
    assert snapshot.entries == {4: 40, 6: 40}
    assert snapshot.meta["listings"] == 80
    assert [feed["name"] for feed in snapshot.meta["feeds"]] == ["one"]


def test_a_table_is_walked_in_order() -> None:
    snapshot = Snapshot(SAMPLE)
    for version in (4, 6):
        walked = [indicator for indicator, _ in snapshot.listings[version]]
        assert walked == sorted(walked)
        assert len(walked) == 40


def test_a_million_listings_stay_under_their_bytes() -> None:
    assert (len(sample(4_000)) - len(sample(2_000))) / 4_000 <= 25


@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(place: int, change: int) -> None:
    damaged = bytearray(SAMPLE)
    damaged[place] ^= change
    with pytest.raises(SnapshotError):
        verify(io.BytesIO(damaged).read)


@given(st.integers(0, len(SAMPLE) - 1))
def test_any_cut_is_refused(size: int) -> None:
    with pytest.raises(SnapshotError):
        verify(io.BytesIO(SAMPLE[:size]).read)


def test_added_bytes_are_refused() -> None:
    with pytest.raises(SnapshotError, match="should have"):
        verify(io.BytesIO(SAMPLE + b"\0").read)


def test_a_snapshot_that_lacks_a_section_is_refused() -> None:
    parts = pack({"meta": b"{}"}, generation=1, compiled_at=1)
    with pytest.raises(SnapshotError, match="without the section 'strings'"):
        Snapshot(b"".join(parts))


def test_another_format_is_named() -> None:
    newer = SAMPLE[:8] + struct.pack("<I", 2) + SAMPLE[12:]
    with pytest.raises(SnapshotError, match="format 2; this program reads format 1"):
        verify(io.BytesIO(newer).read)
