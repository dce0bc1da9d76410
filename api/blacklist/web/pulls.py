"""`GET /api/v1/pulls`: the pull log."""

from __future__ import annotations

from time import time

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.web.state import State
from blacklist.web.verdicts import rfc3339


async def get_pulls(state: State, _request: Request) -> Response:
    """Who takes which list, the one who came last first; and how near devices are to their limits.

    It holds what all servers of the store saw until a minute or two ago, and what this one saw since.
    """
    now, known = time(), list(state.pulls)
    pulls = [
        {
            "consumer": pull.taken.consumer,
            "list": pull.taken.list,
            "query": pull.taken.query,
            "device": pull.device or None,
            "generation": pull.generation,
            "entries": pull.entries,
            "sent": pull.sent,
            "first_at": rfc3339(pull.first_at),
            "at": rfc3339(pull.at),
            "count": pull.count,
            "usual_interval_seconds": pull.every or None,
            "late": pull.late(now),
        }
        for pull in reversed(known)
    ]
    devices = [budget._asdict() for budget in state.pulls.budgets(now)]
    body = {
        "since": rfc3339(min([state.started_at, *(pull.first_at for pull in known)])),
        "pulls": pulls,
        "devices": devices,
    }
    return Response(orjson.dumps(body), headers={"cache-control": "no-store"}, media_type="application/json")
