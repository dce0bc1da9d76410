"""The benchmarks run, and say what they measured. No figure of a small run means anything, so none is asserted."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_small_run_prints_every_figure_beside_its_reference_and_writes_them_down(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    command = [str(ROOT / "scripts" / "bench"), "--out", str(out)]
    done = subprocess.run(command, env=os.environ | {"SMALL": "1"}, capture_output=True, text=True, timeout=300)  # noqa: PLW1510
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text())["rows"]
    assert len(rows) >= 5
    for row in rows:
        assert row["value"] > 0
        assert row["ratio"] == row["value"] / row["reference_value"]
        assert row["figure"] in done.stdout
