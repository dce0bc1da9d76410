"""The repository, asked through git itself."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import httpx

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.settings.git import GitSettings
from statuspress.sources.interface import Gaps, Unavailable

_DAYS = 90
_VERSION = re.compile(rb"^__version__\s*(?::\s*str\s*)?=\s*[\"']([^\"']{1,60})[\"']", re.MULTILINE)
_FULL_CLONE = "Fetch the whole history: `git fetch --unshallow`."


class GitSource:
    """Reads the working tree's HEAD; each figure stands for itself, so one that fails is one gap."""

    name = "git"
    ids: Mapping[str, str] = {
        "git.commit": "Commit",
        "git.branch": "Branch",
        "git.tag": "Latest tag",
        "git.version": "Version in the repository",
        "git.commits.90d": f"Commits of the last {_DAYS} days",
        "git.signed.90d": f"Commits of the last {_DAYS} days that carry a signature",
        "git.clean": "Everything is committed",
        "git.changelog": "The changelog names the version",
    }

    async def collect(
        self,
        settings: GitSettings,
        client: httpx.AsyncClient,  # noqa: ARG002 - the interface's
        now: datetime,
    ) -> Sequence[Evidence | Gap]:
        """All figures, one git process after the other."""
        repository = _Repository(settings, now)
        await repository.ask("rev-parse", "--git-dir")
        figures: dict[str, Callable[[], Awaitable[_Figure]]] = {
            "git.commit": repository.commit,
            "git.branch": repository.branch,
            "git.tag": repository.tag,
            "git.version": repository.version,
            "git.commits.90d": repository.commits,
            "git.signed.90d": repository.signed,
            "git.clean": repository.clean,
            "git.changelog": repository.changelog,
        }
        gaps = Gaps(self.name, self.ids, now)
        items: list[Evidence | Gap] = []
        for name, figure in figures.items():
            try:
                found = await figure()
            except Unavailable as why:
                items += gaps.make([name], why)
                continue
            digest = sha256(found.raw).hexdigest()
            label = self.ids[name]
            items.append(
                Evidence(name, label, found.value, found.unit, self.name, found.query, now, settings.valid_for, digest)
            )
        return items


@dataclass(frozen=True, slots=True)
class _Figure:
    value: Value
    unit: str
    query: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Repository:
    settings: GitSettings
    now: datetime

    async def ask(self, *arguments: str) -> bytes:
        """What git prints. Raises Unavailable with git's own first line."""
        folder = self.settings.folder
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        try:
            process = await asyncio.create_subprocess_exec(
                "git",
                "--no-pager",
                "--no-optional-locks",
                "-C",
                str(folder),
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
            )
        except FileNotFoundError:
            raise Unavailable("git is not installed.", "Install git.") from None
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            said = err.decode(errors="replace").strip().partition("\n")[0] or f"exit {process.returncode}"
            raise Unavailable(f"git {arguments[0]} failed: {said}.", "Run the command in the repository to see why.")
        return out

    async def commit(self) -> _Figure:
        raw = await self.ask("rev-parse", "HEAD")
        return _Figure(raw.decode().strip(), "", "git rev-parse HEAD", raw)

    async def branch(self) -> _Figure:
        try:
            raw = await self.ask("symbolic-ref", "--short", "HEAD")
        except Unavailable:
            raise Unavailable("HEAD is detached: no branch is checked out.", "Check out a branch.") from None
        return _Figure(raw.decode().strip(), "", "git symbolic-ref --short HEAD", raw)

    async def tag(self) -> _Figure:
        try:
            raw = await self.ask("describe", "--tags", "--abbrev=0")
        except Unavailable:
            raise Unavailable("No tag leads to this commit.", "Tag a release, and fetch tags.") from None
        return _Figure(raw.decode().strip(), "", "git describe --tags --abbrev=0", raw)

    async def version(self) -> _Figure:
        path = self.settings.version_file
        raw = await self.ask("show", f"HEAD:{path}")
        found = _VERSION.search(raw)
        if found is None:
            raise Unavailable(f"{path} sets no __version__.", "Configure version_file of [sources.git].")
        return _Figure(found[1].decode(errors="replace"), "", f"git show HEAD:{path}: __version__", raw)

    async def commits(self) -> _Figure:
        raw = await self._recent("--format=%H")
        return _Figure(len(raw.split()), "{commit}", f"git log --since='{_DAYS} days ago' --format=%H: lines", raw)

    async def signed(self) -> _Figure:
        """The share of commits whose object has a signature; whose it is, and whether it is good, is not checked."""
        raw = await self._recent("--format=raw")
        lines = raw.split(b"\n")
        total = sum(line.startswith(b"commit ") for line in lines)
        if total == 0:
            raise Unavailable(f"There is no commit in the last {_DAYS} days.")
        signed = sum(line.startswith((b"gpgsig ", b"gpgsig-sha256 ")) for line in lines)
        query = f"git log --since='{_DAYS} days ago' --format=raw: share with gpgsig"
        return _Figure(100 * signed / total, "%", query, raw)

    async def clean(self) -> _Figure:
        raw = await self.ask("status", "--porcelain")
        return _Figure(not raw.strip(), "", "git status --porcelain: empty", raw)

    async def changelog(self) -> _Figure:
        path = self.settings.changelog
        version = str((await self.version()).value)
        raw = await self.ask("show", f"HEAD:{path}")
        heading = re.compile(rf"^#+ .*(?<![\w.]){re.escape(version)}(?![\w.])", re.MULTILINE)
        named = heading.search(raw.decode(errors="replace")) is not None
        return _Figure(named, "", f"git show HEAD:{path}: a heading names {version}", raw)

    async def _recent(self, form: str) -> bytes:
        if (await self.ask("rev-parse", "--is-shallow-repository")).strip() == b"true":
            raise Unavailable("The clone is shallow, so its commits cannot be counted.", _FULL_CLONE)
        since = int((self.now - timedelta(days=_DAYS)).timestamp())
        return await self.ask("log", f"--since={since}", form, "HEAD")
