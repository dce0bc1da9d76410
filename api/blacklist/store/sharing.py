"""What a store that several servers share has besides: snapshots to fetch, the importer's lease, requests, news.

Times are in seconds. Every call that fails raises StoreError with the remedy; only one thread may use one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Published(Protocol):
    """A snapshot that is there."""

    @property
    def generation(self) -> int:
        """Its generation."""


class Holder(Protocol):
    """Who has the importer's lease, and since when, in Unix seconds of the store's clock."""

    @property
    def owner(self) -> str:
        """Its name, for people."""

    @property
    def since(self) -> int:
        """When it took the lease."""


_P = TypeVar("_P", bound=Published)


class Snapshots(Protocol, Generic[_P]):
    """The newest snapshot that the importer has published."""

    def current(self) -> _P | None:
        """The snapshot that was published last, or None."""

    def chunks(self, published: _P, /) -> Iterator[bytes]:
        """Its bytes, a piece at a time. Raises SnapshotUnavailable when it is damaged, or another took its place."""

    def put(self, generation: int, parts: Iterable[bytes], *, fence: int | None = None) -> bool:
        """Publishes a snapshot; False when what is there is as new. Raises StoreError once another has the lease."""

    def close(self) -> None:
        """Lets go of connections. Idempotent."""


class Lease(Protocol):
    """The importer's lease: one holder at a time, each with a token greater than any before it."""

    def acquire(self, owner: str, seconds: float) -> int | None:
        """Takes the lease for so long, unless another has it; its token, or None."""

    def renew(self, seconds: float) -> bool:
        """Holds it for so long from now on; False when it is another's."""

    def release(self) -> bool:
        """Gives it back; False when it was another's."""

    def holder(self) -> Holder | None:
        """Who has it, or None."""

    def close(self) -> None:
        """Lets go of connections. Idempotent."""


class Requests(Protocol):
    """What the importer is asked for by servers and commands; each is taken by one importer."""

    def ask(self, *names: str) -> None:
        """Asks for an import of these feeds, or without any for a snapshot of what the store has."""

    def take(self) -> frozenset[str] | None:
        """The feeds that were asked for since the last time; empty: a snapshot alone; None: nothing was."""

    def attend(self, seconds: float) -> None:
        """Says that an importer is there for the next so many seconds, to do what is asked for."""

    def attended(self) -> bool:
        """Whether one has said so."""

    def close(self) -> None:
        """Lets go of connections. Idempotent."""


class SharedSpending(Protocol):
    """What callers have taken from their quotas at all servers."""

    def spend(self, quota: str, units: int, seconds: int, taken: Mapping[str, int]) -> Mapping[str, float]:
        """Adds what was taken here, in units; for how many seconds each of these callers owes, by what all took.

        A quota is of so many units in so many seconds; nobody owes more than two.
        """

    def close(self) -> None:
        """Lets go of connections. Idempotent."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How failures delay. Counts are failures before the first delay, of a pair and of a network; times are seconds;
    `budget` is of all together, `refill` of them come back each second.
    """

    free: int
    free_of_network: int
    first_delay: float
    longest_delay: float
    forgotten: float
    budget: float
    refill: float
    known_for: float


class Attempts(Protocol):
    """Failed logins at all servers. An account is told from others by its digest alone; a network is any text."""

    def begin(self, account: str, network: str) -> tuple[float, bool]:
        """Starts an attempt, counted as a failure until it succeeds; or the seconds until one may be started.

        With it, whether that account logged in from that network lately.
        """

    def succeeded(self, account: str, network: str) -> None:
        """The attempt was right: the pair starts afresh, and is known."""

    def not_counted(self, account: str, network: str) -> None:
        """The attempt came to no decision: it is no failure."""

    def close(self) -> None:
        """Lets go of connections. Idempotent."""


class News(Protocol):
    """Messages that a part of the store has changed: `store`, `keys` or `snapshot`. Some may be missed."""

    def wait(self, seconds: float) -> Mapping[str, int]:
        """The parts that changed, as soon as one has; none when none has in that time."""

    def close(self) -> None:
        """Lets go of connections. Idempotent."""
