"""JSON of any kind: an array, or an object with arrays, of texts or of objects; and the same objects one a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from blacklist.core.indicator import IndicatorError, parse
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.json_items import JsonProblem, items
from blacklist.formats.lines import blocks
from blacklist.formats.rows import Rows, columns_of, no_column

_NOTHING = "not an object with an indicator"


def read_json(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads one JSON document. See Reader."""
    reading = _Reading(context, sink)
    problem = ""
    try:
        for item in items(chunks):
            if item.element:
                reading.take(item.line, item.text, item.value)
            if reading.problem:
                break
    except JsonProblem as error:
        problem = str(error)
    return About(0, problem or reading.problem)


def read_ndjson(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads one JSON object a line. See Reader."""
    reading = _Reading(context, sink)
    for first, lines in blocks(chunks, sink):
        for number, line in enumerate(lines, first):
            if not line.strip():
                continue
            try:
                value = orjson.loads(line)
            except ValueError:
                sink.reject(number, line, "not JSON")
                continue
            reading.take(number, line, value)
        if reading.problem:
            break
    return About(0, reading.problem)


class _Reading:
    def __init__(self, context: Context, sink: Sink) -> None:
        self.problem = ""
        self._wanted = context.columns
        self._sink = sink
        self._rows = Rows(context, sink)
        self._known: dict[tuple[str, ...], dict[str, str]] = {}  # the keys of objects, to the key of each role

    def take(self, line: int, text: str, value: Any) -> None:
        """Takes one element."""
        if isinstance(value, str):
            self._rows.take(line, text, {"indicator": value})
            return
        if not isinstance(value, dict):
            self._sink.reject(line, text, _NOTHING)
            return
        roles = self._roles(value)
        if "indicator" not in roles:
            self._sink.reject(line, text, _NOTHING)
            return
        self._rows.take(line, text, {role: _text(value.get(key)) for role, key in roles.items()})

    def _roles(self, value: Mapping[str, Any]) -> Mapping[str, str]:
        keys = tuple(value)
        known = self._known.get(keys)
        if known is None:
            wanted = {role: name for role, name in self._wanted.items() if role == "indicator" or name in value}
            try:
                known = {role: keys[place] for role, place in columns_of(keys, wanted).items()}
            except KeyError as error:
                if not self._known:  # the first object tells what the others are like
                    self.problem = no_column(str(error.args[0]), keys)
                return {}
            if "indicator" not in known:
                key = next((key for key in keys if _is_indicator(value[key])), None)
                known |= {} if key is None else {"indicator": key}
            if len(self._known) < 64:
                self._known[keys] = known
        return known


def _text(value: Any) -> str:
    """A value as a column would show it."""
    return value if isinstance(value, str) else "" if value is None or isinstance(value, bool) else str(value)[:64]


def _is_indicator(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse(value)
    except IndicatorError:
        return False
    return True
