from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blacklist.formats.interface import About
from blacklist.formats.lines import LONGEST, is_html
from blacklist.formats.plain import read_plain
from blacklist.formats.registry import READERS

Read = Callable[..., Any]

SEEDS = [
    b"192.0.2.1",
    b"192.0.2.0/24",
    b"198.51.100.7\t12",
    b"2001:db8::/32",
    b"192.0.2.0 255.255.255.0",
    b"192.0.2.1-192.0.2.9",
    b"# Entries : 3 subnets",
    b"# Last update: Sat, 22 Aug 2026 03:00:29 +0200",
    b"203.0.113.0/24 ; SBL1",
    b'{"cidr":"192.0.2.0/24","sblid":"SBL1"}',
    b'{"type":"metadata","timestamp":1744682874,"records":2}',
    b'{"type":"metadata","records":null,"timestamp":true}',
    b"[" * 3000,
    b"\xef\xbb\xbf192.0.2.1",
    b"\xff\xfe",
    b"\x00",
    b"\r",
    b"9" * 5000,
    b'[{"value":"192.0.2.1","scope":"Ip","duration":"1h"}]',
    b'{"list":["192.0.2.1","2001:db8::1"],"version":1}',
    b'{"data":[{"ipAddress":"192.0.2.1","abuseConfidenceScore":100}]}',
    b'"first_seen_utc","dst_ip","dst_port"',
    b"origin,scope,value,reason,type,duration",
    b"cscli,ip,192.0.2.1,x,ban,1h",
    b"192.0.2.0\t192.0.2.255\t24\t9\tx\tKR",
    b"ExitAddress 192.0.2.1 2024-03-12 08:10:51",
    b"# END 1 entries",
]
PIECES = st.one_of(st.sampled_from(SEEDS), st.binary(max_size=40), st.text(max_size=20).map(str.encode))
FILES = st.lists(st.tuples(PIECES, st.sampled_from([b"\n", b"\r\n", b"", b"\n\n", b" "])), max_size=12).map(
    lambda parts: b"".join(text + end for text, end in parts)
)


@pytest.mark.parametrize("name", sorted(READERS))
@settings(deadline=None)  # a busy machine is no failure
@given(data=FILES, cut=st.integers(1, 50))
def test_no_reader_fails_whatever_the_bytes_and_wherever_they_are_cut(
    read: Read, name: str, data: bytes, cut: int
) -> None:
    whole = read(READERS[name], data)
    pieces = read(READERS[name], *(data[start : start + cut] for start in range(0, len(data), cut)))
    assert (whole.rows, whole.rejected, whole.about) == (pieces.rows, pieces.rejected, pieces.about)
    assert isinstance(whole.about, About)
    assert not whole.rows.keys() & whole.rejected.keys()
    assert all(len(reason) < 100 for reason in whole.reasons.values())


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_line(read: Read) -> None:
    found = read(read_plain, b"\xef\xbb", b"\xbf192.0.2.1\r", b"\n192.0.2.2\r\n192.0.2.3")
    assert found.named == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert found.rejected == {}


def test_a_byte_order_mark_further_down_is_not_dropped(read: Read) -> None:
    found = read(read_plain, b"192.0.2.1\n\xef\xbb\xbf192.0.2.2\n")
    assert found.reasons == {2: "not an address, network or range"}


@pytest.mark.parametrize("size", [LONGEST + 1, LONGEST * 2, LONGEST * 5 + 17])
def test_a_line_that_is_too_long_is_rejected_and_the_lines_after_it_are_read(read: Read, size: int) -> None:
    padded = b"192.0.2.0" + b" " * (size - 22) + b"255.255.255.0"
    found = read(read_plain, b"192.0.2.1\n", padded, b"\n192.0.2.3\n")
    assert len(padded) == size
    assert found.named == ["192.0.2.1", "192.0.2.3"]
    assert sorted(found.rows) == [1, 3]
    assert found.reasons == {2: f"longer than {LONGEST} bytes"}


def test_a_line_of_the_greatest_length_is_read(read: Read) -> None:
    padded = b"192.0.2.0" + b" " * (LONGEST - 22) + b"255.255.255.0"
    assert read(read_plain, padded + b"\n").named == ["192.0.2.0/24"]
    assert read(read_plain, padded).named == ["192.0.2.0/24"]


def test_a_line_without_an_end_takes_no_memory(read: Read) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(2000):
            yield b"1" * 65536  # 131 MB in all

    tracemalloc.start()
    found = read(lambda _, context, sink: read_plain(endless(), context, sink))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.reasons == {1: f"longer than {LONGEST} bytes"}
    assert peak < 2_000_000


@pytest.mark.parametrize(
    "beginning",
    [b"<!DOCTYPE html>", b"\r\n  <html lang='en'>", b"\xef\xbb\xbf<HTML>", b"<?xml version='1.0'?>", b"<head>"],
)
def test_a_web_page_is_recognised(beginning: bytes) -> None:
    assert is_html(beginning)


@pytest.mark.parametrize("beginning", [b"", b"192.0.2.1\n<html>", b"# <html>", b'{"cidr":"192.0.2.0/24"}', b"<1"])
def test_a_list_is_not_taken_for_a_web_page(beginning: bytes) -> None:
    assert not is_html(beginning)
