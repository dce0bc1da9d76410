"""Spreadsheets as portals hand them out, and as an attacker would."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.sax.saxutils import escape

import pytest

from blacklist.formats import workbook
from blacklist.formats.spreadsheet import read_spreadsheet

Read = Callable[..., Any]
NOW = 1_900_000_000
SEOUL = timezone(timedelta(hours=9))
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEADER = ("번호", "IP", "국가", "등록사유", "등록일", "해제일")


def archive(method: int = zipfile.ZIP_DEFLATED, /, **parts: str | bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as written:
        for name, text in parts.items():
            written.writestr(name, text)
    return file.getvalue()


def sheet(rows: Sequence[tuple[object, ...]], *, shared: bool = False, references: bool = True) -> bytes:
    """A workbook of one sheet: texts inline or shared, numbers as numbers."""
    texts: list[str] = []
    body = ""
    for number, row in enumerate(rows, 1):
        cells = ""
        for place, value in enumerate(row):
            at = f' r="{chr(65 + place)}{number}"' if references else ""
            if value is None:
                continue
            if isinstance(value, int | float):
                cells += f"<c{at}><v>{value}</v></c>"
            elif shared:
                texts.append(str(value))
                cells += f'<c{at} t="s"><v>{len(texts) - 1}</v></c>'
            else:
                cells += f'<c{at} t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
        body += f'<row r="{number}">{cells}</row>'
    strings = "".join(f"<si><r><t>{escape(text[:2])}</t></r><r><t>{escape(text[2:])}</t></r></si>" for text in texts)
    parts = {"xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{body}</sheetData></worksheet>"}
    if shared:
        parts["xl/sharedStrings.xml"] = f"<sst {MAIN}>{strings}</sst>"
    return archive(**parts)


ROWS: list[tuple[object, ...]] = [
    ("위협 IP 목록",),
    (),
    HEADER,
    (1, "192.0.2.1", "KR", "웹 공격 & 스캔", "20250115", "20300312"),
    (2, "198.51.100.0/24", "중국", "악성코드 유포", "2025-01-15", "2030.03.12"),
    (3, "203.0.113.9", None, None, 45672, 47554),
]


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("references", [True, False])
def test_a_sheet_is_read_by_the_names_of_its_columns(read: Read, shared: bool, references: bool) -> None:
    rows = [tuple("" if value is None and not references else value for value in row) for row in ROWS]
    found = read(read_spreadsheet, sheet(rows, shared=shared, references=references), timezone=SEOUL)
    assert found.named == ["192.0.2.1", "198.51.100.0/24", "203.0.113.9"]
    assert (found.rejected, found.about) == ({}, (0, ""))
    facts = [facts for _, facts in found.rows.values()]
    assert [fact.reason for fact in facts] == ["웹 공격 & 스캔", "악성코드 유포", ""]
    assert [fact.country for fact in facts] == ["KR", "", ""]
    midnight = int(datetime(2025, 1, 15, tzinfo=SEOUL).timestamp())
    assert {fact.first_seen for fact in facts} == {midnight}
    release = int(datetime(2030, 3, 13, tzinfo=SEOUL).timestamp())
    assert {fact.expires_at for fact in facts} == {release}
    assert list(found.rows) == [4, 5, 6]


def test_a_release_date_is_that_of_the_feed_s_time_zone(read: Read) -> None:
    rows = [HEADER, (1, "192.0.2.1", "", "", "", "2030-03-12")]
    ends = {
        zone: next(iter(read(read_spreadsheet, sheet(rows), timezone=zone).rows.values()))[1].expires_at
        for zone in (UTC, SEOUL)
    }
    assert ends[UTC] - ends[SEOUL] == 9 * 3600


def test_rows_that_are_not_addresses_are_rejected_with_their_number_and_empty_ones_are_none(read: Read) -> None:
    rows = [
        *ROWS,
        (4, "example.org", "", "", "", ""),
        (5, "192.0.2.7", "", "", "", "언젠가"),
        (None, "", "", "", "", ""),
    ]
    found = read(read_spreadsheet, sheet(rows))
    assert found.reasons == {7: "not an address, network or range", 8: "the date of release is not a date"}
    assert found.rejected[7][0].startswith("4 example.org")


def test_columns_can_be_named_by_the_feed(read: Read) -> None:
    data = sheet([("hostile", "why"), ("192.0.2.1", "x")])
    assert read(read_spreadsheet, data).about.problem == "it has no column 'address'; there are: hostile, why"
    found = read(read_spreadsheet, data, columns={"indicator": "hostile", "reason": "why"})
    assert [facts.reason for _, facts in found.rows.values()] == ["x"]


def test_the_first_sheet_that_is_not_hidden_is_read(read: Read) -> None:
    good = f'<worksheet {MAIN}><sheetData><row><c t="inlineStr"><is><t>ip</t></is></c></row>'
    good += '<row><c t="inlineStr"><is><t>192.0.2.1</t></is></c></row></sheetData></worksheet>'
    relations = '<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/>'
    relations += '<Relationship Id="b" Target="/xl/worksheets/sheet7.xml"/></Relationships>'
    sheets = '<sheets><sheet state="hidden" r:id="a"/><sheet r:id="b"/></sheets>'
    names = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    parts = {
        "xl/workbook.xml": f"<workbook {MAIN} {names}>{sheets}</workbook>",
        "xl/_rels/workbook.xml.rels": relations,
        "xl/worksheets/sheet1.xml": "<worksheet/>",
        "xl/worksheets/sheet7.xml": good,
    }
    assert read(read_spreadsheet, archive(**parts)).named == ["192.0.2.1"]


BOMB = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><worksheet>&b;</worksheet>"
EXTERNAL = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><worksheet/>"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it is no .xlsx file"),
        (b"192.0.2.1\n", "it is no .xlsx file"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "it is an old .xls file, or one with a password"),
        (b"PK\x03\x04", "it is truncated or no .xlsx file"),
        (sheet(ROWS)[:-60], "it is truncated or no .xlsx file"),
        (
            archive(zipfile.ZIP_LZMA, **{"xl/worksheets/sheet1.xml": "<worksheet/>"}),
            "it is no .xlsx file that can be read: it is packed in an unusual way",
        ),
        (archive(**{"word/document.xml": "<a/>"}), "it is no .xlsx file: it has no sheet"),
        (archive(**{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}), "it is truncated: a part of it has no end"),
        (archive(**{"xl/worksheets/sheet1.xml": "<a></b>"}), "it has a part that is not XML"),
        (archive(**{"xl/worksheets/sheet1.xml": BOMB}), "it is no .xlsx file that can be read: DTDForbidden"),
        (archive(**{"xl/worksheets/sheet1.xml": EXTERNAL}), "it is no .xlsx file that can be read: DTDForbidden"),
        (
            archive(**{"xl/worksheets/sheet1.xml": '<worksheet><row><c t="s"><v>7</v></c></row></worksheet>'}),
            "it names a shared text that it does not have",
        ),
        (
            archive(**{"xl/worksheets/sheet1.xml": b"<worksheet><row><c><v>" + b"9" * 300_000}),
            "it has a tag or text longer than 65536 bytes",
        ),
    ],
)
def test_what_is_no_workbook_is_told(read: Read, data: bytes, problem: str) -> None:
    found = read(read_spreadsheet, data)
    assert found.about.problem.startswith(problem)
    assert found.rows == {}


def test_a_damaged_archive_is_told_and_never_an_exception(read: Read) -> None:
    data = sheet(ROWS, shared=True)
    for place in range(0, len(data), 7):
        damaged = data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
        assert isinstance(read(read_spreadsheet, damaged).about.problem, str)


def test_a_part_that_unpacks_to_more_than_it_may_is_refused_in_bounded_memory(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "LARGEST_PART", 8 << 20)
    bomb = archive(**{"xl/worksheets/sheet1.xml": b"<worksheet>" + b"<row><c/><c/></row>" * 2_000_000})
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    problem = read(read_spreadsheet, bomb).about.problem
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problem == "it has a part larger than 8388608 bytes"
    assert peak < 4 << 20


def test_an_archive_that_is_too_large_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST_FILE", 100)
    assert read(read_spreadsheet, sheet(ROWS)).about.problem == "it is larger than 100 bytes"
    monkeypatch.undo()
    monkeypatch.setattr(workbook, "LARGEST_TEXTS", 10)
    assert read(read_spreadsheet, sheet(ROWS, shared=True)).about.problem == "its texts are larger than 10 bytes"
