"""Roll-ups as files: a head that says what the lines were made from and what their digest is, then a line a period.

Head: {"version": 1, "of": "hours" or "days", "from": {file: SHA-256 of its bytes}, "before": sample or null,
"last": sample or null, "digest": SHA-256 of all that follows it}. `before` is the sample that reached into the period,
`last` the one that may reach out of it; both hold states only.
A line: {"at": start, "n": samples, "values": {id: [count, gaps, sum, low, high, first, last, rise]}, "missed": {id:
count}, "buckets": {id: [first, last, rise]}, "states": {component: {state: seconds}}}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from sys import intern
from typing import Any

from statuspress.core.document import DocumentError, dump_histogram, load_histogram, rfc3339
from statuspress.core.history import Sample, dump_sample, load_sample
from statuspress.core.rollup import DAY, HOUR, Observed, Rollup, Tally
from statuspress.core.state import State

VERSION = 1
LENGTHS: Mapping[str, timedelta] = {"hours": HOUR, "days": DAY}


@dataclass(frozen=True, slots=True)
class Head:
    """What a file of roll-ups says about itself. `sources` are digests by file name; `digest` is of its lines."""

    of: str
    sources: Mapping[str, str]
    before: Sample | None
    last: Sample | None
    digest: str


def dump_file(of: str, rollups: Sequence[Rollup], sources: Mapping[str, str], ends: tuple[Sample | None, ...]) -> bytes:
    """The file's bytes. `ends` are the samples that reach into the period and out of it."""
    body = "".join(dump_rollup(rollup) + "\n" for rollup in rollups).encode()
    before, last = ends
    head = {
        "version": VERSION,
        "of": of,
        "from": dict(sources),
        "before": _carried(before),
        "last": _carried(last),
        "digest": sha256(body).hexdigest(),
    }
    return json.dumps(head, separators=(",", ":")).encode() + b"\n" + body


def load_head(line: bytes, of: str) -> Head:
    """The head of a file of hours or days. Raises ValueError, whose text says why it is none."""
    try:
        document = json.loads(line)
    except ValueError:
        raise ValueError("its head is not JSON") from None
    try:
        if document["version"] != VERSION:
            raise ValueError(f"roll-ups of version {document['version']!r}; this program reads {VERSION}")
        if document["of"] != of or not isinstance(document["digest"], str):
            raise ValueError(f"its head is none of {of}")
        sources = {str(name): str(digest) for name, digest in document["from"].items()}
        before, last = (None if found is None else load_sample(json.dumps(found)) for found in _ends(document))
    except (KeyError, TypeError, AttributeError):
        raise ValueError(f"its head is none of {of}") from None
    return Head(document["of"], sources, before, last, document["digest"])


def dump_rollup(rollup: Rollup) -> str:
    """The line, without its end."""
    document: dict[str, Any] = {
        "at": rfc3339(rollup.start),
        "n": rollup.samples,
        "values": {
            id: [t.count, t.gaps, t.sum, t.low, t.high, t.first, t.last, t.rise] for id, t in rollup.values.items()
        },
        "missed": dict(rollup.missed),
        "states": {name: {str(state): s for state, s in shares.items()} for name, shares in rollup.states.items()},
    }
    if rollup.buckets:
        document["buckets"] = {
            id: [dump_histogram(one) for one in (seen.first, seen.last, seen.rise)]
            for id, seen in rollup.buckets.items()
        }
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def load_rollup(line: bytes, of: str) -> Rollup:
    """The roll-up of a line. Raises ValueError, whose text says why it is none."""
    try:
        document = json.loads(line, parse_constant=_no_constant)
    except ValueError:
        raise ValueError("not JSON") from None
    try:
        start = datetime.fromisoformat(document["at"])
        if start.tzinfo is None:
            raise ValueError("its time has no zone")
        return Rollup(
            start.astimezone(UTC),
            LENGTHS[of],
            _count(document["n"]),
            {intern(id): _tally(numbers) for id, numbers in document["values"].items()},
            {intern(id): _count(count) for id, count in document["missed"].items()},
            {intern(id): _observed(three) for id, three in document.get("buckets", {}).items()},
            {
                intern(name): {State(state): _count(seconds) for state, seconds in shares.items()}
                for name, shares in document["states"].items()
            },
        )
    except KeyError as error:
        raise ValueError(f"it lacks {error}") from None
    except DocumentError as error:
        raise ValueError(str(error)) from None
    except (AttributeError, TypeError):
        raise ValueError("not a roll-up") from None


def _tally(numbers: Any) -> Tally:
    count, gaps, *rest = numbers
    if len(rest) != 6 or not all(type(number) in {int, float} for number in rest):
        raise ValueError("its values are no roll-up")
    return Tally(_count(count), _count(gaps), *rest)


def _observed(three: Any) -> Observed:
    first, last, rise = map(load_histogram, three)
    return Observed(first, last, rise)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is not a count")
    return value


def _carried(sample: Sample | None) -> Any:
    return None if sample is None else json.loads(dump_sample(Sample(sample.at, {}, {}, sample.states)))


def _ends(document: Mapping[str, Any]) -> tuple[Any, Any]:
    return document["before"], document["last"]


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no value")
