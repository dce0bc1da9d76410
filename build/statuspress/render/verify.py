"""Verifying a built site: every published figure computed again from `api/evidence.json`, and compared.

Four questions, each independent of the one before: is each file, the evidence document among them, what was sealed?
Does the document say what follows from its items? Does each figure marked in a page say what its evidence says? Is the
whole site, made again from that report and this project's content, the same bytes?
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from statuspress.checks.again import report_of
from statuspress.core.document import DocumentError, load_dossier
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.core.report import Report
from statuspress.core.state import State
from statuspress.errors import DataError
from statuspress.render.address import output_path
from statuspress.render.build import EVIDENCE, make_site
from statuspress.render.derive import derive
from statuspress.render.figures import load_figures
from statuspress.render.machine import own_digest
from statuspress.render.marks import Mark, read_marks
from statuspress.render.numbers import printed
from statuspress.render.output import MARK
from statuspress.render.sighting import merged
from statuspress.render.strip import shares
from statuspress.render.texts import Texts, load_texts

_EVIDENCE = output_path(EVIDENCE)
SIGNATURE = f"{_EVIDENCE}.sig"
_OWN = {MARK, _EVIDENCE, SIGNATURE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many files and marked figures were compared, and what is wrong, each with its place."""

    files: int
    figures: int
    faults: tuple[str, ...]


def verify_site(site: Path, root: Path) -> Verdict:
    """Compares everything. Raises DataError when there is no site, and StatuspressError for unusable content."""
    files = _files(site)
    document = _document(site, files)
    sealed = list(seal_faults(document, files))
    try:
        report = report_of(document)
    except DocumentError as error:
        return Verdict(len(files), 0, (*sealed, f"{_EVIDENCE}: {error}"))
    try:
        made, _ = make_site(report, root=root, base_url=document["base_url"])
    except (KeyError, TypeError):
        return Verdict(len(files), 0, (*sealed, f"{_EVIDENCE}: it lacks base_url"))
    again = json.loads(made[_EVIDENCE])
    said = list(document_faults(document, again))
    marks = _Marks(again, report, root)
    marked = [fault for name, data in files.items() if name.endswith(".html") for fault in marks.faults(name, data)]
    whole = list(_byte_faults(files, made))
    return Verdict(len(files), marks.count, tuple(dict.fromkeys([*sealed, *said, *marked, *whole])))


def seal_faults(document: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    """Files that are not those that were sealed, and a document that is not the one that sealed them."""
    if document.get("digest") != own_digest(document):
        yield f"{_EVIDENCE}: it is not the document its digest was made of"
    sealed = document.get("files")
    if not isinstance(sealed, dict):
        yield f"{_EVIDENCE}: it names no files, so nothing was sealed"
        return
    for name in sorted(sealed.keys() | files.keys() - _OWN):
        if name not in files:
            yield f"{name}: is missing"
        elif name not in sealed:
            yield f"{name}: is not of this site"
        elif sha256(files[name]).hexdigest() != sealed[name]:
            yield f"{name}: is not the file that was sealed"


def document_faults(found: Any, made: Any, place: str = "") -> Iterator[str]:
    """Where a document differs from what follows from its items. The seal is compared elsewhere."""
    if isinstance(found, dict) and isinstance(made, dict):
        for key in dict.fromkeys([*found, *made]):
            if place or key not in {"files", "digest"}:
                yield from document_faults(found.get(key), made.get(key), f"{place}.{key}" if place else key)
    elif isinstance(found, list) and isinstance(made, list) and len(found) == len(made):
        for number, (one, other) in enumerate(zip(found, made, strict=True)):
            name = one.get("id") or one.get("check") or number if isinstance(one, dict) else number
            yield from document_faults(one, other, f"{place}[{name}]")
    elif found != made or type(found) is not type(made):
        yield f"{_EVIDENCE}: {place} is {_short(found)}; computed again it is {_short(made)}"


def _byte_faults(files: Mapping[str, bytes], made: Mapping[str, bytes]) -> Iterator[str]:
    for name in sorted(files.keys() | made.keys()):
        if name in made and name not in files:
            yield f"{name}: is missing"
        elif name not in made:
            if name not in _OWN:
                yield f"{name}: is not made from this report and this content"
        elif files[name] != made[name]:
            lines = zip(files[name].split(b"\n"), made[name].split(b"\n"), strict=False)
            number = next((n for n, (one, other) in enumerate(lines, 1) if one != other), 0)
            yield f"{name}:{number}: made again from its evidence and this content, it is another"


class _Marks:
    """Compares the marked figures of pages with the evidence, without the templates that printed them."""

    def __init__(self, document: Mapping[str, Any], report: Report, root: Path) -> None:
        self.count = 0
        self._root = root
        self._texts: dict[str, Texts] = {}
        self._report = report
        self._computed = load_dossier({**document, "items": document["derived"]}).items
        self._books: dict[str, Dossier] = {}
        plans = load_figures(root / "site" / "figures.toml").charts.values()
        self._units = {id: plan.unit for page in plans for plan in page for id in plan.series.values()}
        self._series: Mapping[str, Any] = document["series"]
        self._kinds: Mapping[str, Callable[[Mark, Texts], str | None]] = {
            "data-v": self._value,
            "data-gap": self._gap,
            "data-of": self._state,
            "data-reason": self._reason,
            "data-finding": self._finding,
            "data-seconds": self._seconds,
            "data-highest": self._highest,
        }

    def faults(self, name: str, data: bytes) -> Iterator[str]:
        """What a page prints otherwise than its evidence says."""
        page = read_marks(data.decode("utf-8", "replace"))
        for mark in page:
            self.count += 1
            try:
                expected = self._kinds[mark.kind](mark, self._words(page.language))
            except (KeyError, ValueError, StopIteration):
                yield f"{name}:{mark.line}: {mark.kind}={mark.of!r} names nothing that is in the evidence"
                continue
            if expected is not None and mark.text != expected:
                yield f"{name}:{mark.line}: {mark.of} is printed as {mark.text!r}; by its evidence it is {expected!r}"

    def _words(self, language: str) -> Texts:
        if language not in self._texts:
            if not language.isalpha():
                raise KeyError(language)
            self._texts[language] = load_texts(self._root / "site" / "i18n" / f"{language}.toml")
        return self._texts[language]

    def _value(self, mark: Mark, texts: Texts) -> str:
        item = self._known(mark.of, texts)
        if isinstance(item, Gap):
            return texts("state.unknown")
        return str(printed(item.value, item.unit, texts))

    def _gap(self, mark: Mark, texts: Texts) -> str | None:
        item = self._known(mark.of, texts)
        return None if isinstance(item, Gap) else str(printed(item.value, item.unit, texts))

    def _state(self, mark: Mark, texts: Texts) -> str:
        item = self._known(mark.of, texts)
        return texts(f"state.{item.value if isinstance(item, Evidence) else State.UNKNOWN.value}")

    def _reason(self, mark: Mark, _: Texts) -> str:
        return next(component.reason for component in self._report.components if component.id == mark.of)

    def _finding(self, mark: Mark, _: Texts) -> str:
        criteria = self._report.scorecard.criteria
        return next(finding.reason for one in criteria for finding in one.findings if finding.check == mark.of)

    def _seconds(self, mark: Mark, texts: Texts) -> str:
        name, date, state = mark.of.split(" ")
        component = next(one for one in self._report.components if one.id == name)
        day = next(day for day in component.days if day.date.isoformat() == date)
        return str(printed(shares(day)[State(state)], "s", texts))

    def _highest(self, mark: Mark, texts: Texts) -> str:
        id, start, end = mark.of.split(" ")
        last = datetime.fromisoformat(end) >= self._report.now
        inside = [
            value
            for at, value in self._series.get(id, ())
            if value is not None and start <= at and (at < end or (last and at == end))
        ]
        if not inside:
            return texts("state.not_measured")
        return str(printed(max(inside), self._units[id], texts))

    def _known(self, id: str, texts: Texts) -> Evidence | Gap:
        """The item; what is computed is so in the words of the page's language."""
        if texts.language not in self._books:
            derived = {name: one.item for name, one in derive(self._report, texts).items()}
            self._books[texts.language] = merged(self._report.dossier, {**self._computed, **derived})
        book = self._books[texts.language]
        if id not in book.items:
            raise KeyError(id)
        return book.known(id, self._report.now)


def _files(site: Path) -> dict[str, bytes]:
    try:
        return {
            path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()
        }
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=site) from None


def _document(site: Path, files: Mapping[str, bytes]) -> Any:
    if _EVIDENCE not in files:
        raise DataError(f"holds no {_EVIDENCE}: name the folder that `statuspress build` wrote", path=site)
    try:
        document = json.loads(files[_EVIDENCE])
    except ValueError as error:
        raise DataError(f"is not JSON: {error}", path=site / _EVIDENCE) from None
    if not isinstance(document, dict):
        raise DataError("is no evidence document", path=site / _EVIDENCE)
    return document


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
