"""GitHub: the repository's branch, workflows, releases, Pages, runners and pull requests, each for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.github import GithubSettings
from statuspress.sources import github_figures as figures
from statuspress.sources import github_resources as resources
from statuspress.sources.etags import Etags
from statuspress.sources.fetch import fetch
from statuspress.sources.fields import Fields, each
from statuspress.sources.figure import Figure, note_figures
from statuspress.sources.github_api import Found, GithubApi, Refused, Resource
from statuspress.sources.github_pipeline import PIPELINE, RUNS, pipeline_figures, read_pipeline, read_runs, run_figures
from statuspress.sources.interface import Gaps, Unavailable
from statuspress.sources.notes import Notes, Origin

_DAYS = 30
_PAGES = 5  # of a list
_SITE = {"github.pages.answers": "The published site answers"}
_LIMIT = {"github.requests.left": "Requests that GitHub's rate limit leaves"}
_Items = list[Evidence | Gap]


class GithubSource:
    """Reads one repository. What one permission does not allow is a gap of its own."""

    name = "github"
    ids: Mapping[str, str] = {
        **figures.BRANCH,
        **figures.PROTECTION,
        **RUNS,
        **PIPELINE,
        **figures.RELEASE,
        **figures.PAGES,
        **_SITE,
        **figures.RUNNERS,
        **figures.PULLS,
        **_LIMIT,
    }

    async def collect(
        self, settings: GithubSettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """The repository first, which names its branch; then its parts side by side, within the time that is left."""
        etags = Etags(settings.cache)
        api = GithubApi(settings, client, etags, now)
        until = asyncio.get_running_loop().time() + 0.9 * settings.deadline
        repository = await api.read(resources.REPOSITORY)
        reader = _Reader(settings, client, api, now, Fields("GitHub", repository.document).text("default_branch"))
        parts = await asyncio.gather(*(_within(until, labels, read, now) for labels, read in reader.parts()))
        items = [item for part in parts for item in part]
        etags.save([settings.token])
        return [*items, *reader.limit(repository)]


async def _within(
    until: float, labels: Mapping[str, str], read: Callable[[], Awaitable[_Items]], now: datetime
) -> _Items:
    try:
        async with asyncio.timeout_at(until):
            return await read()
    except Unavailable as error:
        why = error
    except TimeoutError:
        why = Unavailable("GitHub did not answer in the time there was.", "Raise `deadline` of [sources.github].")
    return Gaps("github", labels, now).make(list(labels), why)


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: GithubSettings
    client: httpx.AsyncClient
    api: GithubApi
    now: datetime
    branch_name: str

    def parts(self) -> tuple[tuple[Mapping[str, str], Callable[[], Awaitable[_Items]]], ...]:
        """Each part's ids, and how it is read."""
        return (
            (figures.BRANCH, self.branch),
            (figures.PROTECTION, self.protection),
            ({**RUNS, **PIPELINE}, self.workflows),
            (figures.RELEASE, self.releases),
            (figures.PAGES, self.pages),
            (_SITE, self.site),
            (figures.RUNNERS, self.runners),
            (figures.PULLS, self.pulls),
        )

    async def branch(self) -> _Items:
        found = await self.api.read(resources.branch(self.branch_name))
        return self._evidence(found, figures.branch_figures(Fields("GitHub", found.document)), figures.BRANCH)

    async def protection(self) -> _Items:
        """An unprotected branch is told apart from a token that may not see the protection: both are answered 404."""
        resource = resources.protection(self.branch_name)
        try:
            found = await self.api.read(resource)
        except Refused as refused:
            if refused.status != 404 or not refused.message.lower().startswith("branch not protected"):
                raise
            found = Found(None, refused.digest, self.api.url + resource.path)
        fields = None if found.document is None else Fields("GitHub", found.document)
        return self._evidence(found, figures.protection_figures(fields), figures.PROTECTION)

    async def workflows(self) -> _Items:
        """All runs on the branch; of those of the deploying workflow the newest few with their jobs."""
        since = (self.now - timedelta(days=_DAYS)).date().isoformat()
        found = await self.api.pages(resources.runs(self.branch_name, since), _PAGES)
        runs = read_runs(each("GitHub", found.document, "the runs"))
        items = self._evidence(found, run_figures(runs), RUNS)
        workflow = self.settings.workflow
        chosen = [run for run in runs if run.path.rpartition("/")[2] == workflow][: self.settings.runs]
        try:
            answers = await asyncio.gather(*(self.api.pages(resources.jobs(run.id), _PAGES) for run in chosen))
            pipelines = [
                read_pipeline(run, each("GitHub", answer.document, "the jobs"))
                for run, answer in zip(chosen, answers, strict=True)
            ]
        except Unavailable as why:
            return items + Gaps("github", PIPELINE, self.now).make(list(PIPELINE), why)
        return items + self._evidence(found, pipeline_figures(pipelines, workflow), PIPELINE)

    async def releases(self) -> _Items:
        found = await self.api.read(resources.RELEASES)
        releases = list(each("GitHub", found.document, "the releases"))
        return self._evidence(found, figures.release_figures(releases, self.now), figures.RELEASE)

    async def pages(self) -> _Items:
        found = await self.api.read(resources.PAGES)
        return self._evidence(found, figures.pages_figures(Fields("GitHub", found.document)), figures.PAGES)

    async def site(self) -> _Items:
        """The site as its readers get it: no key goes there."""
        if not (url := self.settings.pages):
            raise Unavailable("The address of the site is not configured.", "Set `pages` of [sources.github].")
        answer = await fetch(self.client, f"{url}/", timeout=self.settings.deadline / 2)
        read = {"github.pages.answers": Figure(lambda: answer.status == 200, "", "status == 200")}
        return self._noted(read, _SITE, Origin(f"GET {answer.url}", answer.digest, answer.url))

    async def runners(self) -> _Items:
        found = await self._all(resources.RUNNERS)
        runners = list(each("GitHub", found.document, "the runners"))
        return self._evidence(found, figures.runner_figures(runners), figures.RUNNERS)

    async def pulls(self) -> _Items:
        found = await self._all(resources.PULLS)
        pulls = list(each("GitHub", found.document, "the pull requests"))
        return self._evidence(found, figures.pull_figures(pulls, self.now), figures.PULLS)

    def limit(self, found: Found) -> _Items:
        """What the rate limit leaves, if GitHub says so."""
        left = self.api.left
        if left is None:
            return Gaps("github", _LIMIT, self.now).make(list(_LIMIT), Unavailable("GitHub does not say it."))
        return self._evidence(found, {"github.requests.left": Figure(lambda: left, "{request}", "rate limit")}, _LIMIT)

    async def _all(self, resource: Resource) -> Found:
        found = await self.api.pages(resource, _PAGES)
        if not found.whole:
            raise Unavailable(f"{found.url} goes on for more than {_PAGES} pages, so it cannot be counted.")
        return found

    def _evidence(self, found: Found, read: Mapping[str, Figure], labels: Mapping[str, str]) -> _Items:
        link = f"https://github.com/{self.settings.repository}"
        return self._noted(read, labels, Origin(f"GET {found.url}", found.digest, link))

    def _noted(self, read: Mapping[str, Figure], labels: Mapping[str, str], origin: Origin) -> _Items:
        notes = Notes("github", labels, self.now, self.settings.valid_for)
        note_figures(notes, read, origin)
        return notes.items
