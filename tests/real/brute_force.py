"""Brute force: what the files say, read with `ipaddress` and `json` alone, and asked without an index.

Python's `ipaddress` for every network and address would take 20 minutes; networks are kept by family, length and first
address, and a lookup tries every length there is. A sample is compared with `ipaddress` itself.
"""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from pathlib import Path

from blacklist.core.special import SPECIAL

Network = tuple[int, int, int]  # version, first, last
_IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_SPECIAL = [ipaddress.ip_network(str(row.indicator)) for row in SPECIAL]
_WIDEST = {4: 8, 6: 19}
_PLACES = {"feodo": 1, "sslbl": 0, "crowdsec-csv": 2}  # of the address, among fields between commas


class BruteForce:
    """Every network that some feed may list, with the feeds that do and their confidence."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._said: dict[tuple[int, int, int], dict[str, int]] = {}
        self._networks: dict[_IpNetwork, None] = {}
        self._allowed: dict[tuple[int, int, int], set[str]] = {}
        self._special = {
            version: [(int(net[0]), int(net[-1])) for net in _SPECIAL if net.version == version] for version in (4, 6)
        }

    def read(self, feed: str, file: Path, kind: str, *, allowing: bool) -> None:
        """Adds what a file lists, or allows: the simple forms that the real files have, and only documented policy."""
        for field, confidence in _fields(file.read_text("utf-8"), kind):
            network = ipaddress.ip_network(field, strict=False)
            if allowing:
                self._allow(feed, network)
                continue
            if not self._may_be_listed(network):
                continue
            key = network.version, network.prefixlen, int(network.network_address)
            said = self._said.setdefault(key, {})
            self.counts[feed] += feed not in said
            said[feed] = max(confidence, said.get(feed, 0))
            self._networks[network] = None

    def allowed(self, version: int, value: int) -> bool:
        """Whether some allowance covers the address."""
        width = 32 if version == 4 else 128
        return any(
            (version, length, value >> (width - length) << (width - length)) in self._allowed
            for length in range(width + 1)
        )

    def allowances(self) -> list[Network]:
        """Every allowed network, as version, first and last address."""
        return [
            (version, start, start | ((1 << ((32 if version == 4 else 128) - length)) - 1))
            for version, length, start in self._allowed
        ]

    def networks(self) -> list[Network]:
        """Every network, as version, first and last address."""
        return [(net.version, int(net.network_address), int(net.broadcast_address)) for net in self._networks]

    def covering(self, version: int, value: int) -> list[tuple[str, str, int]]:
        """Network, feed and confidence of everything that lists the address."""
        width = 32 if version == 4 else 128
        make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        found = []
        for length in range(width + 1):
            start = value >> (width - length) << (width - length)
            for feed, confidence in self._said.get((version, length, start), {}).items():
                text = str(make(start)) if length == width else f"{make(start)}/{length}"
                found.append((text, feed, confidence))
        return found

    def listed_by_ipaddress(self, version: int, value: int) -> bool:
        """Whether some network contains the address, by asking each."""
        address = ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value)
        return any(address in network for network in self._networks)

    def _allow(self, feed: str, network: _IpNetwork) -> None:
        key = network.version, network.prefixlen, int(network.network_address)
        feeds = self._allowed.setdefault(key, set())
        self.counts[feed] += feed not in feeds
        feeds.add(feed)

    def _may_be_listed(self, network: _IpNetwork) -> bool:
        first, last = int(network.network_address), int(network.broadcast_address)
        touches = any(start <= last and first <= end for start, end in self._special[network.version])
        return network.prefixlen >= _WIDEST[network.version] and not touches


def _fields(text: str, kind: str) -> list[tuple[str, int]]:
    """The fields of a file that name networks, and the confidence that goes with each."""
    if kind == "misp-warninglist":
        return [(entry, 50) for entry in json.loads(text)["list"]]
    if kind == "crowdsec-json":
        return [(decision["value"], 50) for decision in json.loads(text)]
    found = (_field(line, kind) for line in text.splitlines())
    return [(field, confidence) for field, confidence in found if field is not None]


def _field(line: str, kind: str) -> tuple[str | None, int]:
    """The field of a line that names a network, and the confidence that the line gives it."""
    if kind == "spamhaus-json":
        return json.loads(line).get("cidr"), 50
    if kind == "tor-exits":
        return (line.split()[1] if line.startswith("ExitAddress") else None), 50
    if kind in _PLACES:
        fields = line.split(",")
        usable = len(fields) > _PLACES[kind] and "#" not in line and "ip" not in fields[_PLACES[kind]]
        return (fields[_PLACES[kind]].strip('"') if usable and fields[0] != "origin" else None), 50
    field = line.partition("#")[0].partition(";")[0].split()
    if not field:
        return None, 0
    return field[0], min(100, 30 + 10 * int(field[1])) if kind == "ipsum" else 50
