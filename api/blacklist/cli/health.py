"""`blacklist health`: the exit code of a running server, for probes that have no other client."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from blacklist.cli.output import print_json
from blacklist.errors import BlacklistError, SettingsError
from blacklist.settings import read_settings

TIMEOUT = 5.0  # seconds


def run(options: Namespace) -> int:
    """0 when lookups are answered (ok or degraded), 1 when not."""
    url = options.url or f"http://127.0.0.1:{read_settings(os.environ).port}"
    status, body = _get(url)
    if options.json:
        print_json(body)
    else:
        print("\n".join(_told(body)))
    return 0 if status == 200 else 1


def _told(body: Mapping[str, Any]) -> Iterator[str]:
    """What /health answers, for people: the state, and the reasons of one that is not ok."""
    generation = body.get("generation")
    serving = "no snapshot is loaded" if generation is None else f"generation {generation}"
    yield f"{body.get('status', 'unknown')}: {serving}, version {body.get('version', 'unknown')}"
    if body.get("status") == "unavailable" and generation is not None:
        yield "  it is on its way out"
    if error := _part(body.get("store")).get("error"):
        yield f"  the store is away: {error}"
    replica = _part(body.get("replica"))
    if behind := replica.get("lag_seconds"):
        yield f"  it has been behind the store for {behind} s"
    if waiting := body.get("unpublished_seconds"):
        yield f"  a change by an operator has been in no list for {waiting} s"
    if replica.get("watching") is False:
        yield "  no importer is there: start `blacklist import --watch`"
    feeds = body.get("feeds")
    for feed in map(_part, feeds if isinstance(feeds, list) else ()):
        if feed.get("state") == "quarantined":
            yield f"  feed {feed.get('name')} is held back: {feed.get('last_error')}"
        elif feed.get("state") == "failed":
            yield f"  feed {feed.get('name')} failed: {feed.get('last_error')}"


def _part(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _get(url: str) -> tuple[int, dict[str, object]]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"{url!r} is not an address such as http://127.0.0.1:2541")
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        connection = connect(parts.hostname, parts.port, timeout=TIMEOUT)
        connection.request("GET", f"{parts.path.rstrip('/')}/health")
        response = connection.getresponse()
        body = json.loads(response.read(1 << 20))
    except (OSError, HTTPException) as error:
        raise BlacklistError(f"no answer from {url}: {error}; is the server running?") from error
    except ValueError:
        raise BlacklistError(f"{url} answered something that is not JSON; is it blacklist?") from None
    if not isinstance(body, dict):
        raise BlacklistError(f"{url} answered something that is not its health; is it blacklist?")
    return response.status, body
