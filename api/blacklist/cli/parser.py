"""What can be typed: commands, arguments and options."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser
from collections.abc import Collection
from typing import TYPE_CHECKING

from blacklist import __version__
from blacklist.settings import SETTINGS

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
_EPILOG = "exit code: 0 done, 1 failed, 2 wrong usage or settings, 3 done but something was quarantined"
_SHARED = {setting.name: setting for setting in SETTINGS if setting.name in {"data", "store"}}


def make_parser() -> ArgumentParser:
    """The parser of the whole command line; `module` names the file that runs the command."""
    parser = ArgumentParser(
        "blacklist",
        description="Answers whether an IP address is listed, by which feeds, since when.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"blacklist {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_import(commands)
    _add_serve(commands)
    _add_lookup(commands)
    _add_export(commands)
    _add_feeds(commands)
    _add_keys(commands)
    _add_users(commands)
    _add_audit(commands)
    _add_allow(commands)
    _add_backup(commands)
    _add_restore(commands)
    _add_migrate(commands)
    _add_health(commands)
    return parser


def _command(
    commands: Commands, name: str, help: str, *, module: str = "", stored: Collection[str] = ("data", "store")
) -> ArgumentParser:
    command = _subcommand(commands, name, help)
    command.set_defaults(module=module or name, json=False)
    _add_stored(command, stored)
    return command


def _add_stored(command: ArgumentParser, names: Collection[str] = ("data", "store")) -> None:
    for setting in (setting for name, setting in _SHARED.items() if name in names):
        help = f"{setting.help} ({setting.variable})"
        command.add_argument(setting.option, metavar="PATH", default=SUPPRESS, help=help)


def _add_json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", default=SUPPRESS, help="print one JSON value on stdout")


def _add_import(commands: Commands) -> None:
    command = _command(
        commands, "import", "import the configured feeds, or one file, and publish a snapshot", module="importing"
    )
    command.add_argument("name", nargs="*", metavar="NAME", help="only these feeds")
    command.add_argument("--feeds", metavar="FILE", help="feeds.toml; without it the built-in one (BLACKLIST_FEEDS)")
    command.add_argument("--file", metavar="PATH", help="import this file, or each file of this folder, as one feed")
    command.add_argument("--feed", metavar="NAME", help="with --file: the name of the feed")
    command.add_argument("--format", metavar="FORMAT", help="with --file: its format (default: plain)")
    command.add_argument("--category", metavar="NAME", help="with --file: its category (default: custom)")
    command.add_argument(
        "--allow-special", action="store_true", help="with --file: accept private, reserved and documentation addresses"
    )
    command.add_argument(
        "--watch",
        action="store_true",
        help="stay, and import what is due or asked for by the servers of a shared store",
    )
    command.add_argument("--wait", action="store_true", help=SUPPRESS)  # for another import to end: asked by a server
    command.add_argument("--due", action="store_true", help="leave out feeds whose interval is not over yet")
    command.add_argument("--publish", action="store_true", help="import nothing; publish what the store has")
    command.add_argument("--dry-run", action="store_true", help="read and check, but store and publish nothing")
    _add_json(command)


def _add_serve(commands: Commands) -> None:
    command = _command(commands, "serve", "serve the lookup API", stored=())
    for setting in SETTINGS:
        default = f"; default {setting.default}" if setting.default and setting.name != "feeds" else ""
        command.add_argument(setting.option, metavar="VALUE", help=f"{setting.help} ({setting.variable}{default})")


def _add_lookup(commands: Commands) -> None:
    command = _command(commands, "lookup", "look addresses up in the newest snapshot, without a server")
    command.add_argument("address", nargs="+", metavar="ADDRESS")
    _add_json(command)


def _add_export(commands: Commands) -> None:
    command = _command(commands, "export", "write a list, without a server")
    command.add_argument("list", metavar="LIST.FORMAT", help="all, a feed or a category, and a format: all.txt")
    command.add_argument("file", nargs="?", metavar="FILE", help="where to; without it stdout")
    command.add_argument("--min-confidence", metavar="N", help="only listings of this confidence or more, 0 to 100")
    command.add_argument("--category", metavar="NAME", help="only listings of this category")
    command.add_argument("--family", metavar="4|6", help="only IPv4, or only IPv6")
    command.add_argument("--max-entries", metavar="N", help="only so many, the best-ranked")
    command.add_argument(
        "--aggregate", action="store_const", const="1", help="the fewest networks that cover the same addresses"
    )
    command.add_argument("--packed", action="store_true", help=SUPPRESS)  # gzip beside it, for the server
    command.add_argument("--room", type=int, default=0, help=SUPPRESS)  # bytes that the file may have
    _add_json(command)


def _add_feeds(commands: Commands) -> None:
    command = _command(commands, "feeds", "list the feeds that the store knows, show one, decide on what is held back")
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    _add_json(command)
    _add_json(_action(actions, "list", "every feed, its entries, its last import"))
    show = _action(actions, "show", "one feed: its last import, what was rejected, what is held back")
    show.add_argument("name", metavar="NAME")
    _add_json(show)
    for name, help in (
        ("approve", "take the update that is held back, and publish it"),
        ("reject", "drop the update that is held back"),
    ):
        _action(actions, name, help).add_argument("name", metavar="NAME")
    _action(actions, "remove", "forget a feed and its listings").add_argument("name", metavar="NAME")


def _add_keys(commands: Commands) -> None:
    command = _command(commands, "keys", "create, list, rotate and revoke API keys")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = _action(actions, "create", "make a key and show it, once")
    create.add_argument("name", metavar="NAME", help="who or what will use it")
    create.add_argument("--scopes", metavar="SCOPE,…", required=True, help="what for: lookup,lists,metrics,…")
    create.add_argument("--networks", metavar="NETWORK,…", default="", help="where from; without it anywhere")
    create.add_argument("--expires", metavar="DURATION", help="how long it is valid: 90d, 12h; without it for ever")
    _add_json(create)
    _add_json(_action(actions, "list", "every key, never the secret"))
    rotate = _action(actions, "rotate", "make a new key in the place of one, which stays valid for a while")
    rotate.add_argument("id", metavar="ID")
    rotate.add_argument("--overlap", metavar="DURATION", default="24h", help="how long both are valid (default: 24h)")
    _add_json(rotate)
    _action(actions, "revoke", "end a key, everywhere within a second").add_argument("id", metavar="ID")


def _add_users(commands: Commands) -> None:
    command = _command(commands, "users", "manage operators, who log in with a password")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = _action(actions, "create", "make an account; the password is asked for, or read from stdin")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--scopes", metavar="SCOPE,…", required=True, help="what for: dashboard,listings:read,…")
    password = _action(actions, "password", "give a new password, and end every login")
    password.add_argument("name", metavar="NAME")
    scopes = _action(actions, "scopes", "say anew what an operator may do, and end every login")
    scopes.add_argument("name", metavar="NAME")
    scopes.add_argument("--scopes", metavar="SCOPE,…", required=True, help="what for: dashboard,listings:read,…")
    _add_json(_action(actions, "list", "every account"))
    _action(actions, "enable", "open an account again").add_argument("name", metavar="NAME")
    _action(actions, "disable", "end an account and its logins, everywhere within a second").add_argument(
        "name", metavar="NAME"
    )
    _action(actions, "rotate-signing-key", "sign tokens with a new key; twice ends every login")


def _add_audit(commands: Commands) -> None:
    command = _command(commands, "audit", "check or show the log of changes and logins")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = _action(actions, "verify", "is the log what was written; 1 when it is not")
    verify.add_argument("--head", metavar="NUMBER:HASH", help="what it printed before: that entry must still be there")
    _add_json(verify)
    _add_json(_action(actions, "export", "every entry, one a line; with --json as one array"))


def _add_allow(commands: Commands) -> None:
    command = _command(commands, "allow", "manage the allowlist, which wins over every feed")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = _action(actions, "add", "allow an address or network")
    add.add_argument("indicator", metavar="INDICATOR")
    add.add_argument("--reason", metavar="TEXT", required=True, help="why; lookups show it")
    add.add_argument("--force", action="store_true", help="even if it is wider than any feed may list")
    add.add_argument("--expires", metavar="DURATION", help="for how long: 90d, 12h; without it for ever")
    _action(actions, "remove", "allow it no longer").add_argument("indicator", metavar="INDICATOR")
    _add_json(_action(actions, "list", "every entry"))


def _add_backup(commands: Commands) -> None:
    command = _command(commands, "backup", "write everything that the store holds to one file")
    command.add_argument(
        "file", metavar="FILE", help="where to, readable by its owner alone, in place of what is there; - for stdout"
    )
    _add_json(command)


def _add_restore(commands: Commands) -> None:
    command = _command(commands, "restore", "put what a backup holds into an empty store, all or nothing")
    command.add_argument("file", metavar="FILE", help="what `blacklist backup` wrote; - for stdin")
    _add_replace(command)
    _add_json(command)


def _add_migrate(commands: Commands) -> None:
    command = _command(
        commands, "migrate", "put everything that one store holds into another, all or nothing", stored=("data",)
    )
    command.add_argument("source", metavar="FROM", help="a store: sqlite:///path, redis://host, …")
    command.add_argument("target", metavar="TO", help="another, which is empty; published where it is, or in --data")
    _add_replace(command)
    _add_json(command)


def _add_replace(command: ArgumentParser) -> None:
    help = "in the place of everything that is there: feeds, keys, operators, the audit log"
    command.add_argument("--replace", action="store_true", help=help)


def _add_health(commands: Commands) -> None:
    command = _command(commands, "health", "ask a running server how it is", stored=())
    command.epilog = "exit code: 0 lookups are answered, ok or degraded; 1 they are not; 2 wrong usage or settings"
    command.add_argument("url", nargs="?", metavar="URL", help="default: http://127.0.0.1 and BLACKLIST_PORT")
    _add_json(command)


def _action(actions: Commands, name: str, help: str) -> ArgumentParser:
    """An action of a command that works on the store: it takes the options of the command, too."""
    action = _subcommand(actions, name, help)
    _add_stored(action)
    return action


def _subcommand(actions: Commands, name: str, help: str) -> ArgumentParser:
    description = help[0].upper() + help[1:] + "."
    parser: ArgumentParser = actions.add_parser(name, help=help, description=description, allow_abbrev=False)
    return parser
