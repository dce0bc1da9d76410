"""Settings: variables, options, defaults, and mistakes in them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from blacklist.errors import SettingsError
from blacklist.settings import DEFAULT_FEEDS, SETTINGS, parse_duration, read_settings


def test_without_anything_the_defaults_hold() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.import_every) == ("127.0.0.1", 2541, 3600)
    assert settings.feeds == DEFAULT_FEEDS
    assert settings.store_path == Path("data/blacklist.sqlite3")
    assert settings.public_lookup is False
    assert DEFAULT_FEEDS.exists()


def test_an_option_wins_over_its_variable_and_that_over_the_default() -> None:
    environment = {"BLACKLIST_HOST": "192.0.2.1", "BLACKLIST_PORT": "1"}
    settings = read_settings(environment, {"port": "2", "host": None})
    assert (settings.host, settings.port) == ("192.0.2.1", 2)


def test_port_is_read_from_port_only_when_its_own_variable_is_missing() -> None:
    assert read_settings({"PORT": "8080"}).port == 8080
    assert read_settings({"PORT": "8080", "BLACKLIST_PORT": "9090"}).port == 9090


def test_the_keys_lie_beside_the_store() -> None:
    settings = read_settings({"BLACKLIST_STORE": "sqlite:////var/lib/blacklist/store.db"})
    assert settings.store_path == Path("/var/lib/blacklist/store.db")
    assert settings.keys_path == Path("/var/lib/blacklist/keys.sqlite3")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("BLACKLIST_PORT", "65536", "must be a number from 0 to 65535"),
        ("BLACKLIST_PORT", "-1", "must be a number"),
        ("PORT", "http", "PORT='http': must be a number"),
        ("BLACKLIST_IMPORT_EVERY", "often", "30s, 15m, 1h, 1d"),
        ("BLACKLIST_PUBLIC_LOOKUP", "maybe", "must be 1 or 0"),
        ("BLACKLIST_METRICS_NETWORKS", "10.0.0.0/33", "must be networks with commas between them"),
        ("BLACKLIST_RATE_LIMIT", "many", "6000/m, 100/10s; 0 means no limit"),
        ("BLACKLIST_RATE_LIMIT", "6000/x", "must be a number"),
        ("BLACKLIST_RATE_LIMIT_ADDRESS", "5/0s", "must be a number"),
        ("BLACKLIST_TRUSTED_PROXIES", "proxy", "must be networks"),
        ("BLACKLIST_CLIENT_ADDRESS_HEADER", "X Client", "must be the name of a header"),
        ("BLACKLIST_MAX_CONNECTIONS", "0", "must be a number from 1 on"),
        ("BLACKLIST_ACCESS_LOG", "2", "must be a number from 0 to 1"),
        ("BLACKLIST_ACCESS_LOG", "nan", "must be a number from 0 to 1"),
        ("BLACKLIST_DRAIN", "soon", "must be a number of seconds"),
    ],
)
def test_a_mistake_names_the_variable_and_what_it_must_be(variable: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}=") as caught:
        read_settings({variable: value})
    assert said in str(caught.value)


@pytest.mark.parametrize("address", ["mysql://user:s3cr3t@host/1", "s3cr3t"])  # pragma: allowlist secret
def test_a_store_that_is_none_is_refused_without_showing_its_password(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^BLACKLIST_STORE: must be sqlite:///path, or start with ") as caught:
        read_settings({"BLACKLIST_STORE": address})
    assert "s3cr3t" not in str(caught.value)


def test_the_address_of_a_store_is_not_printed_with_the_settings() -> None:
    settings = read_settings({"BLACKLIST_STORE": "redis://user:s3cr3t@host"})
    assert settings.shared
    assert "s3cr3t" not in repr(settings)


def test_servers_on_a_shared_store_import_only_when_they_are_told_to() -> None:
    shared = {"BLACKLIST_STORE": "redis://host"}
    assert read_settings(shared).import_every == 0
    assert read_settings(shared | {"BLACKLIST_IMPORT_EVERY": "15m"}).import_every == 900


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("30s", 30), ("15m", 900), ("1h", 3600), ("2d", 172_800)])
def test_durations_have_units(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1", "1.5h", "1 h", "1w", "²"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("6000", (6000, 60)),
        ("6000/m", (6000, 60)),
        ("5/s", (5, 1)),
        ("7/h", (7, 3600)),
        ("100/10s", (100, 10)),
        ("0", None),
    ],
)
def test_a_rate_limit_is_of_a_minute_or_of_another_time(text: str, quota: tuple[int, int] | None) -> None:
    assert read_settings({"BLACKLIST_RATE_LIMIT": text}).rate_limit == quota


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        read_settings({}).port = 1  # type: ignore[misc]


def test_every_setting_has_its_variable_its_option_and_a_help_text() -> None:
    for setting in SETTINGS:
        assert setting.variable == "BLACKLIST_" + setting.name.upper()
        assert setting.option == "--" + setting.name.replace("_", "-")
        assert len(setting.help) > 10
