"""An update of a feed as it is read: from one file or several, or page by page, through its reader into an intake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from time import monotonic

from blacklist.core.generation import Generation
from blacklist.core.policy import Doubt
from blacklist.errors import FeedError
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.content import Content, Limits, NotModified, Part, Permits, Validators
from blacklist.feeds.fetch import StatusError, fetch
from blacklist.feeds.intake import Intake
from blacklist.feeds.local import open_local
from blacklist.feeds.options import PAGE
from blacklist.formats.interface import Context
from blacklist.formats.lines import BEGINNING, is_html
from blacklist.formats.registry import READERS

MOST = 2_000_000
"""Indicators of one feed: what fits the importer's memory."""

PAGES_TIME = 600.0
"""Seconds that all pages of a source may take together."""

_ENDS = {404, 410}  # how a source may answer for a page after its last
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Update:
    """What was read: the new generation, before it is merged, what the files say of themselves, and what is wrong."""

    generation: Generation
    intake: Intake
    source_date: int
    doubts: tuple[Doubt, ...]
    validators: Validators
    pages: int = 0


def read_update(feed: Feed, validators: Validators, now: int, progress: Progress | None) -> Update | None:
    """The update; None when the server says that nothing changed. Raises FeedError or TooManyFactsError."""
    reading = _Reading(feed, now, progress)
    if feed.pages:
        pages = _read_pages(feed, reading)
        return reading.update(Validators(), pages)
    with _open(feed, validators) as content:
        if isinstance(content, NotModified):
            return None
        for part in content.parts:
            reading.part(part)
        return reading.update(content.validators)


def _open(feed: Feed, validators: Validators) -> AbstractContextManager[Content | NotModified]:
    if feed.path is not None:
        return open_local(feed.path, newest=feed.files == "newest")
    return _fetch(feed, feed.url, validators, Limits())


def _fetch(
    feed: Feed, url: str, validators: Validators, limits: Limits
) -> AbstractContextManager[Content | NotModified]:
    missing = [text[1:] for text in feed.headers.values() if text.startswith("$")]
    if missing:
        raise FeedError(f"a header of it needs the variable {missing[0]}, which is not set")
    permits = Permits(http=feed.allow_http, private=feed.allow_private)
    return fetch(url, validators, permits=permits, limits=limits, headers=feed.headers)


def _read_pages(feed: Feed, reading: _Reading) -> int:
    """Reads pages up to one that is empty or not there; how many had something. No other end proves that it is one."""
    begun = monotonic()
    seen: dict[bytes, int] = {}
    for page in range(1, feed.pages + 1):
        left = PAGES_TIME - (monotonic() - begun)
        if left <= 0:
            raise FeedError(f"it takes too long: {page - 1} pages in {PAGES_TIME:g} s")
        limits = replace(Limits(), total=min(Limits().total, left))
        url = feed.url.replace(PAGE, str(page))
        before = reading.intake.mark()
        try:
            with _fetch(feed, url, Validators(), limits) as content:
                if isinstance(content, Content):
                    for part in content.parts:
                        reading.part(replace(part, name=f"page {page}"))
        except StatusError as error:
            if page > 1 and error.status in _ENDS:
                return page - 1
            raise
        if reading.doubts:
            return page
        digest = reading.intake.digest(before)
        if digest is None:
            return page - 1
        if digest in seen:
            reading.doubt("", Doubt("pages", f"page {page} is the same as page {seen[digest]}"))
            return page
        seen[digest] = page
    reading.doubt("", Doubt("pages", f"it was not read to its end, which is after page {feed.pages}: raise pages"))
    return feed.pages


class _Reading:
    def __init__(self, feed: Feed, now: int, progress: Progress | None) -> None:
        self.intake = Intake(feed.policy)
        self.doubts: list[tuple[str, Doubt]] = []
        self._feed = feed
        self._progress = progress
        self._source_date = 0
        self._parts = 0
        self._context = Context(now, feed.confidence, timezone=feed.zone, columns=feed.columns)

    def part(self, part: Part) -> None:
        """Reads one file."""
        self._parts += 1
        chunks = self._watched(part)
        beginning = _beginning(chunks)
        if is_html(beginning):
            self.doubt(part.name, Doubt("html", "it is a web page (HTML), not a list"))
            return
        context = replace(self._context, made_at=part.made_at)
        about = READERS[self._feed.format](_chained(beginning, chunks), context, self.intake)
        self._source_date = max(self._source_date, about.source_date)
        if about.problem:
            guard = "truncated" if about.problem.startswith("it is truncated") else "content"
            self.doubt(part.name, Doubt(guard, about.problem))

    def update(self, validators: Validators, pages: int = 0) -> Update:
        """All that was read."""
        return Update(self.intake.finish(), self.intake, self._source_date, self._told(), validators, pages)

    def doubt(self, name: str, doubt: Doubt) -> None:
        """Notes what is wrong with a file of that name, or with all of them together ("")."""
        self.doubts.append((name, doubt))

    def _told(self) -> tuple[Doubt, ...]:
        named = self._parts > 1
        return tuple(
            doubt._replace(text=f"{name}: {doubt.text}") if named and name else doubt for name, doubt in self.doubts
        )

    def _watched(self, part: Part) -> Iterator[bytes]:
        for chunk in part.chunks:
            if chunk:
                yield chunk
            if len(self.intake) > MOST:
                raise FeedError(f"it has more than {MOST} entries")
            if self._progress is not None:
                self._progress(self.intake.accepted + self.intake.rejected)


def _beginning(chunks: Iterator[bytes]) -> bytes:
    """Enough of a file to tell what it is, however small its chunks."""
    beginning = b""
    while len(beginning) < BEGINNING and (chunk := next(chunks, b"")):
        beginning += chunk
    return beginning


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
