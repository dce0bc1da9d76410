"""`blacklist health`: the exit code of a running server, for probes that have no other client."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
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
        print(f"{body.get('status', 'unknown')}: generation {body.get('generation')}, version {body.get('version')}")
    return 0 if status == 200 else 1


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
