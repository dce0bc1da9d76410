"""`/authz`, asked by a real nginx and directly."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

import httpx
import pytest

from running import Service, allow, eventually, fill, make_key, serving

LISTED, CLEAN, ALLOWED = "192.0.2.1", "203.0.113.5", "198.51.100.7"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("guard")
    fill(data, entries={LISTED: None, "198.51.100.0/24": None, "2001:db8::/32": None})
    allow(data, ALLOWED, "a partner")
    with serving(data, BLACKLIST_TRUSTED_PROXIES="127.0.0.0/8") as running:
        yield running


def ask(service: Service, client: str | None, method: str = "GET", path: str = "/authz") -> httpx.Response:
    headers = {"x-forwarded-for": client} if client is not None else {}
    with service.client() as opened:
        return opened.request(method, path, headers=headers)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/authz", "/authz/", "/authz/any/thing?with=query"])
def test_the_status_is_the_answer_whatever_the_method_and_what_follows(guard: Service, method: str, path: str) -> None:
    allowed, refused = ask(guard, CLEAN, method, path), ask(guard, LISTED, method, path)
    assert (allowed.status_code, allowed.content, allowed.headers["cache-control"]) == (200, b"", "no-store")
    assert refused.status_code == 403
    assert method == "HEAD" or refused.json()["type"] == "urn:blacklist:problem:listed"
    assert LISTED not in refused.text  # the proxy may show it to anybody


def test_the_allowlist_wins_and_networks_count(guard: Service) -> None:
    assert [ask(guard, address).status_code for address in (ALLOWED, "198.51.100.8", "2001:db8::7")] == [200, 403, 403]


@pytest.mark.parametrize("sent", [None, "", "unknown", "x" * 5000, "203.0.113.5, junk"])
def test_a_trusted_proxy_that_names_no_client_gets_503(guard: Service, sent: str | None) -> None:
    answer = ask(guard, sent)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:blacklist:problem:no-client-address")


def test_it_asks_for_the_scope_of_lookups(guard: Service) -> None:
    with guard.client("") as client:
        assert client.get("/authz", headers={"x-forwarded-for": CLEAN}).status_code == 401
    with guard.client(make_key(guard.data, "lists")) as client:
        eventually(lambda: client.get("/authz", headers={"x-forwarded-for": CLEAN}).status_code == 403)


def test_another_path_that_begins_alike_is_not_it(guard: Service) -> None:
    assert ask(guard, LISTED, path="/authzed").status_code == 404


def test_before_the_first_snapshot_it_is_503(tmp_path: Path) -> None:
    settings = {"BLACKLIST_TRUSTED_PROXIES": "127.0.0.0/8", "BLACKLIST_PUBLIC_LOOKUP": "1"}
    with serving(tmp_path, **settings) as service, service.client("") as client:
        assert client.get("/authz", headers={"x-forwarded-for": CLEAN}).status_code == 503
        fill(tmp_path, entries={LISTED: None})
        eventually(lambda: client.get("/authz", headers={"x-forwarded-for": CLEAN}).status_code == 200)
        assert client.get("/authz", headers={"x-forwarded-for": LISTED}).status_code == 403


def test_a_proxy_that_is_not_trusted_is_taken_for_the_client_and_that_is_logged(tmp_path: Path) -> None:
    fill(tmp_path, entries={LISTED: None})
    with serving(tmp_path, BLACKLIST_TRUSTED_PROXIES="192.0.2.0/24") as service:
        assert [ask(service, LISTED).status_code for _ in range(3)] == [200] * 3
        assert (tmp_path / "server.log").read_text().count("BLACKLIST_TRUSTED_PROXIES does not name") == 1


def test_a_header_of_a_cdn_is_believed_from_trusted_networks_alone(tmp_path: Path) -> None:
    fill(tmp_path, entries={LISTED: None})
    settings = {"BLACKLIST_TRUSTED_PROXIES": "127.0.0.0/8", "BLACKLIST_CLIENT_ADDRESS_HEADER": "CF-Connecting-IP"}
    with serving(tmp_path, **settings) as service, service.client() as client:
        assert client.get("/authz", headers={"cf-connecting-ip": LISTED}).status_code == 403
        assert client.get("/authz", headers={"cf-connecting-ip": CLEAN, "x-forwarded-for": LISTED}).status_code == 200
        assert client.get("/authz", headers={"x-forwarded-for": LISTED}).status_code == 503


@contextmanager
def nginx(service_url: str, key: str, extra: str = "") -> Iterator[int]:
    """An nginx that asks before it serves `/`; it listens on every address of the loopback. Its port."""
    program = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    assert program is not None, "nginx is missing: apt-get install --no-install-recommends nginx-light"
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "index.html").write_text("welcome")
        temporary = " ".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            "events { worker_connections 64; }\n"
            f"http {{ access_log off; {temporary}\n"
            # what stands before this nginx: it alone may name a client, as the load balancer of a real one would
            "set_real_ip_from 127.0.0.9; real_ip_header X-Test-Client;\n"
            f"server {{ listen 127.0.0.1:{port};\n"
            f"location / {{ auth_request /authz; {extra} root {folder}; }}\n"
            "location = /authz { internal;\n"
            f'proxy_pass {service_url}; proxy_pass_request_body off; proxy_set_header Content-Length "";\n'
            f"proxy_set_header X-Api-Key {key};\n"
            "proxy_set_header X-Forwarded-For $remote_addr; } } }\n"  # replaced, not added to
        )
        process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
        try:
            eventually(lambda: httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code > 0)
            yield port
        finally:
            process.terminate()
            process.wait(15)


def visit(port: int, client: str, **headers: str) -> int:
    """What nginx answers to a visitor from that address."""
    transport = httpx.HTTPTransport(local_address="127.0.0.9")
    with httpx.Client(transport=transport) as visitor:
        return visitor.get(f"http://127.0.0.1:{port}/", headers={"x-test-client": client} | headers).status_code


def test_nginx_lets_in_who_is_not_listed_and_nobody_who_is(guard: Service) -> None:
    with nginx(guard.url, guard.key) as port:
        assert [visit(port, address) for address in (CLEAN, LISTED, ALLOWED, "2001:db8::7")] == [200, 403, 200, 403]


def test_behind_nginx_a_spoofed_header_helps_nobody_and_harms_nobody(guard: Service) -> None:
    with nginx(guard.url, guard.key) as port:
        assert visit(port, LISTED, **{"X-Forwarded-For": CLEAN}) == 403
        assert visit(port, CLEAN, **{"X-Forwarded-For": LISTED}) == 200
        plain = httpx.get(f"http://127.0.0.1:{port}/", headers={"x-test-client": LISTED}, trust_env=False)
        assert plain.status_code == 200  # nginx believes 127.0.0.9 alone: this visitor is 127.0.0.1


def test_nginx_closes_when_the_service_can_not_tell_and_opens_where_told_to(tmp_path: Path) -> None:
    opening = "error_page 500 = @open; } location @open { return 200 'opened';"
    with serving(tmp_path, BLACKLIST_TRUSTED_PROXIES="127.0.0.0/8") as service:  # nothing is imported: it says 503
        with nginx(service.url, service.key) as port:
            assert visit(port, CLEAN) == 500
        with nginx(service.url, service.key, extra=opening) as port:
            assert visit(port, CLEAN) == 200
