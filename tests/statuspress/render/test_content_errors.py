"""What a person got wrong is one error with file and line, and the site before it stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from statuspress.core.report import Report
from statuspress.errors import ContentError, StatuspressError
from statuspress.render.build import build_site


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def _replace(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


CASE = "content/projects/case.md"
HEAD = '+++\ntitle = "T"\n'


@pytest.mark.parametrize(
    "case",
    [
        (CASE, "No front matter\n", 1, r"does not begin with a line of \+\+\+"),
        (CASE, HEAD, 1, "has no end"),
        (CASE, HEAD + "date 2031\n+++\n", 3, "not TOML"),
        (CASE, HEAD + "colour = 3\n+++\n", 3, "knows no 'colour'"),
        (CASE, HEAD + 'tags = "design"\n+++\n', 3, "tags must be a list of texts"),
        (CASE, HEAD + "tags = [1]\n+++\n", 3, "tags must be a list of texts"),
        (CASE, HEAD + "draft = 1\n+++\n", 3, "draft must be true or false"),
        (CASE, '+++\nsummary = "S"\n+++\n', 1, "gives no title"),
        ("content/posts/new.md", HEAD + "+++\nText\n", 1, "a post needs a date"),
        (CASE, HEAD + '+++\nOne\n\nTwo {{ evidense("a") }}\n', 6, "is no shortcode"),
        (CASE, HEAD + "+++\nAn open {{ evidence\n", 4, "is no shortcode"),
        ("site/templates/status.html", "{% block main %}\n{{ page.title }\n", 2, "unexpected '}'"),
        (
            "site/templates/status.html",
            '{% extends "base.html" %}\n{% block main %}\n{{ nobody }}\n{% endblock %}',
            3,
            "nobody",
        ),
        ("site/templates/status.html", '\n{{ t("status.of_mind") }}', 2, "'status.of_mind' is missing in en.toml"),
        ("site/templates/status.html", '\n{{ t("evidence.mark") }}', 2, "asks for 'number'"),
        ("site/i18n/en.toml", "[time]\nmonths = [\n", 2, "is not TOML"),
        ("site/figures.toml", "headline = 3 4\n", 1, "is not TOML"),
    ],
)
def test_an_error_names_file_and_line_and_nothing_is_written(
    report: Report, root: Path, tmp_path: Path, case: tuple[str, str, int, str]
) -> None:
    name, text, line, words = case
    out = tmp_path / "out"
    _write(out, ".nojekyll", "")
    _write(out, "index.html", "the site before")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    _write(root, name, text)

    with pytest.raises(ContentError, match=words) as caught:
        build_site(report, root=root, out=out, base_url="https://site.example/b/", strict=False)

    assert str(caught.value).startswith(f"{root / name}:{line}: ")
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "root"], "nothing half-written lies beside it"


def test_a_missing_page_is_named(report: Report, root: Path, tmp_path: Path) -> None:
    (root / "content" / "pages" / "about.md").unlink()
    with pytest.raises(ContentError, match=r"about\.md: is missing"):
        build_site(report, root=root, out=tmp_path / "out", base_url="/", strict=False)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "case",
    [
        ("service.lookup.p95", "service.lookup.p77", "no source has reported the evidence 'service.lookup.p77'"),
        ("## The figure", "[gone](/nowhere/)", "a dead link to /nowhere/"),
    ],
)
def test_an_unknown_id_and_a_dead_link_are_warnings_and_failures_under_strict(
    report: Report, root: Path, tmp_path: Path, case: tuple[str, str, str]
) -> None:
    old, new, words = case
    _replace(root, CASE, old, new)
    result = build_site(report, root=root, out=tmp_path / "out", base_url="/", strict=False)

    assert [w for w in result.warnings if words in w and "case.md" in w]
    with pytest.raises(ContentError, match=words):
        build_site(report, root=root, out=tmp_path / "strict", base_url="/", strict=True)
    assert not (tmp_path / "strict").exists()


def test_a_folder_that_holds_something_else_is_refused(report: Report, root: Path, tmp_path: Path) -> None:
    _write(tmp_path, "mine/letter.txt", "dear")
    with pytest.raises(StatuspressError, match="no site was built there"):
        build_site(report, root=root, out=tmp_path / "mine", base_url="/", strict=False)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(report: Report, root: Path, tmp_path: Path) -> None:
    _write(tmp_path, "out", "a file")
    with pytest.raises(StatuspressError, match="is a file"):
        build_site(report, root=root, out=tmp_path / "out", base_url="/", strict=False)


def test_pages_that_are_gone_from_the_content_are_gone_from_the_output(
    report: Report, root: Path, tmp_path: Path
) -> None:
    build_site(report, root=root, out=tmp_path / "out", base_url="/", strict=False)
    (root / CASE).unlink()
    build_site(report, root=root, out=tmp_path / "out", base_url="/", strict=False)
    assert not (tmp_path / "out" / "projects" / "case").exists()
