"""A client that asks for much and reads nothing."""

from __future__ import annotations

import asyncio
from socket import create_connection, socket
from threading import Thread
from time import monotonic

import uvicorn
from starlette.types import Receive, Scope, Send

from blacklist.web.connection import Bounds, bounded


async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
    """An answer of a gigabyte."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(16384):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body"})


def test_who_reads_nothing_is_closed_and_holds_no_memory() -> None:
    reasons: list[str] = []
    protocol = bounded(Bounds(10, reasons.append, asyncio.Event(), stalled=0.3))
    listener = socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(endless, http=protocol, lifespan="off", log_level="critical"))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with create_connection(listener.getsockname(), timeout=10) as one:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            begun = monotonic()
            while not reasons and monotonic() - begun < 5:
                thread.join(0.05)
            assert reasons == ["stalled"]
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()
