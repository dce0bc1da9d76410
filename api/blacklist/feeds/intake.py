"""The intake of one update: takes what a reader finds, applies the policy, counts, samples, builds the generation."""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import compress, filterfalse
from typing import NamedTuple

from blacklist.core.generation import Generation, GenerationBuilder
from blacklist.core.indicator import Indicator, Parsed
from blacklist.core.interned import MOST_FACTS
from blacklist.core.listing import Facts
from blacklist.core.policy import FeedPolicy, refusal
from blacklist.core.special import SPECIAL
from blacklist.store.interface import Rejected

SAMPLES = 20
SAMPLE_LENGTH = 100  # characters
CUT = f"kept without its reason: more than {MOST_FACTS:,} entries have one of their own"


def _suspect_octets() -> bytes:
    """By the first octet of an IPv4 address: 1 when some special-purpose network has it."""
    suspects = bytearray(256)
    for network in (row.indicator for row in SPECIAL if row.indicator.version == 4):
        for octet in range(network.start >> 24, (network.end >> 24) + 1):
            suspects[octet] = 1
    return bytes(suspects)


_SUSPECTS = _suspect_octets()


class Mark(NamedTuple):
    """A place in what an intake takes."""

    lines: int
    added: dict[int, int]


class Intake:
    """A sink for readers. `accepted` and `rejected` count lines, `masked` those whose host bits were dropped, `skipped`
    entries that are in order, but no listings."""

    def __init__(self, policy: FeedPolicy) -> None:
        self.accepted = 0
        self.rejected = 0
        self.masked = 0
        self.skipped = 0
        self.duplicates = 0
        self._policy = policy
        self._builder = GenerationBuilder(bounded=True)
        self._reasons: Counter[str] = Counter()
        self._samples: list[Rejected] = []

    def fact(self, facts: Facts) -> int:
        """See Sink."""
        cut = self._builder.cut
        number = self._builder.fact(facts)
        if self._builder.cut > cut:
            self._reasons[CUT] += 1
        return number

    def hosts(self, packed: bytes, facts: int | Sequence[int], lines: Sequence[int], texts: Sequence[str]) -> None:
        """See Sink. Only addresses whose first octet is suspect are looked at one by one."""
        values = array("I", packed)
        if sys.byteorder == "little":
            values.byteswap()
        suspects = packed[::4].translate(_SUSPECTS)
        if not self._policy.allow_special and 1 in suspects:
            refused = set()
            for place in compress(range(len(values)), suspects):
                reason = refusal(Indicator(4, values[place], 32), self._policy)
                if reason is not None:
                    refused.add(place)
                    self.reject(lines[place], texts[place], reason)
            if refused:
                kept = list(filterfalse(refused.__contains__, range(len(values))))
                values = array("I", [values[place] for place in kept])
                facts = facts if isinstance(facts, int) else [facts[place] for place in kept]
        self.accepted += len(values)
        self._builder.add_addresses(values, facts)

    def row(self, line: int, text: str, parsed: Parsed, fact: int) -> None:
        """See Sink. A line of which one network is refused is refused as a whole."""
        for network in parsed.networks:
            reason = refusal(network, self._policy)
            if reason is not None:
                self.reject(line, text, reason)
                return
        for network in parsed.networks:
            self._builder.add(network, fact)
        self.accepted += 1
        self.masked += parsed.masked

    def reject(self, line: int, text: str, reason: str) -> None:
        """See Sink."""
        self.rejected += 1
        self._reasons[reason] += 1
        if len(self._samples) < SAMPLES:
            self._samples.append(Rejected(line, _printable(text), reason))

    def skip(self, reason: str) -> None:
        """See Sink."""
        self.skipped += 1
        self._reasons[reason] += 1

    def mark(self) -> Mark:
        """A place between what was taken so far and what comes after."""
        return Mark(self.accepted + self.rejected + self.skipped, self._builder.mark())

    def digest(self, since: Mark) -> bytes | None:
        """A digest of the indicators taken since a mark, in whatever order they came; None when nothing at all came."""
        if self.accepted + self.rejected + self.skipped == since.lines:
            return None
        return self._builder.digest(since.added)

    def __len__(self) -> int:
        """How many indicators were taken so far, duplicates included."""
        return len(self._builder)

    @property
    def reasons(self) -> dict[str, int]:
        """How many lines were rejected, skipped or cut for each reason, the most frequent first."""
        return dict(self._reasons.most_common())

    @property
    def samples(self) -> tuple[Rejected, ...]:
        """Some rejected lines, by number."""
        return tuple(sorted(self._samples, key=lambda sample: sample.line))

    def finish(self) -> Generation:
        """The generation; counts its duplicates. The intake is empty afterwards."""
        taken = len(self._builder)
        generation = self._builder.finish()
        self.duplicates = taken - len(generation)
        return generation


def _printable(text: str) -> str:
    """The beginning of a line as it can be shown anywhere: nothing in it moves a cursor or breaks an encoder."""
    beginning = text[:SAMPLE_LENGTH]
    if beginning.isprintable():
        return beginning
    shown = (
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode()
        for character in beginning
    )
    return "".join(shown)[:SAMPLE_LENGTH]
