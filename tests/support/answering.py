"""Other people's systems for tests: a real HTTP server on a free port of the loopback that answers what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: path, lower-case headers and body."""

    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def key(self) -> str:
        """The bearer key; empty when there is none."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. With `drip` its body comes byte by byte, that many seconds apart."""

    body: bytes = b""
    status: int = 200
    media_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0


def as_json(document: Any, status: int = 200, media_type: str = "application/json") -> Reply:
    """The answer with that document."""
    return Reply(json.dumps(document).encode(), status, media_type, {"x-content-type-options": "nosniff"})


Answer = Callable[[Asked], Reply]


@dataclass(slots=True)
class Answering:
    """A running server. The longest path that a request's path starts with answers it; without one it is 404."""

    url: str
    answers: dict[str, Answer]
    asked: list[Asked]

    def set(self, path: str, reply: Reply) -> None:
        """Answers that path alike from now on."""
        self.answers[path] = lambda _: reply


@contextmanager
def answering(answers: Mapping[str, Answer] | None = None, tls: SSLContext | None = None) -> Iterator[Answering]:
    """Starts one, over TLS if asked to; ends it, and whatever it still drips."""
    over = Event()
    asked: list[Asked] = []
    table: dict[str, Answer] = dict(answers or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            asked.append(request)
            path = max((path for path in table if self.path.startswith(path)), key=len, default="")
            with suppress(OSError):
                self._send(table[path](request) if path else Reply(b"nothing here", 404))

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            headers = {"content-type": reply.media_type, "content-length": str(len(reply.body)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if not reply.drip:
                self.wfile.write(reply.body)
                return
            for place in range(len(reply.body)):
                if over.wait(reply.drip):
                    return
                self.wfile.write(reply.body[place : place + 1])

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it so
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Answering(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}", table, asked)
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
