"""The cache of rendered lists: bounded, shared, and rendered by a child process."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from blacklist.core.index import Index
from blacklist.core.selection import Criteria
from blacklist.errors import BlacklistError
from blacklist.lists.cache import WAITING, Busy, ListCache, Rendered, TooLarge, Wanted
from blacklist.lists.paths import packed_path
from blacklist.replica.local import load_newest
from blacklist.settings import read_settings
from blacklist.web.endpoint import route
from blacklist.web.lists import get_list
from blacklist.web.state import State
from blacklist.web.verdicts import Answers
from running import fill


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path, entries={f"192.0.2.{number}": None for number in range(0, 250, 2)})
    return tmp_path


def wanted(number: int = 0, suffix: str = "txt") -> Wanted:
    return Wanted(1, Criteria("one", max_entries=number), suffix)


def cache(data: Path, **bounds: int) -> ListCache:
    made = ListCache(data / "lists", data, **bounds)
    made.clear()
    return made


def files(data: Path) -> int:
    return len(list((data / "lists").iterdir()))


def test_a_list_is_rendered_once_for_all_who_ask_and_compressed_beside(data: Path) -> None:
    lists = cache(data)

    async def ask() -> list[Rendered]:
        return await asyncio.gather(*(lists.get(wanted()) for _ in range(50)))

    rendered = asyncio.run(ask())
    assert len(set(rendered)) == lists.renderings == 1
    assert gzip.decompress(packed_path(rendered[0].path).read_bytes()) == rendered[0].path.read_bytes()
    assert (rendered[0].entries, rendered[0].omitted) == (125, 0)
    assert rendered[0].generation == load_newest(data / "snapshots").head.generation
    assert files(data) == 2


def test_lists_used_longest_ago_make_room_for_new_ones(data: Path) -> None:
    lists = cache(data, kept=3)

    async def ask() -> None:
        first = await lists.get(wanted(1))
        for number in (2, 3):
            await lists.get(wanted(number))
        await lists.get(wanted(1))  # used again: the second is the one to go
        await lists.get(wanted(4))
        assert first.path.exists()
        assert lists.renderings == 4
        await lists.get(wanted(2))
        assert lists.renderings == 5

    asyncio.run(ask())
    assert files(data) == 2 * 3


def test_the_bytes_of_all_lists_are_bounded(data: Path) -> None:
    lists = cache(data, room=5_000, largest=2_000)

    async def ask() -> None:
        for number in range(20, 40):
            await lists.get(wanted(number))
            sizes = [path.stat().st_size for path in (data / "lists").iterdir()]
            assert sum(sizes) <= 5_000

    asyncio.run(ask())


def test_a_list_that_is_too_large_is_tried_once_and_leaves_nothing(data: Path) -> None:
    lists = cache(data, largest=1_000)

    async def ask() -> None:
        for _ in range(3):
            with pytest.raises(TooLarge, match="it would be larger than"):
                await lists.get(wanted())
        assert (await lists.get(wanted(5))).entries == 5

    asyncio.run(ask())
    assert lists.renderings == 2
    assert files(data) == 2


@pytest.mark.parametrize("suffix", ["txt", "mmdb"])
def test_a_caller_of_a_list_that_is_too_large_is_told_what_to_do(data: Path, suffix: str) -> None:
    state = State(read_settings({}), cache(data, largest=1_000), importer=None, started_at=0)  # type: ignore[arg-type]
    state.answers = Answers(Index(load_newest(data / "snapshots")))
    application = Starlette(routes=[route(state, "/{file}", "/{file}", None, get_list)])

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(f"/all.{suffix}")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:blacklist:problem:list-too-large")
    assert "`max_entries`" in answer.json()["detail"]
    assert f"`blacklist export all.{suffix} FILE`" in answer.json()["detail"]


def test_too_many_different_lists_at_once_are_refused_and_those_waiting_are_served(data: Path) -> None:
    lists = cache(data)

    async def ask() -> list[object]:
        many = (lists.get(wanted(number)) for number in range(1, WAITING + 4))
        return list(await asyncio.gather(*many, return_exceptions=True))

    answers = asyncio.run(ask())
    assert sum(isinstance(answer, Busy) for answer in answers) == 2
    assert sum(isinstance(answer, Rendered) for answer in answers) == WAITING + 1


def test_a_caller_who_leaves_ends_nobody_elses_rendering(data: Path) -> None:
    lists = cache(data)

    async def ask() -> Rendered:
        impatient, patient = (asyncio.create_task(lists.get(wanted())) for _ in range(2))
        await asyncio.sleep(0.05)
        impatient.cancel()
        return await patient

    assert asyncio.run(ask()).entries == 125
    assert lists.renderings == 1


def test_a_failure_is_told_and_tried_again(data: Path) -> None:
    lists = cache(data)

    async def ask() -> None:
        hidden = data / "snapshots"
        hidden.rename(data / "away")
        with pytest.raises(BlacklistError, match="nothing has been imported yet"):
            await lists.get(wanted())
        (data / "away").rename(hidden)
        assert (await lists.get(wanted())).entries == 125

    asyncio.run(ask())


def test_files_of_an_earlier_run_are_removed(data: Path) -> None:
    (data / "lists").mkdir()
    (data / "lists" / "old.txt").write_text("192.0.2.1\n")
    cache(data)
    assert files(data) == 0
