"""What the chart says is enough to run it: its commands and variables, expanded as Kubernetes does, on the loopback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from charting import CHART, Manifest, containers, find, free_port, included_redis, manifests
from running import eventually

SECRETS = {"blacklist-redis": {"password": "madeup"}}


def environment(container: Manifest) -> dict[str, str]:
    """Its variables. `$(NAME)` stands for one that was named before; whatever is not said by the chart is not there."""
    found: dict[str, str] = {}
    for one in container.get("env", []):
        reference = one.get("valueFrom", {}).get("secretKeyRef")
        text = SECRETS[reference["name"]][reference["key"]] if reference else one["value"]
        found[one["name"]] = re.sub(r"\$\((\w+)\)", lambda named: found.get(named[1], named[0]), text)
    return found


@contextmanager
def running(command: list[str], variables: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A container's process with nothing but its variables; at SIGTERM it has to end with 0, in its grace period."""
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with log.open("w") as output:
        process = subprocess.Popen(command, env=path | variables, stdout=output, stderr=output)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


def test_servers_and_importer_find_each_other_by_what_the_chart_says(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("192.0.2.1\n")
    feed = f'[[feed]]\nname = "one"\npath = "{tmp_path}/list.txt"\nformat = "plain"\ncategory = "attacks"\n'
    settings = {"BLACKLIST_PUBLIC_LOOKUP": "1", "BLACKLIST_DRAIN": "0"}
    values = {"importer": {"feeds": feed + "allow_special = true\n"}, "server": {"settings": settings}}
    objects = manifests(values)
    (tmp_path / "feeds.toml").write_text(find(objects, "ConfigMap", "blacklist-feeds")["data"]["feeds.toml"])
    redis, redis_port = included_redis(objects, tmp_path)

    def here(name: str, **more: str) -> tuple[list[str], dict[str, str]]:
        """The command and variables of a Deployment, with places of this machine for those of the pod."""
        (container,) = containers(find(objects, "Deployment", name)["spec"]["template"])
        variables = environment(container)
        assert variables["BLACKLIST_STORE"] == "redis://:madeup@blacklist-redis:6379/0"
        assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/data", "/tmp", "/etc/blacklist/feeds"}
        (tmp_path / name).mkdir()
        moved = {
            "BLACKLIST_STORE": variables["BLACKLIST_STORE"].replace("blacklist-redis:6379", f"127.0.0.1:{redis_port}"),
            "BLACKLIST_DATA": variables["BLACKLIST_DATA"].replace("/data", str(tmp_path / name)),
            "BLACKLIST_FEEDS": variables["BLACKLIST_FEEDS"].replace("/etc/blacklist/feeds", str(tmp_path)),
        }
        return list(container["command"]), variables | moved | more

    port = free_port()
    store = {"REDIS_PASSWORD": SECRETS["blacklist-redis"]["password"]}
    url = f"http://127.0.0.1:{port}"
    with (
        running(redis, store, tmp_path / "redis.log"),
        running(*here("blacklist", BLACKLIST_HOST="127.0.0.1", BLACKLIST_PORT=str(port)), tmp_path / "server.log"),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        eventually(lambda: "listening on" in (tmp_path / "server.log").read_text())
        assert client.get("/healthz").status_code == 200
        assert client.get("/ready").status_code == 503, "nothing was imported yet"
        with running(*here("blacklist-importer"), tmp_path / "importer.log"):
            eventually(lambda: client.get("/ready").status_code == 200)
            assert client.get("/api/v1/lookup/192.0.2.1").json()["listed"] is True
            assert client.get("/api/v1/lookup/192.0.2.2").json()["listed"] is False
            asked = [sys.executable, str(CHART / "files" / "routes.py"), url]
            done = subprocess.run(asked, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout
