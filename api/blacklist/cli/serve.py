"""`blacklist serve`."""

from __future__ import annotations

import gc
import resource
import signal
import socket
from argparse import Namespace
from time import monotonic

import uvicorn

from blacklist.app import create_app
from blacklist.cli.options import settings_of
from blacklist.cli.output import say
from blacklist.errors import SettingsError
from blacklist.logs import log_to_stderr
from blacklist.settings import Settings
from blacklist.web.connection import KEEP_ALIVE, Bounds, bounded
from blacklist.web.routes import Front

BACKLOG = 2048  # connections that wait to be accepted
GRACE = 10  # seconds that requests in flight have to finish
_UNCOLLECTED = 10_000  # objects between looks for garbage: with 700, every few dozen requests wait for one
_OTHER_FILES = 100  # that a server has open besides connections


class _Server(uvicorn.Server):
    """Ends in two steps: after SIGTERM it drains for a while, then it takes no more. A second signal, or Ctrl-C, skips
    the first step.
    """

    def __init__(self, config: uvicorn.Config, application: Front) -> None:
        super().__init__(config)
        self._state = application.state
        self._leave_at: float | None = None

    async def on_tick(self, counter: int) -> bool:
        """Whether to leave, asked ten times a second."""
        if not await super().on_tick(counter):
            return False
        if self._leave_at is None:
            self._state.draining.set()
            self._leave_at = monotonic() + self._state.settings.drain
        hurried = len(self._captured_signals) > 1 or signal.SIGINT in self._captured_signals
        return hurried or monotonic() >= self._leave_at


def run(options: Namespace) -> int:
    """Serves until SIGTERM or Ctrl-C."""
    settings = settings_of(options)
    _check(settings)
    with _listen(settings) as listener:
        host, port = listener.getsockname()[:2]
        say(f"blacklist: listening on http://{f'[{host}]' if ':' in host else host}:{port}")
        log_to_stderr()
        _allow_files(settings.max_connections + _OTHER_FILES)
        application = create_app(settings)
        state = application.state
        config = uvicorn.Config(
            application,
            interface="asgi3",
            loop="uvloop",
            http=bounded(Bounds(settings.max_connections, state.metrics.connection_refused, state.draining)),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
        server = _Server(config, application)
        signal.signal(signal.SIGTERM, server.handle_exit)  # uvicorn raises it again at the end: no failure, exit code 0
        gc.set_threshold(_UNCOLLECTED)
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


def _allow_files(count: int) -> None:
    """Lets this process have so many files open, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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
