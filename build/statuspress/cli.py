"""The command line, and what it takes to join the rooms: settings, clock, data folder, sources, checks and pages.

Exit 0: done, gaps noted; 1: failed, or a required source has gaps; 2: wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from statuspress.archive import Archive
from statuspress.checks.components import Component, assess, held_states, parse_components
from statuspress.checks.registry import CRITERIA
from statuspress.checks.report import make_report
from statuspress.checks.thresholds import Thresholds, parse_thresholds
from statuspress.config import Config, config_schema, load_config
from statuspress.core.availability import DAYS
from statuspress.core.document import dump_dossier
from statuspress.core.evidence import Dossier, Gap
from statuspress.core.history import make_sample
from statuspress.core.report import Project, Report
from statuspress.errors import ConfigError, ContentError, DataError, StatuspressError
from statuspress.settings.option import checked_address

if TYPE_CHECKING:
    from statuspress.render.build import BuildResult

_SCORECARD = Path("content/scorecard.toml")
_COMPONENTS = Path("content/components.toml")


class _UsageError(Exception):
    """The command cannot be meant like that."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = make_parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except _UsageError as error:
        print(f"statuspress: {error}", file=sys.stderr)
        return 2
    except StatuspressError as error:
        print(f"statuspress: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        return 130


def _collect(options: argparse.Namespace) -> int:
    # Pages are built where nothing can be collected: HTTP and XML are loaded here alone.
    from statuspress.sources.collector import collect  # noqa: PLC0415
    from statuspress.sources.progress import ProgressLines  # noqa: PLC0415
    from statuspress.sources.registry import PLANNED  # noqa: PLC0415

    config = load_config(options.config, os.environ)
    if options.service:
        config = config.with_service(options.service)
    if options.push:
        options.push = _address(options.push, "--push")
    names = tuple(config.sources)
    if unknown := [name for name in options.require if name not in names]:
        raise _UsageError(f"--require {unknown[0]}: not configured in {config.path}; configured: {', '.join(names)}")
    thresholds, components = _load_content(config.root)
    now = datetime.now(UTC).replace(microsecond=0)
    lines = ProgressLines([name for name in names if name not in PLANNED], sys.stderr)
    archive = Archive(options.data or config.data)
    dossier = asyncio.run(collect(config, now, lines.done)).after(_before(archive, now))
    states = held_states(assess(components, (), dossier, thresholds, now), now)
    archive.save(dossier, make_sample(dossier, states))
    gaps = [item for item in dossier if isinstance(item, Gap)]
    for reason, ids in _by_reason(gaps).items():
        named = f"{', '.join(ids[:3])}{f' and {len(ids) - 3} more' if len(ids) > 3 else ''}"
        print(f"  gap: {named}: {reason}", file=sys.stderr)
    figures = len(dossier.items) - len(gaps)
    print(f"{figures} figures and {len(gaps)} gaps in {archive.evidence}", file=sys.stderr)
    pushed = not options.push or _push(options.push, dossier)
    if options.json:
        json.dump(dump_dossier(dossier), sys.stdout, ensure_ascii=False, allow_nan=False, indent=1)
        print()
    if missed := sorted({gap.source for gap in gaps} & set(options.require)):
        print(f"statuspress: required, but with gaps: {', '.join(missed)}", file=sys.stderr)
        return 1
    return 0 if pushed else 1


def _push(url: str, dossier: Dossier) -> bool:
    from statuspress.sources.interface import Unavailable  # noqa: PLC0415
    from statuspress.sources.push import push  # noqa: PLC0415

    try:
        figures = asyncio.run(push(url, dossier))
    except Unavailable as why:
        print(f"statuspress: not pushed: {why.reason} {why.remedy}", file=sys.stderr)
        return False
    print(f"{figures} figures pushed to {url}", file=sys.stderr)
    return True


def _address(text: str, name: str) -> str:
    try:
        return checked_address(text, name)
    except ValueError as error:
        raise _UsageError(error) from None


def _before(archive: Archive, now: datetime) -> Dossier:
    try:
        return archive.load(now)
    except DataError as error:
        print(f"warning: {error}; it is replaced", file=sys.stderr)
        return Dossier(now, {})


def _build(options: argparse.Namespace) -> int:
    config = load_config(options.config, os.environ)
    result = _render(config, _data(config, options), options.out or config.out, strict=options.strict)
    print(f"{result.pages} pages in {options.out or config.out}", file=sys.stderr)
    return 0


def _preview(options: argparse.Namespace) -> int:
    from statuspress.render.preview import preview  # noqa: PLC0415

    config = load_config(options.config, os.environ)
    data = _data(config, options)
    watch = [config.path, data, *(config.root / name for name in ("content", "site"))]

    def make(out: Path) -> BuildResult:
        return _render(load_config(options.config, os.environ), data, out, strict=False)

    preview(make, watch=watch, out=options.out or config.out, host=options.host, port=options.port)
    return 0


def _schema(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes its options
    json.dump(config_schema(), sys.stdout, ensure_ascii=False, indent=2)
    print()
    return 0


def _data(config: Config, options: argparse.Namespace) -> Path:
    """The data folder; one that was named must hold evidence, for it may be mistyped. Raises DataError."""
    folder: Path = options.data or config.data
    if (folder / "evidence.json").is_file():
        return folder
    if options.data is not None:
        raise DataError("there is no evidence.json: name another folder, or run `statuspress collect`", path=folder)
    print(f"warning: {folder}: no evidence.json, so all is unknown: run `statuspress collect`", file=sys.stderr)
    return folder


def _render(config: Config, data: Path, out: Path, *, strict: bool) -> BuildResult:
    from statuspress.render.build import build_site  # noqa: PLC0415

    report, warnings = load_report(config, data, report_time(os.environ))
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if warnings and strict:
        raise ContentError("the history has lines that cannot be read, and --strict allows none", path=data)
    result = build_site(report, root=config.root, out=out, base_url=config.project.url, strict=strict)
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return result


def load_report(config: Config, data: Path, now: datetime) -> tuple[Report, tuple[str, ...]]:
    """The report at `now` from the data folder and the content, and the warnings about history's lines.

    Without a collection everything in it is unknown. Raises StatuspressError.
    """
    archive = Archive(data)
    dossier: Dossier = archive.load(now)
    samples, warnings = archive.samples((now - timedelta(days=DAYS)).date())
    thresholds, components = _load_content(config.root)
    project = Project(config.project.name, config.project.url, config.project.repository, "", "")
    return make_report(dossier, samples, thresholds, components, project, now), warnings


def _load_content(root: Path) -> tuple[Thresholds, tuple[Component, ...]]:
    scorecard, components = root / _SCORECARD, root / _COMPONENTS
    return (
        parse_thresholds(_text(scorecard), str(scorecard), CRITERIA),
        parse_components(_text(components), str(components)),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"cannot be read: {error}", path=path) from None


def report_time(environ: Mapping[str, str]) -> datetime:
    """SOURCE_DATE_EPOCH (reproducible-builds.org) if it is set, else the clock, to the second. Raises ConfigError."""
    text = environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(f"SOURCE_DATE_EPOCH is {text!r}; it must be whole seconds since 1970") from None


def _by_reason(gaps: Sequence[Gap]) -> Mapping[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for gap in gaps:
        reasons.setdefault(gap.reason, []).append(gap.id)
    return reasons


def make_parser() -> argparse.ArgumentParser:
    """Every command and its options; `command` of the result runs it."""
    parser = argparse.ArgumentParser(
        prog="statuspress",
        description="Collects evidence from live systems and renders it as a static site.",
        epilog="exit code: 0 done, gaps noted; 1 failed, or a required source has gaps; 2 wrong usage or settings",
    )
    parser.add_argument("--version", action="version", version=f"statuspress {version('blacklist')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=Path, default=Path("statuspress.toml"), metavar="FILE", help="settings (statuspress.toml)"
    )
    common.add_argument("--data", type=Path, metavar="FOLDER", help="evidence and history (as configured: data)")

    collect = commands.add_parser(
        "collect", parents=[common], help="ask every source", description="Asks every configured source, side by side."
    )
    collect.add_argument("--service", metavar="URL", help="address of the lookup API, in place of the configured one")
    collect.add_argument(
        "--require", action="append", default=[], metavar="SOURCE", help="end with 1 if it has a gap; may be repeated"
    )
    collect.add_argument("--push", metavar="URL", help="send the evidence as metrics to this Pushgateway too")
    collect.add_argument("--json", action="store_true", help="print the evidence on stdout")
    collect.set_defaults(command=_collect)

    pages = argparse.ArgumentParser(add_help=False)
    pages.add_argument("--out", type=Path, metavar="FOLDER", help="where the pages go (as configured: _site)")
    build = commands.add_parser(
        "build", parents=[common, pages], help="render the site", description="Renders the site. Uses no network."
    )
    build.add_argument("--strict", action="store_true", help="fail on warnings")
    build.set_defaults(command=_build)

    show = commands.add_parser(
        "preview",
        parents=[common, pages],
        help="serve the site while it is written",
        description="Renders and serves the site, and renders it again whenever something changes.",
    )
    show.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    show.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    show.set_defaults(command=_preview)

    schema = commands.add_parser(
        "schema",
        help="print the JSON Schema of statuspress.toml",
        description="Prints the JSON Schema of statuspress.toml, for editors and for whoever writes one.",
    )
    schema.set_defaults(command=_schema)
    return parser
