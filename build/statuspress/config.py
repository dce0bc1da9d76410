"""Settings: `statuspress.toml` and the variables of the environment it names, read once into a frozen Config.

A key never stands in the file: `token_env` names the variable that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from statuspress.core.toml import Table, TomlError, parse_toml
from statuspress.errors import ConfigError
from statuspress.settings.option import Address, Number, Place, Schema, Seconds, Surroundings, Text, checked_address
from statuspress.settings.registry import SECTIONS
from statuspress.settings.section import Section, SourceSettings, read_section, secrets, section_schema
from statuspress.settings.service import ServiceSettings

_SECRET = re.compile(
    r"\b(blk_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[A-Za-z0-9_-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.|-----BEGIN |\b(Bearer|Basic) \S{8,}"
    r"|^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+/=_-]{32,}$"
)
_SECRET_KEY = re.compile(r"(?i)token|secret|passw|api_?key|credential")
_NAMES_NO_SECRET = {"token_env", "token_host"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings(Section):
    """Whose site this is."""

    name: Annotated[str, Text("The project's name.")]
    url: Annotated[str, Address("The site's base address.", slash=True)]
    repository: Annotated[str, Address("The repository's address for people.")]
    root: Annotated[Path, Place("The folder with content/ and site/; every other folder is relative to it.")] = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings(Section):
    """Where evidence and pages go, and how long a collection may take."""

    data: Annotated[Path, Place("The folder of evidence and history.")] = Path("data")
    out: Annotated[Path, Place("The folder of the pages.")] = Path("_site")
    deadline: Annotated[float, Number("Seconds for all sources together.", low=1, high=3600)] = 30
    every: Annotated[timedelta, Seconds("Seconds from one collection to the next.")] = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that is set. `sources` holds the configured ones by name, in the order of SECTIONS.

    `deadline` is in seconds. `project.url` ends in a slash. A collection is due `every` so often; how late it came is
    evidence.
    """

    path: Path
    root: Path
    project: ProjectSettings
    data: Path
    out: Path
    deadline: float
    sources: Mapping[str, SourceSettings]
    every: timedelta = timedelta(minutes=5)

    def with_service(self, url: str) -> Config:
        """The same, with the service at another address. Raises ConfigError for what is none."""
        service = self.sources.get("service")
        if not isinstance(service, ServiceSettings):
            raise ConfigError("--service is given, but there is no [sources.service]", path=self.path)
        try:
            service = replace(service, url=checked_address(url, "--service").rstrip("/"))
        except ValueError as error:
            raise ConfigError(str(error)) from None
        return replace(self, sources={**self.sources, "service": service})

    def secrets(self) -> frozenset[str]:
        """Every key that was read from the environment."""
        return frozenset[str]().union(*(secrets(section) for section in self.sources.values()))


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """The settings of that file. Raises ConfigError, with file and line."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError("there is no such file; name yours with --config", path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", path=path) from None
    try:
        _refuse_secrets(text)
        return _config(parse_toml(text), path, environ)
    except TomlError as error:
        raise ConfigError(str(error), path=path, line=error.line) from None


def config_schema() -> Schema:
    """The JSON Schema of statuspress.toml."""
    sources = {name: section_schema(kind) for name, kind in SECTIONS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "statuspress.toml",
        "description": "What statuspress reads, and where it writes. Keys come from the environment alone.",
        "type": "object",
        "properties": {
            "project": section_schema(ProjectSettings),
            "collect": section_schema(CollectSettings),
            "sources": {
                "type": "object",
                "description": "The systems that are asked: one table each.",
                "properties": sources,
                "additionalProperties": False,
            },
        },
        "required": ["project"],
        "additionalProperties": False,
    }


def _config(top: Table, path: Path, environ: Mapping[str, str]) -> Config:
    project, collect, sources = top.table("project"), top.table("collect"), top.table("sources")
    top.finish()
    of_project = read_section(ProjectSettings, project, Surroundings(path.parent, environ))
    around = Surroundings(of_project.root, environ)
    of_collect = read_section(CollectSettings, collect, around)
    for name in sources.keys:
        if name not in SECTIONS:
            raise sources.unknown(name, SECTIONS)
    found = {
        name: read_section(kind, sources.table(name), around) for name, kind in SECTIONS.items() if sources.given(name)
    }
    return Config(
        path=path,
        root=of_project.root,
        project=of_project,
        data=of_collect.data,
        out=of_collect.out,
        deadline=of_collect.deadline,
        sources=found,
        every=of_collect.every,
    )


def _refuse_secrets(text: str) -> None:
    """A key in the file is refused before anything else is said about it, and never repeated."""
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.partition("=")
        name = key.strip()
        quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", value)
        suspicious = any(_SECRET.search(part) for pair in quoted for part in pair)
        named = _SECRET_KEY.search(name) is not None and not name.startswith(("#", "["))
        if suspicious or (named and quoted and name not in _NAMES_NO_SECRET):
            message = "this looks like a secret: keep it in an environment variable, and name that with token_env"
            raise TomlError(message, number)
