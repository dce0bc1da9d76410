"""`nginx`: the inside of a `geo` block, to be included there: `geo $listed { default 0; include all.nginx; }`.

Source: nginx, module ngx_http_geo_module: "network value;", IPv6 since 1.3.10.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.formats.batches import batches
from blacklist.formats.interface import Tally


def write_nginx(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file."""
    for version in selection.families:
        for lines in batches(selection.networks(version), tally):
            yield (" 1;\n".join(lines) + " 1;\n").encode()
