"""Following the news of a shared store: whoever looks at a part of it is told to look now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from blacklist.errors import StoreError
from blacklist.replica.looking import Reader, Watch
from blacklist.store.sharing import News

_WAIT = 1.0  # seconds for one message: the longest that the end of the process waits for this thread
_RETRY = 1.0


async def follow_news(open_news: Callable[[], News], reader: Reader, watches: Mapping[str, Iterable[Watch]]) -> None:
    """Runs until cancelled. Without news everybody looks by themselves, later; who does says that the store is away."""
    news: News | None = None
    while True:
        try:
            if news is None:
                news = await reader.read(open_news)
            for part in await reader.read(partial(news.wait, _WAIT)):
                for watch in watches.get(part, ()):
                    watch.tell()
        except StoreError:
            if news is not None:
                news.close()
            news = None
            await asyncio.sleep(_RETRY)
