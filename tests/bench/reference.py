"""What lookups are measured against: a Starlette route that answers constant bytes, and one that asks Redis each time.

python tests/bench/reference.py PORT [REDIS_PORT]
"""

from __future__ import annotations

import sys

import uvicorn
from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ANSWER = b'{"address":"192.0.2.1","listed":false,"listings":[],"allowlisted":null,"generation":1,"as_of":"2030-01-01"}'
MEMBERS = "listed"  # the Redis set that the naive design asks


async def constant(_: Request) -> Response:
    """The least that a Starlette route can do."""
    return Response(ANSWER, media_type="application/json")


def naive(redis_port: int) -> Route:
    """One SISMEMBER a request: the design that a first version usually has."""
    redis = Redis(connection_pool=BlockingConnectionPool(host="127.0.0.1", port=redis_port, max_connections=100))

    async def answer(request: Request) -> Response:
        listed = await redis.sismember(MEMBERS, request.path_params["address"])
        return Response(ANSWER if not listed else ANSWER.replace(b"false", b"true"), media_type="application/json")

    return Route("/naive/{address}", answer)


def main(arguments: list[str]) -> None:
    """Serves until it is terminated."""
    routes = [Route("/constant/{address}", constant)]
    if len(arguments) > 1:
        routes.append(naive(int(arguments[1])))
    port = int(arguments[0])
    application = Starlette(routes=routes)
    uvicorn.run(application, port=port, loop="uvloop", http="httptools", log_level="error", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1:])
