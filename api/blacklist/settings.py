"""Settings: BLACKLIST_* variables, each also an option of `blacklist serve`, read once into a frozen object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from blacklist.core.indicator import Indicator, IndicatorError, parse
from blacklist.errors import SettingsError

DEFAULT_FEEDS = Path(__file__).parent / "feeds" / "feeds.toml"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


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


def _networks(text: str) -> tuple[Indicator, ...]:
    try:
        return tuple(network for part in text.split(",") if part.strip() for network in parse(part.strip()).networks)
    except IndicatorError as error:
        raise ValueError(f"must be networks with commas between them: {error}") from None


def _store(text: str) -> str:
    if text and not text.startswith("sqlite:///"):
        raise ValueError("must be sqlite:///path (the embedded store is the only one yet)")
    return text


def _setting(variable: str, default: str, parse: Callable[[str], Any], help: str) -> Any:
    return field(metadata={"variable": variable, "default": default, "parse": parse, "help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Durations are in seconds."""

    host: str = _setting("BLACKLIST_HOST", "127.0.0.1", str, "address to listen on")
    port: int = _setting(
        "BLACKLIST_PORT", "2541", _port, "port to listen on; without it PORT is used; 0 takes a free one"
    )
    data: Path = _setting("BLACKLIST_DATA", "data", _path, "folder of the embedded store and the snapshots")
    store: str = _setting("BLACKLIST_STORE", "", _store, "sqlite:///path of the store; empty: in the data folder")
    feeds: Path = _setting(
        "BLACKLIST_FEEDS", str(DEFAULT_FEEDS), _path, "feeds.toml to import; without it the built-in one"
    )
    import_every: int = _setting(
        "BLACKLIST_IMPORT_EVERY",
        "1h",
        parse_duration,
        "time between imports by the server; 0 leaves importing to others",
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

    @property
    def store_path(self) -> Path:
        """The file of the embedded store."""
        return Path(self.store.removeprefix("sqlite:///")) if self.store else self.data / "blacklist.sqlite3"

    @property
    def keys_path(self) -> Path:
        """The file of the keys, beside the store."""
        return self.store_path.with_name("keys.sqlite3")

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots."""
        return self.data / "snapshots"


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is called, and what it means."""

    name: str
    variable: str
    default: str
    help: str
    parse: Callable[[str], Any]

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
    )
    for entry in fields(Settings)
)


def read_settings(environment: Mapping[str, str], options: Mapping[str, str | None] | None = None) -> Settings:
    """The settings from options, else variables, else defaults. Raises SettingsError naming the one that is wrong."""
    options = options or {}
    values = {}
    for setting in SETTINGS:
        fallback = environment.get("PORT") if setting.name == "port" else None
        origin, text = setting.variable, environment.get(setting.variable)
        if (option := options.get(setting.name)) is not None:
            origin, text = setting.option, option
        elif text is None and fallback is not None:
            origin, text = "PORT", fallback
        try:
            values[setting.name] = setting.parse(setting.default if text is None else text)
        except ValueError as error:
            raise SettingsError(f"{origin}={text!r}: {error}") from None
    return Settings(**values)
