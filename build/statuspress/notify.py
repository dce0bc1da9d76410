"""Sends messages to where the environment says. The addresses are secrets: nothing names them, not even an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from statuspress.errors import ConfigError, NotifyError

_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets messages: the variable that holds the address, the address, and the format it is given."""

    variable: str
    format: str
    url: str = field(repr=False)


VARIABLES: Mapping[str, str] = {"STATUSPRESS_WEBHOOK_URL": "webhook", "STATUSPRESS_SLACK_URL": "slack"}


def receivers(environ: Mapping[str, str]) -> tuple[Receiver, ...]:
    """Those that the environment names. Raises ConfigError for an address that is none."""
    found = []
    for variable, kind in VARIABLES.items():
        if url := environ.get(variable, "").strip():
            try:
                parts = urlsplit(url)
                valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
            except ValueError:
                valid = False
            if not valid:
                raise ConfigError(f"{variable} must hold an http or https address")
            found.append(Receiver(variable, kind, url))
    return tuple(found)


def send(receiver: Receiver, message: Mapping[str, Any]) -> None:
    """Posts the message; tries again once. Raises NotifyError when it was not taken."""
    transport = httpx.HTTPTransport(retries=1)
    with httpx.Client(transport=transport, timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client:
        for last in (False, True):
            try:
                status = client.post(receiver.url, json=message).status_code
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = f"it did not answer ({type(error).__name__})"
            else:
                if 200 <= status < 300:
                    return
                said = f"it answered {status}"
                if status < 500:
                    break
            if last:
                break
    raise NotifyError(f"the receiver in {receiver.variable} took no message: {said}; check that address")
