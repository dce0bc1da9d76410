"""One importer at a time: a lock beside the snapshots, and on a shared store the lease of all its importers."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread
from time import sleep

from blacklist.errors import StoreError
from blacklist.settings import Settings
from blacklist.store.opening import open_lease, store_name
from blacklist.store.sharing import Lease

LEASE = 20.0  # seconds that the lease outlives an importer that was killed
_RENEWED = LEASE / 4
_ASKED = 0.5
_BUSY = "another import is running: wait for it to end, then try again"


class Busy(StoreError):  # noqa: N818 - no fault: somebody else is at it
    """Another importer has its turn."""


class Turn:
    """The turn of this importer. `fence` goes with everything that it writes to a shared store; None elsewhere."""

    fence: int | None = None

    def check(self) -> None:
        """Raises StoreError once another importer may have taken over."""


class _Leased(Turn):
    """A turn with a lease, which a thread renews."""

    def __init__(self, lease: Lease, fence: int, name: str) -> None:
        self.fence = fence
        self._lease, self._name = lease, name
        self._over, self._lost = Event(), Event()
        self._thread = Thread(target=self._renew, name="lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """See Turn."""
        if self._lost.is_set():
            message = "the importer's lease has ended, another may have it: nothing more is written; import again"
            raise StoreError(message, path=self._name)

    def end(self) -> None:
        """Gives the lease back, if the store answers; else it ends by itself."""
        self._over.set()
        self._thread.join()
        with suppress(StoreError):
            self._lease.release()

    def _renew(self) -> None:
        while not self._over.wait(_RENEWED):
            with suppress(StoreError):  # a store that is away for a moment; if it is for longer, the lease is another's
                if not self._lease.renew(LEASE):
                    self._lost.set()
                    return


@contextmanager
def one_at_a_time(settings: Settings, *, wait: bool) -> Iterator[Turn]:
    """Holds the importer's turn, which ends with the process. Without `wait`, Busy when another has it."""
    path = settings.data / "import.lock"
    with ExitStack() as stack:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context(path.open("w"))
        except OSError as error:
            raise StoreError(f"cannot be written: {error.strerror}", path=path) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy(_BUSY, path=path) from None
        yield stack.enter_context(_leased(settings, wait=wait)) if settings.shared else Turn()


@contextmanager
def _leased(settings: Settings, *, wait: bool) -> Iterator[Turn]:
    lease, name = open_lease(settings), store_name(settings)
    try:
        while (fence := lease.acquire(f"{socket.gethostname()}:{os.getpid()}", LEASE)) is None:
            if not wait:
                holder = lease.holder()
                raise Busy(_BUSY + (f"; it runs on {holder.owner}" if holder else ""), path=name)
            sleep(_ASKED)
        turn = _Leased(lease, fence, name)
        try:
            yield turn
        finally:
            turn.end()
    finally:
        lease.close()
