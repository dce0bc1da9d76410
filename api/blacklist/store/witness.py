"""A file that notes the head of an audit log outside of the store: a log that is shorter than it says was cut."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from blacklist.errors import StoreError
from blacklist.store.chain import Head


class Witness:
    """The file. A crash before it is written leaves it behind the log, never ahead."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, head: Head) -> None:
        """Writes the head in one step. A full disk leaves the older one."""
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with suppress(OSError):
            fresh.write_text(json.dumps({"number": head.number, "hash": head.hash.hex()}) + "\n")
            fresh.replace(self.path)

    def head(self) -> Head | None:
        """What was noted last, None when there is no file. Raises StoreError when it can't be read."""
        try:
            values = json.loads(self.path.read_text())
            return Head(int(values["number"]), bytes.fromhex(values["hash"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError("the file with the audit log's head can't be read", path=self.path) from error
