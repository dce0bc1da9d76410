"""From a report to a folder of pages: everything is made in memory first, then written at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from statuspress.core.report import Report
from statuspress.errors import ContentError
from statuspress.render.address import output_path
from statuspress.render.content import load_content
from statuspress.render.derive import derive
from statuspress.render.edition import Edition
from statuspress.render.figures import load_figures
from statuspress.render.machine import encode, evidence_document, scorecard_document, status_document
from statuspress.render.output import write_site
from statuspress.render.page import all_pages
from statuspress.render.sighting import merged
from statuspress.render.templates import Templates
from statuspress.render.texts import load_texts

LANGUAGE = "en"
_MACHINE = ("/api/evidence.json", "/api/scorecard.json", "/api/status.json")


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
    site = root / "site"
    texts = load_texts(site / "i18n" / f"{LANGUAGE}.toml")
    figures = load_figures(site / "figures.toml")
    content = load_content(root / "content")
    derived = derive(report, texts)
    pages = all_pages(content, texts)
    static = {f"static/{path.name}": path.read_bytes() for path in sorted((site / "static").glob("*.*"))}
    edition = Edition(
        report=report,
        book=merged(report.dossier, {name: one.item for name, one in derived.items()}),
        texts=texts,
        figures=figures,
        content=content,
        templates=Templates(site / "templates"),
        base_url=base_url.rstrip("/") + "/",
        addresses=frozenset([page.url for page in pages] + [f"/{name}" for name in static] + list(_MACHINE)),
    )
    files = {output_path(page.url): edition.render(page) for page in pages}
    documents = (
        evidence_document(report, derived, edition.absent),
        scorecard_document(report),
        status_document(report, derived),
    )
    files |= {output_path(url): encode(document) for url, document in zip(_MACHINE, documents, strict=True)}
    warnings = tuple(dict.fromkeys(edition.warnings))
    if strict and warnings:
        raise ContentError("; ".join(warnings) + ": mend it, or build without --strict")
    write_site(out, {**static, **files})
    return BuildResult(sum(name.endswith(".html") for name in files), warnings)
