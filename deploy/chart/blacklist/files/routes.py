"""Asks every route that people rely on, inside and outside: python routes.py [--any-certificate] URL [URL]."""

import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

# Without a key, 401 is the service's own answer: it shows that the request has come all the way.
EXPECTED = {
    "/healthz": {200},
    "/ready": {200},
    "/health": {200},
    "/api/v1/lookup/192.0.2.1": {200, 401},
    "/api/v1/lists/all.txt": {401},
    "/api/blacklist/active": {200, 401, 404},
    "/authz": {200, 401, 403},
    "/openapi.json": {401},
    "/docs": {401},
    "/monitoring/dashboard": {303, 401},
    "/metrics": {200, 401},
}
TIMEOUT = 10  # seconds


def ask(url, path, context):
    """The status of one route, or why there is none."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        connection = HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT, context=context)
    else:
        connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"no answer ({error})"
    finally:
        connection.close()


def main(arguments):
    """0 when every route of every address answers as it should."""
    context = ssl.create_default_context()
    if arguments[:1] == ["--any-certificate"]:
        arguments = arguments[1:]
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    answers = {url: {path: ask(url, path, context) for path in EXPECTED} for url in arguments}
    wrong = {url: [path for path in EXPECTED if got[path] not in EXPECTED[path]] for url, got in answers.items()}
    for url, got in answers.items():
        for path, status in got.items():
            print(f"{'FAIL' if path in wrong[url] else 'ok  '} {url}{path}: {status}")
    inside, *outside = arguments
    for url in outside:
        if wrong[url] and not wrong[inside]:
            print(f"{url} fails while {inside} answers: look at the Ingress, its controller and networkPolicy.clients")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
