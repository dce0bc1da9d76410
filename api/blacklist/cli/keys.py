"""`blacklist keys`: create, list and revoke API keys."""

from __future__ import annotations

from argparse import Namespace
from time import time

from blacklist.access.keys import digest, new_key
from blacklist.access.scopes import parse_scopes
from blacklist.cli.options import expiry_of, settings_of
from blacklist.cli.output import moment, print_json, print_table, say
from blacklist.core.indicator import IndicatorError, parse_one
from blacklist.errors import SettingsError, StoreError
from blacklist.store.interface import KeyRecord
from blacklist.store.sqlite_keys import SqliteKeyStore


def run(options: Namespace) -> int:
    """One of the three."""
    settings = settings_of(options)
    if options.action == "create":
        record, key = _make(options)
        SqliteKeyStore(settings.keys_path).add(record)
        _show(record, key, as_json=options.json)
        return 0
    store = SqliteKeyStore(settings.keys_path)
    if options.action == "revoke":
        if not store.revoke(options.id, int(time())):
            raise StoreError(
                f"there is no key {options.id!r}: `blacklist keys list` shows them", path=settings.keys_path
            )
        say(f"blacklist: revoked {options.id}")
    elif options.json:
        print_json([_values(record) for record in store.records()])
    else:
        headings = ("ID", "NAME", "SCOPES", "NETWORKS", "CREATED", "EXPIRES", "REVOKED")
        print_table(headings, [_row(record) for record in store.records()])
    return 0


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


def _show(record: KeyRecord, key: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": record.id, "key": key, **_values(record)})
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
