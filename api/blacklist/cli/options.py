"""Options that several commands share, turned into settings and times."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from time import time

from blacklist.errors import SettingsError
from blacklist.settings import SETTINGS, Settings, parse_duration, read_settings
from blacklist.store.opening import check_store


def settings_of(options: Namespace, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a command: its options, else variables, else defaults."""
    given = {setting.name: getattr(options, setting.name, None) for setting in SETTINGS}
    settings = read_settings(environment, given)
    check_store(settings)
    return settings


def expiry_of(options: Namespace) -> int | None:
    """When what is added now will expire, by `--expires`; None for never."""
    if options.expires is None:
        return None
    try:
        seconds = parse_duration(options.expires)
    except ValueError as error:
        raise SettingsError(f"--expires={options.expires!r}: {error}") from None
    if seconds == 0:
        raise SettingsError("--expires must be longer than nothing; leave it out for what never expires")
    return int(time()) + seconds
