"""`blacklist keys`: create, list, rotate and revoke API keys."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from time import time

from blacklist.access.keys import digest, new_key, successor
from blacklist.access.scopes import parse_scopes
from blacklist.cli.auditing import local_event
from blacklist.cli.options import expiry_of, settings_of
from blacklist.cli.output import moment, print_json, print_table, say
from blacklist.core.indicator import IndicatorError, parse_one
from blacklist.errors import SettingsError, StoreError
from blacklist.settings import Settings, parse_duration
from blacklist.store.interface import KeyRecord, Keys
from blacklist.store.opening import keys_name, open_keys


def run(options: Namespace) -> int:
    """One of the four."""
    settings = settings_of(options)
    if options.action == "create":
        record, key = _make(options)
        store = open_keys(settings)
        with store.audited(local_event("key.create", record.id)):
            store.add(record)
        _show(record, key, as_json=options.json)
        return 0
    store = open_keys(settings)
    if options.action == "revoke":
        with store.audited(local_event("key.revoke", options.id)):
            if not store.revoke(options.id, int(time())):
                raise _unknown(options.id, settings)
        say(f"blacklist: revoked {options.id}")
    elif options.action == "rotate":
        _rotate(store, settings, options)
    elif options.json:
        uses = store.uses()
        print_json([{**_values(record), "last_used": uses.get(record.id)} for record in store.records()])
    else:
        headings = ("ID", "NAME", "SCOPES", "NETWORKS", "CREATED", "EXPIRES", "REVOKED", "LAST USED")
        uses = store.uses()
        print_table(headings, [(*_row(record), moment(uses.get(record.id))) for record in store.records()])
    return 0


def _rotate(store: Keys, settings: Settings, options: Namespace) -> None:
    try:
        overlap = parse_duration(options.overlap)
    except ValueError as error:
        raise SettingsError(f"--overlap={options.overlap!r}: {error}") from None
    old, now = store.record(options.id), int(time())
    if old is None:
        raise _unknown(options.id, settings)
    key, fresh = successor(old, now)
    with store.audited(local_event("key.rotate", f"{old.id} to {fresh.id}")):
        if not store.replace(old.id, fresh, now + overlap):
            message = f"the key {old.id!r} was revoked or has expired: create a new one"
            raise StoreError(message, path=keys_name(settings))
    ends_at = min(now + overlap, old.expires_at or now + overlap)
    say(f"blacklist: {old.id} is valid until {moment(ends_at)}")
    _show(fresh, key, as_json=options.json, replaces={"replaces": old.id, "replaced_expires_at": ends_at})


def _unknown(id: str, settings: Settings) -> StoreError:
    return StoreError(f"there is no key {id!r}: `blacklist keys list` shows them", path=keys_name(settings))


def _make(options: Namespace) -> tuple[KeyRecord, str]:
    try:
        scopes = parse_scopes(filter(None, options.scopes.split(",")))
    except ValueError as error:
        raise SettingsError(f"--scopes={options.scopes!r}: {error}") from None
    try:
        networks = tuple(map(parse_one, filter(None, options.networks.split(","))))
    except IndicatorError as error:
        raise SettingsError(f"--networks={options.networks!r}: {error}") from None
    key, id = new_key()
    stored = digest(key.encode())
    return KeyRecord(id, options.name, stored, frozenset(scopes), networks, int(time()), expiry_of(options)), key


def _show(record: KeyRecord, key: str, *, as_json: bool, replaces: Mapping[str, object] | None = None) -> None:
    if as_json:
        print_json({"id": record.id, "key": key, **_values(record), **(replaces or {})})
        return
    say("blacklist: the key is shown this once; only its SHA-256 is kept")
    print(key)


def _values(record: KeyRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "name": record.name,
        "scopes": sorted(record.scopes),
        "networks": [str(network) for network in record.networks],
        "created_at": record.created_at,
        "expires_at": record.expires_at,
        "revoked_at": record.revoked_at,
    }


def _row(record: KeyRecord) -> tuple[str, ...]:
    networks = ",".join(map(str, record.networks)) or "any"
    times = moment(record.created_at), moment(record.expires_at), moment(record.revoked_at)
    return record.id, record.name, ",".join(sorted(record.scopes)), networks, *times
