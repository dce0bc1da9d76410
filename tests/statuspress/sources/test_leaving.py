"""A loop that ends when its work does: what threads give and raise arrives, and those that hang are left."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from statuspress.sources.leaving import run_leaving

# A name that nobody looks up in time, and a thread that never ends.
HANGING = """\
import asyncio, socket, threading
from statuspress.sources.leaving import run_leaving

socket.getaddrinfo = lambda *_, **__: threading.Event().wait()

async def look_up():
    try:
        async with asyncio.timeout(0.1):
            await asyncio.get_running_loop().getaddrinfo("slow.example", 80)
    except TimeoutError:
        print("left")

run_leaving(look_up())
"""


def test_a_name_that_is_looked_up_for_ever_does_not_keep_the_process_from_ending() -> None:
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")


def test_what_a_thread_returns_and_raises_arrives() -> None:
    async def work() -> int:
        numbers = await asyncio.gather(*(asyncio.to_thread(int, text) for text in ("1", "2", "3")))
        return sum(numbers)

    async def fail() -> int:
        return await asyncio.to_thread(int, "one")

    assert run_leaving(work()) == 6
    with pytest.raises(ValueError, match="'one'"):
        run_leaving(fail())
