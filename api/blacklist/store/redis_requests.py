"""What the importer is asked for, in Redis: a set of feeds' names, taken whole."""

from __future__ import annotations

from blacklist.store.redis_link import WAIT, Link

_PUBLISH = ""  # no feed is called so: asks for a snapshot alone
_MOST = 10_000


class RedisRequests:
    """See Requests. One that is taken by an importer which then dies is lost: it does what is due at its next turn."""

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        """Connects; `wait` bounds how long an answer is waited for."""
        self._link = Link(url, wait=wait)
        self._key, self._attended = self._link.key("requests"), self._link.key("requests", "attended")

    def ask(self, *names: str) -> None:
        """See Requests."""
        self._link.call("SADD", self._key, *(names or [_PUBLISH]))

    def take(self) -> frozenset[str] | None:
        """See Requests."""
        taken = {name.decode() for name in self._link.call("SPOP", self._key, _MOST)}
        return frozenset(taken - {_PUBLISH}) if taken else None

    def attend(self, seconds: float) -> None:
        """See Requests."""
        self._link.call("SET", self._attended, 1, "PX", int(seconds * 1000))

    def attended(self) -> bool:
        """See Requests."""
        return bool(self._link.call("EXISTS", self._attended))

    def close(self) -> None:
        """See Requests."""
        self._link.close()
