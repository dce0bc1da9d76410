"""Connections, bounded: uvicorn's protocol keeps a head of 50 MiB, and waits for ever for a half-sent one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NoReturn

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from blacklist.web.errors import Problem

HEAD = 16 << 10  # bytes of a request's first line and header fields
PATIENCE = 10.0  # seconds from the first wait for a head to its end
STALLED = 30.0  # seconds that a client may leave an answer unread
PIPELINE = 100  # requests that may wait behind the one that is being answered
KEEP_ALIVE = 75  # seconds between requests: longer than nginx keeps its own, so that it never meets a closed one
_TOO_LARGE = Problem(431, "head-too-large", "Head too large", f"The header fields are larger than {HEAD} bytes.")
_TOO_SLOW = Problem(408, "head-too-slow", "Head too slow", f"The header fields took longer than {PATIENCE:g} s.")
_TOO_EAGER = Problem(400, "too-many-requests-at-once", "Too many requests at once", f"Send {PIPELINE} at most.")
_MALFORMED = Problem(400, "malformed-request", "Malformed request", "This is not HTTP/1.1.")
_FULL = Problem(503, "too-many-connections", "Too many connections", "Come again.", {"retry-after": "1"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the connections of a server share: how many there may be, who is told why one is closed, and when each
    answer becomes the last of its connection. `waiting` are those that wait for a head, who began first at the front.
    """

    most: int
    count: Callable[[str], None]
    draining: asyncio.Event
    patience: float = PATIENCE
    stalled: float = STALLED
    waiting: dict[Connection, None] = field(default_factory=dict)


class Connection(HttpToolsProtocol):
    """One connection. A request that comes in one piece costs a few comparisons.

    When there are too many, the one that has waited longest for its head makes room for a new one, then one that waits
    for its next request: who is slow shuts out nobody who is not.
    """

    bounds: ClassVar[Bounds]

    _latest: RequestResponseCycle | None = None  # the request whose head came last
    _open = False  # whether a head was begun in an earlier piece
    _size = 0  # bytes since
    _refusal = _MALFORMED
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Makes room for it, or refuses it."""
        super().connection_made(transport)
        if len(self.connections) > self.bounds.most and not self._make_room():
            self._refuse("full", _FULL)
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets it."""
        self._stop_waiting()
        if self._stalled is not None:
            self._stalled.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what came; refuses a head that grows too large, and starts to wait for the rest of a half-sent one."""
        self._size += len(data)
        HttpToolsProtocol.data_received(self, data)  # twice a request: `super()` takes twice as long to find it
        latest = self._latest
        complete = latest is not None and latest.scope is self.scope
        if latest is not None and complete and not latest.response_complete:
            self._open, self._size = False, 0
        elif not self.transport.is_closing():
            if not complete and self._open and self._size > HEAD:
                self._refuse("head-too-large", _TOO_LARGE)
                return
            if not self._open:
                self._open, self._size = not complete, 0
            if self._deadline is None:
                self._wait()

    def on_headers_complete(self) -> None:
        """Starts the request, unless its head is too large."""
        if self._size > HEAD and len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > HEAD:
            self._stop_parsing(_TOO_LARGE)
        if len(self.pipeline) >= PIPELINE:
            self._stop_parsing(_TOO_EAGER)
        if self._deadline is not None:
            self._stop_waiting()
        HttpToolsProtocol.on_headers_complete(self)
        self._latest = self.cycle
        if self.bounds.draining.is_set():
            self.cycle.keep_alive = False

    def _stop_parsing(self, why: Problem) -> NoReturn:
        self._refusal = why
        raise ValueError(why.detail)  # the parser ends with its own error, and send_400_response is called

    def send_400_response(self, msg: str) -> None:
        """What uvicorn does with a request that can't be parsed."""
        del msg
        self._refuse(self._refusal.slug, self._refusal)

    def pause_writing(self) -> None:
        """Waits for a client that does not read."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.bounds.stalled, self._abort)

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.bounds.patience, self._late)
        self.bounds.waiting[self] = None

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self.bounds.waiting.pop(self, None)

    def _late(self) -> None:
        self._stop_waiting()
        if self._latest is not None and not self._latest.response_complete:
            self._wait()  # an earlier request is still being answered, and that is not the client's fault
        elif not self.transport.is_closing():
            self._refuse("head-too-slow", _TOO_SLOW)

    def _make_room(self) -> bool:
        slowest: Connection | None = next(iter(self.bounds.waiting), None)
        if slowest is None:
            others = (one for one in self.connections if isinstance(one, Connection) and not one.transport.is_closing())
            slowest = next((one for one in others if one.timeout_keep_alive_task is not None), None)
        if slowest is None:
            return False
        self.bounds.waiting.pop(slowest, None)
        self.bounds.count("made-room")
        slowest.transport.abort()
        return True

    def _abort(self) -> None:
        self.bounds.count("stalled")
        self.transport.abort()

    def _refuse(self, reason: str, problem: Problem) -> None:
        self._stop_waiting()
        self.bounds.count(reason)
        headers = {"connection": "close", **problem.response().headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[problem.status] + lines.encode() + b"\r\n" + problem.body())
        self.transport.close()


def bounded(bounds: Bounds) -> type[Connection]:
    """The protocol of one server."""
    return type("BoundedConnection", (Connection,), {"bounds": bounds})
