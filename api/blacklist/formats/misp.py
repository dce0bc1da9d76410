"""MISP warninglists: one JSON object whose `list` names what is known to be good. For feeds with the role allowlist."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.addresses import SPAN, packed
from blacklist.formats.dates import plausible, read_moment
from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.json_items import Item, JsonProblem, items
from blacklist.formats.lines import why_not
from blacklist.formats.texts import tidy


def read_misp(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads a warninglist. Its description, which stands before the list, becomes the reason. See Reader."""
    reading = _Reading(context, sink)
    problem = ""
    kinds: list[str] = []
    date = 0
    try:
        for item in items(chunks):
            if item.key == "list" and item.element:
                reading.take(item)
            elif item.key == "description":
                reading.reason = tidy(item.value)
            elif item.key == "matching_attributes" and item.element:
                kinds.append(tidy(item.value))
            elif item.key == "version" and (moment := read_moment(str(item.value), UTC)):
                date = plausible(moment.first, context.now)
    except JsonProblem as error:
        problem = str(error)
    reading.flush()
    if not problem and kinds and not any("ip" in kind.replace("|", "-").split("-") for kind in kinds):
        problem = f"it is a list for {', '.join(kinds[:4])}, not for addresses"
    return About(date, problem)


class _Reading:
    def __init__(self, context: Context, sink: Sink) -> None:
        self.reason = ""
        self._context = context
        self._sink = sink
        self._fact: int | None = None
        self._waiting: list[tuple[int, str]] = []

    def take(self, item: Item) -> None:
        """Takes one entry of the list."""
        if not isinstance(item.value, str):
            self._sink.reject(item.line, item.text, "not a text")
            return
        self._waiting.append((item.line, item.value))
        if len(self._waiting) == SPAN:
            self.flush()

    def flush(self) -> None:
        """Hands on what was taken."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        if self._fact is None:
            context = self._context
            self._fact = self._sink.fact(Facts("", context.confidence, "", self.reason, context.now, 0, 0))
        lines, texts = [line for line, _ in waiting], [text for _, text in waiting]
        addresses = packed(texts)
        if addresses is not None:
            self._sink.hosts(addresses, self._fact, lines, texts)
            return
        for line, text in waiting:
            try:
                parsed = parse(text)
            except IndicatorError:
                self._sink.reject(line, text, why_not(text))
            else:
                self._sink.row(line, text, parsed, self._fact)
