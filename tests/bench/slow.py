"""Slow clients: connections that send a byte of a head each second and never its end.

python tests/bench/slow.py PORT COUNT
"""

from __future__ import annotations

import sys
from contextlib import suppress
from socket import create_connection, socket
from time import sleep


def main(arguments: list[str]) -> None:
    """Says when all are open; goes on until it is terminated."""
    port, count = map(int, arguments)

    connections = [_opened(port) for _ in range(count)]
    print("open", flush=True)
    while True:
        for place, one in enumerate(connections):
            try:
                one.sendall(b"x")
            except OSError:
                one.close()
                with suppress(OSError):
                    connections[place] = _opened(port)
        sleep(1)


def _opened(port: int) -> socket:
    one = create_connection(("127.0.0.1", port), timeout=5)
    one.sendall(b"GET /api/v1/lookup/192.0.2.1 HTTP/1.1\r\nX-Slow: ")
    return one


if __name__ == "__main__":
    main(sys.argv[1:])
