"""`blacklist serve`."""

from __future__ import annotations

import socket
from argparse import Namespace

import uvicorn

from blacklist.app import create_app
from blacklist.cli.options import settings_of
from blacklist.cli.output import say
from blacklist.errors import SettingsError
from blacklist.logs import log_to_stderr
from blacklist.settings import Settings

BACKLOG = 2048  # connections that wait to be accepted
GRACE = 10  # seconds that requests in flight have to finish


def run(options: Namespace) -> int:
    """Serves until SIGTERM or Ctrl-C."""
    settings = settings_of(options)
    _check(settings)
    with _listen(settings) as listener:
        host, port = listener.getsockname()[:2]
        say(f"blacklist: listening on http://{f'[{host}]' if ':' in host else host}:{port}")
        log_to_stderr()
        config = uvicorn.Config(
            create_app(settings),
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        server = uvicorn.Server(config)
        server.run(sockets=[listener])
    return 0 if server.started else 1


def _check(settings: Settings) -> None:
    """What would otherwise go wrong only after the server has said that it listens."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot be the data folder: {error.strerror}", path=settings.data) from error
    if not settings.feeds.is_file():
        raise SettingsError("there is no such file of feeds: see --feeds", path=settings.feeds)


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)  # before the address is told: who connects at once waits, and is not refused
    except OSError as error:
        remedy = "choose another with --port or BLACKLIST_PORT; 0 takes a free one"
        raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror or error}; {remedy}") from error
    return listener
