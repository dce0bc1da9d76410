"""What never ends: one line of gigabytes, for each format, in bounded memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from blacklist.formats.interface import Context
from blacklist.formats.registry import READERS

GIB = 1 << 30
CHUNK = 1 << 20
BEGINNINGS = {
    "crowdsec-csv": b"value,duration\n",
    "json": b'["',
    "misp-warninglist": b'{"list": ["',
    "abuseipdb": b'{"data": [{"ipAddress": "',
    "crowdsec-json": b'[{"value": "',
    "csv": b"ip,reason\n192.0.2.1,",
}


def endless(beginning: bytes, size: int) -> Iterator[bytes]:
    yield beginning
    chunk = b"x" * CHUNK
    for _ in range(size // CHUNK):
        yield chunk


@pytest.mark.parametrize(("name", "size"), [("plain", 2 * GIB), *((name, GIB // 16) for name in sorted(READERS))])
def test_a_line_without_an_end_is_refused_in_bounded_memory(read: Callable[..., Any], name: str, size: int) -> None:
    sink = type(read(READERS["plain"], b""))(shared=True)
    tracemalloc.start()
    about = READERS[name](endless(BEGINNINGS.get(name, b""), size), Context(1_900_000_000), sink)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 << 20
    assert sink.rejected or about.problem
    assert not sink.rows
