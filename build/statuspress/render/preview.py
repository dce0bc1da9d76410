"""Serves a built site while it is being written: rebuilds when a watched file changes, and reloads the open page.

For authors, on loopback. What is served differs from what is built by one script element in each page.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from socketserver import BaseServer
from threading import Event, Thread
from urllib.parse import unquote, urlsplit

from statuspress.errors import StatuspressError
from statuspress.render.address import base_path
from statuspress.render.build import BuildResult

INTERVAL = 0.4
_SCRIPT = "preview.js"
_VERSION = "preview.version"
_RELOAD = b"""(() => {
  const address = document.currentScript.src.replace("preview.js", "preview.version");
  let seen;
  setInterval(async () => {
    try {
      const now = await (await fetch(address, { cache: "no-store" })).text();
      if (seen !== undefined && seen !== now) location.reload();
      seen = now;
    } catch { /* the preview has ended */ }
  }, 500);
})();
"""


class Previewer:
    """One preview. It listens from the start, and answers once `serve` runs."""

    def __init__(
        self, make: Callable[[Path], BuildResult], *, watch: Sequence[Path], out: Path, host: str, port: int
    ) -> None:
        self._make, self._watch, self._out = make, watch, out
        self._ended = Event()
        self.version = 0
        try:
            self._server = ThreadingHTTPServer((host, port), partial(_Handler, self))
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "a port is a number from 0 to 65535"
            raise StatuspressError(
                f"cannot listen on {host}:{port}: {why}; end what uses it, or choose another port"
            ) from None
        self._server.daemon_threads = True
        self._seen = self._state()  # before the build, so that no change made during it is missed
        self._build()
        self.base = _base(out)
        self.address = f"http://{host}:{self._server.server_address[1]}{self.base}"

    def serve(self) -> None:
        """Answers and watches until `end` is called."""
        server = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        server.start()
        try:
            while not self._ended.wait(INTERVAL):
                if (now := self._state()) != self._seen:
                    self._seen = now
                    self._rebuild()
        finally:
            self._server.shutdown()
            self._server.server_close()
            server.join()

    def end(self) -> None:
        """Ends `serve`."""
        self._ended.set()

    def find(self, url: str) -> tuple[HTTPStatus, Path]:
        """The file that answers an address; the page for lost visitors when there is none."""
        path = unquote(urlsplit(url).path)
        root = self._out.resolve()
        if path.startswith(self.base):
            found = (root / path.removeprefix(self.base)).resolve()
            if found.is_dir():
                found /= "index.html"
            if found.is_relative_to(root) and found.is_file():
                return HTTPStatus.OK, found
        return HTTPStatus.NOT_FOUND, root / "404.html"

    def _build(self) -> None:
        try:
            result = self._make(self._out)
        except StatuspressError:
            self._server.server_close()
            raise
        self._say(result)

    def _rebuild(self) -> None:
        try:
            self._say(self._make(self._out))
        except StatuspressError as error:
            print(f"statuspress: {error}", flush=True)

    def _say(self, result: BuildResult) -> None:
        self.version += 1
        for warning in result.warnings:
            print(f"warning: {warning}", flush=True)
        print(f"built {result.pages} pages", flush=True)

    def _state(self) -> dict[Path, int]:
        """When each watched file was last written."""
        out = self._out.absolute()
        found = {}
        for place in self._watch:
            for path in [place, *place.rglob("*")]:
                if path.is_file() and not path.absolute().is_relative_to(out):
                    found[path] = path.stat().st_mtime_ns
        return found


def preview(make: Callable[[Path], BuildResult], *, watch: Sequence[Path], out: Path, host: str, port: int) -> None:
    """Builds, serves under the site's base path, rebuilds and reloads, until Ctrl-C.

    Raises StatuspressError when the port is in use or the first build fails; a later failure is printed, and the last
    good site stays.
    """
    previewer = Previewer(make, watch=watch, out=out, host=host, port=port)
    try:
        print(f"serving {previewer.address} (Ctrl-C ends it)", flush=True)
        previewer.serve()
    except KeyboardInterrupt:
        print(flush=True)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, previewer: Previewer, request: socket, client: object, server: BaseServer) -> None:
        self._previewer = previewer
        super().__init__(request, client, server)

    def do_GET(self) -> None:
        base = self._previewer.base
        if self.path == "/" and base != "/":
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", base)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == base + _SCRIPT:
            self._answer(HTTPStatus.OK, "text/javascript", _RELOAD)
        elif self.path == base + _VERSION:
            self._answer(HTTPStatus.OK, "text/plain", str(self._previewer.version).encode())
        else:
            status, path = self._previewer.find(self.path)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            try:
                body = path.read_bytes()
            except OSError:  # between two builds
                status, body = HTTPStatus.SERVICE_UNAVAILABLE, b""
            if kind == "text/html":
                body = body.replace(b"</head>", f'<script src="{base}{_SCRIPT}"></script></head>'.encode())
            self._answer(status, kind, body)

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: an author looks at the page, not at its requests."""


def _base(out: Path) -> str:
    """The path the built site is meant for, as its own robots.txt tells."""
    lines = (out / "robots.txt").read_text(encoding="utf-8").splitlines()
    sitemap = next((line.split(" ", 1)[1] for line in lines if line.startswith("Sitemap: ")), "/sitemap.xml")
    return base_path(sitemap.removesuffix("sitemap.xml"))
