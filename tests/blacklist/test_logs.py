"""Logs are JSON lines, one an event, whatever a message holds."""

from __future__ import annotations

import json
import logging

from blacklist.logs import JsonLines


def line(message: str, *arguments: object, error: BaseException | None = None) -> dict[str, str]:
    information = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("blacklist.web", logging.WARNING, __file__, 1, message, arguments, information)
    text = JsonLines().format(record)
    assert "\n" not in text
    loaded: dict[str, str] = json.loads(text)
    return loaded


def test_a_line_has_time_level_logger_and_message() -> None:
    found = line("refused %s", "it")
    assert (found["level"], found["logger"], found["message"]) == ("warning", "blacklist.web", "refused it")
    assert found["time"].endswith("Z")


def test_a_message_cannot_forge_a_second_line() -> None:
    assert line('x\n{"level":"info"}')["message"] == 'x\n{"level":"info"}'


def test_an_error_brings_its_trace() -> None:
    assert "ZeroDivisionError" in line("failed", error=ZeroDivisionError("x"))["error"]
