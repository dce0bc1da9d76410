"""Every command and its options. `module` of what is parsed names the file of this folder that runs the command."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="statuspress",
        description="Collects evidence from live systems and renders it as a static site.",
        epilog="exit code: 0 done, gaps noted; 1 failed, or a required source has gaps; 2 wrong usage or settings",
    )
    parser.add_argument("--version", action="version", version=f"statuspress {version('blacklist')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    settings = argparse.ArgumentParser(add_help=False)
    settings.add_argument(
        "--config", type=Path, default=Path("statuspress.toml"), metavar="FILE", help="settings (statuspress.toml)"
    )
    common = argparse.ArgumentParser(add_help=False, parents=[settings])
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
    collect.add_argument(
        "--run", default="", metavar="NAME", help="write history/DATE.NAME.jsonl, for collectors side by side"
    )
    collect.set_defaults(module="collecting")

    doctor = commands.add_parser(
        "doctor",
        parents=[settings],
        help="say why a source fails",
        description="Tries every configured source, and explains each failure with its remedy. Saves nothing.",
        epilog="exit code: 0 every source gave all its figures; 1 one did not; 2 wrong usage or settings",
    )
    doctor.add_argument("--service", metavar="URL", help="address of the lookup API, in place of the configured one")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.set_defaults(module="doctor")

    notify = commands.add_parser(
        "notify",
        parents=[settings],
        help="tell receivers which states turned",
        description="Compares two collections, and posts which components and criteria turned to the receivers in"
        " STATUSPRESS_WEBHOOK_URL (JSON) and STATUSPRESS_SLACK_URL (Slack's format). Sends nothing when none did.",
    )
    notify.add_argument("before", type=Path, metavar="A", help="evidence.json of the collection before, or its folder")
    notify.add_argument("after", type=Path, metavar="B", help="evidence.json of the collection after, or its folder")
    notify.add_argument("--dry-run", action="store_true", help="print what turned, and send nothing")
    notify.set_defaults(module="notify")

    pages = argparse.ArgumentParser(add_help=False)
    pages.add_argument("--out", type=Path, metavar="FOLDER", help="where the pages go (as configured: _site)")
    build = commands.add_parser(
        "build", parents=[common, pages], help="render the site", description="Renders the site. Uses no network."
    )
    build.add_argument("--strict", action="store_true", help="fail on warnings")
    build.set_defaults(module="build")

    show = commands.add_parser(
        "preview",
        parents=[common, pages],
        help="serve the site while it is written",
        description="Renders and serves the site, and renders it again whenever something changes.",
    )
    show.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    show.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    show.set_defaults(module="preview")
    schema = commands.add_parser(
        "schema",
        help="print the JSON Schema of statuspress.toml",
        description="Prints the JSON Schema of statuspress.toml, for editors and for whoever writes one.",
    )
    schema.set_defaults(module="schema")

    _add_history(commands, common)
    _add_incident(commands, common)
    _add_diff(commands)
    _add_verify(commands)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001 - the library gives its type no public name


def _add_history(commands: _Commands[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    history = commands.add_parser(
        "history",
        help="roll history up, or check it",
        description="Rolls history up by hour and by day, or checks that it is sound.",
    )
    actions = history.add_subparsers(title="actions", metavar="ACTION", required=True)
    actions.add_parser(
        "compact",
        parents=[common],
        help="roll up what is closed, remove what is old",
        description="Rolls closed days up. Samples are kept for 7 days, hours for 90, days for ever.",
    ).set_defaults(module="history", action="compact")
    actions.add_parser(
        "verify",
        parents=[common],
        help="end with 1 unless history is sound",
        description="Checks lines, order, digests and duplicates, and makes roll-ups again where their origin is kept.",
    ).set_defaults(module="history", action="verify")


def _add_incident(commands: _Commands[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    incident = commands.add_parser(
        "incident", help="draft incidents from history", description="Works on the incidents in content/incidents."
    )
    actions = incident.add_subparsers(title="actions", metavar="ACTION", required=True)
    draft = actions.add_parser(
        "draft",
        parents=[common],
        help="write a draft for each outage that none tells of",
        description="Writes a draft for each outage that no incident tells of. Never overwrites one.",
    )
    draft.add_argument("--least", type=int, default=3, metavar="N", help="samples in a row that make an outage (3)")
    draft.set_defaults(module="incident")


def _add_diff(commands: _Commands[argparse.ArgumentParser]) -> None:
    diff = commands.add_parser(
        "diff",
        help="what changed between two reports",
        description="What rose, fell, appeared, vanished or is asked for otherwise in the second of two reports.",
        epilog="exit code: 0 compared; 1 with --worse, a score or finding is worse; 2 one of them cannot be read",
    )
    diff.add_argument("before", type=Path, metavar="A", help="evidence.json, or a folder that holds it")
    diff.add_argument("after", type=Path, metavar="B", help="the later one")
    diff.add_argument(
        "--format", choices=["text", "json", "markdown"], default="text", help="form of the answer (text)"
    )
    diff.add_argument("--worse", action="store_true", help="end with 1 when a score or finding is worse")
    diff.set_defaults(module="diff")


def _add_verify(commands: _Commands[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser(
        "verify",
        help="compute every published figure again",
        description="Computes every published figure again from api/evidence.json of a built site, and compares.",
        epilog="exit code: 0 all is as computed; 1 something is not; 2 there is no site to verify",
    )
    verify.add_argument(
        "--config", type=Path, default=Path("statuspress.toml"), metavar="FILE", help="settings (statuspress.toml)"
    )
    verify.add_argument("site", type=Path, metavar="SITE", help="the folder a site was built in (_site)")
    verify.add_argument("--signers", type=Path, metavar="FILE", help="who may sign, as ssh-keygen(1): ALLOWED SIGNERS")
    verify.add_argument("--identity", default="statuspress", metavar="NAME", help="who must have signed (statuspress)")
    verify.set_defaults(module="verify")
