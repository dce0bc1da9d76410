"""`blacklist users`: operators' accounts. A password comes from a prompt or from stdin, never from an argument."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from getpass import getpass
from time import time

from blacklist.access.accounts import check_name
from blacklist.access.passwords import hash_password
from blacklist.access.scopes import parse_scopes
from blacklist.access.tokens import new_signing_key
from blacklist.cli.auditing import local_event
from blacklist.cli.options import settings_of
from blacklist.cli.output import moment, print_json, print_table, say
from blacklist.errors import SettingsError, StoreError
from blacklist.settings import Settings
from blacklist.store.accounts import UserRecord
from blacklist.store.interface import Keys
from blacklist.store.opening import keys_name, open_keys


def run(options: Namespace) -> int:
    """Creates, changes, lists, disables; or renews the key that signs tokens."""
    settings = settings_of(options)
    name = _name(options)
    hashed = _password() if options.action in {"create", "password"} else ""
    store = open_keys(settings)
    try:
        if options.action == "list":
            _list(store, as_json=options.json)
        elif options.action == "rotate-signing-key":
            fresh = new_signing_key(int(time()))
            with store.audited(local_event("signing-key.rotate", fresh.id)):
                store.rotate_signing_key(fresh)
            say(f"blacklist: tokens are signed with {fresh.id} now; the key before it stays good for those it signed")
        elif options.action == "create":
            _create(store, settings, UserRecord(name, hashed, _scopes(options), int(time())))
        else:
            _change(store, settings, options, hashed)
    finally:
        store.close()
    return 0


def _create(store: Keys, settings: Settings, record: UserRecord) -> None:
    with store.audited(local_event("user.create", record.name)):
        if not store.add_user(record):
            message = f"there is an operator {record.name!r} already: `blacklist users password` gives a new password"
            raise StoreError(message, path=keys_name(settings))
    say(f"blacklist: {record.name} may log in")


def _change(store: Keys, settings: Settings, options: Namespace, hashed: str) -> None:
    name, now = options.name, int(time())
    changes: dict[str, tuple[str, Callable[[], bool]]] = {
        "password": ("has a new password", lambda: store.set_password(name, hashed, now)),
        "scopes": ("has new scopes", lambda: store.set_scopes(name, _scopes(options), now)),
        "disable": ("is disabled", lambda: store.disable_user(name, now)),
        "enable": ("may log in again", lambda: store.enable_user(name)),
    }
    done, change = changes[options.action]
    with store.audited(local_event(f"user.{options.action}", name)):
        if not change():
            message = f"there is no operator {name!r}: `blacklist users list` shows them"
            raise StoreError(message, path=keys_name(settings))
    ended = "" if options.action == "enable" else ", and every login of theirs has ended"
    say(f"blacklist: {name} {done}{ended}")


def _list(store: Keys, *, as_json: bool) -> None:
    users = store.users()
    if as_json:
        print_json(
            [
                {
                    "name": user.name,
                    "scopes": sorted(user.scopes),
                    "created_at": user.created_at,
                    "disabled_at": user.disabled_at,
                }
                for user in users
            ]
        )
        return
    rows = [(one.name, ",".join(sorted(one.scopes)), moment(one.created_at), moment(one.disabled_at)) for one in users]
    print_table(("NAME", "SCOPES", "CREATED", "DISABLED"), rows)


def _name(options: Namespace) -> str:
    if not hasattr(options, "name"):
        return ""
    try:
        return check_name(options.name)
    except ValueError as error:
        raise SettingsError(f"{options.name!r}: {error}") from None


def _scopes(options: Namespace) -> frozenset[str]:
    try:
        return frozenset(map(str, parse_scopes(filter(None, options.scopes.split(",")))))
    except ValueError as error:
        raise SettingsError(f"--scopes={options.scopes!r}: {error}") from None


def _password() -> str:
    """The hash of what was typed twice, or of the first line of stdin."""
    if sys.stdin.isatty():
        password = getpass("Password: ")
        if getpass("Again: ") != password:
            raise SettingsError("the two passwords differ: nothing was changed")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        return hash_password(password)
    except ValueError as error:
        raise SettingsError(f"{error}: nothing was changed") from None
