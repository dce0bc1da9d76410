"""The batch lookup, asked of a running server."""

from __future__ import annotations

import csv
import io
import json

import httpx
import pytest

ADDRESSES = ["203.0.113.1", "192.0.2.1", "nonsense", "198.51.100.7"]


def test_json_is_answered_in_the_order_asked_with_errors_on_their_line(client: httpx.Client) -> None:
    body = client.post("/api/v1/lookup", json={"addresses": ADDRESSES}).json()
    assert [result["address"] for result in body["results"]] == ADDRESSES
    assert [result.get("listed") for result in body["results"]] == [False, True, None, False]
    assert "not an IPv4 or IPv6 address" in body["results"][2]["error"]
    assert body["generation"] > 0
    assert "generation" not in body["results"][0]


def test_a_batch_says_of_each_address_what_the_single_lookup_says(client: httpx.Client) -> None:
    single = client.get("/api/v1/lookup/192.0.2.1").json()
    (batched,) = client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1"]}).json()["results"]
    assert batched == {name: value for name, value in single.items() if name not in {"generation", "as_of"}}


def test_plain_text_is_one_address_a_line_and_ndjson_one_verdict_a_line(client: httpx.Client) -> None:
    headers = {"content-type": "text/plain", "accept": "application/x-ndjson"}
    answer = client.post("/api/v1/lookup", content="\r\n".join(ADDRESSES) + "\r\n", headers=headers)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["address"] for line in answer.text.splitlines()] == ADDRESSES
    assert int(answer.headers["x-generation"]) > 0


def test_csv_has_a_row_a_listing_and_no_cell_that_a_spreadsheet_would_run(client: httpx.Client) -> None:
    headers = {"accept": "text/csv"}
    answer = client.post("/api/v1/lookup", json={"addresses": [*ADDRESSES, "=1+1"]}, headers=headers)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["address"] for row in rows].count("192.0.2.1") == 3
    assert rows[1]["reason"] == 'brute force, "ssh"'
    assert rows[-1]["address"] == "'=1+1"
    assert rows[-2]["allowlisted"] == "198.51.100.7"


def test_only_listed_leaves_the_rest_out(client: httpx.Client) -> None:
    body = client.post("/api/v1/lookup?only=listed", json={"addresses": ADDRESSES}).json()
    assert [result["address"] for result in body["results"]] == ["192.0.2.1"]


def test_ten_thousand_addresses_are_answered_and_one_more_is_refused(client: httpx.Client) -> None:
    lines = "192.0.2.1\n" * 10_000
    headers = {"content-type": "text/plain"}
    assert len(client.post("/api/v1/lookup", content=lines, headers=headers).json()["results"]) == 10_000
    answer = client.post("/api/v1/lookup", content=lines + "192.0.2.1", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:blacklist:problem:too-many-addresses")


@pytest.mark.parametrize(
    ("content", "content_type", "status", "slug"),
    [
        (b"{", "application/json", 400, "invalid-json"),
        (b"[]", "application/json", 422, "invalid-body"),
        (b'{"addresses": "192.0.2.1"}', "application/json", 422, "invalid-body"),
        (b'{"addresses": [1]}', "application/json", 422, "invalid-body"),
        (b"\xff\xfe", "text/plain", 400, "invalid-text"),
        (b"192.0.2.1", "application/xml", 415, "unsupported-media-type"),
        (b"192.0.2.1", "", 415, "unsupported-media-type"),
        (b"x" * (1 << 20) + b"x", "text/plain", 413, "body-too-large"),
    ],
)
def test_a_bad_body_is_a_problem_that_says_what_to_send(
    client: httpx.Client, content: bytes, content_type: str, status: int, slug: str
) -> None:
    answer = client.post("/api/v1/lookup", content=content, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:blacklist:problem:{slug}")


def test_an_unknown_parameter_value_or_media_type_is_a_problem(client: httpx.Client) -> None:
    body = {"addresses": ADDRESSES}
    assert client.post("/api/v1/lookup?only=good", json=body).status_code == 400
    assert client.post("/api/v1/lookup", json=body, headers={"accept": "image/png"}).status_code == 406
