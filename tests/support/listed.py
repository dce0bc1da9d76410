"""Lists for tests: snapshots with a few listings, also with hostile texts, written in any format."""

from __future__ import annotations

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.selection import Criteria, Selection
from blacklist.core.snapshot import Snapshot
from blacklist.formats.interface import Tally
from blacklist.formats.registry import EXPORTS

NOW = 1_900_000_000
HOSTILE = (
    "say \"hi\", 'or' not; drop `it` # \\ $1 $$ ]]> \r\nadd element x { 203.0.113.9 }\r192.0.2.66\n"
    "\x00\x1b[31m\u202e\u2028\u2029\x85 =1+1 {}[]()?*%s \t" + "x" * 5000
)

Entries = dict[str, Facts | None]


def compiled(feeds: dict[str, Entries], *allowed: str) -> Snapshot:
    """A snapshot of these feeds; `one` is of the category attacks, others of spam."""
    made = []
    for name, entries in feeds.items():
        builder = GenerationBuilder()
        for text, facts in entries.items():
            builder.add(parse_one(text), builder.fact(facts or Facts("", 50, "", "", NOW - 60, 0, 0)))
        made.append(CompiledFeed(name, "attacks" if name == "one" else "spam", NOW - 5, builder.finish()))
    allowlist = [Allowed(parse_one(text), "ours", 1, None) for text in allowed]
    return Snapshot(b"".join(compile_snapshot(made, allowlist, generation=7, now=NOW)))


def small() -> Snapshot:
    """Networks of both families, one in another, one that two feeds list."""
    facts = Facts("", 90, "KR", 'brute force, "ssh"', NOW - 60, 0, NOW + 60)
    return compiled(
        {
            "one": {"192.0.2.0/24": None, "192.0.2.1": facts, "2001:db8::/32": None},
            "two": {"192.0.2.1": None, "198.51.100.0/31": None},
        }
    )


def hostile() -> Snapshot:
    """Every reason, a category and a country do their worst."""
    texts = [HOSTILE, "=cmd()", "+1", "-1", "@x", "=", ";", ":127.0.0.9:x", "!192.0.2.1", "$TTL 1", '"', "\\"]
    entries: Entries = {
        f"192.0.2.{10 + number}": Facts("", 50, "", text, NOW, 0, 0) for number, text in enumerate(texts)
    }
    entries["2001:db8::1"] = Facts(HOSTILE[:300], 50, HOSTILE, HOSTILE, NOW, 0, 0)
    return compiled({"one": entries})


def written(snapshot: Snapshot, suffix: str, criteria: Criteria | None = None) -> tuple[bytes, Tally]:
    """The list `all`, or another, in that format, and what was counted."""
    tally = Tally()
    export = EXPORTS[suffix]
    selection = Selection(snapshot, criteria or Criteria(), NOW, disjoint=export.disjoint)
    return b"".join(export.write(selection, tally)), tally
