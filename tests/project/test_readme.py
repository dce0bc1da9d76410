"""README.md says what is true: its commands exist, and its help texts and settings are the programs' own."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from blacklist.cli.parser import make_parser
from blacklist.settings import SETTINGS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_HELP = re.compile(r"<!-- help: (?P<command>[^>]+) -->\n(?:\n```text\n.*?\n```\n)?", re.DOTALL)
_SETTINGS = re.compile(r"<!-- settings -->\n(?:\n(?:\|.*\n)+)?")


def help_of(command: str) -> str:
    program, *rest = command.split()
    environment = os.environ | {"COLUMNS": "100"}
    done = subprocess.run(
        [str(ROOT / ".venv/bin" / program), *rest, "--help"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.rstrip()


def with_current_texts(readme: str) -> str:
    def block(match: re.Match[str]) -> str:
        command = match["command"]
        return f"<!-- help: {command} -->\n\n```text\n$ {command} --help\n{help_of(command)}\n```\n"

    rows = [
        f"| `{one.variable}` | `{one.option}` | {_default(one.name, one.default)} | {one.help} |\n" for one in SETTINGS
    ]
    table = "<!-- settings -->\n\n| variable | option | default | what it does |\n|---|---|---|---|\n" + "".join(rows)
    return _HELP.sub(block, _SETTINGS.sub(lambda _: table, readme))


def _default(name: str, default: str) -> str:
    if name == "feeds":
        return "the built-in one"
    return f"`{default}`" if default else "none"


def code_lines() -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL):
        for line in block.splitlines():
            yield from (part.split(" #")[0].strip() for part in line.split("&&"))


def test_help_texts_and_settings_are_the_programs_own(golden: bool) -> None:
    readme = README.read_text()
    current = with_current_texts(readme)
    if golden:
        README.write_text(current)
    assert golden or readme == current, "run `make golden` and read the diff"


@pytest.mark.parametrize("program", ["blacklist", "statuspress"])
def test_every_command_has_its_help_text(program: str) -> None:
    commands = re.findall(r"^    ([a-z]+) ", help_of(program).partition("  COMMAND\n")[2], re.MULTILINE)
    shown = {match["command"].split()[1] for match in _HELP.finditer(README.read_text()) if " " in match["command"]}
    assert commands
    assert set(commands) <= shown


def test_every_make_target_it_names_exists() -> None:
    documents = [README.read_text(), (ROOT / "CONTRIBUTING.md").read_text()]
    named = {target for text in documents for target in re.findall(r"(?:^|`)make ([a-z][a-z-]+)", text, re.MULTILINE)}
    makefile = (ROOT / "Makefile").read_text()
    assert {"demo", "test"} <= named
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("line", [line for line in code_lines() if line.startswith("blacklist ")])
def test_every_blacklist_command_it_shows_can_be_typed(line: str) -> None:
    assert make_parser().parse_args(line.split()[1:]).module


def test_every_file_it_links_exists() -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"):
        links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text())
        assert all((ROOT / link).exists() for link in links), name


def test_the_architecture_names_every_room() -> None:
    picture = (ROOT / "ARCHITECTURE.md").read_text()
    for package in ("api/blacklist", "build/statuspress"):
        for folder in (ROOT / package).iterdir():
            if (folder / "__init__.py").exists():
                assert f"`{package}/{folder.name}/`" in picture, folder
