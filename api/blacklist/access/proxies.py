"""Whose request it is: the address that connected, or the one that a trusted proxy names.

A header of a proxy is worth something only when the proxy itself connected; anybody can send one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from blacklist.core.indicator import Indicator, IndicatorError, parse_address

Address = tuple[int, int]  # version and value
Headers = Iterable[tuple[bytes, bytes]]  # lower-case names
FORWARDED_FOR = b"x-forwarded-for"
_HOPS = 64  # looked at from the right; no real way here is longer


def within(address: Address | None, networks: Sequence[Indicator]) -> bool:
    """Whether an address is in one of the networks; an unknown one is in none."""
    return address is not None and any(
        network.version == address[0] and network.start <= address[1] <= network.end for network in networks
    )


class Proxies:
    """The proxies that are believed, and the header in which they name the client.

    Without `header` that is X-Forwarded-For, to whose end each proxy adds the address that connected to it: the client
    is the right-most one that is no trusted proxy, or the left-most when all are. With `header`, one that a CDN sets
    anew to a single address, it is that address.
    """

    __slots__ = ("_header", "networks")

    def __init__(self, networks: Sequence[Indicator] = (), header: str = "") -> None:
        self.networks = tuple(networks)
        self._header = header.lower().encode()

    def client(self, peer: Address | None, headers: Headers) -> Address | None:
        """The client of a request that came from the peer; None when a trusted proxy names none that can be read.

        A trusted proxy that sends no such header speaks for itself.
        """
        if not within(peer, self.networks):
            return peer
        named = self.named(headers)
        if not named:
            return peer
        if self._header:
            return _parsed(named[0]) if len(named) == 1 else None
        return self._right_most(b",".join(named))

    def named(self, headers: Headers) -> list[bytes]:
        """The values of the header that names clients, in order; none when it was not sent."""
        wanted = self._header or FORWARDED_FOR
        return [value for name, value in headers if name == wanted]

    def _right_most(self, hops: bytes) -> Address | None:
        address = None
        for hop in reversed(hops.rsplit(b",", _HOPS)):
            address = _parsed(hop)
            if not within(address, self.networks):
                return address
        return address


def _parsed(hop: bytes) -> Address | None:
    """The address of `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443`."""
    text = hop.strip(b" \t").decode("latin-1")
    if text.startswith("["):
        text, closed, port = text[1:].partition("]")
        if not closed:
            return None
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
    else:
        port = ""
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5):
        return None
    try:
        return parse_address(text)
    except IndicatorError:
        return None
