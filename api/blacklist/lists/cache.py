"""The cache of rendered lists: each rendered once a generation, by a child process, however many ask at once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from blacklist.core.selection import Criteria
from blacklist.errors import BlacklistError
from blacklist.lists.options import arguments_of
from blacklist.lists.paths import packed_path

KEPT = 64  # files
ROOM = 384 << 20  # bytes of all files
LARGEST = 128 << 20  # bytes of one list, and of what it is made from
WAITING = 16  # lists that may wait to be rendered, beyond the one that is
DEADLINE = 120.0  # seconds


class TooLarge(BlacklistError):  # noqa: N818 - a state of the list, not a fault of the service
    """The list is larger than a replica renders."""


class Busy(BlacklistError):  # noqa: N818 - a state of the service, which passes
    """Too many different lists are asked for at once."""


class Wanted(NamedTuple):
    """Which list of which generation, in which format."""

    generation: int
    criteria: Criteria
    suffix: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered list: its file (the compressed one beside it), its generation and when that was compiled (Unix
    seconds), how many entries it has and how many its format can't hold, and the SHA-256 of its bytes in hex."""

    path: Path
    generation: int
    compiled_at: int
    entries: int
    omitted: int
    digest: str

    def remove(self) -> None:
        """Removes both files. Who is reading one keeps it open."""
        self.path.unlink(missing_ok=True)
        packed_path(self.path).unlink(missing_ok=True)

    def size(self) -> int:
        """The bytes of both files; 0 when they are gone."""
        return sum(path.stat().st_size for path in (self.path, packed_path(self.path)) if path.exists())


class ListCache:
    """Renders into a folder of its own, which it empties first: what another process left there is of no use.

    One list at a time: each may take the memory that a rendering may take.
    """

    def __init__(self, folder: Path, data: Path, *, kept: int = KEPT, room: int = ROOM, largest: int = LARGEST) -> None:
        self._folder, self._data = folder, data
        self._kept, self._room, self._largest = kept, room, largest
        self._lists: dict[Wanted, asyncio.Task[Rendered]] = {}  # the one used last at the end
        self._turn = asyncio.Semaphore(1)
        self.renderings = 0
        """How many child processes were started."""

    async def get(self, wanted: Wanted) -> Rendered:
        """The list of that generation or a newer one.

        Raises TooLarge, Busy, or another BlacklistError when it can't be rendered.
        """
        task = self._lists.pop(wanted, None)
        if task is not None and task.done() and not _usable(task):
            task = None
        if task is None:
            if sum(not other.done() for other in self._lists.values()) > WAITING:
                raise Busy("too many different lists are being rendered; ask again later")
            task = asyncio.create_task(self._render(wanted))
        self._lists[wanted] = task
        return await asyncio.shield(task)

    def clear(self) -> None:
        """Removes every file of an earlier run."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.iterdir():
            path.unlink()

    def _evict(self) -> None:
        """Forgets the lists used longest ago, until the rest keeps to its bounds."""
        done = [wanted for wanted, task in self._lists.items() if task.done()]
        made = {wanted: rendered for wanted in done if (rendered := _result(self._lists[wanted])) is not None}
        sizes = {wanted: rendered.size() for wanted, rendered in made.items()}
        kept, total = len(done), sum(sizes.values())
        for wanted in done:
            if kept < self._kept and total <= self._room - self._largest:
                return
            del self._lists[wanted]
            kept -= 1
            if wanted in made:
                total -= sizes[wanted]
                made[wanted].remove()

    async def _render(self, wanted: Wanted) -> Rendered:
        async with self._turn:
            self._evict()
            self.renderings += 1
            return await self._run(wanted)

    async def _run(self, wanted: Wanted) -> Rendered:
        generation, criteria, suffix = wanted
        options = arguments_of(criteria)
        name = f"{criteria.name}.{suffix}"
        path = self._folder / f"{generation:012d}-{_file_name(criteria)}.{suffix}"
        place = ["--data", str(self._data), "--json", "--packed", f"--room={self._largest}"]
        code, out, err = await run(["-m", "blacklist", "export", *options, *place, "--", name, str(path)], DEADLINE)
        if code != 0 and out.startswith("{"):
            raise TooLarge(err.strip().rpartition(": ")[2])
        if code != 0:
            raise BlacklistError(f"rendering the list {name} failed: {err.strip() or f'exit code {code}'}")
        made = json.loads(out)
        fields = ("generation", "compiled_at", "entries", "omitted", "sha256")
        return Rendered(path, *(made[field] for field in fields))


def _usable(task: asyncio.Task[Rendered]) -> bool:
    """Whether a task that has ended left a list, or the certainty that it would be too large."""
    if task.cancelled():
        return False
    rendered = _result(task)
    return isinstance(task.exception(), TooLarge) if rendered is None else rendered.path.exists()


def _result(task: asyncio.Task[Rendered]) -> Rendered | None:
    return None if task.cancelled() or task.exception() is not None else task.result()


def _file_name(criteria: Criteria) -> str:
    """The name of the list, with a mark of the options and of letters that files should not be named with."""
    options = " ".join(arguments_of(criteria))
    plain = "".join(letter for letter in criteria.name if letter.isascii() and (letter.isalnum() or letter in "._-"))
    if not options and plain == criteria.name and len(plain) < 100:
        return plain
    return f"{plain[:100]}-{hashlib.sha256(f'{criteria.name} {options}'.encode()).hexdigest()[:16]}"


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
