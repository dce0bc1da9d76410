"""Steady load on servers: so many requests a second by kept connections, each answer written down with its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

TIMEOUT = 5.0  # seconds until a request counts as failed
_THREADS = 2  # connections to each address


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: when it was sent (of `monotonic`), how long it took in seconds, its status or what went wrong."""

    at: float
    seconds: float
    outcome: int | str


class Load:
    """Asks each address in turn with a key; within the block only."""

    def __init__(self, urls: Sequence[str], key: str, *, rate: float, paths: Sequence[str]) -> None:
        """`rate` is of all addresses together, in requests a second; the paths take turns."""
        self.answers: list[Answer] = []
        self._key, self._paths, self._ended = key, paths, Event()
        pause = len(urls) * _THREADS / rate
        self._threads = [
            Thread(target=self._ask, args=(url, pause, place * pause / (len(urls) * _THREADS)), daemon=True)
            for place, url in enumerate(list(urls) * _THREADS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(2 * TIMEOUT)

    def between(self, begin: float, end: float) -> Sequence[Answer]:
        """The requests that were sent in that time."""
        return [answer for answer in list(self.answers) if begin <= answer.at < end]

    def _ask(self, url: str, pause: float, first: float) -> None:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
        due, asked = monotonic() + first, 0
        while not self._ended.wait(max(0.0, due - monotonic())):
            path = self._paths[asked % len(self._paths)]
            due, asked = max(due + pause, monotonic() - 1), asked + 1
            self.answers.append(self._answer(connection, path))
        connection.close()

    def _answer(self, connection: HTTPConnection, path: str) -> Answer:
        begun = monotonic()
        outcome: int | str
        try:
            connection.request("GET", path, headers={"x-api-key": self._key})
            response = connection.getresponse()
            response.read()
            outcome = response.status
        except (OSError, HTTPException) as error:
            connection.close()
            outcome = type(error).__name__
        return Answer(begun, monotonic() - begun, outcome)


def errors(answers: Sequence[Answer]) -> Counter[int | str]:
    """What was answered besides 200, and how often."""
    return Counter(answer.outcome for answer in answers if answer.outcome != 200)


def p99(answers: Sequence[Answer]) -> float:
    """The 99th percentile of the seconds that answers took: the nearest rank; NaN when there are none."""
    taken = sorted(answer.seconds for answer in answers)
    return taken[-(-len(taken) * 99 // 100) - 1] if taken else float("nan")
