from __future__ import annotations

import gzip
import socket
import time
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from typing import Any

import pytest

from blacklist.errors import FeedError
from blacklist.feeds.content import Content, Limits, NotModified, Permits, Validators
from blacklist.feeds.fetch import fetch, shown

BODY = b"192.0.2.1\n192.0.2.2\n"


def get(url: str, validators: Validators | None = None, **options: Any) -> tuple[bytes, Validators] | None:
    permits = Permits(http=options.pop("allow_http", True), private=options.pop("allow_private", True))
    with fetch(url, validators or Validators(), permits=permits, **options) as content:
        if isinstance(content, NotModified):
            return None
        assert isinstance(content, Content)
        return b"".join(chunk for part in content.parts for chunk in part.chunks), content.validators


def body(url: str, **options: Any) -> bytes:
    found = get(url, **options)
    assert found is not None
    return found[0]


def test_the_body_and_its_validators_are_returned(server: Any) -> None:
    url = server.gives(BODY, ETag='"one"', Last_Modified="Tue, 15 Apr 2025 02:07:54 GMT")
    assert get(url) == (BODY, Validators('"one"', "Tue, 15 Apr 2025 02:07:54 GMT"))
    asked = server.requests[0]
    assert asked["accept-encoding"] == "gzip"
    assert asked["user-agent"].startswith("blacklist/")
    assert asked["host"] == f"127.0.0.1:{server.port}"
    assert "if-none-match" not in asked


def test_the_next_request_is_conditional_and_304_is_no_content(server: Any) -> None:
    url = server.gives(b"", status=304)
    assert get(url, Validators('"one"', "Tue, 15 Apr 2025 02:07:54 GMT")) is None
    assert server.requests[0]["if-none-match"] == '"one"'
    assert server.requests[0]["if-modified-since"] == "Tue, 15 Apr 2025 02:07:54 GMT"


def test_304_that_nobody_asked_for_is_an_error(server: Any) -> None:
    with pytest.raises(FeedError, match=r"the server answered 304 Not Modified"):
        get(server.gives(b"", status=304))


@pytest.mark.parametrize("status", [204, 206, 401, 404, 429, 500, 503, 599])
def test_any_other_status_is_an_error_that_names_it(server: Any, status: int) -> None:
    with pytest.raises(FeedError, match=rf"^http://127\.0\.0\.1:\d+/list\.txt: the server answered {status}"):
        get(server.gives(b"" if status == 204 else BODY, status=status))


def test_redirects_are_followed_relative_ones_too(server: Any) -> None:
    server.gives(BODY, path="/there")
    server.gives(b"", path="/here", status=301, Location="/there")
    assert body(server.gives(b"", status=302, Location=server.url("/here"))) == BODY
    assert len(server.requests) == 3


def test_redirects_without_an_end_are_an_error(server: Any) -> None:
    with pytest.raises(FeedError, match="more than 5 redirects"):
        get(server.gives(b"", status=302, Location="/list.txt"))
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://localhost:{port}/there", r"localhost leads to (127\.0\.0\.1|::1), loopback"),
        ("http://[::1]:{port}/there", r"::1 leads to ::1, loopback"),
        ("http://[::ffff:127.0.0.1]:{port}/there", r"leads to ::ffff:127\.0\.0\.1, loopback"),
        ("http://2130706433:{port}/there", r"leads to 127\.0\.0\.1, loopback"),
        ("http://169.254.169.254/latest/meta-data", r"169\.254\.169\.254, link local"),
        ("http://10.0.0.1/", r"private use \(RFC 1918\)"),
        ("ftp://192.0.2.1/", "not https"),
        ("file:///etc/passwd", "not https"),
        ("http://[::1", "not a URL"),
        ("", "does not say where to"),
    ],
)
def test_a_redirect_to_a_private_address_or_another_scheme_is_refused(server: Any, target: str, message: str) -> None:
    server.gives(BODY, path="/there")
    with pytest.raises(FeedError, match=message):
        get(server.gives(b"", status=302, Location=target.format(port=server.port)))
    assert len(server.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_private_address_behind_the_name_is_refused_unless_allowed(server: Any, host: str) -> None:
    server.gives(BODY)
    with pytest.raises(FeedError, match=r"loopback.*not connecting \(allow_private = true"):
        get(server.url(host=host), allow_private=False)
    assert server.requests == []


def test_http_is_refused_unless_allowed(server: Any) -> None:
    with pytest.raises(FeedError, match=r"is not https \(allow_http = true"):
        get(server.gives(BODY), allow_http=False)
    assert server.requests == []


def test_only_the_public_addresses_of_a_name_are_connected_to_and_the_name_is_looked_up_once(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    connected: list[tuple[str, int]] = []
    connect = socket.create_connection

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        answers = ["10.0.0.1", "::ffff:127.0.0.1", "fe80::1%eth0", "8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]
        return [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers]

    def create_connection(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        monkeypatch.undo()
        return connect(("127.0.0.1", server.port))  # stands in for the network

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    server.gives(BODY)
    assert body(server.url(host="mixed.example"), allow_private=False) == BODY
    assert asked == ["mixed.example"]
    assert connected == [("8.8.8.8", server.port)]
    assert server.requests[0]["host"] == f"mixed.example:{server.port}"


@pytest.mark.parametrize("limits", [Limits(total=0.3), Limits(connect=0.05)])
def test_a_resolver_that_never_answers_ends_at_the_deadline(
    server: Any, monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    over = Event()

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    begun = time.monotonic()
    nobody = r"nobody says which address hangs\.example has"
    with pytest.raises(
        FeedError, match=rf"/list\.txt: it takes too long: ({nobody}|the time for the whole fetch is over)"
    ):
        body(server.url(host="hangs.example"), limits=limits)
    assert time.monotonic() - begun < 30
    over.set()


def test_tls_asks_for_the_name_and_not_for_the_address_connected_to() -> None:
    hello: list[bytes] = []

    def listen(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            hello.append(connection.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=listen, args=(listening,))
        thread.start()
        with pytest.raises(FeedError, match="cannot be reached"):
            get(f"https://localhost:{listening.getsockname()[1]}/", allow_http=False)
        thread.join()
    assert hello[0][:2] == b"\x16\x03"  # a TLS handshake
    assert b"localhost" in hello[0]  # with the server's name


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FeedError, match="the server cannot be reached"):
        get(f"http://127.0.0.1:{port}/")


def test_gzip_is_unpacked_and_several_members_are_one_file(server: Any) -> None:
    packed = gzip.compress(BODY) + gzip.compress(b"192.0.2.3\n")
    assert body(server.gives(packed, Content_Encoding="gzip")) == BODY + b"192.0.2.3\n"


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(server: Any) -> None:
    bomb = gzip.compress(bytes(50 << 20))
    with pytest.raises(FeedError, match="more than 100 times as large when decompressed"):
        get(server.gives(bomb, Content_Encoding="gzip"))
    with pytest.raises(FeedError, match="larger than 1048576 bytes when decompressed"):
        get(server.gives(bomb, Content_Encoding="gzip"), limits=Limits(decompressed=1 << 20))
    with pytest.raises(FeedError, match="it is larger than 1000 bytes"):
        get(server.gives(bomb, Content_Encoding="gzip"), limits=Limits(compressed=1000))


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (gzip.compress(BODY)[:-9], "truncated: its gzip encoding has no end"),
        (b"not gzip at all", "gzip encoding is damaged"),
        (gzip.compress(BODY) + b"and more", "gzip encoding is damaged"),
    ],
)
def test_a_damaged_encoding_is_an_error(server: Any, packed: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        get(server.gives(packed, Content_Encoding="gzip"))


def test_an_encoding_that_was_not_asked_for_is_an_error(server: Any) -> None:
    with pytest.raises(FeedError, match="encoded as 'br', which was not asked for"):
        get(server.gives(BODY, Content_Encoding="br"))


def test_a_body_shorter_than_announced_is_an_error(server: Any) -> None:
    with pytest.raises(FeedError, match="cut short"):
        get(server.gives(BODY, Content_Length="1000"))


def test_a_body_announced_as_too_large_is_not_read(server: Any) -> None:
    with pytest.raises(FeedError, match="it is larger than 1000 bytes"):
        get(server.gives(BODY, Content_Length="1001"), limits=Limits(decompressed=1000))


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"192.0.2.1\n" * 1000)


def test_an_endless_body_ends_at_the_limit(server: Any) -> None:
    server.answers["/list.txt"] = endless
    with pytest.raises(FeedError, match="it is larger than 1000000 bytes"):
        get(server.url(), limits=Limits(decompressed=1_000_000))


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"1")
        time.sleep(0.05)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        handler.wfile.write(b"1")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [drip, drip_headers])
def test_a_slow_drip_ends_at_the_deadline(server: Any, answer: Any) -> None:
    server.answers["/list.txt"] = answer
    started = time.monotonic()
    with pytest.raises(FeedError, match=r"too long|in time"):
        get(server.url(), limits=Limits(total=0.4))
    assert time.monotonic() - started < 2


def test_a_silent_server_is_given_up(server: Any) -> None:
    server.answers["/list.txt"] = lambda _: time.sleep(1)
    with pytest.raises(FeedError, match="does not answer in time"):
        get(server.url(), limits=Limits(read=0.2))


def test_an_answer_that_is_not_http_is_an_error(server: Any) -> None:
    server.answers["/list.txt"] = lambda handler: handler.wfile.write(b"hello\r\n\r\n")
    with pytest.raises(FeedError, match="is not HTTP"):
        get(server.url())


def test_a_validator_of_absurd_length_is_not_kept(server: Any) -> None:
    found = get(server.gives(BODY, ETag='"' + "x" * 5000 + '"'))
    assert found is not None
    assert found[1] == Validators()


def test_secrets_in_a_url_are_not_in_what_is_shown(server: Any) -> None:
    server.gives(BODY, path="/list?token=hidden", status=500)
    url = server.url("/list?token=hidden", host="user:hidden@127.0.0.1")
    with pytest.raises(FeedError) as caught:
        get(url)
    assert "hidden" not in str(caught.value)
    assert "authorization" not in server.requests[0]
    assert shown("https://u:hidden@example.org/a?b=hidden#c") == "https://example.org/a"
    assert shown("https://u:hidden@[::1/a") == "(not a URL)"


def test_headers_go_to_the_origin_of_the_url_and_to_no_other(server: Any) -> None:
    server.gives(b"", path="/here", status=301, Location="/there")
    server.gives(b"", path="/there", status=301, Location=server.url("/away", host="localhost"))
    server.gives(BODY, path="/away")
    url = server.url("/here")
    with pytest.raises(FeedError, match="loopback"):
        get(url, headers={"Key": "secret", "Accept": "application/json"})
    assert [request.get("key") for request in server.requests] == ["secret", "secret"]
    assert server.requests[0]["accept"] == "application/json"
    other = server.url("/away").replace("127.0.0.1", "127.0.0.2")
    server.gives(b"", path="/there", status=301, Location=other)
    with pytest.raises(FeedError) as caught:
        get(url, headers={"Key": "secret"})
    assert "secret" not in str(caught.value)


def test_a_redirect_to_another_port_takes_no_header_with_it(server: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard: list[bytes] = []

        def listen() -> None:
            connection, _ = listening.accept()
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = Thread(target=listen)
        thread.start()
        url = server.gives(b"", status=302, Location=f"http://127.0.0.1:{listening.getsockname()[1]}/x")
        assert body(url, headers={"Key": "secret"}) == b"ok"
        thread.join()
    assert b"secret" not in heard[0]
    assert b"GET /x" in heard[0]
