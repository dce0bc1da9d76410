"""From a report to a folder of pages: everything is made in memory first, then written at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from statuspress.config import config_schema
from statuspress.core.report import Report
from statuspress.errors import ContentError
from statuspress.render.address import output_path
from statuspress.render.content import load_content
from statuspress.render.derive import derive
from statuspress.render.edition import Edition
from statuspress.render.figures import drawn, load_figures
from statuspress.render.machine import encode, evidence_document, scorecard_document, seal, status_document
from statuspress.render.output import write_site
from statuspress.render.page import all_pages
from statuspress.render.sighting import merged
from statuspress.render.templates import Templates
from statuspress.render.texts import Texts, load_texts

LANGUAGE = "en"
EVIDENCE = "/api/evidence.json"
_MACHINE = (EVIDENCE, "/api/scorecard.json", "/api/status.json", "/api/statuspress.schema.json")


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How many pages were written, and what a person should look at."""

    pages: int
    warnings: tuple[str, ...]


def build_site(report: Report, *, root: Path, out: Path, base_url: str, strict: bool) -> BuildResult:
    """Writes the site of `root` (which holds `site/` and `content/`) for this report to `out`.

    `base_url` is the address the site is published under. With `strict`, warnings are failures. Raises
    StatuspressError, and then leaves `out` as it was.
    """
    files, warnings = make_site(report, root=root, base_url=base_url)
    if strict and warnings:
        raise ContentError("; ".join(warnings) + ": mend it, or build without --strict")
    write_site(out, files)
    return BuildResult(sum(name.endswith(".html") for name in files), warnings)


def make_site(report: Report, *, root: Path, base_url: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Every file of the site by its path, and what a person should look at. Writes nothing. Raises StatuspressError."""
    site = root / "site"
    figures = load_figures(site / "figures.toml")
    static = {f"static/{path.name}": path.read_bytes() for path in sorted((site / "static").glob("*.*"))}
    made = [_Draft(report, texts, root / "content") for texts in _languages(root)]
    pages = [page.url for draft in made for page in draft.pages]
    editions = [
        Edition(
            report=report,
            book=merged(report.dossier, {name: one.item for name, one in draft.derived.items()}),
            texts=draft.texts,
            figures=figures,
            content=draft.content,
            templates=Templates(site / "templates"),
            base_url=base_url.rstrip("/") + "/",
            root=draft.root,
            addresses=frozenset([*pages, *(f"/{name}" for name in static), *_MACHINE]),
            languages={one.texts.language: (one.texts("language.name"), one.root) for one in made},
        )
        for draft in made
    ]
    files = {
        output_path(page.url): edition.render(page)
        for edition, draft in zip(editions, made, strict=True)
        for page in draft.pages
    }
    derived = made[0].derived
    absent = {name: gap for edition in reversed(editions) for name, gap in edition.absent.items()}
    documents = (
        evidence_document(report, derived, absent, drawn(figures)),
        scorecard_document(report),
        status_document(report, derived),
        config_schema(),
    )
    evidence, *others = documents
    files |= {output_path(url): encode(document) for url, document in zip(_MACHINE[1:], others, strict=True)}
    files = {**static, **files}
    files[output_path(EVIDENCE)] = encode(seal({**evidence, "base_url": base_url}, files))
    warnings = tuple(dict.fromkeys(warning for edition in editions for warning in edition.warnings))
    return files, warnings


class _Draft:
    """What one edition is made from: its words, its content, its figures, its pages."""

    def __init__(self, report: Report, texts: Texts, folder: Path) -> None:
        main = texts.language == LANGUAGE
        self.texts = texts
        self.root = "/" if main else f"/{texts.language}/"
        self.content = load_content(folder, "" if main else f".{texts.language}")
        self.derived = derive(report, texts)
        self.pages = all_pages(self.content, texts, self.root)


def _languages(root: Path) -> list[Texts]:
    """The main language, and each other one that has words and a home page."""
    folder = root / "site" / "i18n"
    names = sorted(path.stem for path in folder.glob("*.toml") if path.stem != LANGUAGE)
    others = [name for name in names if (root / "content" / "pages" / f"home.{name}.md").is_file()]
    return [load_texts(folder / f"{name}.toml") for name in (LANGUAGE, *others)]
