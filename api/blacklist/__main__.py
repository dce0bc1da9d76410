"""`python -m blacklist` is `blacklist`."""

from __future__ import annotations

import sys

from blacklist.cli import main

sys.exit(main())
