"""News of changes: which part of the store another process has just changed. Messages may be missed: look as well."""

from __future__ import annotations

from time import monotonic

from blacklist.store.redis_documents import NEWS
from blacklist.store.redis_link import WAIT, Link


class News:
    """A subscription. Areas are `store` (feeds and edits), `keys` and `snapshot`."""

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        """Connects and listens from now on; `wait` bounds how long an answer is waited for."""
        self._link = Link(url, wait=wait)
        self._subscription = self._link.subscription(self._link.key(NEWS))

    def wait(self, seconds: float) -> dict[str, int]:
        """The areas that changed, with their versions: as soon as there is one, none when there is none in that time.

        Raises StoreError when the connection is lost: make another.
        """
        found: dict[str, int] = {}
        deadline = monotonic() + seconds
        left = seconds
        while left >= 0:
            message = self._link.next_message(self._subscription, 0 if found else left)
            if message is not None:
                area, _, version = message.decode().partition(" ")
                found[area] = int(version)
            elif found:
                break
            left = deadline - monotonic()
        return found

    def close(self) -> None:
        """Closes the connection. Idempotent."""
        self._link.close()
