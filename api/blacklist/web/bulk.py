"""Many verdicts at once. An IPv4 address of which nothing is said never becomes an object of its own: addresses are
parsed, tried and written in runs, by functions of the C library and joins.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncIterator, Sequence
from functools import partial
from itertools import compress, repeat
from operator import contains, not_
from socket import AF_INET, inet_pton
from time import perf_counter

import orjson

from blacklist.core.index import Verdict
from blacklist.core.indicator import IndicatorError, parse_address
from blacklist.metrics import Metrics
from blacklist.web.verdicts import UNLISTED, Answers

_RUN = 512  # addresses
_SLICE = 0.0015  # seconds: the loop is held for 2 ms at most
_pack = partial(inet_pton, AF_INET)


class Bulk:
    """Verdicts on addresses at `now` (Unix seconds), as the members of JSON objects. Counts them in the metrics."""

    def __init__(self, answers: Answers, metrics: Metrics, now: float, *, only_listed: bool) -> None:
        self._answers, self._counts, self._now, self._only_listed = answers, metrics.lookups, now, only_listed
        self._asked = metrics.asked

    async def joined(self, texts: Sequence[str], glue: str) -> AsyncIterator[str]:
        """The members of all objects with the glue between, in the order asked, in pieces that are to be concatenated.

        Other requests get their turn in between.
        """
        begun = False
        ends = perf_counter() + _SLICE
        for start in range(0, len(texts), _RUN):
            found = self._run(texts[start : start + _RUN], glue)
            if found:
                yield glue + found if begun else found
                begun = True
            if perf_counter() > ends:
                await sleep(0)
                ends = perf_counter() + _SLICE

    def _run(self, texts: Sequence[str], glue: str) -> str:
        told = self._told(texts)
        between = f'{UNLISTED}{glue}"address":"'
        parts: list[str] = []
        done = 0
        for place in (*sorted(told), len(texts)):
            if place > done and not self._only_listed:
                parts.append(f'"address":"{between.join(texts[done:place])}{UNLISTED}')
            if place < len(texts) and told[place]:
                parts.append(told[place])
            done = place + 1
        self._counts["unlisted"] += len(texts) - len(told)
        return glue.join(parts)

    def _told(self, texts: Sequence[str]) -> dict[int, str]:
        """By place, the members of each object that takes a look of its own; empty where it is left out."""
        longer = list(map(contains, texts, repeat(":")))
        places = list(compress(range(len(texts)), map(not_, longer))) if True in longer else range(len(texts))
        plain = [texts[place] for place in places] if True in longer else texts
        try:
            packed = b"".join(map(_pack, plain))
        except (OSError, ValueError):  # one of them only looks like an address: look at each
            return {place: self._one(text) for place, text in enumerate(texts)}
        told, look = {}, self._answers.index.look
        for one in self._answers.index.busy(packed):
            value = int.from_bytes(packed[4 * one : 4 * one + 4], "big")
            told[places[one]] = self._verdict(look(4, value, self._now), plain[one])
        for place in compress(range(len(texts)), longer):
            told[place] = self._one(texts[place])
        return told

    def _one(self, text: str) -> str:
        try:
            version, value = parse_address(text)
        except IndicatorError as error:
            self._counts["invalid"] += 1
            return "" if self._only_listed else orjson.dumps({"address": text, "error": str(error)})[1:-1].decode()
        return self._verdict(self._answers.index.lookup(version, value, self._now))

    def _verdict(self, verdict: Verdict, text: str = "") -> str:
        version, value, matches, allowed = verdict
        if allowed is not None:
            self._counts["allowlisted"] += 1
        elif matches:
            self._counts["listed"] += 1
            self._asked.add(version, value)
            return self._answers.members(verdict, text)
        else:
            self._counts["unlisted"] += 1
        return "" if self._only_listed else self._answers.members(verdict, text)
