"""The parts of a benchmark: processes on one core, a load generator on the other, listings to look up."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, perf_counter, sleep, time

from blacklist.cli.pipeline import publish_changes, publish_everywhere
from blacklist.cli.turn import one_at_a_time
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import Indicator, format_address
from blacklist.core.listing import Facts
from blacklist.replica.local import load_newest
from blacklist.settings import read_settings
from blacklist.store.interface import FeedInfo, ImportRecord
from blacklist.store.opening import open_store
from blacklist.store.sqlite import SqliteStore
from running import make_key

HERE = Path(__file__).parent
SERVER_CORE, LOAD_CORE = "0", "1"
LOOKUP = "/api/v1/lookup/"
CONNECTIONS = 100
UNLIMITED = ["--rate-limit", "1000000000/s", "--drain", "0"]  # limits are counted, and never reached


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the load generator saw. Times are in seconds."""

    rate: float
    p50: float
    p99: float


def free_port() -> int:
    """A port of the loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def pinned(command: Sequence[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process on the server's core, ended by SIGTERM."""
    pin = ["taskset", "--cpu-list", SERVER_CORE, *command]
    process = subprocess.Popen(pin, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def peak_of(process: subprocess.Popen[bytes]) -> float:
    """The most memory that a running process has held, maps included, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def memory_group(limit: int) -> Iterator[Path | None]:
    """A memory cgroup with a limit in bytes, version 1 or 2; None where this user may not make one."""
    first = Path("/sys/fs/cgroup/memory")
    folder = (first if first.is_dir() else Path("/sys/fs/cgroup")) / f"blacklist-bench-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / ("memory.limit_in_bytes" if first.is_dir() else "memory.max")).write_text(f"{limit}")
    except OSError:
        if folder.is_dir():
            folder.rmdir()
        yield None
        return
    try:
        yield folder
    finally:
        folder.rmdir()


def held_by(group: Path) -> int:
    """The bytes that the processes of a memory cgroup hold, the page cache left out."""
    fields = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    return int(fields["anon"] if "anon" in fields else fields["rss"])


def blacklist_command(port: int) -> list[str]:
    """How a server under test is started."""
    return [sys.executable, "-m", "blacklist", "serve", "--port", str(port), "--import-every", "0", *UNLIMITED]


def reference_command(port: int, redis_port: int | None = None) -> list[str]:
    """How the references are started."""
    redis = [] if redis_port is None else [str(redis_port)]
    return [sys.executable, str(HERE / "reference.py"), str(port), *redis]


def bare_command(port: int, data: Path) -> list[str]:
    """How the lookup without access is started."""
    return [sys.executable, str(HERE / "bare.py"), str(port), str(data)]


@contextmanager
def slow_connections(port: int, count: int) -> Iterator[None]:
    """So many connections that send a byte of a head each second and never its end; one that is closed comes again."""
    command = [sys.executable, str(HERE / "slow.py"), str(port), str(count)]
    with subprocess.Popen(["taskset", "--cpu-list", LOAD_CORE, *command], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # all are open
        try:
            yield
        finally:
            process.terminate()


def wait_for(port: int, path: str, key: str, deadline: float = 60.0) -> float:
    """Waits for the first answer of 200 on a port; how long that took, in seconds."""
    started = perf_counter()
    while perf_counter() - started < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path, headers={"X-Api-Key": key})
            if connection.getresponse().status == 200:
                return perf_counter() - started
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        sleep(0.002)
    raise RuntimeError(f"no answer from port {port} within {deadline:g} s")


def get(port: int, path: str, key: str) -> int:
    """Reads one answer to its end; how many bytes it had. Raises RuntimeError unless it is 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", path, headers={"X-Api-Key": key})
        answer = connection.getresponse()
        read = sum(len(piece) for piece in iter(lambda: answer.read(1 << 16), b""))
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"GET {path} was answered {answer.status}")
    return read


def load(port: int, paths: Path, key: str, seconds: int, body: Path | None = None) -> Load:
    """Runs wrk against a port for so many seconds: GET, or POST of a body. Any failed request is an error."""
    connections = CONNECTIONS if body is None else 4
    command = ["taskset", "--cpu-list", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["--timeout", "10s", "-s", str(HERE / "load.lua"), f"http://127.0.0.1:{port}"]
    environment = os.environ | {"BENCH_PATHS": str(paths), "BENCH_KEY": key, "BENCH_BODY": str(body or "")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout.strip().rpartition("\n")[2])
    if figures["errors"]:
        raise RuntimeError(f"{figures['errors']} requests failed:\n{done.stdout}")
    return Load(figures["requests"] / figures["seconds"], figures["p50"], figures["p99"])


def make_listings(data: Path, count: int, *, seed: int = 1, store_url: str = "") -> list[str]:
    """Publishes a snapshot of so many listings, 5 % IPv6 3 % networks of mixed length; some listed addresses."""
    randomly = random.Random(seed)
    builder = GenerationBuilder()
    facts = [builder.fact(Facts("", 40 + number, "", f"reason {number}", 1, 0, 0)) for number in range(40)]
    listed: list[str] = []
    seen: set[Indicator] = set()
    while len(seen) < count:
        version = 6 if randomly.random() < 0.05 else 4
        width = 128 if version == 6 else 32
        value = 0x2001 << 112 | randomly.getrandbits(100) if version == 6 else randomly.randrange(1 << 24, 0xE0000000)
        length = randomly.randrange(width // 2, width) if randomly.random() < 0.03 else width
        indicator = Indicator(version, value >> width - length << width - length, length)
        if indicator in seen:
            continue
        seen.add(indicator)
        builder.add(indicator, randomly.choice(facts))
        if len(listed) < 2_000:
            listed.append(format_address(version, value))
    settings = read_settings({"BLACKLIST_DATA": str(data), "BLACKLIST_STORE": store_url})
    with one_at_a_time(settings, wait=True) as turn:
        store = open_store(settings, fence=turn.fence)
        record = ImportRecord("bench", int(time()), "imported", accepted=count)
        store.commit(FeedInfo("bench", "attacks"), builder.finish(), record)
        publish_everywhere(store, settings, int(time()), turn)
        store.close()
    return listed


def republish(data: Path) -> int:
    """Publishes the same listings again under a new generation, which it returns."""
    settings = read_settings({"BLACKLIST_DATA": str(data)})
    store = SqliteStore(settings.store_path)
    store.touch()
    generation = publish_changes(store, settings, int(time()))
    store.close()
    return generation


def generation_of(port: int, key: str) -> int:
    """The generation that a server answers from."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/api/v1/lookup/192.0.2.1", headers={"X-Api-Key": key})
    generation: int = json.loads(connection.getresponse().read())["generation"]
    connection.close()
    return generation


def wait_for_generation(port: int, key: str, generation: int, deadline: float = 20.0) -> None:
    """Waits until a server answers from a generation."""
    ends = monotonic() + deadline
    while generation_of(port, key) != generation:
        if monotonic() > ends:
            raise RuntimeError(f"generation {generation} was not served within {deadline:g} s")
        sleep(0.01)


def ask_for(listed: Sequence[str], count: int = 10_000, *, share: float = 0.1, seed: int = 2) -> list[str]:
    """Addresses to ask for: so many, that share of them listed, the rest random, 5 % of it IPv6."""
    randomly = random.Random(seed)
    addresses = []
    for _ in range(count):
        if randomly.random() < share:
            addresses.append(randomly.choice(listed))
        elif randomly.random() < 0.05:
            addresses.append(format_address(6, 0x2A00 << 112 | randomly.getrandbits(100)))
        else:
            addresses.append(format_address(4, randomly.randrange(1 << 24, 0xE0000000)))
    return addresses


def write_paths(path: Path, prefix: str, addresses: Sequence[str]) -> Path:
    """The file of paths for the load generator."""
    path.write_text("".join(f"{prefix}{address}\n" for address in addresses))
    return path


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """A redis-server on a free port, without persistence; the port."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = monotonic() + 10
        while monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def nginx_geo(folder: Path, data: Path) -> Iterator[int]:
    """An nginx of one worker on the server's core, with the listings in its `geo`; its port."""
    port, networks = free_port(), folder / "geo.conf"
    snapshot = load_newest(data / "snapshots")
    networks.write_text("".join(f"{one} 1;\n" for one, _ in (*snapshot.listings[4], *snapshot.listings[6])))
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
        " events { worker_connections 1024; } http { access_log off; keepalive_requests 1000000000;"
        f" map $uri $asked {{ ~^/(?<it>.*)$ $it; }} geo $asked $found {{ default 0; include {networks}; }}"
        f" server {{ listen 127.0.0.1:{port}; location / {{ return 200 $found; }} }} }}"
    )
    with pinned(["nginx", "-c", str(configuration), "-p", str(folder)]):
        yield port


def key_of(data: Path) -> str:
    """A key for lookups."""
    return make_key(data, "lookup")
