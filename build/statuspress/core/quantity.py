"""Quantities as Kubernetes writes them: `100m`, `96Mi`, `1.5`, `2e3`.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re

from statuspress.core.number import NumberError, measure

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,2}))?")
_SUFFIXES = {
    **{
        suffix: 10.0 ** (3 * power)
        for power, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
    },
    **{f"{suffix}i": 1024.0**power for power, suffix in enumerate("KMGTPE", 1)},
}


def quantity(value: object) -> float:
    """The number in bytes, processors or whatever it counts. Raises NumberError for what is none or negative."""
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    found = _QUANTITY.fullmatch(text) if isinstance(text, str) and len(text) <= 40 else None
    if found is None:
        raise NumberError(f"{str(value)[:40]!r} is no quantity")
    number, suffix, exponent = found.groups()
    return measure(float(number) * (10.0 ** int(exponent) if exponent else _SUFFIXES[suffix or ""]))
