"""Both languages say everything, and each page leads to its translation."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.core.report import Report
from statuspress.errors import ContentError
from statuspress.render.build import build_site
from statuspress.render.texts import load_texts

PROJECT = Path(__file__).parents[3]
EN, KO = (load_texts(PROJECT / "site" / "i18n" / f"{language}.toml") for language in ("en", "ko"))
INSTANT = datetime(2031, 3, 18, 21, 15, tzinfo=UTC)


def _messages(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each text by its key, with the names it asks for. Plural forms are one text."""
    for key, value in table.items():
        forms = [value]
        if isinstance(value, Mapping):
            if "other" not in value:
                yield from _messages(value, f"{prefix}{key}.")
                continue
            forms = list(value.values())
        names = {name for form in forms for _, name, _, _ in string.Formatter().parse(str(form)) if name}
        yield prefix + key, names


def test_korean_has_the_same_texts_as_english_asking_for_the_same_values() -> None:
    assert dict(_messages(KO.words)) == dict(_messages(EN.words))


def test_dates_and_times_are_written_as_the_language_writes_them() -> None:
    assert EN.date(date(2031, 3, 18)) == "18 March 2031"
    assert EN.when(INSTANT) == "18 March 2031, 21:15 UTC"
    assert KO.when(INSTANT) == "2031년 3월 19일 06:15 KST"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "less than a minute"),
        (60, "1 minute"),
        (3 * 3600 + 59, "3 hours"),
        (5400, "1 hour 30 minutes"),
        (41 * 3600, "1 day 17 hours"),
        (86_400, "1 day"),
        (9 * 86_400 + 3600, "9 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(seconds: int, words: str) -> None:
    assert EN.span(timedelta(seconds=seconds)) == words


def test_each_translated_page_leads_to_the_other_language(report: Report, tmp_path: Path) -> None:
    build_site(report, root=PROJECT, out=tmp_path / "site", base_url="/", strict=True)
    english = (tmp_path / "site/status/index.html").read_text(encoding="utf-8")
    korean = (tmp_path / "site/ko/status/index.html").read_text(encoding="utf-8")

    assert '<html lang="ko"' in korean
    assert '<a href="../ko/status/" lang="ko" hreflang="ko">한국어</a>' in english
    assert '<a href="../../status/" lang="en" hreflang="en">English</a>' in korean
    assert "전체 장애: Store" in korean


def test_a_language_without_a_home_page_is_not_built(report: Report, root: Path, tmp_path: Path) -> None:
    build_site(report, root=root, out=tmp_path / "site", base_url="/", strict=True)
    assert not (tmp_path / "site" / "ko").exists()


def test_a_missing_translation_names_the_text_the_file_and_the_place(
    report: Report, root: Path, tmp_path: Path
) -> None:
    for name in ("home", "about"):
        (root / "content/pages" / f"{name}.ko.md").write_text('+++\ntitle = "제목"\n+++\n', encoding="utf-8")
    words = root / "site/i18n/ko.toml"
    text = words.read_text(encoding="utf-8")
    line = next(line for line in text.split("\n") if line.startswith("skip = "))
    words.write_text(text.replace(line + "\n", ""), encoding="utf-8")

    with pytest.raises(ContentError, match=r"base\.html:\d+: the text 'site\.skip' is missing in ko\.toml"):
        build_site(report, root=root, out=tmp_path / "site", base_url="/", strict=False)
    assert not (tmp_path / "site").exists()


def test_every_unit_that_a_source_counts_in_has_its_words() -> None:
    written = "".join(path.read_text() for path in (PROJECT / "build/statuspress/sources").glob("*.py"))
    units = set(re.findall(r'"\{([a-z ]+)\}"', written))
    assert {"pod", "pull request", "vulnerability"} <= units
    assert [unit for unit in sorted(units) if not (EN.has(f"unit.{unit}") and KO.has(f"unit.{unit}"))] == []
    assert (EN.unit("pod", 1), EN.unit("vulnerability", 2), KO.unit("pod", 3)) == ("pod", "vulnerabilities", "개")
