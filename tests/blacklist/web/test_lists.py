"""Lists, asked of a running server."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import formatdate, parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from blacklist.formats.registry import EXPORTS
from running import Service, fill, make_key, serving


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


def test_two_hundred_callers_at_once_get_the_same_bytes_from_one_rendering(tmp_path: Path) -> None:
    fill(tmp_path, entries={f"192.0.2.{number}": None for number in range(250)})
    with serving(tmp_path) as service, service.client() as client:

        def get(path: str) -> tuple[int, bytes, str | None]:
            """By a connection of its own: a client that 200 threads share is what would be tested."""
            with closing(HTTPConnection(service.url.removeprefix("http://"), timeout=60)) as connection:
                connection.request("GET", path, headers={"x-api-key": service.key})
                answer = connection.getresponse()
                return answer.status, answer.read(), answer.getheader("etag")

        with ThreadPoolExecutor(200) as pool:
            answers = set(pool.map(get, ["/api/v1/lists/one.txt"] * 200))
        assert len(answers) == 1
        assert next(iter(answers))[0] == 200
        assert renderings(client) == 1
        client.get("/api/v1/lists/one.txt?family=4")
        client.get("/api/v1/lists/one.txt?family=4&aggregate=0")  # asks for the same
        assert renderings(client) == 2
        generation = fill(tmp_path, entries={"192.0.2.1": None})
        while client.get("/api/v1/lists/one.txt").headers["x-generation"] != str(generation):
            pass
        assert client.get("/api/v1/lists/one.txt").text == "192.0.2.1\n"
        assert renderings(client) == 3


def renderings(client: httpx.Client) -> int:
    lines = client.get("/metrics").text.splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("blacklist_list_renderings_total"))


@pytest.mark.parametrize("suffix", EXPORTS)
def test_every_format_is_served_with_its_type_and_counts(client: httpx.Client, suffix: str) -> None:
    answer = client.get(f"/api/v1/lists/all.{suffix}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, EXPORTS[suffix].media_type)
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}-gzip"'
    assert answer.headers["cache-control"] == "private, max-age=60, stale-if-error=86400"
    assert int(answer.headers["x-entry-count"]) > 3
    assert answer.headers["x-omitted-count"] == ("1" if suffix == "checkpoint" else "0")
    assert answer.headers["x-generation"].isdecimal()


def test_a_list_is_narrowed_by_its_parameters(client: httpx.Client) -> None:
    def get(query: str) -> list[str]:
        answer = client.get(f"/api/v1/lists/all.txt?{query}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-entry-count"] == str(len(answer.text.splitlines()))
        return answer.text.splitlines()

    assert get("min_confidence=90") == ["192.0.2.1"]
    assert get("category=scanners") == ["192.0.2.1", "203.0.113.9"]
    assert get("family=6") == ["2001:db8::/32"]
    assert get("max_entries=1") == ["192.0.2.1"]
    assert "192.0.2.1" not in get("aggregate=1")
    assert get("family=4&category=scanners&max_entries=1&min_confidence=10") == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("colour=red", "min_confidence, category, family, max_entries, aggregate, device"),
        ("min_confidence=101", "min_confidence='101': it must be a whole number from 0 to 100."),
        ("min_confidence=", "from 0 to 100"),
        ("category=nobody", "attacks"),
        ("category=", "attacks"),
        ("family=5", "4 or 6"),
        ("max_entries=0", "from 1"),
        ("max_entries=-1", "from 1"),
        ("max_entries=٣", "from 1"),
        ("max_entries=1e3", "from 1"),
        ("aggregate=yes", "0 or 1"),
        ("family=4&family=6", "The parameter family is given twice."),
        ("device=toaster", "fortigate, "),
        ("device=pan-os&device=pan-os", "twice"),
    ],
)
def test_a_parameter_that_is_wrong_is_refused_with_what_there_is(client: httpx.Client, query: str, named: str) -> None:
    answer = client.get(f"/api/v1/lists/all.txt?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:blacklist:problem:invalid-parameter")
    assert named in answer.json()["detail"]


def test_what_tells_who_lists_a_network_is_not_aggregated(client: httpx.Client) -> None:
    answer = client.get("/api/v1/lists/all.csv?aggregate=1")
    assert (answer.status_code, "txt" in answer.json()["detail"]) == (400, True)


def test_a_query_that_leaves_nothing_is_never_an_empty_200(client: httpx.Client) -> None:
    answer = client.get("/api/v1/lists/two.csv?min_confidence=99")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:blacklist:problem:empty-list")
    answer = client.get("/api/v1/lists/all.checkpoint?family=6")
    assert (answer.status_code, "hold none of the 1" in answer.json()["detail"]) == (404, True)


def test_gzip_is_sent_to_who_accepts_it_with_a_tag_of_its_own(service: Service, client: httpx.Client) -> None:
    path = "/api/v1/lists/all.csv"
    plain = client.get(path, headers={"accept-encoding": "identity"})
    headers = {"accept-encoding": "br, gzip;q=0.5", "x-api-key": service.key}
    with httpx.stream("GET", f"{service.url}{path}", headers=headers, trust_env=False) as answer:
        packed = b"".join(answer.iter_raw())
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert int(answer.headers["content-length"]) == len(packed) < len(plain.content)
    assert gzip.decompress(packed) == plain.content
    assert answer.headers["etag"] != plain.headers["etag"]
    for refused in ("gzip;q=0", "gzip; q=0.0, br", "br", ""):
        assert "content-encoding" not in client.get(path, headers={"accept-encoding": refused}).headers
    assert client.get(path, headers={"accept-encoding": "*"}).headers["content-encoding"] == "gzip"


def test_an_unchanged_list_is_told_by_its_date_too_unless_there_is_a_tag(client: httpx.Client) -> None:
    path = "/api/v1/lists/one.txt"
    date = client.get(path).headers["last-modified"]
    earlier = formatdate(parsedate_to_datetime(date).timestamp() - 1, usegmt=True)
    assert client.get(path, headers={"if-modified-since": date}).status_code == 304
    assert client.get(path, headers={"if-modified-since": earlier}).status_code == 200
    assert client.get(path, headers={"if-modified-since": "yesterday"}).status_code == 200
    assert client.get(path, headers={"if-modified-since": date, "if-none-match": '"other"'}).status_code == 200
    assert client.get(path, headers={"if-none-match": "*"}).status_code == 304


def test_head_tells_the_same_without_the_body(client: httpx.Client) -> None:
    head, get = (client.request(method, "/api/v1/lists/one.txt") for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "last-modified", "content-length", "content-encoding", "x-entry-count", "x-generation"):
        assert head.headers[name] == get.headers[name]


def test_a_csv_and_an_ndjson_tell_every_listing(client: httpx.Client) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/lists/one.csv").text)))
    lines = list(map(json.loads, client.get("/api/v1/lists/one.ndjson").text.splitlines()))
    assert [row["indicator"] for row in rows] == [line["indicator"] for line in lines]
    assert next(row for row in rows if row["indicator"] == "192.0.2.1")["reason"] == 'brute force, "ssh"'


def test_the_addresses_of_the_service_before_this_one_answer_alike(client: httpx.Client) -> None:
    whole = client.get("/api/v1/lists/all.txt").content
    assert client.get("/api/blacklist/active").content == client.get("/api/fortigate").content == whole
    assert client.get("/api/fortigate?max_entries=1").text == "192.0.2.1\n"
    assert client.get("/api/search/192.0.2.1").json() == client.get("/api/v1/lookup/192.0.2.1").json()
    assert client.get("/api/search/nonsense").status_code == 400
    assert client.get("/api/stats").json() == client.get("/api/v1/stats").json()


def test_a_list_before_anything_is_loaded_is_503(tmp_path: Path) -> None:
    with serving(tmp_path) as service, service.client() as client:
        for path in ("/api/v1/lists/all.txt", "/api/v1/lists/nothing.docx", "/api/fortigate"):
            assert client.get(path).status_code == 503
        assert make_key(tmp_path, "lists")


def test_what_the_child_can_not_do_is_503_and_tried_again(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service, service.client() as client:
        folder = tmp_path / "lists"
        folder.rmdir()
        folder.write_text("in the way")
        answer = client.get("/api/v1/lists/all.txt")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        folder.unlink()
        folder.mkdir()
        assert client.get("/api/v1/lists/all.txt").text == "192.0.2.1\n"
        for path in folder.iterdir():
            path.unlink()  # somebody tidied up
        assert client.get("/api/v1/lists/all.txt").text == "192.0.2.1\n"
