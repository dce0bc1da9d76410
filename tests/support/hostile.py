"""Systems that misbehave below HTTP, for tests: on a free port of the loopback, whatever they are asked."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

Behave = Callable[[socket.socket, "Hostile"], None]
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@dataclass(slots=True)
class Hostile:
    """A running one. `sent` counts the bytes that somebody took; `over` is set when it ends."""

    url: str
    sent: int = 0
    over: Event = field(default_factory=Event)


def reset(connection: socket.socket, _: Hostile) -> None:
    """Breaks off with a reset once it was asked."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection: socket.socket, _: Hostile) -> None:
    """Ends without an answer."""
    connection.recv(65536)


def cut(connection: socket.socket, _: Hostile) -> None:
    """Promises more than it sends."""
    connection.recv(65536)
    connection.sendall(_HEAD + b"content-length: 1000\r\n\r\n{}")


def drip(connection: socket.socket, hostile: Hostile) -> None:
    """A byte every tenth of a second, for ever."""
    connection.recv(65536)
    connection.sendall(_HEAD + b"content-length: 1000000\r\n\r\n")
    while not hostile.over.wait(0.1):
        connection.sendall(b" ")


def mute(connection: socket.socket, hostile: Hostile) -> None:
    """Takes the question and never answers."""
    connection.recv(65536)
    hostile.over.wait(30)


def endless(connection: socket.socket, hostile: Hostile) -> None:
    """Ten gigabytes, as fast as they are taken."""
    connection.recv(65536)
    connection.sendall(_HEAD + b"content-length: 10000000000\r\n\r\n")
    part = b" " * 65536
    while not hostile.over.is_set():
        connection.sendall(part)
        hostile.sent += len(part)


def headers(connection: socket.socket, hostile: Hostile) -> None:
    """Headers without end."""
    connection.recv(65536)
    connection.sendall(_HEAD)
    while not hostile.over.is_set():
        connection.sendall(b"x-more: " + b"y" * 1000 + b"\r\n")


def bomb(connection: socket.socket, _: Hostile) -> None:
    """Says that it is compressed, which nobody asked for."""
    connection.recv(65536)
    connection.sendall(_HEAD + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00")


def gibberish(connection: socket.socket, _: Hostile) -> None:
    """Speaks something else than HTTP."""
    connection.recv(65536)
    connection.sendall(b"220 mail.example ESMTP\r\n")


@contextmanager
def hostile(behave: Behave) -> Iterator[Hostile]:
    """Starts one; ends it with all that it still does."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        running = Hostile(f"http://127.0.0.1:{listener.getsockname()[1]}")
        threads: list[Thread] = []

        def serve(connection: socket.socket) -> None:
            connection.settimeout(5)
            with suppress(OSError), connection:
                behave(connection, running)

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                if running.over.is_set():
                    connection.close()
                    return
                threads.append(Thread(target=serve, args=(connection,)))
                threads[-1].start()

        acceptor = Thread(target=accept)
        acceptor.start()
        try:
            yield running
        finally:
            running.over.set()
            socket.create_connection(listener.getsockname()).close()
            for thread in (acceptor, *threads):
                thread.join()
