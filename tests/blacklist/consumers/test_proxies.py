"""nginx, HAProxy and Squid read the lists, and answer by them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import pytest

from listed import hostile, small, written
from running import eventually

Fixture = Any
LISTED = {"192.0.2.200": True, "192.0.2.1": True, "198.51.100.1": True, "198.51.100.2": False, "2001:db8::7": True}
LISTED |= {"2001:db9::": False, "203.0.113.1": False}


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], ready: Callable[[], bool]) -> Iterator[None]:
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        eventually(ready)
        yield
    finally:
        started.terminate()
        started.communicate(timeout=15)


def check(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in (done.stdout + done.stderr).lower(), done.stderr


def verdict(port: int, address: str) -> int:
    return httpx.get(f"http://127.0.0.1:{port}/", headers={"x-ip": address}, trust_env=False).status_code


def test_nginx_includes_the_list_in_a_geo_block_and_answers_by_it(find: Fixture, readable: Path) -> None:
    nginx, port = find("nginx", "nginx-light"), free_port()
    for name, snapshot in (("hostile", hostile()), ("small", small())):
        (readable / f"{name}.nginx").write_bytes(written(snapshot, "nginx")[0])
        (readable / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {readable}/pid; error_log stderr warn;\n"
            "events { worker_connections 16; }\n"
            f"http {{ access_log off; client_body_temp_path {readable}; proxy_temp_path {readable};\n"
            f"fastcgi_temp_path {readable}; uwsgi_temp_path {readable}; scgi_temp_path {readable};\n"
            f"geo $http_x_ip $listed {{ default 0; include {readable}/{name}.nginx; }}\n"
            f"server {{ listen 127.0.0.1:{port}; location / {{ if ($listed) {{ return 403; }} return 204; }} }} }}\n"
        )
        command = [nginx, "-p", str(readable), "-e", "stderr", "-c", str(readable / "nginx.conf")]
        check(*command, "-t")
    with process(command, lambda: verdict(port, "203.0.113.1") == 204):
        assert {address: verdict(port, address) == 403 for address in LISTED} == LISTED


def test_haproxy_reads_the_list_into_an_acl_and_answers_by_it(find: Fixture, readable: Path) -> None:
    haproxy, port = find("haproxy", "haproxy"), free_port()
    for name, snapshot in (("hostile", hostile()), ("small", small())):
        (readable / f"{name}.haproxy").write_bytes(written(snapshot, "haproxy")[0])
        (readable / "haproxy.cfg").write_text(
            "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n"
            f"frontend web\n  bind 127.0.0.1:{port}\n  acl listed req.hdr_ip(x-ip) -f {readable}/{name}.haproxy\n"
            "  http-request return status 403 if listed\n  http-request return status 200\n"
        )
        command = [haproxy, "-db", "-f", str(readable / "haproxy.cfg")]
        check(*command, "-c")
    with process(command, lambda: verdict(port, "203.0.113.1") == 200):
        assert {address: verdict(port, address) == 403 for address in LISTED} == LISTED


@pytest.mark.parametrize("make", [small, hostile])
def test_squid_parses_an_acl_of_the_list_without_a_warning(find: Fixture, readable: Path, make: Fixture) -> None:
    squid = find("squid", "squid")
    (readable / "all.squid").write_bytes(written(make(), "squid")[0])
    (readable / "squid.conf").write_text(
        f'http_port 127.0.0.1:3128\nacl listed src "{readable}/all.squid"\nhttp_access deny listed\n'
        f"visible_hostname test\npid_filename {readable}/squid.pid\ncache_log {readable}/cache.log\n"
    )
    check(squid, "-k", "parse", "-f", str(readable / "squid.conf"))


def test_squid_would_warn_of_an_overlap(find: Fixture, readable: Path) -> None:
    squid = find("squid", "squid")
    (readable / "all.squid").write_bytes(written(small(), "txt")[0])
    (readable / "squid.conf").write_text(f'http_port 127.0.0.1:3128\nacl listed src "{readable}/all.squid"\n')
    command = [squid, "-k", "parse", "-f", str(readable / "squid.conf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "WARNING" in done.stdout + done.stderr
