"""The password of a store is nowhere to be read: not in a log, an error, /health, or the arguments of a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from redises import Server, running_redis
from running import blacklist, eventually, make_key, serving

SECRET = "n0t-to-be-seen"  # pragma: allowlist secret


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_redis(tmp_path_factory.mktemp("locked"), "--save", "", "--requirepass", SECRET) as server:
        yield server


def test_a_server_and_its_importer_tell_nobody_the_password(locked: Server, tmp_path: Path) -> None:
    address = f"redis://:{SECRET}@127.0.0.1:{locked.port}"
    key = make_key(tmp_path, "metrics", store_url=address)
    (tmp_path / "feeds.toml").write_text('[[feed]]\nname = "none"\npath = "none.txt"\n')
    settings = {"BLACKLIST_IMPORT_EVERY": "1h", "BLACKLIST_FEEDS": str(tmp_path / "feeds.toml")}
    with serving(tmp_path, key, BLACKLIST_STORE=address, **settings) as service:
        eventually(lambda: "import" in children(service.process.pid))
        assert SECRET not in children(service.process.pid)
        locked.kill()
        with service.client("") as client:
            eventually(lambda: client.get("/health").json()["store"]["state"] == "down")
            assert SECRET not in client.get("/health").text
            assert f"redis://127.0.0.1:{locked.port}" in client.get("/health").json()["store"]["error"]
        locked.start()
    assert SECRET not in (tmp_path / "server.log").read_text()
    assert "127.0.0.1" in (tmp_path / "server.log").read_text()


def test_an_error_names_the_store_without_its_password(locked: Server, tmp_path: Path) -> None:
    for address in (
        f"redis://:{SECRET}x@127.0.0.1:{locked.port}",
        f"redis://:{SECRET}@127.0.0.1:1",
        f"http://{SECRET}@h",
    ):
        done = blacklist(tmp_path, "feeds", "list", BLACKLIST_STORE=address)
        assert done.returncode in {1, 2}
        assert SECRET not in done.stdout + done.stderr
        assert "BLACKLIST_STORE" in done.stderr or f"redis://127.0.0.1:{address.rpartition(':')[2]}: " in done.stderr
    assert SECRET not in blacklist(tmp_path, "serve", "--help", BLACKLIST_STORE=address).stdout


def children(pid: int) -> str:
    """The arguments of a process and of its children."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return " ".join(
        Path(f"/proc/{one}/cmdline").read_text() for one in (str(pid), *below) if Path(f"/proc/{one}").exists()
    )
