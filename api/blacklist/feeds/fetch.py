"""The guarded GET: https, conditional, to public addresses, bounded in size and time, redirects followed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from time import monotonic

import httpcore
import httpx

from blacklist import __version__
from blacklist.errors import FeedError
from blacklist.feeds.content import Content, Limits, NotModified, Part, Permits, Validators
from blacklist.feeds.guard import GuardedBackend, left
from blacklist.feeds.inflate import inflate

_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_VALIDATOR = 512  # characters
_Headers = dict[str, str]


class StatusError(FeedError):
    """The server answered with a status that is no success."""

    def __init__(self, message: str, status: int, *, path: str | None = None) -> None:
        super().__init__(message, path=path)
        self.status = status


@contextmanager
def fetch(
    url: str,
    validators: Validators,
    *,
    permits: Permits | None = None,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Content | NotModified]:
    """The content behind a URL while it arrives, or that it has not changed since the validators were given.

    `headers` are sent to the origin that the URL names, and to none that a redirect leads to. Proxies of the
    environment are not used: the address that is checked must be the one that is connected to. Raises FeedError, also
    while the content is read: not reachable, not allowed, not a 200, too large, too slow.
    """
    limits, permits = limits or Limits(), permits or Permits()
    deadline = monotonic() + limits.total
    with _errors(url), ExitStack() as stack:
        target = _checked(url, allow_http=permits.http)
        origin = _origin(target)
        backend = GuardedBackend(private_host=_host(target) if permits.private else None, deadline=deadline)
        tls = httpx.create_ssl_context()
        pool = stack.enter_context(httpcore.ConnectionPool(ssl_context=tls, network_backend=backend))
        for _ in range(limits.redirects + 1):
            asked = _ask(validators, headers or {} if _origin(target) == origin else {})
            with pool.stream("GET", str(target), headers=asked, extensions=_timeouts(limits)) as answer:
                answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                if answer.status not in _REDIRECTS:
                    _check_status(answer.status, answered, validators, limits)
                    yield NotModified() if answer.status == 304 else _content(answer, answered, limits, deadline)
                    return
            target = _redirected(target, answered, allow_http=permits.http)
        raise FeedError(f"more than {limits.redirects} redirects")


def shown(url: str) -> str:
    """The URL without what may be secret in it: user, password, query."""
    try:
        parts = httpx.URL(url)
        return str(parts.copy_with(username=None, password=None, query=None, fragment=None))
    except httpx.InvalidURL:
        return "(not a URL)"


def _host(target: httpx.URL) -> str:
    return target.raw_host.decode("ascii")


def _origin(target: httpx.URL) -> tuple[str, bytes, int | None]:
    return target.scheme, target.raw_host, target.port


def _checked(url: str, *, allow_http: bool) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FeedError(f"not a URL: {error}") from None
    if target.scheme != "https" and not (allow_http and target.scheme == "http"):
        raise FeedError(f"{shown(url)} is not https (allow_http = true lets a feed use http)")
    if not target.host:
        raise FeedError("the URL names no host")
    return target.copy_with(username=None, password=None, fragment=None)


def _redirected(source: httpx.URL, headers: _Headers, *, allow_http: bool) -> httpx.URL:
    location = headers.get("location", "")
    if not location:
        raise FeedError("a redirect that does not say where to")
    try:
        target = source.join(location)
    except httpx.InvalidURL as error:
        raise FeedError(f"a redirect to what is not a URL: {error}") from None
    return _checked(str(target), allow_http=allow_http)


def _ask(validators: Validators, own: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    accept = [] if "accept" in map(str.lower, own) else [("Accept", "*/*")]
    headers: list[tuple[bytes | str, bytes | str]] = [
        ("User-Agent", f"blacklist/{__version__}"),
        *accept,
        *own.items(),
        ("Accept-Encoding", "gzip"),
    ]
    if validators.etag:
        headers.append(("If-None-Match", validators.etag))
    if validators.last_modified:
        headers.append(("If-Modified-Since", validators.last_modified))
    return headers


def _timeouts(limits: Limits) -> dict[str, dict[str, float]]:
    return {
        "timeout": {"connect": limits.connect, "read": limits.read, "write": limits.connect, "pool": limits.connect}
    }


def _check_status(status: int, headers: _Headers, validators: Validators, limits: Limits) -> None:
    if status != 200 and not (status == 304 and validators != Validators()):
        raise StatusError(f"the server answered {_status(status)}", status)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limits.decompressed:
        raise FeedError(f"it is larger than {limits.decompressed} bytes")


def _content(answer: httpcore.Response, headers: _Headers, limits: Limits, deadline: float) -> Content:
    body = inflate(_body(answer, deadline), headers.get("content-encoding", "").strip().lower(), limits)
    found = Validators(_kept(headers.get("etag", "")), _kept(headers.get("last-modified", "")))
    return Content(iter([Part("body", body)]), found)


def _body(answer: httpcore.Response, deadline: float) -> Iterator[bytes]:
    for chunk in answer.iter_stream():
        left(None, deadline)
        yield chunk


def _kept(validator: str) -> str:
    return validator if len(validator) <= _LONGEST_VALIDATOR and validator.isprintable() else ""


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


@contextmanager
def _errors(url: str) -> Iterator[None]:
    """Turns what goes wrong below into FeedError, and names the URL."""
    place = shown(url)
    try:
        yield
    except StatusError as error:
        raise StatusError(str(error), error.status, path=place) from error
    except FeedError as error:
        raise FeedError(f"{error}", path=place) from error
    except httpcore.TimeoutException as error:
        raise FeedError("the server does not answer in time", path=place) from error
    except httpcore.RemoteProtocolError as error:
        raise FeedError(f"the answer was cut short or is not HTTP: {error}", path=place) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise FeedError(f"the server cannot be reached: {error}", path=place) from error
