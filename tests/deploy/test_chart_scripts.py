"""What runs in the chart's containers runs here as well: the same scripts, real programs, on the loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import time

import pytest
import redis

from charting import CHART, containers, find, free_port, included_redis, manifests, manifests_of, pods
from redises import Server
from running import Service, blacklist, eventually, fill, serving

FILES = CHART / "files"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("data")
    fill(data, entries={"192.0.2.0/24": None})
    with serving(data) as running:
        yield running


@contextmanager
def broken_ingress() -> Iterator[str]:
    """What stands before a service it can't reach: 502 to everything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = False

        def answer() -> None:
            while not ended:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

        thread = Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield url
        ended = True
        socket.create_connection(listener.getsockname()).close()
        thread.join()


def routes(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FILES / "routes.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_every_route_answers_as_the_helm_test_expects(service: Service) -> None:
    done = routes(service.url)
    assert done.returncode == 0, done.stdout
    assert f"ok   {service.url}/ready: 200" in done.stdout
    assert done.stdout.count("ok   ") == 11


def test_an_ingress_that_is_broken_is_told_from_a_service_that_is(service: Service) -> None:
    with broken_ingress() as outside:
        done = routes(service.url, outside)
        assert done.returncode == 1
        assert f"FAIL {outside}/healthz: 502" in done.stdout
        assert f"ok   {service.url}/healthz: 200" in done.stdout
        assert f"{outside} fails while {service.url} answers" in done.stdout
        assert "fails while" not in routes(outside, outside).stdout


def test_an_ingress_that_does_not_answer_is_no_crash(service: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = routes("--any-certificate", service.url, f"https://127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"FAIL https://127.0.0.1:{port}/ready: no answer" in done.stdout
    assert not done.stderr


def test_the_test_pod_asks_inside_and_by_the_ingress() -> None:
    def asked(case: str) -> list[str]:
        (container,) = containers(find(manifests_of(case), "Pod", "blacklist-test"))
        return list(container["command"][3:])

    assert asked("default") == ["http://blacklist.blacklist.svc"]
    assert asked("ingress") == ["http://blacklist.blacklist.svc", "http://blacklist.example.org"]
    assert asked("everything") == [
        "--any-certificate",
        "http://blacklist.blacklist.svc",
        "https://blacklist.example.org",
    ]


def test_no_command_is_changed_by_what_kubernetes_expands() -> None:
    """`$(NAME)` of a variable and `$$` are replaced in commands before a shell reads them."""
    for name, pod in pods(manifests_of("everything")):
        for container in containers(pod):
            text = " ".join(container["command"])
            assert "$$" not in text, name
            assert not any(f"$({one['name']})" in text for one in container.get("env", [])), name


def test_the_included_redis_asks_for_its_password_and_keeps_what_it_acknowledges(tmp_path: Path) -> None:
    objects = manifests({"redis": {"maxMemory": "40mb"}})
    command, port = included_redis(objects, tmp_path)
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | {"REDIS_PASSWORD": "made-up"}, stdout=log)
    try:
        client = redis.Redis(port=port, password="made-up", decode_responses=True, protocol=2)
        eventually(lambda: "Ready to accept" in (tmp_path / "log").read_text() or process.poll() is not None)
        assert client.ping()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
            stranger.sendall(b"PING\r\n")
            assert stranger.recv(100).startswith(b"-NOAUTH")
        for name, value in {
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory": str(40 << 20),
            "maxmemory-policy": "noeviction",
            "save": "",
        }.items():
            assert client.config_get(name) == {name: value}
        client.set("kept", "yes")
        assert b"made-up" not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        ready = find(objects, "StatefulSet", "blacklist-redis")["spec"]["template"]["spec"]["containers"][0]
        asked = [
            part.replace("redis-cli", f"redis-cli -p {port}") for part in ready["readinessProbe"]["exec"]["command"]
        ]
        for password, code in {"made-up": 0, "wrong": 1}.items():
            done = subprocess.run(asked, env=os.environ | {"REDISCLI_AUTH": password}, capture_output=True, check=False)
            assert done.returncode == code
        process.kill()
        process.wait()
        assert b"kept" in b"".join(path.read_bytes() for path in tmp_path.rglob("*.aof"))
        client.close()
    finally:
        process.kill()
        process.wait()


def run_script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As the container does: the text is an argument, and `blacklist` is on the path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = ["sh", "-c", (FILES / f"{name}.sh").read_text(), name, *arguments]
    return subprocess.run(
        command,
        env=os.environ | {"PATH": path} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Server]:
    server = Server(free_port(), tmp_path / "redis", ("--save", "", "--appendonly", "no"))
    server.start()
    yield server
    server.end()


def test_a_backup_is_restored_and_the_oldest_go(tmp_path: Path, store: Server) -> None:
    settings = {"BLACKLIST_STORE": store.url, "BLACKLIST_DATA": str(tmp_path / "data")}
    folder = tmp_path / "backups"
    folder.mkdir()
    listed = tmp_path / "list.txt"
    listed.write_text("192.0.2.1\n")
    given = ("import", "--file", str(listed), "--feed", "one", "--allow-special")
    assert blacklist(tmp_path / "data", *given, **settings).returncode == 0
    for year in range(2001, 2005):
        (folder / f"{year}0101T000000Z.backup").touch()
    done = run_script("backup", str(folder), "3", **settings)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == ["20030101T000000Z.backup", "20040101T000000Z.backup"]
    assert len(names) == 3
    store.ask("FLUSHALL")
    restored = run_script("restore", str(folder), "", **settings)
    assert restored.returncode == 0, restored.stderr
    assert f"restore: {names[2]}" in restored.stdout
    fresh = {"BLACKLIST_STORE": store.url, "BLACKLIST_DATA": str(tmp_path / "other")}
    assert blacklist(tmp_path / "other", "import", "--publish", **fresh).returncode == 0
    verdicts = blacklist(tmp_path / "other", "lookup", "192.0.2.1", "192.0.2.2", "--json", **fresh).stdout
    assert [one["listed"] for one in json.loads(verdicts)] == [True, False]
    again = run_script("restore", str(folder), names[2], **settings)
    assert again.returncode == 1
    assert run_script("restore", str(folder), names[2], "--replace", **settings).returncode == 0


def test_a_restore_without_a_backup_says_so(tmp_path: Path) -> None:
    empty = run_script("restore", str(tmp_path), "")
    assert empty.returncode == 1
    assert f"there is no backup in {tmp_path}: copy one there, named *.backup" in empty.stderr
    (tmp_path / "one.backup").touch()
    missing = run_script("restore", str(tmp_path), "two.backup")
    assert missing.returncode == 1
    assert f"there is no {tmp_path}/two.backup; there are:\none.backup" in missing.stderr


def test_a_failed_backup_removes_none_of_those_before(tmp_path: Path) -> None:
    for year in range(2001, 2005):
        (tmp_path / f"{year}0101T000000Z.backup").touch()
    settings = {"BLACKLIST_STORE": f"redis://127.0.0.1:{free_port()}", "BLACKLIST_DATA": str(tmp_path / "data")}
    assert run_script("backup", str(tmp_path), "1", **settings).returncode == 1
    assert len(list(tmp_path.glob("*.backup"))) == 4


def test_a_copy_of_the_audit_log_is_whole_and_the_oldest_go(tmp_path: Path, store: Server) -> None:
    settings = {"BLACKLIST_STORE": store.url}
    assert blacklist(tmp_path / "data", "keys", "create", "one", "--scopes", "lookup", **settings).returncode == 0
    folder = tmp_path / "audit"
    folder.mkdir()
    for year in (2001, 2002):
        (folder / f"{year}0101T000000Z.audit").touch()
    done = run_script("audit", str(folder), "2", BLACKLIST_DATA=str(tmp_path / "data"), **settings)
    assert done.returncode == 0, done.stderr
    old, new = sorted(folder.iterdir())
    assert old.name == "20020101T000000Z.audit"
    assert "key.create" in new.read_text()


def test_the_importers_probes_see_whether_it_looks_at_what_is_due(tmp_path: Path) -> None:
    (importer,) = containers(find(manifests_of("default"), "Deployment", "blacklist-importer")["spec"]["template"])
    lock = tmp_path / "import.lock"

    def probed() -> list[int]:
        commands = [importer[f"{name}Probe"]["exec"]["command"] for name in ("startup", "readiness", "liveness")]
        texts = [[part.replace("/data/import.lock", str(lock)) for part in command] for command in commands]
        return [subprocess.run(text, check=False, stderr=subprocess.DEVNULL).returncode for text in texts]

    assert probed() == [1, 1, 1]
    away = {"BLACKLIST_STORE": f"redis://127.0.0.1:{free_port()}"}
    for age, codes in {40: [1, 1, 0], 70: [1, 1, 1]}.items():
        assert blacklist(tmp_path, "import", "--due", **away).returncode == 1, "Redis is away"
        assert probed() == [0, 0, 0], "and that is no reason to start anew"
        os.utime(lock, (time() - age * 60, time() - age * 60))
        assert probed() == codes
