"""Generic CSV, TSV, JSON and NDJSON: columns found by name, by place, or by what is in them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta, timezone
from typing import Any

import pytest

from blacklist.formats.delimited import read_csv, read_tsv
from blacklist.formats.json_items import JsonProblem, items
from blacklist.formats.json_lists import read_json, read_ndjson

Read = Callable[..., Any]
NOW = 1_900_000_000
SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    "data",
    [
        b"ip,reason\n192.0.2.1,scan\n2001:db8::1,scan\n",
        b"\xef\xbb\xbfIP Address;Reason\r\n192.0.2.1;scan\r\n2001:db8::1;scan\r\n",
        b"# made by hand\nreason|ip_address\nscan|192.0.2.1\nscan|2001:db8::1\n",
        b"id\taddress\tdescription\n1\t192.0.2.1\tscan\n2\t2001:db8::1\tscan\n",
        b'"reason", "cidr"\n"scan", "192.0.2.1"\n"scan", "2001:db8::1"',
    ],
)
def test_delimiter_header_and_columns_are_found_out(read: Read, data: bytes) -> None:
    found = read(read_csv, data)
    assert found.named == ["192.0.2.1", "2001:db8::1"]
    assert [facts.reason for _, facts in found.rows.values()] == ["scan", "scan"]
    assert (found.rejected, found.about) == ({}, (0, ""))


def test_without_a_header_the_column_of_addresses_is_found_by_what_is_in_it(read: Read) -> None:
    assert read(read_csv, b"1,192.0.2.1,x\n2,192.0.2.2,y\n").named == ["192.0.2.1", "192.0.2.2"]
    assert read(read_tsv, b"a,b\t192.0.2.1\n").named == ["192.0.2.1"]
    assert read(read_csv, b"192.0.2.1\n192.0.2.0/24\n").named == ["192.0.2.1", "192.0.2.0/24"]


def test_a_column_map_decides_by_name_or_by_place(read: Read) -> None:
    data = b"ip,note,peer,score,until\n192.0.2.1,one,198.51.100.1,77,2099-12-31\n"
    columns = {"indicator": "peer", "reason": "note", "confidence": "4", "expires_at": "UNTIL"}
    ((names, facts),) = read(read_csv, data, columns=columns).rows.values()
    assert (names, facts.reason, facts.confidence) == (("198.51.100.1",), "one", 77)
    assert facts.expires_at == 4_102_444_800
    (((name,), _),) = read(read_csv, b"192.0.2.1,198.51.100.1\n", columns={"indicator": "2"}).rows.values()
    assert name == "198.51.100.1"


def test_a_column_that_there_is_not_is_told_and_nothing_is_read(read: Read) -> None:
    found = read(read_csv, b"ip,note\n192.0.2.1,x\n", columns={"indicator": "adress"})
    assert found.about.problem == "it has no column 'adress'; there are: ip, note"
    assert found.rows == {}
    assert "no column of it holds addresses" in read(read_csv, b"a,b\nc,d\n").about.problem


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"192.0.2.1:443,x,50,", "not an address, network or range"),
        (b"http://192.0.2.1/24,x,50,", "not an address, network or range"),
        (b'"192.0.2.1,x,50,', "its quotes do not match"),
        (b"192.0.2.1,x,high,", "the confidence is not a number from 0 to 100"),
        (b"192.0.2.1,x,101,", "the confidence is not a number from 0 to 100"),
        (b"192.0.2.1,x,50,soon", "the date of release is not a date"),
        (b"192.0.2.1\x00,x,50,", "has a NUL byte"),
        (b"\xff,x,50,", "not valid UTF-8"),
        (b"fe80::1%eth0,x,50,", "has a zone id"),
    ],
)
def test_a_row_that_does_not_say_what_it_should_is_rejected(read: Read, line: bytes, reason: str) -> None:
    data = b"ip,reason,confidence,expires\n192.0.2.9,x,-,\n" + line + b"\n"
    found = read(read_csv, data)
    assert (found.named, found.reasons) == (["192.0.2.9"], {3: reason})


def test_a_quote_that_is_not_closed_spoils_one_line_alone(read: Read) -> None:
    lines = b"".join(b"192.0.2.%d,fine\n" % number for number in range(100))
    found = read(read_csv, b"ip,reason\n" + lines + b'192.0.2.200,"open\n' + lines.replace(b"192.0.2", b"198.51.100"))
    assert len(found.rows) == 200
    assert found.reasons == {102: "its quotes do not match"}


def test_a_short_row_is_rejected_and_missing_columns_at_its_end_are_empty(read: Read) -> None:
    found = read(read_csv, b"id,ip,reason\n1,192.0.2.1\n2\n")
    assert (found.named, found.reasons) == (["192.0.2.1"], {3: "fewer columns than the table"})


def test_reasons_are_one_printable_line_of_bounded_length(read: Read) -> None:
    found = read(read_csv, b"ip,reason\n192.0.2.1,a\x1b[31m\tb" + b"x" * 5000 + b"\n")
    ((_, facts),) = found.rows.values()
    assert facts.reason.startswith("a [31m bxxx")
    assert len(facts.reason) <= 200


@pytest.mark.parametrize(
    ("said", "expires_at"),
    [
        ("20300312", 1_899_558_000),
        ("2030-03-12", 1_899_558_000),
        ("2030.3.12", 1_899_558_000),
        ("2030. 03. 12.", 1_899_558_000),
        ("2030/03/12", 1_899_558_000),
        ("2030년 3월 12일", 1_899_558_000),
        ("2030-03-12 09:30:00", 1_899_505_800),
        ("2030.03.12 9:30", 1_899_505_800),
        ("2030-03-12T00:30:00Z", 1_899_505_800),
        ("20300312093000", 1_899_505_800),
        ("1899505800", 1_899_505_800),
        ("9999-12-31", 0),
        ("2200-01-01", 0),
        ("", 0),
        ("-", 0),
    ],
)
def test_a_release_date_lasts_until_the_day_ends_where_the_feed_is(read: Read, said: str, expires_at: int) -> None:
    data = f"ip,해제일\n192.0.2.1,{said}\n".encode()
    ((_, facts),) = read(read_csv, data, timezone=SEOUL).rows.values()
    assert facts.expires_at == expires_at


@pytest.mark.parametrize(
    "document",
    [
        ["192.0.2.1", "2001:db8::/32"],
        {"updated": "x", "ips": ["192.0.2.1", "2001:db8::/32"]},
        [{"ip": "192.0.2.1"}, {"ip": "2001:db8::/32"}],
        {"meta": {"a": [1, 2]}, "data": [{"id": 1, "host": "192.0.2.1"}, {"id": 2, "host": "2001:db8::/32"}]},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_an_array_or_an_object_with_one(read: Read, document: object, indent: int | None) -> None:
    data = json.dumps(document, indent=indent).encode()
    assert read(read_json, data).named == ["192.0.2.1", "2001:db8::/32"]
    assert read(read_json, *(data[place : place + 1] for place in range(len(data)))).named[0] == "192.0.2.1"


def test_json_objects_are_read_by_the_column_map(read: Read) -> None:
    data = json.dumps([{"src": "192.0.2.1", "dst": "198.51.100.1", "score": 80, "note": "x"}]).encode()
    columns = {"indicator": "dst", "reason": "note"}
    ((names, facts),) = read(read_json, data, columns=columns).rows.values()
    assert (names, facts.confidence, facts.reason) == (("198.51.100.1",), 80, "x")
    problem = read(read_json, data, columns={"indicator": "target"}).about.problem
    assert problem == "it has no column 'target'; there are: src, dst, score, note"


def test_ndjson_is_an_object_a_line_and_bad_lines_are_rejected(read: Read) -> None:
    found = read(read_ndjson, b'{"ip":"192.0.2.1"}\n\n{"ip":\n[]\n{"x":1}\n"192.0.2.2"\n')
    assert found.named == ["192.0.2.1", "192.0.2.2"]
    nothing = "not an object with an indicator"
    assert found.reasons == {3: "not JSON", 4: nothing, 5: nothing}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it is truncated: there is no JSON in it"),
        (b"[", "it is truncated: its JSON has no end"),
        (b'["192.0.2.1"', "it is truncated: its JSON has no end"),
        (b'["192.0.2.1",', "it is truncated: its JSON has no end"),
        (b'{"a": ["192.0.2.1"]', "it is truncated: its JSON has no end"),
        (b'["192.0.2', "it is truncated: its JSON has no end"),
        (b'["192.0.2.1"]\n["192.0.2.2"]', "line 2: something follows the end of the JSON"),
        (b'["192.0.2.1";\n"192.0.2.2"]', "line 1: it is not JSON: unexpected ';'"),
        (b"[\n192.0.2.1, 192.0.2.2, 192.0.2.3]", "line 2: it is not JSON: unexpected '.'"),
        (b"[" * 200_000, "line 1: it is nested too deep"),
        (b'["' + b"x" * 3_000_000, "line 1: it has a value longer than 1048576 characters"),
        (b"true", "it is JSON, but neither an array nor an object"),
    ],
)
@pytest.mark.parametrize("cut", [7, 65536])
def test_json_that_is_not_whole_is_told(read: Read, data: bytes, problem: str, cut: int) -> None:
    if cut == 7 and len(data) > 1000:
        cut = 4096
    pieces = (data[place : place + cut] for place in range(0, len(data), cut))
    assert read(read_json, *pieces).about.problem == problem


def test_json_of_any_length_is_read_in_bounded_memory() -> None:
    def endless(count: int) -> Iterator[bytes]:
        yield b"[\n"
        for number in range(count):
            yield b' {"ip": "192.0.2.%d", "text": "%s"},\n' % (number % 256, b"x" * 500)
        yield b"null]"

    tracemalloc.start()
    seen = sum(1 for _ in items(endless(40_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == 40_001
    assert peak < 4 << 20


def test_items_tell_their_line_and_the_key_they_are_under() -> None:
    found = [(item.line, item.key, item.element, item.value) for item in items([b'{"a": 1,\n"b": [2,\n\n3], "c": {}}'])]
    assert found == [(1, "a", False, 1), (2, "b", True, 2), (4, "b", True, 3), (4, "c", False, {})]
    with pytest.raises(JsonProblem):
        list(items([b"{"]))
