"""Servers that do not keep to HTTP, or not to any measure: what a network really has to offer."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

Behave = Callable[[socket.socket, Event], None]
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@contextmanager
def misbehaving(behave: Behave) -> Iterator[str]:
    """A server on a free port of the loopback that treats every connection like that; its address."""
    over = Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            behave(connection, over)

    def accept() -> None:
        with suppress(OSError):  # the listening socket is shut down
            while True:
                Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        thread = Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def resets(connection: socket.socket, over: Event) -> None:
    """Ends the connection by a reset, once something was asked."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def leaves(connection: socket.socket, over: Event) -> None:
    """Ends the connection without an answer."""
    connection.recv(65_536)


def cuts(connection: socket.socket, over: Event) -> None:
    """Promises more than it sends."""
    connection.recv(65_536)
    connection.sendall(_HEAD + b"content-length: 1000\r\n\r\n{}")


def hangs(connection: socket.socket, over: Event) -> None:
    """Listens, and says nothing."""
    over.wait(60)


def drips(connection: socket.socket, over: Event) -> None:
    """Answers byte by byte, and never comes to an end."""
    connection.recv(65_536)
    connection.sendall(_HEAD + b"content-length: 1000000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


def floods(connection: socket.socket, over: Event) -> None:
    """Answers with ten gigabytes."""
    connection.recv(65_536)
    connection.sendall(_HEAD + b"content-length: 10737418240\r\n\r\n")
    chunk = b" " * (1 << 16)
    for _ in range(10 * 2**14):
        if over.is_set():
            return
        connection.sendall(chunk)


def babbles(connection: socket.socket, over: Event) -> None:
    """Speaks something that is not HTTP."""
    connection.recv(65_536)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\x00\xff\xfe\r\n")


def rambles(connection: socket.socket, over: Event) -> None:
    """Answers with header lines without end."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(1 << 16):
        connection.sendall(b"x: " + b"y" * 1000 + b"\r\n")
