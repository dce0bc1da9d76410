"""What the command line writes into the audit log: who, as the operating system knows them."""

from __future__ import annotations

import os
import pwd

from blacklist.access.audit import event
from blacklist.settings import Settings
from blacklist.store.chain import Event
from blacklist.store.opening import open_keys


def local_event(what: str, target: str) -> Event:
    """The event of a command."""
    return event(f"cli:{_os_user()}", what, target)


def write_down(settings: Settings, what: str, target: str) -> None:
    """Appends what a command has changed. Raises StoreError when that can't be done."""
    store = open_keys(settings)
    try:
        store.log(local_event(what, target))
    finally:
        store.close()


def _os_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.getuid())
