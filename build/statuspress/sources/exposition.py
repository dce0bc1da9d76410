"""Figures from a scrape in the Prometheus text format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from statuspress.core.histogram import Histogram
from statuspress.core.number import NumberError, count, measure
from statuspress.core.percentile import HistogramError
from statuspress.sources.interface import Unavailable

_Number = TypeVar("_Number", int, float)
Matches = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True, slots=True)
class Exposition:
    """All samples of one scrape, by name; `where` begins the sentences about what is missing."""

    samples: Mapping[str, tuple[Sample, ...]]
    where: str = "/metrics"

    def total(self, name: str, matches: Matches = lambda _: True) -> int:
        """The sum of the whole numbers under that name. Raises Unavailable when it is not exposed, or not a count."""
        return sum(self._checked(name, count, sample.value) for sample in self._of(name) if matches(sample.labels))

    def value(self, name: str) -> float:
        """The one number under that name. Raises Unavailable."""
        return self._checked(name, measure, self._of(name)[0].value)

    def quantile(self, q: float, name: str, labels: Mapping[str, str]) -> float:
        """The q-quantile of a histogram, interpolated as Prometheus does. Raises Unavailable."""
        found = self.histogram(name, labels).quantile(q)
        if found is None:
            raise Unavailable("No such request has been answered since the service started.", "Send one.")
        return self._checked(name, measure, found)

    def histogram(self, name: str, labels: Mapping[str, str]) -> Histogram:
        """A histogram since the start of the process. Raises Unavailable."""
        buckets = sorted(self._buckets(f"{name}_bucket", labels))
        if not buckets:
            raise Unavailable("No such request has been answered since the service started.", "Send one.")
        counts = tuple(self._checked(name, count, number) for _, number in buckets)
        bounds = tuple(bound for bound, _ in buckets)
        if bounds[-1] != inf:
            raise Unavailable(f"{name} is no histogram: its last bucket is not +Inf.")
        try:
            return Histogram(bounds[:-1], counts)
        except HistogramError as error:
            raise Unavailable(f"{name} is no histogram: {error}.") from None

    def _of(self, name: str) -> tuple[Sample, ...]:
        samples = self.samples.get(name)
        if not samples:
            raise Unavailable(f"{self.where} does not expose {name}.")
        return samples

    def _buckets(self, name: str, labels: Mapping[str, str]) -> Iterator[tuple[float, float]]:
        for sample in self.samples.get(name, ()):
            if all(sample.labels.get(key) == value for key, value in labels.items()):
                try:
                    yield float(sample.labels["le"]), self._checked(name, measure, sample.value)
                except (KeyError, ValueError):
                    raise Unavailable(f"{name} has a bucket without a bound.") from None

    def _checked(self, name: str, read: Callable[[object], _Number], value: object) -> _Number:
        try:
            return read(value)
        except NumberError as error:
            reason = f"{self.where} gives {name}, but {error}."
            raise Unavailable(reason, "Look into the log of the service.") from None


def parse_exposition(body: bytes, where: str = "/metrics") -> Exposition:
    """The samples of a scrape. Raises ValueError for what is none."""
    samples: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample)
    return Exposition({name: tuple(found) for name, found in samples.items()}, where)
