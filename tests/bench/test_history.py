"""The benchmark of history, small: that it runs, and that what it measures is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_history_is_grown_rolled_up_and_read() -> None:
    command = [sys.executable, str(Path(__file__).with_name("history.py")), "--days", "10", "--series", "12"]
    done = subprocess.run([*command, "--every", "3600"], capture_output=True, text=True, check=True, timeout=120)
    found = json.loads(done.stdout)
    assert found["MB"]["days"] > 0
    # A roll-up of a day takes less than its samples, and all of it less than the limit's share.
    assert found["MB"]["all"] < 50 * 10 / 1826 * 8
    assert found["load"]["MiB"] < 100
