"""One HTTP request whose every failure is a sentence: bounded in time and size, and never redirected."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import randbelow
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httpx

from statuspress.sources.interface import Unavailable

TRIES = 3
PASSING = frozenset({429, 502, 503, 504})
_PAUSE = 0.1  # seconds: half of the longest pause after the first try
Watch = Callable[[httpx.Request], Awaitable[None]]
CAP = 4 << 20  # bytes: a hundred times what the service's /metrics takes
_BEHIND = "A proxy answers, but not what is behind it: see whether that runs, and where the proxy looks for it."
_REMEDIES = {
    401: "Give a key that may read it.",
    403: "Give a key that may read it, or allow this network.",
    404: "Check the address: what answers there does not know the path.",
    500: "Look into the log of the service.",
    **dict.fromkeys((502, 503, 504), _BEHIND),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `seconds` is the time from sending the request to the last byte of the answer."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hex."""
        return sha256(self.body).hexdigest()

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The JSON of the body. Raises Unavailable."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise self.unexpected("JSON") from None

    def allowed(self, variable: str, token: str) -> None:
        """Raises Unavailable if the key that was sent, or its absence, is why there is nothing to read."""
        if self.status not in {401, 403}:
            return
        if token:
            reason = f"{self.url} answered {self.status}: it refuses the key in {variable}."
            raise Unavailable(reason, f"Put a key that may read this into {variable}.")
        reason = f"{self.url} answered {self.status}: it asks for a key, and {variable} holds none."
        raise Unavailable(reason, f"Put a key into {variable}.")

    def unexpected(self, wanted: str) -> Unavailable:
        """The answer is not what was asked for."""
        found = "a web page" if self.body.lstrip()[:1] == b"<" else "something else"
        remedy = _REMEDIES.get(
            self.status, "Check that the address is the service's own, not a login page or a proxy before it."
        )
        return Unavailable(f"{self.url} answered {self.status} with {found} instead of {wanted}.", remedy)


def make_client(watch: Watch | None = None, verify: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """A client that takes no proxy, password or certificate from its surroundings, and follows no redirect.

    `watch` is told of every request before it is sent. `verify` is what certificates are held against.
    """
    return httpx.AsyncClient(
        event_hooks={"request": [watch] if watch else []},
        transport=httpx.AsyncHTTPTransport(retries=1, verify=verify),
        trust_env=False,
        follow_redirects=False,
        headers={"user-agent": "statuspress", "accept-encoding": "identity"},
    )


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `authorization` is the whole header, sent to this address alone. `cap` is in bytes.

    With `tries` above 1 it is sent again after a failure of the way to the system (refused, reset, or a status of
    `passing`), each time after a pause that grows and is drawn by lot, as long as the time-out allows.
    """

    url: str
    method: str = "GET"
    authorization: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    cap: int = CAP
    tries: int = TRIES
    passing: frozenset[int] = PASSING


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    *,
    timeout: float,  # noqa: ASYNC109 - the sentence of a timeout needs its length
    token: str = "",
    content: Any = None,
) -> Answer:
    """The answer to one try, whatever its status but a redirect. Raises Unavailable.

    `token` is sent as a bearer key. `content` is posted as JSON. `timeout` is for all of it, in seconds.
    """
    authorization = bearer(token)
    if content is None:
        return await send(client, Call(url, authorization=authorization, tries=1), timeout=timeout)
    headers = {"content-type": "application/json"}
    posted = json.dumps(content).encode()
    return await send(client, Call(url, "POST", authorization, headers, posted, tries=1), timeout=timeout)


async def send(
    client: httpx.AsyncClient,
    call: Call,
    *,
    timeout: float,  # noqa: ASYNC109 - the sentence of a timeout needs its length
) -> Answer:
    """The answer, whatever its status but a redirect. Raises Unavailable. `timeout` is for all tries, in seconds."""
    ends = perf_counter() + timeout
    for number in range(1, call.tries + 1):
        pause = _PAUSE * 2**number * (0.5 + randbelow(1000) / 2000)
        last = number == call.tries
        try:
            answer = await _once(client, call, ends - perf_counter(), timeout)
        except _Passing:
            if last or perf_counter() + pause >= ends:
                raise
        else:
            if last or answer.status not in call.passing or perf_counter() + pause >= ends:
                return answer
        await asyncio.sleep(pause)
    raise AssertionError("a call has at least one try")


def bearer(token: str) -> str:
    """The header for that token; empty without one."""
    return f"Bearer {token}" if token else ""


class _Passing(Unavailable):
    """What may be gone a moment later."""


async def _once(client: httpx.AsyncClient, call: Call, left: float, whole: float) -> Answer:
    headers = dict(call.headers) | ({"authorization": call.authorization} if call.authorization else {})
    started = perf_counter()
    try:
        async with (
            asyncio.timeout(left),
            client.stream(call.method, call.url, headers=headers, content=call.content, timeout=left) as response,
        ):
            if response.is_redirect and response.status_code != 304:  # "not modified" leads nowhere else
                raise _redirected(call.url, response.headers.get("location", ""))
            body = await _read(response, call)
    except (TimeoutError, httpx.TimeoutException):
        reason = f"{call.url} did not answer in full within {whole:.3g} s."
        raise Unavailable(reason, "See whether it is overloaded.") from None
    except httpx.HTTPError as error:
        raise _failed(call.url, error) from None
    except (httpx.InvalidURL, UnicodeError):
        raise Unavailable(f"{call.url} is no address that can be asked.", "Check the address.") from None
    return Answer(call.url, response.status_code, response.headers, body, perf_counter() - started)


async def _read(response: httpx.Response, call: Call) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unavailable(f"{call.url} answered in an encoding that was not asked for.")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > call.cap:
            reason = f"{call.url} answered with more than {call.cap >> 10} KiB."
            raise Unavailable(reason, "Check what answers at that address.")
    return bytes(body)


def host_of(url: str) -> str:
    """Host and port as an address names them; empty for what names none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _redirected(url: str, location: str) -> Unavailable:
    host = host_of(location)
    where = f"to {host[:100]}" if host else "to another path"
    return Unavailable(f"{url} redirects {where}, which is not followed.", "Configure the address that answers itself.")


def _failed(url: str, error: httpx.HTTPError) -> Unavailable:
    causes = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    text = " ".join(str(cause) for cause in causes)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unavailable(f"The name of {url} is not known.", "Check the address, and the name server.")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Unavailable(f"{url} has no certificate that can be trusted.", "Check its name, chain and dates.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unavailable(f"{url} does not speak TLS as it should.", "Check whether it is http, and its port.")
    if isinstance(error, httpx.ConnectError):
        refused = "refused" in text.lower() or "all connection attempts failed" in text.lower()
        word = "refused the connection" if refused else "could not be reached"
        return _Passing(f"{url} {word}.", "Start the service, or check its address and port.")
    return _Passing(f"{url} broke off its answer.", "Look into the log of the service.")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no value")
