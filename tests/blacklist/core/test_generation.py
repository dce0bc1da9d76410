"""A generation of a feed: what goes in comes out, sorted and once, and its bytes can be trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.generation import EMPTY, Generation, GenerationBuilder, GenerationError, decode, encode, merge
from blacklist.core.indicator import WIDTH, Indicator, parse_one
from blacklist.core.listing import Facts


def facts(confidence: int = 50, *, first: int = 100, reason: str = "") -> Facts:
    return Facts("", confidence, "KR", reason, first, 0, 0)


def generation(*entries: tuple[str, Facts]) -> Generation:
    builder = GenerationBuilder()
    for text, said in entries:
        builder.add(parse_one(text), builder.fact(said))
    return builder.finish()


def test_indicators_come_out_sorted_and_once_with_the_better_facts() -> None:
    made = generation(
        ("2001:db8::/32", facts()),
        ("192.0.2.9", facts(10)),
        ("192.0.2.0/24", facts()),
        ("192.0.2.9", facts(90)),
    )
    assert [(str(indicator), said.confidence) for indicator, said in made] == [
        ("192.0.2.0/24", 50),
        ("192.0.2.9", 90),
        ("2001:db8::/32", 50),
    ]
    assert len(made) == 3


@st.composite
def generations(draw: st.DrawFn) -> Generation:
    builder = GenerationBuilder()
    for _ in range(draw(st.integers(0, 30))):
        version = draw(st.sampled_from([4, 6]))
        length = draw(st.integers(1, WIDTH[version]))
        start = draw(st.integers(0, (1 << length) - 1)) << WIDTH[version] - length
        said = facts(draw(st.integers(0, 100)), first=draw(st.integers(0, 9)), reason=draw(st.text(max_size=5)))
        builder.add(Indicator(version, start, length), builder.fact(said))
    return builder.finish()


@given(generations())
def test_what_is_encoded_is_decoded_without_loss(made: Generation) -> None:
    assert list(decode(encode(made))) == list(made)


@given(generations(), generations())
def test_a_merge_has_the_new_indicators_and_the_older_first_seen(old: Generation, new: Generation) -> None:
    before = dict(iter(old))
    merged = dict(iter(merge(old, new)))
    assert merged.keys() == dict(iter(new)).keys()
    for indicator, said in new:
        first = min(said.first_seen, before[indicator].first_seen) if indicator in before else said.first_seen
        assert merged[indicator] == said._replace(first_seen=first)


def test_an_empty_generation_is_one_too() -> None:
    assert list(decode(encode(EMPTY))) == []


@pytest.mark.parametrize("cut", [0, 5, 8, 12, 30])
def test_bytes_that_were_cut_short_are_refused(cut: int) -> None:
    with pytest.raises(GenerationError):
        decode(encode(generation(("192.0.2.1", facts())))[:cut])


def test_a_damaged_byte_is_refused() -> None:
    data = bytearray(encode(generation(("192.0.2.1", facts()))))
    for place in range(len(data)):
        damaged = bytes(data[:place]) + bytes([data[place] ^ 0xFF]) + bytes(data[place + 1 :])
        with pytest.raises(GenerationError):
            decode(damaged)


def test_another_format_is_named() -> None:
    data = encode(EMPTY)
    with pytest.raises(GenerationError, match="of format 9, this program reads format 1"):
        decode(data[:7] + b"\x09" + data[8:])
