"""`statuspress schema`: what statuspress.toml may hold, for editors and for whoever writes one."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from statuspress.config import config_schema


def run(options: Namespace) -> int:  # noqa: ARG001 - every command takes its options
    """0."""
    json.dump(config_schema(), sys.stdout, ensure_ascii=False, indent=2)
    print()
    return 0
