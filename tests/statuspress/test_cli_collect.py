"""`statuspress collect`, as a person or CI runs it, on the real service too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from answering import Asked, Reply, answering
from running import fill, serving
from systems import pushgateway

ROOT = Path(__file__).parents[2]
CONFIG = """\
[project]
name = "blacklist"
url = "http://127.0.0.1:8000/"
repository = "https://example.org/blacklist"

[sources.service]
url = "http://127.0.0.1:9"
lookups = 20

[sources.reports]

[sources.argocd]
url = "http://127.0.0.1:9"
"""


@dataclass
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str
    data: Path

    @property
    def items(self) -> dict[str, Any]:
        return {item["id"]: item for item in json.loads((self.data / "evidence.json").read_text())["items"]}

    @property
    def lines(self) -> list[Any]:
        files = sorted((self.data / "history").iterdir())
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the program in a folder that has settings and content, and no data yet."""
    (tmp_path / "statuspress.toml").write_text(CONFIG)
    (tmp_path / "content").symlink_to(ROOT / "content")

    def start(*arguments: str, key: str = "", **variables: str) -> Ran:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STATUSPRESS")}
        command = [sys.executable, "-m", "statuspress", *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment | {"STATUSPRESS_SERVICE_KEY": key} | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr, tmp_path / "data")

    return start


def test_a_collection_from_nothing_ends_well_and_notes_every_gap(run: Run) -> None:
    ran = run("collect")
    assert (ran.code, ran.out) == (0, "")
    assert "gap: service.ready: http://127.0.0.1:9/ready refused the connection." in ran.err
    assert "gap: argocd.synced, argocd.sync, argocd.healthy and 22 more: http://127.0.0.1:9/api/v1/appl" in ran.err
    assert "0 figures and " in ran.err
    assert all("reason" in item for item in ran.items.values())
    (line,) = ran.lines
    assert line["values"]["service.ready"] is None
    assert line["states"]["lookup"] == {"state": "unknown", "for": 0}
    assert "\x1b" not in ran.err


def test_a_required_source_with_gaps_is_a_failure_that_is_still_written_down(run: Run) -> None:
    ran = run("collect", "--require", "service")
    assert ran.code == 1
    assert ran.err.endswith("statuspress: required, but with gaps: service\n")
    assert "service.ready" in ran.items


@pytest.mark.parametrize("command", ["collect", "doctor"])
def test_a_file_that_never_answers_does_not_keep_the_program_from_ending(
    run: Run, tmp_path: Path, command: str
) -> None:
    os.mkfifo(tmp_path / "config")
    with (tmp_path / "statuspress.toml").open("a") as file:
        file.write('[sources.kubernetes]\nkubeconfig = "config"\ndeadline = 0.5\n')
    ran = run(command, "--json")
    assert "It did not finish within 0.5" in ran.out


def test_a_gap_says_since_when_over_collections(run: Run, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    report = tmp_path / "reports/junit.xml"
    report.write_text('<testsuite tests="3" timestamp="2020-01-02T03:04:05+00:00"/>')
    first = run("collect")
    assert first.items["tests.total"]["value"] == 3
    assert first.items["collector.late"]["reason"] == "No collection came before this one."
    report.unlink()
    second = run("collect")
    assert second.items["tests.total"]["since"] == "2020-01-02T03:04:05Z"
    assert second.items["service.ready"]["since"] == first.items["service.ready"]["since"]
    assert second.items["collector.late"]["value"] == second.items["collector.missed"]["value"] == 0
    assert second.items["collector.late"]["valid_for"] == 900
    assert run("collect").items["tests.total"]["since"] == "2020-01-02T03:04:05Z"
    assert len(second.lines) == 3


def test_a_broken_evidence_file_is_replaced_with_a_warning(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/evidence.json").write_text("{")
    ran = run("collect")
    assert ran.code == 0
    assert "warning: data/evidence.json: " in ran.err
    assert "service.ready" in ran.items


def test_an_announced_maintenance_is_recorded_as_such(run: Run, tmp_path: Path) -> None:
    (tmp_path / "content").unlink()
    shutil.copytree(ROOT / "content", tmp_path / "content")
    (tmp_path / "content/incidents").mkdir(exist_ok=True)
    (tmp_path / "content/incidents/upgrade.md").write_text(
        '+++\ntitle = "Upgrade"\nkind = "maintenance"\nimpact = "none"\ncomponents = ["store"]\n'
        "started = 2020-01-01T00:00:00Z\nresolved = 2999-01-01T00:00:00Z\n+++\n"
    )
    (line,) = run("collect").lines
    assert line["states"]["store"] == {"state": "under_maintenance", "for": 900}
    assert line["states"]["lookup"]["state"] == "unknown"


def test_a_run_with_a_name_has_a_file_of_its_own(run: Run) -> None:
    ran = run("collect", "--run", "runner-1")
    (path,) = (ran.data / "history").iterdir()
    assert path.name.endswith(".runner-1.jsonl")
    again = run("collect", "--run", "../up")
    assert (again.code, again.err) == (2, "statuspress: --run ../up: a run is named by letters, digits, _ and - only\n")


def test_json_is_the_evidence_on_stdout_and_nothing_else(run: Run) -> None:
    ran = run("collect", "--json")
    assert json.loads(ran.out) == json.loads((ran.data / "evidence.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["collect", "--require", "servce"], "--require servce: not configured in statuspress.toml"),
        (["collect", "--nonsense"], "unrecognized arguments"),
        (["collect", "--push", "gateway:9091"], "--push must be an address such as"),
        (["gather"], "invalid choice"),
        ([], "required"),
    ],
)
def test_wrong_usage_is_2_and_writes_nothing(run: Run, arguments: list[str], said: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not ran.data.exists()


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--config", "none.toml"], "statuspress: none.toml: there is no such file; name yours with --config\n", 2),
        (["--service", "localhost"], "statuspress: --service must be an address such as http://127.0.0.1:2541\n", 2),
        (["--data", "statuspress.toml"], "statuspress: statuspress.toml: cannot be written: Not a directory", 1),
    ],
)
def test_what_a_person_can_mend_is_one_clear_error(run: Run, arguments: list[str], said: str, code: int) -> None:
    ran = run("collect", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert not ran.data.exists()


def test_a_wrong_threshold_stops_before_anything_is_asked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "content").unlink()
    (tmp_path / "content").mkdir()
    for name in ("components.toml", "scorecard.toml"):
        text = (ROOT / "content" / name).read_text()
        (tmp_path / "content" / name).write_text(
            text.replace("[runners.online]\ngood = 1", "[runners.online]\ngood = 0")
        )
    with answering() as server:
        ran = run("collect", "--service", server.url)
        assert server.asked == []
    assert ran.code == 1
    assert "content/scorecard.toml:" in ran.err
    assert "runners.online.good must be above bad" in ran.err


PLANTED = "planted where it should not grow"
BEGINNINGS = (
    ("STATUSPRESS_SERVICE_KEY", "blk_"),
    ("STATUSPRESS_PROMETHEUS_TOKEN", "prometheus+of/itself="),
    ("STATUSPRESS_ARGOCD_TOKEN", "eyJhbGciOiJIUzI1NiJ9."),
    ("STATUSPRESS_REGISTRY_TOKEN", 'a registry\'s "password" '),
    ("STATUSPRESS_GITHUB_TOKEN", "github_pat_"),
)
SECRETS = {name: beginning + PLANTED for name, beginning in BEGINNINGS}
EVERY_SYSTEM = """
[sources.prometheus]
url = "{url}"
[sources.argocd]
url = "{url}"
[sources.registry]
image = "registry.example.org/owner/blacklist"
url = "{url}"
user = "reader"
[sources.github]
repository = "owner/blacklist"
url = "{url}"
pages = "{url}"
[sources.kubernetes]
kubeconfig = "kubeconfig"
[sources.blackbox]
url = "{url}"
target = "{url}"
"""


def test_no_key_of_any_source_is_in_anything_that_is_written(run: Run, tmp_path: Path) -> None:
    of_cluster = "kubernetes-planted-in-a-kubeconfig"

    def repeat(asked: Asked) -> Reply:
        said = asked.headers.get("authorization", "")
        body = json.dumps({"status": "error", "error": said, "kind": "Deployment", "tags": [said], "message": said})
        status = 200 if said else 401
        return Reply(body.encode(), status, "application/json", {"www-authenticate": f'Basic realm="{said}"'})

    with answering() as server:
        server.answers["/"] = repeat
        server.set("/metrics/job/statuspress", Reply())
        settings = (tmp_path / "statuspress.toml").read_text().partition("[sources.argocd]")[0]
        (tmp_path / "statuspress.toml").write_text(settings + EVERY_SYSTEM.format(url=server.url))
        user = {"name": "a", "user": {"token": of_cluster}}
        context = {"name": "a", "context": {"cluster": "a", "user": "a"}}
        kubeconfig = {"current-context": "a", "contexts": [context], "users": [user]}
        kubeconfig["clusters"] = [{"name": "a", "cluster": {"server": server.url}}]
        (tmp_path / "kubeconfig").write_text(json.dumps(kubeconfig))
        ran = run("collect", "--service", server.url, "--json", "--push", server.url, **SECRETS)
        sent = " ".join(asked.headers.get("authorization", "") for asked in server.asked)
    assert ran.code == 0
    assert "unexpectedly" not in ran.out
    basic = b64encode(f"reader:{SECRETS['STATUSPRESS_REGISTRY_TOKEN']}".encode()).decode()
    keys = {*SECRETS.values(), of_cluster, basic}
    assert {key for key in keys if key in sent} == keys - {SECRETS["STATUSPRESS_REGISTRY_TOKEN"]}
    (tmp_path / "kubeconfig").unlink()
    written = [path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    for text in (ran.out, ran.err, *written):
        forms = {form[:16] for key in keys for form in (key, json.dumps(key)[1:-1], quote(key, safe=""))}
        assert not [form for form in forms if form in text]  # not even the beginning of one


def test_the_evidence_is_pushed_to_a_real_pushgateway(run: Run, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/junit.xml").write_text('<testsuite tests="3" timestamp="2020-01-02T03:04:05+00:00"/>')
    (tmp_path / "gateway").mkdir()
    with pushgateway(tmp_path / "gateway") as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert run("collect", "--push", url).code == 0
        ran = run("collect", "--push", f"{url}/")
        scrape = client.get("/metrics").text
    assert f"8 figures pushed to {url}/\n" in ran.err  # the second collection also says how late it came
    samples = {
        (sample.name, sample.labels.get("id", "")): sample
        for family in text_string_to_metric_families(scrape)
        for sample in family.samples
        if sample.name.startswith("statuspress_")
    }
    total = samples["statuspress_evidence_value", "tests.total"]
    assert (total.value, total.labels["source"], total.labels["unit"]) == (3, "reports", "{test}")
    assert samples["statuspress_evidence_known", "tests.total"].value == 1
    assert samples["statuspress_evidence_known", "service.ready"].value == 0
    assert ("statuspress_evidence_value", "service.ready") not in samples
    assert samples["statuspress_evidence_measured_timestamp_seconds", "tests.total"].value == 1577934245
    assert ("statuspress_evidence_valid_until_timestamp_seconds", "tests.total") not in samples
    known = {id for name, id in samples if name == "statuspress_evidence_known"}
    assert known == set(ran.items)
    assert samples["statuspress_collection_timestamp_seconds", ""].value > 1.7e9


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(b"no metrics here", 400), "/metrics/job/statuspress answered 400: no metrics here. Check"),
        (Reply(b"", 302, headers={"location": "http://192.0.2.9/"}), "redirects to 192.0.2.9, which is not followed"),
        (Reply(b"<html>", 404, "text/html"), "answered 404 with a web page instead of 200. Check"),
    ],
)
def test_a_push_that_fails_ends_with_1_and_the_evidence_is_kept(run: Run, reply: Reply, said: str) -> None:
    with answering() as server:
        server.set("/", reply)
        ran = run("collect", "--push", server.url)
    assert ran.code == 1
    assert "statuspress: not pushed: " in ran.err
    assert said in ran.err
    assert "service.ready" in ran.items


def test_the_version_is_the_distribution_s(run: Run) -> None:
    ran = run("--version")
    assert ran.code == 0
    assert ran.out.startswith("statuspress ")


def test_figures_are_those_of_the_real_service(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "service"
    data.mkdir()
    fill(data, entries={"192.0.2.0/24": None, "198.51.100.7": None, "2001:db8::/32": None})
    with serving(data) as service:
        with service.client() as client:
            for number in range(30):
                assert client.get(f"/api/v1/lookup/192.0.2.{number}").status_code == 200
        ran = run("collect", "--service", service.url, "--require", "service", key=service.key)
        with service.client() as client:
            health = client.get("/health").json()
            scrape = client.get("/metrics").text
    assert (ran.code, ran.out) == (0, "")
    samples = [sample for family in text_string_to_metric_families(scrape) for sample in family.samples]

    def total(name: str, **labels: str) -> float:
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())

    values = {id: item.get("value") for id, item in ran.items.items() if item["source"] == "service"}
    assert values["service.version"] == health["version"]
    assert values["service.generation"] == health["generation"] == total("blacklist_snapshot_generation")
    assert values["service.listings"] == total("blacklist_snapshot_listings") == 3
    assert values["service.entries"] == total("blacklist_snapshot_entries") == 3
    assert values["service.feeds"] == len(health["feeds"]) == 1
    assert (values["service.health"], values["service.ready"], values["service.store.up"]) == ("ok", True, True)
    # Since the scrape of the collection: itself, and /health just now.
    assert values["service.requests"] == total("blacklist_http_requests_total") - 2
    assert values["service.errors"] == 0
    # 30 of this test; of the collector 20 timed ones, two with no good key and one malformed.
    lookups = total("blacklist_http_request_duration_seconds_count", route="/api/v1/lookup/{address}")
    assert lookups == 30 + 20 + 3
    buckets = [
        (float(s.labels["le"]), s.value)
        for s in samples
        if s.name == "blacklist_http_request_duration_seconds_bucket"
        and s.labels["route"] == "/api/v1/lookup/{address}"
    ]
    for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert values[f"service.lookup.{name}"] == pytest.approx(by_hand(q, buckets))
    assert (values["probe.lookup.count"], values["probe.lookup.failed"]) == (20, 0)
    assert 0 < values["probe.lookup.p50"] <= values["probe.lookup.p99"] < 5
    assert [values[f"probe.{id}"] for id in ("auth.required", "auth.bad_key", "headers.nosniff", "problem.json")] == [
        True
    ] * 4
    states = ran.lines[-1]["states"]
    assert {id: states[id]["state"] for id in ("lookup", "batch", "feeds", "store")} == {
        "lookup": "operational",
        "batch": "operational",
        "feeds": "operational",
        "store": "operational",
    }


def by_hand(q: float, buckets: list[tuple[float, float]]) -> float:
    """The quantile by walking up the buckets."""
    rank, low, below = q * buckets[-1][1], 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            return low + (bound - low) * (rank - below) / (count - below)
        low, below = bound, count
    raise AssertionError


def test_a_service_that_is_not_ready_is_known_to_be_down(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "service"
    data.mkdir()
    with serving(data) as service:
        ran = run("collect", "--service", service.url, key=service.key)
    assert ran.items["service.ready"]["value"] is False
    assert ran.items["service.health"]["value"] == "unavailable"
    assert ran.items["service.listings"]["reason"] == "/health gives no snapshot.listings."
    assert ran.items["probe.lookup.failed"]["value"] == 20
    assert ran.lines[-1]["states"]["lookup"]["state"] == "major_outage"
