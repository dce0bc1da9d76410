"""Lists, asked of a running server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from running import Service


def test_a_list_holds_every_network_once_less_the_allowlist(client: httpx.Client) -> None:
    answer = client.get("/api/v1/lists/one.txt")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[:2] == ["192.0.2.0/24", "192.0.2.1"]
    assert lines[-1] == "2001:db8::/32"
    assert answer.text.endswith("\n")
    assert "198.51.100.0/24" not in lines
    assert {"198.51.100.0/30", "198.51.100.4/31", "198.51.100.6", "198.51.100.8/29"} <= set(lines)
    assert answer.headers["x-entry-count"] == str(len(lines))


def test_a_category_and_all_are_lists_too(client: httpx.Client) -> None:
    assert client.get("/api/v1/lists/scanners.txt").text == "192.0.2.1\n203.0.113.9\n"
    assert "203.0.113.9" in client.get("/api/v1/lists/all.txt").text


def test_an_unchanged_list_is_not_sent_again(client: httpx.Client) -> None:
    tag = client.get("/api/v1/lists/one.txt").headers["etag"]
    again = client.get("/api/v1/lists/one.txt", headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/api/v1/lists/one.txt", headers={"if-none-match": '"other"'}).status_code == 200


def test_a_list_that_is_truly_empty_is_never_an_empty_200(client: httpx.Client) -> None:
    answer = client.get("/api/v1/lists/none.txt")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:blacklist:problem:empty-list")


@pytest.mark.parametrize(
    ("path", "slug", "named"),
    [("nobody.txt", "unknown-list", "one"), ("one.docx", "unknown-format", "txt"), ("one", "unknown-format", "txt")],
)
def test_what_there_is_not_is_told_with_what_there_is(client: httpx.Client, path: str, slug: str, named: str) -> None:
    answer = client.get(f"/api/v1/lists/{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, f"urn:blacklist:problem:{slug}")
    assert named in answer.json()["detail"]


def test_callers_at_the_same_time_get_the_same_bytes_from_one_rendering(service: Service) -> None:
    def get(_: int) -> tuple[bytes, str]:
        with service.client() as client:
            answer = client.get("/api/v1/lists/two.txt")
            return answer.content, answer.headers["etag"]

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(get, range(40)))
    assert len(answers) == 1
    assert len(list((service.data / "lists").glob("*-two.txt"))) == 1
