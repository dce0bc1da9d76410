"""The JSON Schema of statuspress.toml: it says what the reader does."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from statuspress.cli.report import load_report
from statuspress.config import config_schema, load_config
from statuspress.errors import ConfigError
from statuspress.render.build import build_site
from statuspress.settings.registry import SECTIONS

ROOT = Path(__file__).parents[3]
FILES = ("statuspress.toml", "deploy/environments/production/statuspress.toml")
PROJECT = '[project]\nname = "a"\nurl = "http://127.0.0.1/"\nrepository = "https://example.org/a"\n'


def faults(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(config_schema()).iter_errors(document)]


def described(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}", inner.get("description", "")
        yield from described(inner, f"{path}{name}.")


def test_the_schema_is_one_and_every_key_is_described_in_a_sentence() -> None:
    schema = config_schema()
    Draft202012Validator.check_schema(schema)
    texts = dict(described(schema))
    assert {"project.url", "collect.deadline", "sources.service.lookups", "sources.git.valid_for"} <= set(texts)
    assert {f"sources.{name}" for name in SECTIONS} <= set(texts)
    assert [key for key, text in texts.items() if not (text[:1].isupper() and text.endswith("."))] == []
    assert not any(key.endswith(".token") for key in texts)


@pytest.mark.parametrize("name", FILES)
def test_the_project_s_files_hold_to_the_schema(name: str) -> None:
    assert faults(tomllib.loads((ROOT / name).read_text())) == []
    assert load_config(ROOT / name, {}).sources


@pytest.mark.parametrize(
    "wrong",
    [
        "[sources.servce]",
        "[sources.service]\nlookups = 7",
        '[sources.service]\nurl = "http://127.0.0.1"\nlookups = 0',
        '[sources.service]\nurl = "http://127.0.0.1"\nlookups = 1.5',
        '[sources.service]\nurl = "http://127.0.0.1"\nlokups = 5',
        '[sources.service]\nurl = "ftp://127.0.0.1"',
        '[sources.service]\nurl = "http://127.0.0.1/?key=a"',
        '[sources.service]\nurl = "http://127.0.0.1"\ntoken_env = "lower case"',
        '[sources.service]\nurl = "http://127.0.0.1"\ndeadline = 601',
        '[sources.github]\nrepository = "alone"',
        '[sources.registry]\nimage = "no-host"',
        "[sources.git]\nvalid_for = 0",
        "[sources.git]\nfolder = 5",
        '[sources.git]\nchangelog = ""',
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(tmp_path: Path, wrong: str) -> None:
    assert faults(tomllib.loads(PROJECT)) == []
    assert faults(tomllib.loads(f"{PROJECT}\n{wrong}"))
    (tmp_path / "statuspress.toml").write_text(f"{PROJECT}\n{wrong}\n")
    with pytest.raises(ConfigError, match=r"statuspress\.toml:\d+: "):
        load_config(tmp_path / "statuspress.toml", {})


@pytest.mark.parametrize("name", SECTIONS)
def test_a_default_in_the_schema_is_the_one_that_is_read(tmp_path: Path, name: str) -> None:
    section = config_schema()["properties"]["sources"]["properties"][name]
    given = {"url": "http://127.0.0.1", "image": "example.org/a", "repository": "a/b", "target": "http://127.0.0.1"}
    lines = [f'{key} = "{given[key]}"' for key in section.get("required", [])]
    (tmp_path / "statuspress.toml").write_text(f"{PROJECT}\n[sources.{name}]\n" + "\n".join(lines))
    settings = load_config(tmp_path / "statuspress.toml", {}).sources[name]
    for key, option in section["properties"].items():
        if "default" in option:
            value: Any = getattr(settings, key)
            plain = value.total_seconds() if hasattr(value, "total_seconds") else value
            if isinstance(plain, Path):
                assert plain == tmp_path / option["default"], key
                continue
            assert (list(plain) if isinstance(plain, tuple) else plain) == option["default"], key


def test_the_schema_is_published_with_the_site(tmp_path: Path) -> None:
    now = datetime(2031, 3, 18, tzinfo=UTC)
    report, _ = load_report(load_config(ROOT / "statuspress.toml", {}), tmp_path / "data", now)
    build_site(report, root=ROOT, out=tmp_path / "site", base_url="/", strict=False)
    assert json.loads((tmp_path / "site/api/statuspress.schema.json").read_text()) == config_schema()


def test_the_schema_is_printed_as_json() -> None:
    done = subprocess.run([sys.executable, "-m", "statuspress", "schema"], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == config_schema()
