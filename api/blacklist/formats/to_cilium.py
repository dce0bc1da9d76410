"""`cilium`: CiliumCIDRGroup objects, for `kubectl apply`.

Source: Cilium, "CiliumCIDRGroup" (cilium.io/v2 since Cilium 1.18; write v2alpha1 for an older one). The API server
stores objects of at most 1.5 MiB, so a long list is several groups; policies take them all by the label:
`cidrGroupSelector: {matchLabels: {blacklist: all}}`. `kubectl apply --prune -l blacklist=all` removes groups that a
shorter list no longer has.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.selection import Selection
from blacklist.formats.batches import text
from blacklist.formats.interface import Tally

GROUP = 16_384  # of at most 52 bytes each


def write_cilium(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The YAML: a document for each group."""
    label = _label(selection.criteria.name)
    networks = chain.from_iterable(map(selection.networks, selection.families))
    number = 0
    while group := list(islice(networks, GROUP)):
        number += 1
        tally.entries += len(group)
        separator = "---\n" if number > 1 else ""
        yield (
            f"{separator}apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata:\n"
            f'  name: "blacklist-{label.lower().replace("_", "-")}-{number}"\n  labels:\n    blacklist: "{label}"\n'
            "spec:\n  externalCIDRs:\n"
        ).encode()
        yield "".join([f'    - "{_cidr(network)}"\n' for network in group]).encode()


def _cidr(network: Indicator) -> str:
    return text(network) if network.length < WIDTH[network.version] else f"{text(network)}/{network.length}"


def _label(name: str) -> str:
    """The name of a list as the value of a label: at most 63 letters, digits, `-`, `_` and `.`, no mark at its ends."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)
    return kept[:63].strip("-_.") or "list"
