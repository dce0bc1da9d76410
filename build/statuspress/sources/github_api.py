"""GitHub's REST API: pages of a list, answers that have not changed since, and refusals told apart.

Sources: "Best practices for using the REST API" and "Rate limits for the REST API" of GitHub's documentation.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from statuspress.core.number import NumberError, count
from statuspress.settings.github import GithubSettings
from statuspress.sources.etags import Etags, Kept
from statuspress.sources.fetch import Answer, Call, bearer, send
from statuspress.sources.interface import Unavailable
from statuspress.sources.projection import Shape, project

_VERSION = "2022-11-28"
_NEXT = re.compile(r"<([^<>]*)>\s*;[^,]*\brel=\"?next\b")
_AT_ONCE = 4  # requests: more at once are taken for abuse
_PASSING = frozenset({502, 503, 504})  # whoever asks again while the rate limit is used up gets banned
_A_MINUTE = timedelta(minutes=1)  # to wait when GitHub does not say how long


@dataclass(frozen=True, slots=True)
class Resource:
    """Something to read: its path below the repository, what of it is kept, and the permission a token needs for it.

    `items` is the key of the list in the answer, or empty when the answer is the list or no list at all.
    """

    title: str
    path: str
    shape: Shape
    permission: str
    items: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was kept of the answers, with the digest of the first. `whole` is False when there were more pages."""

    document: Any
    digest: str
    url: str
    whole: bool = True


class Refused(Unavailable):
    """GitHub answered with an error status. `message` is its own, for telling refusals apart, and is never shown."""

    def __init__(self, reason: str, remedy: str, answer: Answer, message: str) -> None:
        super().__init__(reason, remedy)
        self.status, self.digest, self.message = answer.status, answer.digest, message


@dataclass(slots=True)
class GithubApi:
    """Reads one repository. After a rate limit nothing more is asked. `left` is what remains of it, if GitHub says."""

    settings: GithubSettings
    client: httpx.AsyncClient
    etags: Etags
    now: datetime
    left: int | None = None
    _limited: Unavailable | None = None
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    @property
    def url(self) -> str:
        """The address of the repository."""
        return f"{self.settings.url}/repos/{self.settings.repository}"

    async def read(self, resource: Resource) -> Found:
        """One answer. Raises Unavailable."""
        kept = await self._get(self.url + resource.path, resource)
        return Found(kept.document, kept.digest, self.url + resource.path)

    async def pages(self, resource: Resource, most: int) -> Found:
        """The items of at most so many pages. Raises Unavailable."""
        address = self.url + resource.path
        items: list[Any] = []
        digest, following = "", address
        for _ in range(most):
            kept = await self._get(following, resource)
            found = (
                kept.document.get(resource.items)
                if resource.items and isinstance(kept.document, dict)
                else kept.document
            )
            if not isinstance(found, list):
                raise Unavailable(f"{following} answered with something else instead of a list.")
            items += found
            digest, following = digest or kept.digest, kept.following
            if not following:
                break
            if _place(following) != _place(self.settings.url):
                raise Unavailable(f"{address} continues at another host, where it is not followed.")
        return Found(items, digest, address, whole=not following)

    async def _get(self, url: str, resource: Resource) -> Kept:
        async with self._turn:
            if self._limited:
                raise self._limited
            known = self.etags.known(url)
            headers = {"accept": "application/vnd.github+json", "x-github-api-version": _VERSION}
            if known:
                headers["if-none-match"] = known.etag
            authorization = bearer(self.settings.token)
            call = Call(url, authorization=authorization, headers=headers, tries=2, passing=_PASSING)
            answer = await send(self.client, call, timeout=self.settings.deadline / 2)
        self.left = _count(answer, "x-ratelimit-remaining") if "x-ratelimit-remaining" in answer.headers else self.left
        if answer.status == 304 and known:
            return known
        if answer.status != 200:
            raise self._refused(answer, resource)
        document = project(answer.json(), resource.shape)
        if not isinstance(document, dict | list):
            raise answer.unexpected(resource.title)
        found = _NEXT.search(answer.headers.get("link", ""))
        kept = Kept(answer.headers.get("etag", ""), document, answer.digest, found[1] if found else "")
        self.etags.keep(url, kept)
        return kept

    def _refused(self, answer: Answer, resource: Resource) -> Unavailable:
        message, variable = _message(answer), self.settings.token_env
        if again := self._again(answer, message):
            until = again.astimezone(UTC)
            self._limited = Unavailable(
                f"GitHub's rate limit is used up: it answers again from {until:%Y-%m-%d %H:%M} UTC.",
                f"Collect after that, or put a token with a limit of its own into {variable}.",
            )
            return self._limited
        reason = f"{answer.url} answered {answer.status}"
        if answer.status == 401:
            remedy = f"Put a valid token into {variable}."
            return Refused(f"{reason}: the token is wrong or has expired.", remedy, answer, message)
        if answer.status in {403, 404}:
            why = (
                "it is not there, or the token may not read it" if answer.status == 404 else "the token may not read it"
            )
            remedy = f"Give the token in {variable} the permission `{resource.permission}`."
            return Refused(f"{reason}: {why}.", remedy, answer, message)
        if answer.status >= 500:
            return Refused(f"{reason}: GitHub itself is in trouble.", "Collect again later.", answer, message)
        return answer.unexpected(resource.title)

    def _again(self, answer: Answer, message: str) -> datetime | None:
        """When GitHub answers again, if this answer is a rate limit's."""
        if answer.status not in {403, 429}:
            return None
        wait, reset = _count(answer, "retry-after"), _count(answer, "x-ratelimit-reset")
        try:
            if wait is not None:
                return self.now + timedelta(seconds=wait)
            if answer.headers.get("x-ratelimit-remaining") == "0" and reset is not None:
                return datetime.fromtimestamp(reset, UTC)
        except (OverflowError, ValueError, OSError):
            return self.now + _A_MINUTE
        return self.now + _A_MINUTE if answer.status == 429 or "rate limit" in message.lower() else None


def _count(answer: Answer, header: str) -> int | None:
    try:
        return count(answer.headers[header])
    except (KeyError, NumberError):
        return None


def _message(answer: Answer) -> str:
    try:
        document = answer.json()
    except Unavailable:
        return ""
    message = document.get("message") if isinstance(document, dict) else ""
    return message if isinstance(message, str) else ""


def _place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
