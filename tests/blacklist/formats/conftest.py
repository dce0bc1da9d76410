"""A sink that remembers everything, so that the tests see what a reader handed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from blacklist.core.indicator import Indicator, Parsed
from blacklist.core.listing import Facts
from blacklist.formats.interface import About, Context, Reader
from blacklist.formats.registry import READERS

NOW = 1_900_000_000
SHARED = 1_000_000
JSON = {"json", "misp-warninglist", "abuseipdb", "crowdsec-json"}


@dataclass
class Found:
    """What a reader found: `rows` and `rejected` by line number, and what the file says of itself."""

    rows: dict[int, tuple[tuple[str, ...], Facts]] = field(default_factory=dict)
    rejected: dict[int, tuple[str, str]] = field(default_factory=dict)
    shared: bool = False
    skipped: list[str] = field(default_factory=list)
    masked: set[int] = field(default_factory=set)
    facts: list[Facts] = field(default_factory=list)
    about: About = field(default_factory=About)

    def fact(self, facts: Facts) -> int:
        self.facts.append(facts)
        return len(self.facts) - 1

    def hosts(self, packed: bytes, facts: int | Sequence[int], lines: Sequence[int], texts: Sequence[str]) -> None:
        assert len(packed) == 4 * len(lines) == 4 * len(texts)
        for place, line in enumerate(lines):
            value = int.from_bytes(packed[4 * place : 4 * place + 4], "big")
            fact = facts if isinstance(facts, int) else facts[place]
            self.row(line, texts[place], Parsed((Indicator(4, value, 32),), masked=False), fact)

    def row(self, line: int, text: str, parsed: Parsed, fact: int) -> None:
        line = self._free(line)
        assert text
        self.rows[line] = tuple(map(str, parsed.networks)), self.facts[fact]
        if parsed.masked:
            self.masked.add(line)

    def reject(self, line: int, text: str, reason: str) -> None:
        self.rejected[self._free(line)] = text, reason

    def skip(self, reason: str) -> None:
        self.skipped.append(reason)

    def _free(self, line: int) -> int:
        """Lines are taken once; the items of a JSON document may share one, and the later ones are counted on."""
        assert line not in self.rows.keys() | self.rejected.keys() or self.shared
        while line in self.rows or line in self.rejected:
            line += SHARED
        return line

    @property
    def named(self) -> list[str]:
        """Every indicator, in the order of lines."""
        return [name for _, (names, _) in sorted(self.rows.items()) for name in names]

    @property
    def reasons(self) -> dict[int, str]:
        return {line: reason for line, (_, reason) in sorted(self.rejected.items())}


Read = Callable[..., Found]


@pytest.fixture(scope="session")
def read() -> Read:
    """Runs a reader over bytes, given whole or in chunks."""

    def run(reader: Reader, *chunks: bytes, confidence: int = 50, **known: Any) -> Found:
        found = Found(shared=reader in [READERS[name] for name in JSON])
        found.about = reader(iter(chunks), Context(NOW, confidence, **known), found)
        return found

    return run
