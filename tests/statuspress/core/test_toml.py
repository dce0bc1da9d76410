"""TOML: every error names its line."""

from __future__ import annotations

import pytest

from statuspress.core.toml import Table, TomlError, parse_toml

TEXT = """\
title = "x"

[one]
number = 5
'quoted key' = "y"

[one.two]
deep = true

[[many]]
id = "a"

[[many]]
id = "b"
more = 1.5
"""


def refused(table: Table, **read: str) -> TomlError:
    """The error of reading those keys by those kinds and no other."""

    def run() -> None:
        for key, kind in read.items():
            getattr(table, kind)(key)
        table.finish()

    with pytest.raises(TomlError) as caught:
        run()
    return caught.value


def test_values_are_read_by_kind() -> None:
    root = parse_toml(TEXT)
    assert root.text("title") == "x"
    one = root.table("one")
    assert (one.integer("number"), one.number("number"), one.text("quoted key")) == (5, 5.0, "y")
    assert [table.text("id") for table in root.tables("many")] == ["a", "b"]
    assert root.text("missing", "default") == "default"
    root.finish()


@pytest.mark.parametrize(
    ("key", "kind", "message", "line"),
    [
        ("title", "number", "title must be a number", 1),
        ("title", "table", "title must be a table: [title]", 1),
        ("title", "tables", "title must be written as [[title]]", 1),
        ("one", "text", "one must be a text in quotes", 3),
        ("missing", "text", "missing is missing", None),
    ],
)
def test_a_wrong_kind_is_refused_with_its_line(key: str, kind: str, message: str, line: int | None) -> None:
    error = refused(parse_toml(TEXT), **{key: kind})
    assert (str(error), error.line) == (message, line)


def test_a_truth_is_no_number() -> None:
    error = refused(parse_toml(TEXT).table("one").table("two"), deep="number")
    assert (str(error), error.line) == ("one.two.deep must be a number", 8)


def test_a_number_out_of_range_is_refused() -> None:
    with pytest.raises(TomlError, match=r"one\.number must be from 6 to 9"):
        parse_toml(TEXT).table("one").integer("number", low=6, high=9)


@pytest.mark.parametrize("value", ["nan", "inf", "1.5"])
def test_an_integer_is_whole_and_finite(value: str) -> None:
    with pytest.raises(TomlError, match="a must be"):
        parse_toml(f"a = {value}").integer("a")


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    known = parse_toml("colour = 1\ncolor = 2\n")
    error = refused(known, color="number")
    assert (str(error), error.line) == ("unknown key colour; did you mean color?", 1)


def test_an_unknown_key_unlike_any_is_refused_with_all_there_are() -> None:
    error = refused(parse_toml("zebra = 1\na = 2\n"), a="number")
    assert (str(error), error.line) == ("unknown key zebra; known here: a", 1)


def test_a_line_in_the_right_one_of_several_tables_is_named() -> None:
    error = refused(parse_toml(TEXT).tables("many")[1], id="text")
    assert (str(error), error.line) == ("unknown key many.1.more; known here: id", 15)


def test_text_that_is_no_toml_is_refused_with_its_line() -> None:
    with pytest.raises(TomlError, match="not TOML") as caught:
        parse_toml("a = 1\nb = = 2\n")
    assert caught.value.line == 2
