"""Errors a person can mend.

StatuspressError           one sentence: what is wrong, where, what to do
├── ConfigError            a setting, or statuspress.toml
├── ContentError           front matter, Markdown, a template, a translation
├── DataError              evidence or history in the data folder
├── NotifyError            a message that nobody took
└── UsageError             a command cannot be meant like that
"""

from __future__ import annotations

from pathlib import Path


class StatuspressError(Exception):
    """What is wrong, where, and what to do about it. The command line prints it and ends with 1."""

    def __init__(self, message: str, *, path: Path | str | None = None, line: int | None = None) -> None:
        place = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(place + message)


class ConfigError(StatuspressError):
    """A setting, or statuspress.toml, is not usable."""


class ContentError(StatuspressError):
    """Something a person wrote for the site (front matter, Markdown, a template, a translation) is not usable."""


class DataError(StatuspressError):
    """The data folder holds something that is not evidence or history."""


class NotifyError(StatuspressError):
    """A receiver did not take a message."""


class UsageError(StatuspressError):
    """The command cannot be meant like that."""
