"""The importer of a cluster: it stays, imports what is due, and does what servers ask for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from blacklist.store.opening import open_requests, open_snapshots
from clustered import Clustered
from running import blacklist, eventually

FEEDS = """
[[feed]]
name = "watched"
path = "{path}"
format = "plain"
category = "attacks"
allow_special = true
"""


def test_it_imports_what_is_due_takes_requests_and_ends_at_sigterm(cluster: Clustered) -> None:
    source, requests = open_snapshots(cluster.settings()), open_requests(cluster.settings())
    before = source.current()
    assert before is not None
    (cluster.folder / "watched.txt").write_text("203.0.113.77\n")
    feeds = cluster.folder / "feeds.toml"
    feeds.write_text(FEEDS.format(path=cluster.folder / "watched.txt"))
    environment = os.environ | {
        "BLACKLIST_DATA": str(cluster.folder / "watching"),
        "BLACKLIST_STORE": cluster.redis.url,
    }
    command = [sys.executable, "-m", "blacklist", "import", "--watch", "--feeds", str(feeds)]
    log = cluster.folder / "watching.log"
    with log.open("w") as stderr, subprocess.Popen(command, env=environment, stderr=stderr) as process:
        try:

            def published() -> bool:
                current = source.current()
                return current is not None and current.generation > before.generation

            eventually(published, 20)
            requests.ask("watched")
            eventually(lambda: cluster.redis.ask("EXISTS", "{blacklist}:requests") == 0)
            assert requests.attended()
        finally:
            process.terminate()
            assert process.wait(15) == 0, log.read_text()
    assert "watched: imported" in log.read_text()
    source.close()
    requests.close()


def test_a_change_that_no_importer_publishes_is_told_until_one_does(cluster: Clustered) -> None:
    requests = open_requests(cluster.settings())
    cluster.redis.ask("DEL", "{blacklist}:requests:attended")
    with cluster.serving("unattended") as service, service.client() as client:

        def told() -> tuple[bool, bool]:
            body = client.get("/health").json()
            return body["replica"]["watching"], body["unpublished_seconds"] > 0

        eventually(lambda: told() == (False, False))
        made = {"indicator": "203.0.113.5", "reason": "test", "allow_special": True}
        eventually(lambda: client.post("/api/v1/listings", json=made).status_code == 201)
        eventually(lambda: told() == (False, True))
        assert "blacklist_importer_watching 0.0" in client.get("/metrics").text
        requests.attend(60)
        assert (
            blacklist(cluster.folder / "importer", "import", "--publish", BLACKLIST_STORE=cluster.redis.url).returncode
            == 0
        )
        eventually(lambda: told() == (True, False))
    requests.attend(0.001)
    eventually(lambda: not requests.attended())
    requests.close()


def test_it_goes_with_nothing_else_and_with_a_shared_store_alone(cluster: Clustered, tmp_path: Path) -> None:
    refused = blacklist(tmp_path, "import", "--watch", "one", BLACKLIST_STORE=cluster.redis.url)
    assert (refused.returncode, "it goes with neither feeds" in refused.stderr) == (2, True)
    refused = blacklist(tmp_path, "import", "--watch")
    assert (refused.returncode, "--watch is for a shared store" in refused.stderr) == (2, True)
