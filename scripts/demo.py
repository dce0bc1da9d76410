"""`make demo`: runs both programs as a person would, on loopback, with everything it keeps in one folder."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
FEEDS = ROOT / "scripts" / "demo-feeds" / "feeds.toml"
API_PORT, SITE_PORT = 2541, 8000
LOOKUPS = 400
SHOWN = 6
GRACE = 15.0  # seconds


def main() -> int:
    """Runs the demonstration until Ctrl-C; 0 when every step worked."""
    parser = argparse.ArgumentParser("demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after everything was shown")
    parser.add_argument("--home", type=Path, default=ROOT / ".demo", help="where it keeps everything")
    options = parser.parse_args()
    home = options.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"demo: another one runs in {home}: end it, or name another --home", file=sys.stderr)
        return 1
    shutil.rmtree(home / "blacklist", ignore_errors=True)
    environment = os.environ | {"BLACKLIST_DATA": str(home / "blacklist"), "BLACKLIST_IMPORT_EVERY": "0"}
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        _demonstrate(home, environment, once=options.once)
    except KeyboardInterrupt:
        print("\ndemo: stopped", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"demo: `{' '.join(map(str, error.cmd))}` ended with {error.returncode}", file=sys.stderr)
        return 1
    return 0


def _demonstrate(home: Path, environment: dict[str, str], *, once: bool) -> None:
    started = monotonic()
    _step("Import the feeds")
    public = os.environ.get("FEEDS") == "public"
    _run("blacklist", "import", *([] if public else ["--feeds", str(FEEDS)]), env=environment)
    key = _key("demo", "lookup,lists,listings:read,dashboard,metrics", environment)
    collector = _key("collector", "lookup,metrics", environment)

    _step("Start the lookup API on its embedded store")
    with _server("blacklist", "serve", port=API_PORT, home=home, env=environment) as api:
        _step(f"Look {LOOKUPS} addresses up")
        _look_up(api, key, _addresses(api, key))

        _step("Collect evidence, and build the site from it")
        status = ["--data", str(home / "status")]
        collected = environment | {"STATUSPRESS_SERVICE_KEY": collector}
        _run("statuspress", "collect", *status, "--service", api, env=collected)
        _run("statuspress", "build", *status, "--out", str(home / "site"), env=environment)

        serve = ["preview", *status, "--out", str(home / "site")]
        with _server("statuspress", *serve, port=SITE_PORT, home=home, env=environment) as site:
            _step(f"Everything runs, after {monotonic() - started:.0f} s")
            print(f"  site  {site}\n  live  {api}/monitoring/dashboard\n  API   {api}\n  key   {key}\n")
            print("  The live page asks for the key: paste it there.")
            print("  The site's figures turn unknown 15 minutes after they were measured.\n")
            print(f"  curl -H 'X-Api-Key: {key}' {api}/api/v1/lookup/192.0.2.1")
            print(f"  curl -H 'X-Api-Key: {key}' {api}/api/v1/lists/all.txt")
            print(f"  curl -H 'X-Api-Key: {key}' {api}/api/v1/stats\n")
            if not once:
                print("Ctrl-C stops both.", flush=True)
                signal.pause()


def _key(name: str, scopes: str, environment: dict[str, str]) -> str:
    made = _run("blacklist", "keys", "create", name, "--scopes", scopes, "--json", env=environment)
    key: str = json.loads(made)["key"]
    return key


def _step(text: str) -> None:
    print(f"\n== {text}", flush=True)


def _run(program: str, *arguments: str, env: dict[str, str]) -> str:
    """What the program prints. Its messages go to our stderr; raises CalledProcessError when it fails."""
    command = [str(BIN / program), *arguments]
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout


@contextmanager
def _server(program: str, *arguments: str, port: int, home: Path, env: dict[str, str]) -> Iterator[str]:
    """A server on that port, or on a free one when it is taken; the address that it prints. Ended with the block."""
    log = home / f"{program}.log"
    process = None
    for choice in (port, 0):
        with log.open("wb") as stderr:
            command = [str(BIN / program), *arguments, "--port", str(choice)]
            process = subprocess.Popen(command, env=env, stdout=stderr, stderr=stderr, cwd=ROOT, start_new_session=True)
        address = _address(process, log)
        if address:
            break
        print(f"  port {port} is taken: choosing a free one")
    else:
        raise subprocess.CalledProcessError(
            process.returncode if process else 1, [program, *arguments, log.read_text()]
        )
    try:
        print(f"  {program} answers at {address}")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = monotonic() + GRACE
    while monotonic() < deadline:
        if (found := re.search(r"http://\S+", log.read_text())) and process.poll() is None:
            return found[0].rstrip("/.")
        if process.poll() is not None:
            return ""
        sleep(0.05)
    process.kill()
    process.wait()
    return ""


def _get(api: str, path: str, key: str) -> tuple[int, bytes]:
    parts = urlsplit(api)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", path, headers={"X-Api-Key": key})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def _addresses(api: str, key: str) -> Sequence[str]:
    """Half from the list that the API hands out, half that nobody lists."""
    status, body = _get(api, "/api/v1/lists/all.txt", key)
    if status != 200:
        raise subprocess.CalledProcessError(status, ["GET", "/api/v1/lists/all.txt", body.decode()])
    networks = body.decode().split()
    step = max(1, len(networks) // (LOOKUPS // 2))
    listed = [network.partition("/")[0] for network in networks[::step][: LOOKUPS // 2]]
    return [*listed, *(f"198.18.{number // 200}.{number % 200}" for number in range(LOOKUPS - len(listed)))]


def _look_up(api: str, key: str, addresses: Sequence[str]) -> None:
    parts = urlsplit(api)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    verdicts = []
    begun = monotonic()
    for address in addresses:
        connection.request("GET", f"/api/v1/lookup/{address}", headers={"X-Api-Key": key})
        verdicts.append(json.loads(connection.getresponse().read()))
    seconds = monotonic() - begun
    connection.close()
    step = max(1, len(verdicts) // SHOWN)
    for verdict in verdicts[::step][:SHOWN]:
        by = ", ".join(f"{listing['feed']} ({listing['category']})" for listing in verdict["listings"])
        print(f"  {verdict['address']:28} {'listed by ' + by if verdict['listed'] else 'not listed'}")
    listed = sum(verdict["listed"] for verdict in verdicts)
    rate = len(verdicts) / seconds
    print(f"  {listed} of {len(verdicts)} listed; {seconds:.2f} s one after another, {rate:,.0f} a second")


if __name__ == "__main__":
    sys.exit(main())
