"""Settings: BLACKLIST_* variables, each also an option of `blacklist serve`, read once into a frozen object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from blacklist.core.indicator import Indicator, IndicatorError, parse
from blacklist.errors import SettingsError

DEFAULT_FEEDS = Path(__file__).parent / "feeds" / "feeds.toml"
SHARED = ("redis", "rediss", "redis+sentinel", "redis+cluster")
"""Schemes of the addresses of a store that several servers share."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


class Quota(NamedTuple):
    """So many units in so many seconds. They come back evenly, and all of them may be taken at once."""

    units: int
    seconds: int


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise ValueError("must be a number from 0 to 65535")
    return int(text)


def _switch(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("must be 1 or 0")
    return text.lower() in _TRUE


def parse_duration(text: str) -> int:
    """The seconds of `90`, `30s`, `15m`, `1h` or `1d`. Raises ValueError for anything else."""
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    if not number.isdecimal():
        raise ValueError("must be a number of seconds, or one with a unit: 30s, 15m, 1h, 1d; 0 means never")
    return int(number) * _UNITS[unit]


def _quota(text: str) -> Quota | None:
    units, _, time = text.partition("/")
    seconds = parse_duration(time if time[:1].isdecimal() else f"1{time or 'm'}")
    if not units.isdecimal() or not seconds:
        raise ValueError("must be a number, of a minute or of another time: 6000, 6000/m, 100/10s; 0 means no limit")
    return Quota(int(units), seconds) if int(units) else None


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError("must be a number from 0 to 1")
    return share


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError("must be a number from 1 on")
    return int(text)


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]*", text):
        raise ValueError("must be the name of a header, such as CF-Connecting-IP")
    return text


def _networks(text: str) -> tuple[Indicator, ...]:
    try:
        return tuple(network for part in text.split(",") if part.strip() for network in parse(part.strip()).networks)
    except IndicatorError as error:
        raise ValueError(f"must be networks with commas between them: {error}") from None


def _store(text: str) -> str:
    """An address may have a password in it: no error shows it, and `store.opening` reads the rest of it."""
    if text and not text.startswith("sqlite:///") and not _is_shared(text):
        raise ValueError(f"must be sqlite:///path, or start with one of {', '.join(f'{one}://' for one in SHARED)}")
    return text


def _setting(variable: str, default: str, parse: Callable[[str], Any], help: str, **more: Any) -> Any:
    """`shared` is the default with a shared store, where it differs; what is hidden is never shown."""
    metadata = {"variable": variable, "default": default, "parse": parse, "help": help, "shared": "", "hidden": False}
    return field(repr=not more.get("hidden"), metadata=metadata | more)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Durations are in seconds."""

    host: str = _setting("BLACKLIST_HOST", "127.0.0.1", str, "address to listen on")
    port: int = _setting(
        "BLACKLIST_PORT", "2541", _port, "port to listen on; without it PORT is used; 0 takes a free one"
    )
    data: Path = _setting("BLACKLIST_DATA", "data", _path, "folder of the embedded store and the snapshots")
    store: str = _setting(
        "BLACKLIST_STORE",
        "",
        _store,
        "sqlite:///path of the store, or redis://host of a shared one; empty: in the data folder",
        hidden=True,
    )
    feeds: Path = _setting(
        "BLACKLIST_FEEDS", str(DEFAULT_FEEDS), _path, "feeds.toml to import; without it the built-in one"
    )
    import_every: int = _setting(
        "BLACKLIST_IMPORT_EVERY",
        "1h",
        parse_duration,
        "time between imports by the server; 0 leaves importing to others, as it does by default with a shared store",
        shared="0",
    )
    public_lookup: bool = _setting(
        "BLACKLIST_PUBLIC_LOOKUP", "0", _switch, "1 answers lookups without a key, nothing else"
    )
    metrics_networks: tuple[Indicator, ...] = _setting(
        "BLACKLIST_METRICS_NETWORKS", "", _networks, "networks that may read /metrics without a key"
    )
    legacy_networks: tuple[Indicator, ...] = _setting(
        "BLACKLIST_LEGACY_NETWORKS",
        "",
        _networks,
        "networks that may use /api/blacklist/active, /api/fortigate, /api/search and /api/stats without a key",
    )
    protected_networks: tuple[Indicator, ...] = _setting(
        "BLACKLIST_PROTECTED_NETWORKS", "", _networks, "networks that are always allowed, whatever a feed says"
    )
    rate_limit: Quota | None = _setting(
        "BLACKLIST_RATE_LIMIT",
        "600000/m",
        _quota,
        "what a key may ask for, an address looked up counting one; 0: no limit",
    )
    rate_limit_address: Quota | None = _setting(
        "BLACKLIST_RATE_LIMIT_ADDRESS", "6000/m", _quota, "what an address may ask for without a valid key; 0: no limit"
    )
    trusted_proxies: tuple[Indicator, ...] = _setting(
        "BLACKLIST_TRUSTED_PROXIES", "", _networks, "networks of proxies whose X-Forwarded-For is believed"
    )
    client_address_header: str = _setting(
        "BLACKLIST_CLIENT_ADDRESS_HEADER",
        "",
        _header,
        "header in which the trusted proxies name the client, instead of X-Forwarded-For",
    )
    max_connections: int = _setting(
        "BLACKLIST_MAX_CONNECTIONS", "1000", _count, "connections open at once; then the slowest one makes room"
    )
    drain: int = _setting(
        "BLACKLIST_DRAIN", "5s", parse_duration, "time after SIGTERM in which /ready is 503 and all else goes on"
    )
    access_log: float = _setting(
        "BLACKLIST_ACCESS_LOG", "0.001", _share, "share of single lookups and probes that are logged; 0: no access log"
    )
    log_addresses: bool = _setting(
        "BLACKLIST_LOG_ADDRESSES", "0", _switch, "1 adds client, path and key id to the access log"
    )

    @property
    def shared(self) -> bool:
        """Whether the store is one that several servers share."""
        return _is_shared(self.store)

    @property
    def store_path(self) -> Path:
        """The file of the embedded store."""
        embedded = self.store and not self.shared
        return Path(self.store.removeprefix("sqlite:///")) if embedded else self.data / "blacklist.sqlite3"

    @property
    def keys_path(self) -> Path:
        """The file of the keys, beside the store."""
        return self.store_path.with_name("keys.sqlite3")

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots."""
        return self.data / "snapshots"


def _is_shared(store: str) -> bool:
    return store.partition("://")[0].lower() in SHARED


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is called, and what it means. `shared` is its default with a shared store, if that is another."""

    name: str
    variable: str
    default: str
    help: str
    parse: Callable[[str], Any]
    shared: str
    hidden: bool

    @property
    def option(self) -> str:
        """The option of `blacklist serve`."""
        return "--" + self.name.replace("_", "-")


SETTINGS = tuple(
    Setting(
        entry.name,
        entry.metadata["variable"],
        entry.metadata["default"],
        entry.metadata["help"],
        entry.metadata["parse"],
        entry.metadata["shared"],
        entry.metadata["hidden"],
    )
    for entry in fields(Settings)
)


def read_settings(environment: Mapping[str, str], options: Mapping[str, str | None] | None = None) -> Settings:
    """The settings from options, else variables, else defaults. Raises SettingsError naming the one that is wrong."""
    options = options or {}
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        fallback = environment.get("PORT") if setting.name == "port" else None
        origin, text = setting.variable, environment.get(setting.variable)
        if (option := options.get(setting.name)) is not None:
            origin, text = setting.option, option
        elif text is None and fallback is not None:
            origin, text = "PORT", fallback
        if text is None:
            shared = setting.shared and _is_shared(values.get("store", ""))
            text = setting.shared if shared else setting.default
        try:
            values[setting.name] = setting.parse(text)
        except ValueError as error:
            raise SettingsError(f"{origin}{'' if setting.hidden else f'={text!r}'}: {error}") from None
    return Settings(**values)
