"""Other people's systems for tests, the real ones, on the loopback: Prometheus and its friends, a registry."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from running import eventually


@contextmanager
def running(folder: Path, command: Sequence[str], ready: str) -> Iterator[None]:
    """Runs the program until `ready` answers 200; ends it by SIGTERM."""
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        eventually(lambda: process.poll() is not None or _answers(ready), 30)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(15)


@contextmanager
def prometheus(folder: Path, jobs: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """A Prometheus that scrapes those jobs five times a second; its address."""
    settings = {"global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"}, "scrape_configs": list(jobs)}
    (folder / "prometheus.yml").write_text(json.dumps(settings))  # JSON is YAML
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    url = f"http://127.0.0.1:{port}"
    with running(folder, command, f"{url}/-/ready"):
        yield url


@contextmanager
def docker_registry(folder: Path, **settings: object) -> Iterator[str]:
    """A Docker registry that keeps its images in that folder; its address."""
    port = free_port()
    config: dict[str, object] = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": f"{folder}/images"}},
        "http": {"addr": f"127.0.0.1:{port}"},
        **settings,
    }
    (folder / "registry.yml").write_text(json.dumps(config))
    with running(folder, ["docker-registry", "serve", f"{folder}/registry.yml"], f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def blackbox_exporter(folder: Path, modules: Mapping[str, object]) -> Iterator[str]:
    """A blackbox exporter with those modules; its address."""
    (folder / "blackbox.yml").write_text(json.dumps({"modules": modules}))
    port = free_port()
    command = [
        "prometheus-blackbox-exporter",
        f"--config.file={folder}/blackbox.yml",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(folder, command, f"http://127.0.0.1:{port}/-/healthy"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def pushgateway(folder: Path) -> Iterator[str]:
    """A Pushgateway; its address."""
    port = free_port()
    command = ["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}"]
    with running(folder, command, f"http://127.0.0.1:{port}/-/ready"):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    return httpx.get(url, trust_env=False, verify=False, timeout=5).status_code == 200
