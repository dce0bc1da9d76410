"""The stores that the settings name. A store's module is imported when it is opened, and not before."""

from __future__ import annotations

from typing import Any

from blacklist.errors import SettingsError
from blacklist.settings import Settings
from blacklist.store.contents import Contents
from blacklist.store.interface import Keys, Store
from blacklist.store.sharing import Attempts, Lease, News, Requests, Rules, SharedSpending, Snapshots

WAIT = 10.0  # seconds

# Imports are within functions, for a server uses one kind of store, and redis-py doubles the time of its start.


def open_store(settings: Settings, *, wait: float = WAIT, fence: int | None = None) -> Store:
    """The feeds, and what operators decide. Only one thread may use it at a time.

    `wait` is how many seconds a call waits for other writers, or for a store that does not answer; with a `fence`, the
    token of the importer's lease, writes to a shared store fail once another has the lease. Raises StoreError when the
    store can't be opened.
    """
    if settings.shared:
        from blacklist.store.redis import RedisStore  # noqa: PLC0415

        return RedisStore(settings.store, wait=wait, fence=fence)
    from blacklist.store.sqlite import SqliteStore  # noqa: PLC0415

    return SqliteStore(settings.store_path, wait=wait)


def open_keys(settings: Settings, *, wait: float = WAIT) -> Keys:
    """API keys, operators and the audit log; otherwise as `open_store`."""
    if settings.shared:
        from blacklist.store.redis_keys import RedisKeyStore  # noqa: PLC0415

        return RedisKeyStore(settings.store, wait=wait, witness=settings.data / "audit-head.json")
    from blacklist.store.sqlite_keys import SqliteKeyStore  # noqa: PLC0415

    return SqliteKeyStore(settings.keys_path, wait=wait)


def open_contents(settings: Settings, *, wait: float = WAIT, fence: int | None = None) -> Contents:
    """Everything that the store holds, feeds and keys; otherwise as `open_store`."""
    if settings.shared:
        from blacklist.store.redis_contents import RedisContents  # noqa: PLC0415

        witness = settings.data / "audit-head.json"
        return RedisContents(settings.store, wait=wait, fence=fence, witness=witness)
    from blacklist.store.sqlite_contents import SqliteContents  # noqa: PLC0415

    return SqliteContents(settings.store_path, settings.keys_path, wait=wait)


def open_snapshots(settings: Settings, *, wait: float = WAIT) -> Snapshots[Any]:
    """The snapshots of a shared store."""
    from blacklist.store.redis_snapshots import RedisSnapshots  # noqa: PLC0415

    return RedisSnapshots(settings.store, wait=wait)


def open_lease(settings: Settings, *, wait: float = WAIT) -> Lease:
    """The importer's lease of a shared store."""
    from blacklist.store.redis_lease import Lease as RedisLease  # noqa: PLC0415

    return RedisLease(settings.store, wait=wait)


def open_requests(settings: Settings, *, wait: float = WAIT) -> Requests:
    """What the importer of a shared store is asked for."""
    from blacklist.store.redis_requests import RedisRequests  # noqa: PLC0415

    return RedisRequests(settings.store, wait=wait)


def open_spending(settings: Settings, *, wait: float = WAIT) -> SharedSpending:
    """What callers have taken from their quotas at all servers of a shared store."""
    from blacklist.store.redis_limits import RedisLimits  # noqa: PLC0415

    return RedisLimits(settings.store, wait=wait)


def open_attempts(settings: Settings, rules: Rules, *, wait: float = WAIT) -> Attempts:
    """Failed logins at all servers of a shared store."""
    from blacklist.store.redis_attempts import RedisAttempts  # noqa: PLC0415

    return RedisAttempts(settings.store, rules, wait=wait)


def open_news(settings: Settings, *, wait: float = WAIT) -> News:
    """The news of a shared store."""
    from blacklist.store.redis_news import News as RedisNews  # noqa: PLC0415

    return RedisNews(settings.store, wait=wait)


def store_name(settings: Settings) -> str:
    """The store as messages call it: a file, or an address without user and password."""
    if not settings.shared:
        return str(settings.store_path)
    from blacklist.store.redis_url import parse_url  # noqa: PLC0415

    return repr(parse_url(settings.store))


def keys_name(settings: Settings) -> str:
    """The same of the store of keys."""
    return store_name(settings) if settings.shared else str(settings.keys_path)


def check_store(settings: Settings, name: str = "BLACKLIST_STORE") -> None:
    """Raises SettingsError when the address, given as `name`, can't be one of a store. Connects to nothing."""
    if settings.shared:
        from blacklist.store.redis_url import parse_url  # noqa: PLC0415

        try:
            parse_url(settings.store)
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from None
