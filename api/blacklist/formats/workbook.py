"""The first sheet of an `.xlsx` workbook, row by row: a zip archive of XML, both read as if they meant harm.

The archive is held in memory, up to a limit; its parts are unpacked piece by piece, up to a limit, into a parser that
keeps nothing and refuses document types and entities. Shared texts are kept as bytes side by side.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import NamedTuple, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

LARGEST_FILE = 32 << 20  # bytes, compressed
LARGEST_PART = 128 << 20  # bytes of one part, unpacked
LARGEST_TEXTS = 32 << 20  # bytes of all shared texts
LONGEST = 1 << 16  # bytes of one tag or text
WIDEST = 64  # columns that are looked at
_PIECE = 1 << 16
_OLD_XLS = b"\xd0\xcf\x11\xe0"
_SHEET = "xl/worksheets/sheet1.xml"


class WorkbookProblem(ValueError):  # noqa: N818 - what an operator reads is a problem of the file
    """The bytes are no workbook that is read here. Says why, in words for an operator."""


class Row(NamedTuple):
    """One row: its number from 1, its cells by column from 0, and which of them hold a number."""

    number: int
    cells: dict[int, str]
    numbers: frozenset[int]


def rows(chunks: Iterable[bytes]) -> Iterator[Row]:
    """The rows of the first sheet. Raises WorkbookProblem."""
    try:
        with ZipFile(_whole(chunks)) as archive:
            names = set(archive.namelist())
            if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in archive.infolist()):
                raise WorkbookProblem("it is no .xlsx file that can be read: it is packed in an unusual way")
            texts = _Texts()
            if "xl/sharedStrings.xml" in names:
                _drain(archive, "xl/sharedStrings.xml", texts)
            sheet = _Sheet(texts)
            for _ in _parsed(archive, _first_sheet(archive, names), sheet):
                yield from sheet.taken()
            yield from sheet.taken()
    except (BadZipFile, EOFError, OSError, struct.error, zlib.error) as error:
        raise WorkbookProblem(f"it is truncated or no .xlsx file: {error}") from None
    except (DefusedXmlException, NotImplementedError, RuntimeError, KeyError, ValueError) as error:
        if isinstance(error, WorkbookProblem):
            raise
        raise WorkbookProblem(f"it is no .xlsx file that can be read: {type(error).__name__}") from None


def _whole(chunks: Iterable[bytes]) -> BytesIO:
    """The archive; what is none is refused before it is held."""
    file = BytesIO()
    checked = False
    for chunk in chunks:
        file.write(chunk)
        if file.tell() > LARGEST_FILE:
            raise WorkbookProblem(f"it is larger than {LARGEST_FILE} bytes")
        if not checked and file.tell() >= len(_OLD_XLS):
            checked = True
            _check_kind(file.getvalue())
    if not checked:
        _check_kind(file.getvalue())
    return file


def _check_kind(beginning: bytes) -> None:
    if beginning.startswith(_OLD_XLS):
        raise WorkbookProblem("it is an old .xls file, or one with a password: save it as .xlsx without one")
    if not beginning.startswith(b"PK"):
        raise WorkbookProblem("it is no .xlsx file")


class _Attributes(Protocol):
    def get(self, name: str, alternative: str, /) -> str: ...


class _Handler(Protocol):
    """What the parser calls."""

    def start(self, name: str, values: _Attributes, /) -> None: ...
    def end(self, name: str, /) -> None: ...
    def text(self, text: str, /) -> None: ...


class _Content:
    """Stands between the parser and a handler: names without their namespace."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler

    def startElement(self, name: str, attrs: _Attributes) -> None:  # noqa: N802 - the parser's own name
        self._handler.start(name.rpartition(":")[2], attrs)

    def endElement(self, name: str) -> None:  # noqa: N802
        self._handler.end(name.rpartition(":")[2])

    def characters(self, text: str) -> None:
        self._handler.text(text)

    def _ignored(self, *_: object) -> None:
        pass

    setDocumentLocator = startDocument = endDocument = startPrefixMapping = endPrefixMapping = _ignored  # noqa: N815
    ignorableWhitespace = processingInstruction = skippedEntity = startElementNS = endElementNS = _ignored  # noqa: N815


def _parsed(archive: ZipFile, name: str, handler: _Handler) -> Iterator[None]:
    """Parses one part; returns control after each piece of it."""
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(_Content(handler))
    size = run = 0
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            size += len(piece)
            last = piece.rfind(b"<")
            run = run + len(piece) if last < 0 else len(piece) - last
            if size > LARGEST_PART:
                raise WorkbookProblem(f"it has a part larger than {LARGEST_PART} bytes")
            if run > LONGEST + _PIECE:
                raise WorkbookProblem(f"it has a tag or text longer than {LONGEST} bytes")
            try:
                parser.feed(piece)
            except Exception as error:
                if type(error).__name__ == "SAXParseException":
                    raise WorkbookProblem("it has a part that is not XML") from None
                raise
            yield
    try:
        parser.close()
    except Exception as error:
        if type(error).__name__ == "SAXParseException":
            raise WorkbookProblem("it is truncated: a part of it has no end") from None
        raise


def _drain(archive: ZipFile, name: str, handler: _Handler) -> None:
    for _ in _parsed(archive, name, handler):
        pass


class _Texts:
    """The shared texts, by number; phonetic readings are left out."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("I")
        self._inside = self._phonetic = False

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends):
            raise WorkbookProblem("it names a shared text that it does not have")
        begin = self._ends[number - 1] if number else 0
        return self._bytes[begin : self._ends[number]].decode()

    def start(self, name: str, _: _Attributes) -> None:
        if name == "t":
            self._inside = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._ends.append(len(self._bytes))

    def text(self, text: str) -> None:
        if self._inside:
            self._bytes += text.encode("utf-8", "replace")
            if len(self._bytes) > LARGEST_TEXTS or len(self._ends) > LARGEST_TEXTS // 8:
                raise WorkbookProblem(f"its texts are larger than {LARGEST_TEXTS} bytes")


class _Sheet:
    """Collects the rows of a sheet as they are parsed."""

    def __init__(self, texts: _Texts) -> None:
        self._texts = texts
        self._rows: list[Row] = []
        self._number = 0
        self._column = -1
        self._kind = ""
        self._cells: dict[int, str] = {}
        self._numbers: set[int] = set()
        self._value: list[str] | None = None

    def taken(self) -> list[Row]:
        """The rows since the last time."""
        found, self._rows = self._rows, []
        return found

    def start(self, name: str, values: _Attributes) -> None:
        if name == "row":
            said = values.get("r", "")
            self._number = int(said) if said.isdecimal() and len(said) < 9 else self._number + 1
            self._column, self._cells, self._numbers = -1, {}, set()
        elif name == "c":
            place = _column(values.get("r", ""))
            self._column = self._column + 1 if place is None else place
            self._kind = values.get("t", "n")
        elif name in {"v", "t"} and 0 <= self._column < WIDEST:
            self._value = []

    def text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)

    def end(self, name: str) -> None:
        if name in {"v", "t"} and self._value is not None:
            self._add("".join(self._value))
            self._value = None
        elif name == "row" and self._cells:
            self._rows.append(Row(self._number, self._cells, frozenset(self._numbers)))

    def _add(self, text: str) -> None:
        if self._kind == "s":
            if not (text.isascii() and text.isdecimal() and len(text) < 10):
                raise WorkbookProblem("it names a shared text that it does not have")
            text = self._texts[int(text)]
        elif self._kind == "n":
            self._numbers.add(self._column)
        known = self._cells.get(self._column, "")
        if len(known) < LONGEST:  # an inline text comes in runs
            self._cells[self._column] = known + text


def _column(reference: str) -> int | None:
    """The column of `AB12`, from 0."""
    place = 0
    for character in reference[:4]:
        if not "A" <= character <= "Z":
            break
        place = place * 26 + ord(character) - 64
    return place - 1 if place else None


class _Sheets:
    """The relation of the first sheet that is not hidden."""

    def __init__(self) -> None:
        self.relation = ""

    def start(self, name: str, values: _Attributes) -> None:
        if name == "sheet" and not self.relation and values.get("state", "visible") == "visible":
            self.relation = values.get("r:id", "")

    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


class _Relations:
    """Where the part of a relation is."""

    def __init__(self, wanted: str) -> None:
        self.target = ""
        self._wanted = wanted

    def start(self, name: str, values: _Attributes) -> None:
        if name == "Relationship" and values.get("Id", "") == self._wanted:
            self.target = values.get("Target", "")

    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


def _first_sheet(archive: ZipFile, names: set[str]) -> str:
    sheets = _Sheets()
    if "xl/workbook.xml" in names:
        _drain(archive, "xl/workbook.xml", sheets)
    if sheets.relation and "xl/_rels/workbook.xml.rels" in names:
        relations = _Relations(sheets.relation)
        _drain(archive, "xl/_rels/workbook.xml.rels", relations)
        target = relations.target
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if target and path in names:
            return path
    if _SHEET not in names:
        raise WorkbookProblem("it is no .xlsx file: it has no sheet")
    return _SHEET
