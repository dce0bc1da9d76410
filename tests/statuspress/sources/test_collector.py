"""The collection as a whole: whatever one source does, the others come home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any

import httpx
import pytest

from statuspress.config import Config
from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.registry import SECTIONS
from statuspress.settings.section import SourceSettings
from statuspress.sources.collector import Progress, collect
from statuspress.sources.interface import Source, Unavailable
from statuspress.sources.registry import SOURCES

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)


def evidence(id: str, source: str) -> Evidence:
    return Evidence(id, id, 1, "1", source, "asked", NOW, None, "0" * 64)


@dataclass
class Behaving:
    """A source that behaves as it is told."""

    name: str
    behave: Callable[[], Sequence[Evidence | Gap]]
    hang: float = 0.0
    seconds: float = 0.2
    ids: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = {f"{self.name}.a": "A", f"{self.name}.b": "B"}

    async def collect(
        self, settings: SourceSettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        assert not client.is_closed
        assert (settings.deadline, now) == (self.seconds, NOW)
        await asyncio.sleep(self.hang)
        return self.behave()


def broken() -> Sequence[Evidence | Gap]:
    raise ZeroDivisionError


def one_of(name: str) -> Sequence[Evidence | Gap]:
    return [evidence(f"{name}.a", name)]


def unavailable() -> Sequence[Evidence | Gap]:
    raise Unavailable("It is away.", "Wait.")


def run(config: Config, *sources: Behaving) -> tuple[dict[str, Evidence | Gap], list[Progress]]:
    seen: list[Progress] = []
    settings = {source.name: SourceSettings(deadline=source.seconds) for source in sources}
    config = replace(config, sources=settings or config.sources)
    dossier = asyncio.run(collect(config, NOW, seen.append, sources))
    return dict(dossier.items), seen


def reason(item: Evidence | Gap) -> str:
    return item.reason if isinstance(item, Gap) else "known"


def test_a_source_that_fails_in_any_way_is_a_gap_for_each_of_its_ids(configure: Callable[..., Config]) -> None:
    well = Behaving("well", lambda: [evidence("well.a", "well"), evidence("well.b", "well")])
    half = Behaving("half", lambda: [evidence("half.a", "half")])
    items, seen = run(
        configure("http://127.0.0.1:9"),
        Behaving("broken", broken),
        Behaving("away", unavailable),
        Behaving("slow", list, hang=5),
        half,
        well,
    )
    assert {id: reason(item) for id, item in items.items()} == {
        "broken.a": "Its source failed unexpectedly (ZeroDivisionError).",
        "broken.b": "Its source failed unexpectedly (ZeroDivisionError).",
        "away.a": "It is away.",
        "away.b": "It is away.",
        "slow.a": "It did not finish within 0.2 s.",
        "slow.b": "It did not finish within 0.2 s.",
        "half.a": "known",
        "half.b": "The source did not report it.",
        "well.a": "known",
        "well.b": "known",
    }
    assert seen[-1].source == "slow"
    assert [(one.figures, one.gaps) for one in seen if one.source == "half"] == [(1, 1)]


def test_sources_are_asked_side_by_side_and_the_overall_deadline_ends_all(configure: Callable[..., Config]) -> None:
    hanging = [Behaving(f"s{number}", list, hang=9, seconds=9) for number in range(10)]
    started = perf_counter()
    items, _ = run(replace(configure("http://127.0.0.1:9"), deadline=0.3), *hanging)
    assert perf_counter() - started < 1.5
    assert {reason(item) for item in items.values()} == {"It did not finish within 0.3 s."}


def test_ten_sources_of_which_two_hang_and_one_is_slow_take_little_more_than_the_deadline(
    configure: Callable[..., Config],
) -> None:
    deadline = 1.5
    names = [f"s{number}" for number in range(7)]
    quick = [Behaving(name, partial(one_of, name), seconds=9) for name in names]
    hanging = [Behaving(name, list, hang=60, seconds=9) for name in ("h1", "h2")]
    slow = Behaving("slow", partial(one_of, "slow"), hang=deadline / 2, seconds=9)
    started = perf_counter()
    items, _ = run(replace(configure("http://127.0.0.1:9"), deadline=deadline), *hanging, slow, *quick)
    assert perf_counter() - started <= 1.2 * deadline
    known = {id for id, item in items.items() if isinstance(item, Evidence)}
    assert known == {"slow.a", *(f"{name}.a" for name in names)}
    assert reason(items["h1.a"]) == "It did not finish within 1.5 s."


def test_the_order_of_the_items_is_that_of_the_sources_whoever_is_first(configure: Callable[..., Config]) -> None:
    late = Behaving("late", lambda: [evidence("late.a", "late"), evidence("late.b", "late")], hang=0.05)
    early = Behaving("early", lambda: [evidence("early.a", "early"), evidence("early.b", "early")])
    items, seen = run(configure("http://127.0.0.1:9"), late, early)
    assert list(items) == ["late.a", "late.b", "early.a", "early.b"]
    assert [one.source for one in seen] == ["early", "late"]


def test_every_configurable_system_has_its_source() -> None:
    assert sorted(source.name for source in SOURCES) == sorted(SECTIONS)


def test_an_unconfigured_source_is_not_asked(configure: Callable[..., Config]) -> None:
    config = replace(configure("http://127.0.0.1:9"), sources={})
    assert not asyncio.run(collect(config, NOW, lambda _: None)).items


def test_no_two_sources_answer_for_the_same_id() -> None:
    ids = [id for source in SOURCES for id in source.ids]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_id_has_a_label_for_people(source: Source[Any]) -> None:
    assert all(label[0].isupper() and not label.endswith(".") for label in source.ids.values())
