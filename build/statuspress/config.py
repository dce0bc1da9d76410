"""Settings: `statuspress.toml` and the variables of the environment it names, read once into a frozen Config.

A key never stands in the file: `token_env` names the variable that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from statuspress.core.toml import Table, TomlError, parse_toml
from statuspress.errors import ConfigError

_SECRET = re.compile(
    r"\b(blk_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[A-Za-z0-9_-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.|-----BEGIN |\b(Bearer|Basic) \S{8,}"
    r"|^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+/=_-]{32,}$"
)
_SECRET_KEY = re.compile(r"(?i)token|secret|passw|api_?key|credential")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """Whose site this is. `url` is the site's base address and ends in a slash."""

    name: str
    url: str
    repository: str


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The lookup API. `token` comes from the environment, and is empty when there is none."""

    url: str
    token_env: str
    token: str = field(repr=False)
    lookups: int
    valid_for: timedelta
    deadline: float


@dataclass(frozen=True, slots=True)
class ReportsSettings:
    """The folder that test and scan reports lie in."""

    folder: Path
    deadline: float


@dataclass(frozen=True, slots=True)
class GitSettings:
    """The repository's working tree. `version_file` holds `__version__ = "…"`; it and the changelog are in it."""

    folder: Path
    version_file: str
    changelog: str
    valid_for: timedelta
    deadline: float


@dataclass(frozen=True, slots=True)
class PlannedSettings:
    """A system that is configured, and that no source reads yet."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that is set. A source is None when the file has no section for it. `deadline` is in seconds.

    A collection is due `every` so often; how late it came is evidence.

    `root` is the folder of the project, with `content/` and `site/` in it; every other folder is relative to it.
    """

    path: Path
    root: Path
    project: ProjectSettings
    data: Path
    out: Path
    deadline: float
    service: ServiceSettings | None
    reports: ReportsSettings | None
    git: GitSettings | None
    planned: tuple[PlannedSettings, ...]
    every: timedelta = timedelta(minutes=5)

    def with_service(self, url: str) -> Config:
        """The same, with the service at another address. Raises ConfigError for what is none."""
        if self.service is None:
            raise ConfigError("--service is given, but there is no [sources.service]", path=self.path)
        try:
            return replace(self, service=replace(self.service, url=_address(url, "--service").rstrip("/")))
        except ValueError as error:
            raise ConfigError(str(error)) from None

    def sources(self) -> tuple[str, ...]:
        """The names of the configured sources."""
        built = {"service": self.service, "reports": self.reports, "git": self.git}
        return (*(name for name, settings in built.items() if settings), *(planned.name for planned in self.planned))


# Systems that may be configured already: their sections are checked, and whoever collects says that nothing reads them.
_PLANNED_KEYS: Mapping[str, tuple[str, ...]] = {
    "prometheus": ("url", "token_env"),
    "argocd": ("url", "application", "token_env"),
    "registry": ("image", "token_env"),
    "kubernetes": ("namespace", "deployment"),
    "github": ("repository", "pages", "token_env"),
    "blackbox": ("url", "target"),
    "manifests": ("folder",),
}
PLANNED = tuple(_PLANNED_KEYS)


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


def _config(root: Table, path: Path, environ: Mapping[str, str]) -> Config:
    project, collect, sources = root.table("project"), root.table("collect"), root.table("sources")
    root.finish()
    settings = ProjectSettings(
        project.text("name"),
        _checked(project, "url", _address).rstrip("/") + "/",
        _checked(project, "repository", _address),
    )
    folder = path.parent / project.text("root", ".")
    project.finish()
    data, out = folder / collect.text("data", "data"), folder / collect.text("out", "_site")
    deadline = collect.number("deadline", 30, low=1, high=3600)
    every = timedelta(seconds=collect.integer("every", 300, low=10, high=86_400))
    collect.finish()
    readers: dict[str, Callable[[Table], Any]] = {
        "service": lambda table: _service(table, environ),
        "reports": lambda table: _reports(table, folder),
        "git": lambda table: _git(table, folder),
    }
    read: dict[str, Any] = {}
    planned: list[PlannedSettings] = []
    for name in sources.keys:
        if name in readers:
            table = sources.table(name)
            read[name] = readers[name](table)
            table.finish()
        elif name in _PLANNED_KEYS:
            planned.append(_planned(sources.table(name), name))
        else:
            raise sources.unknown(name, {*readers, *_PLANNED_KEYS})
    return Config(
        path=path,
        root=folder,
        project=settings,
        data=data,
        out=out,
        deadline=deadline,
        every=every,
        service=read.get("service"),
        reports=read.get("reports"),
        git=read.get("git"),
        planned=tuple(planned),
    )


def _service(table: Table, environ: Mapping[str, str]) -> ServiceSettings:
    variable = _variable(table, "STATUSPRESS_SERVICE_KEY")
    return ServiceSettings(
        _checked(table, "url", _address).rstrip("/"),
        variable,
        environ.get(variable, "").strip(),
        table.integer("lookups", 50, low=1, high=1000),
        timedelta(seconds=table.integer("valid_for", 900, low=1)),
        table.number("deadline", 10, low=0.1, high=600),
    )


def _reports(table: Table, folder: Path) -> ReportsSettings:
    return ReportsSettings(folder / table.text("folder", "reports"), table.number("deadline", 10, low=0.1, high=600))


def _git(table: Table, folder: Path) -> GitSettings:
    return GitSettings(
        folder / table.text("folder", "."),
        table.text("version_file", "api/blacklist/__init__.py"),
        table.text("changelog", "CHANGELOG.md"),
        timedelta(seconds=table.integer("valid_for", 86_400, low=1)),
        table.number("deadline", 10, low=0.1, high=600),
    )


def _planned(table: Table, name: str) -> PlannedSettings:
    known = _PLANNED_KEYS[name]
    if "token_env" in known:
        _variable(table, "")
    values = {key: _checked(table, key, _address) if key == "url" else table.text(key) for key in known if key in table}
    table.finish()
    return PlannedSettings(name, values)


def _variable(table: Table, default: str) -> str:
    name = table.text("token_env", default)
    if name and not _VARIABLE.match(name):
        raise table.error(
            f"{table.name('token_env')} must be the name of an environment variable, such as STATUSPRESS_SERVICE_KEY",
            "token_env",
        )
    return name


def _checked(table: Table, key: str, check: Callable[[str, str], str]) -> str:
    try:
        return check(table.text(key), table.name(key))
    except TomlError:
        raise
    except ValueError as error:
        raise table.error(str(error), key) from None


def _address(text: str, name: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid or re.search(r"\s", text):
        raise ValueError(f"{name} must be an address such as http://127.0.0.1:2541")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{name} must hold neither a user, a password, a query nor a fragment")
    return text


def _refuse_secrets(text: str) -> None:
    """A key in the file is refused before anything else is said about it, and never repeated."""
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.partition("=")
        name = key.strip()
        quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", value)
        suspicious = any(_SECRET.search(part) for pair in quoted for part in pair)
        named = _SECRET_KEY.search(name) is not None and name != "token_env" and not name.startswith(("#", "["))
        if suspicious or (named and quoted):
            message = "this looks like a secret: keep it in an environment variable, and name that with token_env"
            raise TomlError(message, number)
