"""Turns: one works, a few wait, the rest are told at once."""

from __future__ import annotations

import asyncio
from threading import Event, Lock

import pytest

from blacklist.access.turns import RESERVED, WAITING, Full, Turns


def test_never_two_work_at_once_even_when_nobody_waits_for_the_first() -> None:
    busy = Lock()

    def work() -> None:
        assert busy.acquire(blocking=False)
        release.wait(0.05)
        busy.release()

    async def scenario() -> None:
        turns = Turns()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(turns.run(work, known=False), 0.01)
        await asyncio.gather(*(turns.run(work, known=False) for _ in range(3)))

    release = Event()
    asyncio.run(scenario())


def test_who_comes_when_it_is_full_is_told_at_once_but_a_few_places_are_for_the_known() -> None:
    release = Event()

    async def scenario() -> None:
        turns = Turns()
        waiting = [asyncio.create_task(turns.run(release.wait, known=False)) for _ in range(WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Full):
            await turns.run(release.wait, known=False)
        waiting += [asyncio.create_task(turns.run(release.wait, known=True)) for _ in range(RESERVED)]
        await asyncio.sleep(0)
        with pytest.raises(Full):
            await turns.run(release.wait, known=True)
        release.set()
        await asyncio.gather(*waiting)
        assert await turns.run(lambda: 7, known=False) == 7

    asyncio.run(scenario())
