"""`make demo`, as a newcomer runs it: all steps work, twice in a row, and what the site says is what was measured."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, str(ROOT / "scripts" / "demo.py")]


def test_the_demo_shows_lookups_and_a_site_whose_figures_come_from_them_and_runs_twice(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run([*DEMO, "--once", "--home", str(tmp_path)], capture_output=True, text=True, timeout=60)  # noqa: PLW1510
        assert done.returncode == 0, done.stderr
        assert "200 of 400 listed" in done.stdout
        for line in ("  site  http", "  live  http", "  API   http"):
            assert f"{line}://127.0.0.1:" in done.stdout
        assert "  key   blk_" in done.stdout
    items = json.loads((tmp_path / "site" / "api" / "evidence.json").read_text())["items"]
    figures = {item["id"]: item.get("value") for item in items}
    assert figures["service.ready"] is True
    assert figures["service.listings"] == 474
    assert figures["service.requests"] > 400
    assert figures["probe.lookup.failed"] == 0
    history = list((tmp_path / "status" / "history").iterdir())
    assert sum(len(path.read_text().splitlines()) for path in history) == 2


def test_no_key_of_the_demo_is_anywhere_in_what_it_publishes(tmp_path: Path) -> None:
    done = subprocess.run([*DEMO, "--once", "--home", str(tmp_path)], capture_output=True, text=True, timeout=60)  # noqa: PLW1510
    key = done.stdout.partition("  key   ")[2].split()[0]
    for path in (*(tmp_path / "site").rglob("*"), *(tmp_path / "status").rglob("*")):
        assert path.is_dir() or key[17:].encode() not in path.read_bytes(), path


def test_the_demo_chooses_other_ports_when_its_own_are_taken_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 2541))
            taken.listen()
        except OSError:
            pass  # somebody has taken it for us
        out = tmp_path / "out"
        with out.open("w") as stdout:
            command = [*DEMO, "--home", str(tmp_path / "home")]
            child = subprocess.Popen(command, stdout=stdout, stderr=stdout, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        deadline = monotonic() + 60
        while "Ctrl-C stops both" not in out.read_text() and monotonic() < deadline:
            assert child.poll() is None, out.read_text()
            sleep(0.1)
        shown = out.read_text()
        key, live = (shown.partition(f"  {name}")[2].split()[0] for name in ("key   ", "live  "))
        for address in (live, *re.findall(r"curl -H 'X-Api-Key: blk_\S+ (http\S+)", shown)):
            with urlopen(Request(address, headers={"X-Api-Key": key}), timeout=10) as answer:
                assert answer.status == 200, address
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 0
    assert "port 2541 is taken: choosing a free one" in out.read_text()
    assert "demo: stopped" in out.read_text()
    assert "Traceback" not in out.read_text()
