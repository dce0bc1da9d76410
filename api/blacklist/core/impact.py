"""The impact of an update: what it would add to a feed, and remove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from blacklist.core.generation import Generation, from_key
from blacklist.core.indicator import WIDTH

SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Impact:
    """How many indicators are added and removed, and some of each, as text."""

    added: int
    removed: int
    added_samples: tuple[str, ...] = ()
    removed_samples: tuple[str, ...] = ()


def impact(old: Generation, new: Generation) -> Impact:
    """What the new generation adds to the old one, and removes."""
    counts = {True: 0, False: 0}
    samples: dict[bool, list[str]] = {True: [], False: []}
    for version in WIDTH:
        for key, added in _differing(old.keys[version], new.keys[version]):
            counts[added] += 1
            if len(samples[added]) < SAMPLES:
                samples[added].append(str(from_key(version, key)))
    return Impact(counts[True], counts[False], tuple(samples[True]), tuple(samples[False]))


def _differing(old: Sequence[int], new: Sequence[int]) -> Iterator[tuple[int, bool]]:
    """The keys that only one of two sorted columns has, and whether it is the new one."""
    mine, theirs = 0, 0
    while mine < len(old) and theirs < len(new):
        if old[mine] == new[theirs]:
            mine, theirs = mine + 1, theirs + 1
        elif old[mine] < new[theirs]:
            yield old[mine], False
            mine += 1
        else:
            yield new[theirs], True
            theirs += 1
    for place in range(mine, len(old)):
        yield old[place], False
    for place in range(theirs, len(new)):
        yield new[place], True
