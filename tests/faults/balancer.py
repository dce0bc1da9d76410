"""A small balancer, as a cluster's service is: a connection goes to a server that is ready, and stays there.

Readiness is asked for like a kubelet does, several times a second; who is connected already is left alone.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

EVERY = 0.1  # seconds between probes


class Balancer:
    """Listens on a free port of the loopback within the block; `servers` may be changed at any time."""

    def __init__(self, servers: Sequence[str]) -> None:
        self.servers = list(servers)  # addresses, `http://host:port`
        self._ready: list[str] = []
        self._turn = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connect, sock=self._listener), self._loop
        ).result(5)
        self._probing = asyncio.run_coroutine_threadsafe(self._probe(), self._loop)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._probing.cancel()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def ready(self) -> int:
        """How many servers are ready."""
        return len(self._ready)

    async def _end(self) -> None:
        self._server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest)

    async def _probe(self) -> None:
        while True:
            servers = list(self.servers)
            answers = await asyncio.gather(*(asyncio.to_thread(_is_ready, server) for server in servers))
            self._ready = [server for server, ready in zip(servers, answers, strict=True) if ready]
            await asyncio.sleep(EVERY)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = self._ready
        if not ready:
            writer.close()
            return
        self._turn += 1
        place = urlsplit(ready[self._turn % len(ready)])
        try:
            back_reader, back_writer = await asyncio.open_connection(place.hostname, place.port)
        except OSError:
            writer.close()
            return
        with suppress(asyncio.CancelledError):  # at the end of the block
            await asyncio.gather(_copy(reader, back_writer), _copy(back_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        with suppress(OSError):
            writer.close()


def _is_ready(server: str) -> bool:
    connection = HTTPConnection(urlsplit(server).netloc, timeout=1)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
