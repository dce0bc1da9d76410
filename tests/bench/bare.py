"""What access is measured against: the lookup alone, without key, limit, metrics, log or bounds.

python tests/bench/bare.py PORT DATA
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import time

import uvicorn
from starlette.types import Receive, Scope, Send

from blacklist.core.index import Index
from blacklist.core.indicator import IndicatorError, parse_address
from blacklist.replica.local import load_newest
from blacklist.web.lookup import PREFIX
from blacklist.web.verdicts import Answers

_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


def main(arguments: list[str]) -> None:
    """Serves until it is terminated."""
    port, data = int(arguments[0]), Path(arguments[1])
    answers = Answers(Index(load_newest(data / "snapshots")))

    async def application(scope: Scope, _: Receive, send: Send) -> None:
        status = 200
        try:
            version, value = parse_address(scope["path"][len(PREFIX) :])
            body = f"{{{answers.members(answers.index.lookup(version, value, time()))}{answers.tail}".encode()
        except IndicatorError as error:
            status, body = 400, str(error).encode()
        headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(
        application,
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
