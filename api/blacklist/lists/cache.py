"""The cache of rendered lists: each rendered once a generation, by a child process, however many ask at once."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from blacklist.errors import BlacklistError

KEPT = 16  # files
DEADLINE = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered list: its file, its generation, how many entries it has, and the SHA-256 of its bytes in hex."""

    path: Path
    generation: int
    entries: int
    digest: str


class ListCache:
    """Renders into a folder of its own, which it empties first: what another process left there is of no use."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._folder, self._data = folder, data
        self._lists: dict[tuple[int, str, str], asyncio.Task[Rendered]] = {}

    async def get(self, generation: int, name: str, suffix: str) -> Rendered:
        """The list of that generation or a newer one. Raises BlacklistError when it can't be rendered."""
        key = generation, name, suffix
        task = self._lists.get(key)
        if task is None:
            self._evict()
            task = self._lists[key] = asyncio.create_task(self._render(key))
        try:
            return await asyncio.shield(task)
        except BlacklistError:
            self._lists.pop(key, None)  # the next caller tries again
            raise

    def clear(self) -> None:
        """Removes every file of an earlier run."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.iterdir():
            path.unlink()

    def _evict(self) -> None:
        while len(self._lists) >= KEPT:
            task = self._lists.pop(next(iter(self._lists)))
            if task.done() and not task.cancelled() and task.exception() is None:
                task.result().path.unlink(missing_ok=True)  # who is reading it keeps it open

    async def _render(self, key: tuple[int, str, str]) -> Rendered:
        generation, name, suffix = key
        path = self._folder / f"{generation:012d}-{name}.{suffix}"
        command = ["-m", "blacklist", "export", f"{name}.{suffix}", str(path), "--data", str(self._data), "--json"]
        code, out, err = await run(command, DEADLINE)
        if code != 0:
            raise BlacklistError(f"rendering the list {name}.{suffix} failed: {err.strip() or f'exit code {code}'}")
        made = json.loads(out)
        return Rendered(path, made["generation"], made["entries"], made["sha256"])


async def run(arguments: list[str], deadline: float) -> tuple[int, str, str]:
    """Runs this program as a child with a deadline in seconds: its exit code, what it printed and complained of."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    communicate: Callable[[], Awaitable[tuple[bytes, bytes]]] = child.communicate
    try:
        async with asyncio.timeout(deadline):
            out, err = await communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return -1, "", f"it took longer than {deadline:g} s"
    except asyncio.CancelledError:
        child.kill()
        raise
    return child.returncode or 0, out.decode(), err.decode()
