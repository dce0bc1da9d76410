"""The stores that the settings name. A store's module is imported when it is opened, and not before."""

from __future__ import annotations

from importlib import import_module

from blacklist.errors import SettingsError
from blacklist.settings import Settings
from blacklist.store.interface import Keys, Store
from blacklist.store.redis_url import parse_url

WAIT = 10.0  # seconds


def open_store(settings: Settings, *, wait: float = WAIT, fence: int | None = None) -> Store:
    """The feeds, and what operators decide. Only one thread may use it at a time.

    `wait` is how many seconds a call waits for other writers, or for a store that does not answer; `fence` is the
    token of the importer's lease, without which a shared store takes nothing that only the importer writes. Raises
    StoreError when it can't be opened.
    """
    if settings.shared:
        shared: Store = import_module("blacklist.store.redis").RedisStore(settings.store, wait=wait, fence=fence)
        return shared
    from blacklist.store.sqlite import SqliteStore  # noqa: PLC0415 - a server on a shared store never needs it

    return SqliteStore(settings.store_path, wait=wait)


def open_keys(settings: Settings, *, wait: float = WAIT) -> Keys:
    """API keys, operators and the audit log; otherwise as `open_store`."""
    if settings.shared:
        shared: Keys = import_module("blacklist.store.redis_keys").RedisKeyStore(settings.store, wait=wait)
        return shared
    from blacklist.store.sqlite_keys import SqliteKeyStore  # noqa: PLC0415 - a server on a shared store never needs it

    return SqliteKeyStore(settings.keys_path, wait=wait)


def store_name(settings: Settings) -> str:
    """The store as messages call it: a file, or an address without user and password."""
    return repr(parse_url(settings.store)) if settings.shared else str(settings.store_path)


def keys_name(settings: Settings) -> str:
    """The same of the store of keys."""
    return store_name(settings) if settings.shared else str(settings.keys_path)


def check_store(settings: Settings) -> None:
    """Raises SettingsError when the address can't be one of a store. Connects to nothing."""
    if settings.shared:
        try:
            parse_url(settings.store)
        except ValueError as error:
            raise SettingsError(f"BLACKLIST_STORE: {error}") from None
