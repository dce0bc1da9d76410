"""Connections that go where they may: addresses are checked at the moment of connecting, and waits have an end.

A name is resolved here, once, and the connection is made to the address that was checked; a name that changes its mind
in between gains nothing. TLS still verifies the name.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

import httpcore

from blacklist.core.indicator import WIDTH, Indicator, IndicatorError, parse_address
from blacklist.core.special import special_overlap
from blacklist.errors import FeedError


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to addresses that are not special-purpose; every wait ends at `deadline` (monotonic).

    `private_host` is the one host that may have any address: a redirect to another one gains nothing from it.
    """

    def __init__(self, *, private_host: str | None, deadline: float) -> None:
        self._backend = httpcore.SyncBackend()
        self._private_host = private_host
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first address of the name that may be, and can be, connected to."""
        failure: Exception | None = None
        for address in self._addresses(host, port, timeout):
            try:
                stream = self._backend.connect_tcp(
                    address, port, left(timeout, self._deadline), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        found = _resolved(host, port, left(timeout, self._deadline))
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if host == self._private_host:
            return addresses
        reasons = {address: _special(address) for address in addresses}
        allowed = [address for address, reason in reasons.items() if reason is None]
        if not allowed:
            address, reason = next(iter(reasons.items()))
            raise FeedError(
                f"{host} leads to {address}, {reason}: not connecting (allow_private = true lets the url's own host)"
            )
        return allowed


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait also ends at the deadline, so that a slow drip of headers or body does too."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Reads what is there, or waits."""
        return self._stream.read(max_bytes, left(timeout, self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Writes all of the buffer."""
        self._stream.write(buffer, left(timeout, self._deadline))

    def close(self) -> None:
        """Closes the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Turns the connection into one with TLS."""
        secured = self._stream.start_tls(ssl_context, server_hostname, left(timeout, self._deadline))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection underneath knows."""
        return self._stream.get_extra_info(info)


def left(timeout: float | None, deadline: float) -> float:
    """The timeout, cut to what is left until the deadline. Raises FeedError when nothing is."""
    remaining = deadline - monotonic()
    if remaining <= 0:
        raise FeedError("it takes too long: the time for the whole fetch is over")
    return remaining if timeout is None else min(timeout, remaining)


def _resolved(host: str, port: int, timeout: float) -> list[tuple[Any, ...]]:
    """What the system's resolver knows of a name, unless it takes longer than `timeout` seconds.

    A look-up can't be interrupted: one that goes on is left to itself, in a thread that keeps nobody from ending.
    """
    answer: SimpleQueue[list[tuple[Any, ...]] | Exception] = SimpleQueue()

    def resolve() -> None:
        try:
            answer.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    Thread(target=resolve, name="resolver", daemon=True).start()
    try:
        found = answer.get(timeout=timeout)
    except Empty:
        raise FeedError(f"it takes too long: nobody says which address {host} has") from None
    if isinstance(found, Exception):
        raise httpcore.ConnectError(f"{host} has no address: {found}") from found
    return found


def _special(address: str) -> str | None:
    """Why this address may not be connected to, or None."""
    try:
        version, value = parse_address(address)
    except IndicatorError:
        return "not an address that can be checked"
    found = special_overlap(Indicator(version, value, WIDTH[version]))
    return None if found is None else f"{found.name} ({found.source})"
