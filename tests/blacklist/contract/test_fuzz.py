"""Requests that nobody would send: the contract's own generator against a running server.

A small run belongs to every test run; `make fuzz` sends many thousands.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from running import fill, serving

LONG = 500  # examples an operation of a run that is asked for
SHORT = 14
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
ENDLESS = "/monitoring/events"  # has tests of its own
MOST_MEMORY = 160 << 20  # bytes: what a server has loaded, and nothing that grows with requests
FEEDS = '[[feed]]\nname = "one"\npath = "one.txt"\nformat = "plain"\ncategory = "attacks"\nallow_special = true\n'


def test_no_request_makes_the_server_fail_or_break_its_promises(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(FEEDS)
    (tmp_path / "one.txt").write_text("192.0.2.1\n198.51.100.0/24\n")
    fill(tmp_path, entries={"192.0.2.1": None, "198.51.100.0/24": None, "2001:db8::/32": None})
    thorough = os.environ.get("FUZZ") == "long"
    report = tmp_path / "fuzz.json"
    with serving(tmp_path, BLACKLIST_FEEDS=str(tmp_path / "feeds.toml")) as service:
        command = [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{service.url}/openapi.json",
            f"--header=X-Api-Key: {service.key}",
            f"--checks={','.join(CHECKS)}",
            f"--phases={'examples,coverage,fuzzing' if thorough else 'examples,fuzzing'}",
            f"--max-examples={LONG if thorough else SHORT}",
            f"--exclude-path={ENDLESS}",
            "--continue-on-failure",
            "--generation-database=none",
            "--warnings=off",
            "--no-color",
            "--report=json",
            f"--report-json-path={report}",
            *([] if thorough else ["--seed=1"]),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
        outcome = json.loads(report.read_text())
        assert outcome["operations"]["tested"] == outcome["operations"]["total"] - 1
        assert outcome["test_cases"]["generated"] >= (10_000 if thorough else 300)
        assert psutil.Process(service.process.pid).memory_info().rss < MOST_MEMORY
        with service.client() as client:
            assert client.get("/healthz").status_code == 200
    print(f"{outcome['test_cases']['generated']:,} requests to {outcome['operations']['tested']} operations")
