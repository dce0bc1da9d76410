"""What turned as messages: a JSON document for any receiver, and Slack's format, which many chat tools take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from statuspress.checks.turns import Turn
from statuspress.core.document import rfc3339
from statuspress.core.report import Project

_MARKS = re.compile(r"[*~`]")
_MOST = 20  # turns that a chat message names


def webhook_message(turns: Sequence[Turn], project: Project, at: datetime) -> dict[str, Any]:
    """Version 1: whose states turned, when that was measured, and every turn."""
    return {
        "version": 1,
        "project": project.name,
        "url": project.url,
        "collected_at": rfc3339(at),
        "turns": [asdict(turn) for turn in turns],
    }


def slack_message(turns: Sequence[Turn], project: Project, at: datetime) -> dict[str, Any]:
    """A text in Slack's mrkdwn. What others wrote cannot mark anything up, nor call anybody."""
    lines = [
        f"*{_plain(turn.name)}*: {_word(turn.before)} → {_word(turn.after)}. {_plain(turn.reason)}"
        for turn in turns[:_MOST]
    ]
    if more := len(turns) - _MOST:
        lines += [f"and {more} more"] if more > 0 else []
    head = f"{_plain(project.name)}: {len(turns)} {'state' if len(turns) == 1 else 'states'} turned, {rfc3339(at)}"
    return {"text": "\n".join([head, *lines, project.url])}


def _plain(text: str) -> str:
    """Slack, "Formatting text": & < > are escaped. Its other marks are taken out, and so are ends of lines."""
    line = " ".join(_MARKS.sub(" ", text).split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _word(state: str) -> str:
    return state.replace("_", " ")
