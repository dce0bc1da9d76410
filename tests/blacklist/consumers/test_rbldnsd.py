"""rbldnsd loads the list and answers DNS queries by it."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, inet_ntoa, socket
from typing import Any

import pytest

from blacklist.core.indicator import parse_one
from blacklist.core.snapshot import Snapshot
from listed import hostile, small, written
from running import eventually

Fixture = Any
ZONE = "bl.example"
A, TXT = 1, 16


class Zone:
    """A running rbldnsd."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, address: str, kind: int) -> list[bytes]:
        """The data of the answers for an address: RFC 5782 for both families."""
        version, start, _ = parse_one(address)
        digits = inet_ntoa(start.to_bytes(4, "big")).split(".") if version == 4 else list(f"{start:032x}")
        labels = [*reversed(digits), *ZONE.split(".")]
        question = (
            b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0" + struct.pack(">HH", kind, 1)
        )
        with socket(AF_INET, SOCK_DGRAM) as asking:
            asking.settimeout(2)
            asking.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.1", self.port))
            answer = asking.recv(4096)
        count, place, found = struct.unpack(">H", answer[6:8])[0], 12 + len(question), []
        for _ in range(count):
            size = struct.unpack(">H", answer[place + 10 : place + 12])[0]  # the name is a pointer of two bytes
            found.append(answer[place + 12 : place + 12 + size])
            place += 12 + size
        return found

    def reason(self, address: str) -> str:
        return self.ask(address, TXT)[0][1:].decode()


def loaded(find: Fixture, folder: Path, snapshot: Snapshot) -> Iterator[Zone]:
    program = find("rbldnsd", "rbldnsd")
    (folder / "all.rbldnsd").write_bytes(written(snapshot, "rbldnsd")[0])
    with socket(AF_INET, SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["-u", "rbldns"] if os.geteuid() == 0 else []
    command = [program, "-n", *user, "-w", str(folder), "-b", f"127.0.0.1/{port}", f"{ZONE}:combined:all.rbldnsd"]
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        eventually(lambda: "started" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        assert "invalid" not in log.read_text()
        yield Zone(port)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def zone(find: Fixture, readable: Path) -> Iterator[Zone]:
    yield from loaded(find, readable, small())


@pytest.fixture
def hostile_zone(find: Fixture, readable: Path) -> Iterator[Zone]:
    yield from loaded(find, readable, hostile())


@pytest.mark.parametrize("address", ["192.0.2.200", "192.0.2.1", "198.51.100.1", "2001:db8::7"])
def test_a_listed_address_is_127_0_0_2(zone: Zone, address: str) -> None:
    assert zone.ask(address, A) == [bytes([127, 0, 0, 2])]


@pytest.mark.parametrize("address", ["198.51.100.2", "203.0.113.1", "2001:db9::"])
def test_another_address_has_no_answer(zone: Zone, address: str) -> None:
    assert zone.ask(address, A) == []


def test_the_longest_network_tells_why(zone: Zone) -> None:
    assert zone.reason("192.0.2.200") == "Listed as attacks by one"
    assert zone.reason("192.0.2.1") == "Listed as attacks by one, two: brute force, ssh"
    assert zone.reason("2001:db8::7") == "Listed as attacks by one"


def test_hostile_reasons_stay_text(hostile_zone: Zone) -> None:
    for number in range(10, 22):
        assert hostile_zone.ask(f"192.0.2.{number}", A) == [bytes([127, 0, 0, 2])]
    assert "# $1 $$ ]]> add element x" in hostile_zone.reason("192.0.2.10")
    assert hostile_zone.reason("192.0.2.19") == "Listed as attacks by one: $TTL 1"
    assert hostile_zone.ask("192.0.2.66", A) == []
