"""The pull log, asked of a running server."""

from __future__ import annotations

from pathlib import Path

from running import eventually, fill, make_key, serving


def test_every_pull_is_noted_with_what_the_consumer_got(tmp_path: Path) -> None:
    generation = fill(tmp_path, entries={"192.0.2.1": None, "192.0.2.9": None})
    firewall = make_key(tmp_path, "lists")
    with serving(tmp_path, BLACKLIST_LEGACY_NETWORKS="127.0.0.0/8") as service, service.client() as operator:
        with service.client(firewall) as client:
            path = "/api/v1/lists/all.edl?max_entries=1&device=pan-os"
            tag = client.get(path).headers["etag"]
            assert client.get(path, headers={"if-none-match": tag}).status_code == 304
            client.head(path)
            client.get("/api/v1/lists/nothing.txt")
        with service.client("") as legacy:
            assert legacy.get("/api/fortigate").status_code == 200
        told = operator.get("/api/v1/pulls").json()
        assert [(pull["consumer"], pull["list"], pull["query"]) for pull in told["pulls"]] == [
            ("127.0.0.1", "all.txt", ""),
            (firewall[4:16], "all.edl", "max-entries=1"),
        ]
        edl = told["pulls"][1]
        assert (edl["count"], edl["sent"], edl["entries"], edl["generation"]) == (2, False, 1, generation)
        assert (edl["device"], edl["late"]) == ("pan-os", False)
        assert told["devices"] == [
            {"consumer": firewall[4:16], "device": "pan-os", "entries": 1, "limit": 50_000, "state": "fits"}
        ]
        metrics = operator.get("/metrics").text
        assert "blacklist_list_pulls_total 3.0" in metrics
        assert 'blacklist_list_devices{state="fits"} 1.0' in metrics
        assert "blacklist_list_pulls_late 0.0" in metrics
        assert firewall[17:] not in metrics + str(told)


def test_the_log_survives_a_restart_and_shows_what_other_servers_saw(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service, service.client() as client:
        assert client.get("/api/v1/lists/all.txt").status_code == 200
        first = client.get("/api/v1/pulls").json()["pulls"]
    with serving(tmp_path) as service, service.client() as client:
        eventually(lambda: client.get("/api/v1/pulls").json()["pulls"] == first)
        told = client.get("/api/v1/pulls").json()
        assert told["since"] == first[0]["first_at"]
        assert "blacklist_list_pulls_total 0.0" in client.get("/metrics").text
