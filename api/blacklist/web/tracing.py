"""Which request it is: the id that its caller gave it, that of its trace, or a new one; sent back, and in every line of
the log that is about it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from starlette.types import Scope

REQUEST_ID, TRACE_ID = "blacklist.request_id", "blacklist.trace_id"  # in the scope of a request
HEADER = b"x-request-id"
_GIVEN = frozenset({HEADER, b"traceparent"})
_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:=+/@-]{0,127}")
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


def request_id(scope: Scope) -> str:
    """The id of a request, made when it is first asked for; then it is in its scope, with that of its trace where it is
    part of one (W3C Trace Context).
    """
    if REQUEST_ID not in scope:
        _identify(scope)
    id: str = scope[REQUEST_ID]
    return id


def echo(scope: Scope) -> Sequence[tuple[bytes, bytes]]:
    """The header field that gives the id back, if the caller gave one; nobody looks for the id of a lookup that is
    nowhere in the log, and to make one would be a tenth of its cost.
    """
    for name, _ in scope["headers"]:
        if name in _GIVEN:
            return [(HEADER, request_id(scope).encode())]
    return ()


def _identify(scope: Scope) -> None:
    given = trace = None
    for name, value in scope["headers"]:
        if name == HEADER:
            given = value
        elif name == b"traceparent":
            trace = _TRACEPARENT.fullmatch(value)
    if trace is not None:
        scope[TRACE_ID] = str(trace[1], "ascii")
    if given is not None and _SANE.fullmatch(given):
        id = str(given, "ascii")
    else:
        id = str(trace[1], "ascii") if trace is not None else os.urandom(8).hex()
    scope[REQUEST_ID] = id
