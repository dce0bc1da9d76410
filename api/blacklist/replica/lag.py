"""How far a server is behind the store, by what it has seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Lag:
    """Kept by those who follow the store, read by /health and /metrics.

    `published` is the newest generation of a snapshot that the store is known to have, 0 before the first look;
    `fetched` and `failed` count snapshots that were fetched from there, and tries that came to nothing.
    """

    published: int = 0
    fetched: int = 0
    failed: int = 0
    _behind: dict[str, float] = field(default_factory=dict)

    def behind(self, what: str, now: float) -> bool:
        """The store has more of this than is in use here, or can't be asked, at `now` in Unix seconds; whether that is
        new.
        """
        new = what not in self._behind
        self._behind.setdefault(what, now)
        return new

    def is_behind(self, what: str) -> bool:
        """Whether the store may know more of this."""
        return what in self._behind

    def level(self, what: str) -> None:
        """All that the store has of this is in use here."""
        self._behind.pop(what, None)

    def seconds(self, now: float) -> float:
        """For how long something is behind; 0 when nothing is."""
        return max((now - since for since in self._behind.values()), default=0.0)
