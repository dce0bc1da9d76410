"""Prometheus's own tool on what a running server tells it."""

from __future__ import annotations

import shutil
import subprocess

import httpx
import pytest


def test_promtool_has_nothing_to_say_about_the_metrics(client: httpx.Client) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.fail("promtool is missing: apt-get install --no-install-recommends prometheus")
    for path in ("/api/v1/lookup/192.0.2.1", "/api/v1/lookup/x", "/api/v1/lists/all.txt?device=pan-os", "/nowhere"):
        client.get(path)
    client.get("/metrics", headers={"x-api-key": "blk_no"})
    text = client.get("/metrics").text
    assert "blacklist_list_devices" in text
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    name = "blacklist_x_total"
    wrong = f"{text}# HELP {name} No counter.\n# TYPE {name} gauge\n{name} 1\n"
    refused = subprocess.run([promtool, "check", "metrics"], input=wrong, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
