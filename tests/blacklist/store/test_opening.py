"""Stores by their address: which there are, how messages call them, and what is no address."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from blacklist.errors import SettingsError
from blacklist.settings import read_settings
from blacklist.store.opening import check_store, keys_name, open_keys, open_store, store_name


def test_without_an_address_the_store_is_files_in_the_data_folder(tmp_path: Path) -> None:
    settings = read_settings({"BLACKLIST_DATA": str(tmp_path)})
    open_store(settings).close()
    open_keys(settings).close()
    assert {path.name for path in tmp_path.glob("*.sqlite3")} == {"blacklist.sqlite3", "keys.sqlite3"}
    assert (store_name(settings), keys_name(settings)) == (str(settings.store_path), str(settings.keys_path))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("redis://host", "redis://host:6379"),
        ("redis://:p%40ss@host:6379/2", "redis://host:6379/2"),
        ("rediss://user:pass@[2001:db8::1]:6380/0", "rediss://[2001:db8::1]:6380"),  # pragma: allowlist secret
        ("redis+sentinel://u:%70@one,two:1/main/0", "redis+sentinel://one:26379,two:1/main/0"),
        ("redis+cluster://u:%70@one:7000,two:7001?tls=1", "redis+cluster://one:7000,two:7001"),
    ],
)
def test_a_shared_store_is_called_by_its_address_without_user_and_password(address: str, name: str) -> None:
    settings = read_settings({"BLACKLIST_STORE": address})
    check_store(settings)
    assert store_name(settings) == keys_name(settings) == name


@pytest.mark.parametrize(
    "address",
    [
        "redis://user:s3cr3t/@host",  # pragma: allowlist secret
        "redis://:s3cr3t?@host",
        "redis://:s3#cr3t@host",
        "redis://user:s3cr3t@",  # pragma: allowlist secret
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_its_password(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^BLACKLIST_STORE: ") as caught:
        check_store(read_settings({"BLACKLIST_STORE": address}))
    assert "cr3t" not in str(caught.value)


def test_nothing_of_redis_is_imported_before_a_redis_is_opened() -> None:
    program = (
        "import sys, blacklist.app, blacklist.store.opening;"
        " sys.exit(', '.join(name for name in sys.modules if name.split('.')[0] == 'redis') or 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
