"""No key in anything that is written: one is planted in every place that a collection or a site comes from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

import argocd_answers
import github_answers
from answering import Answer, Answering, Asked, Reply, answering, as_json
from statuspress.cli import main

ROOT = Path(__file__).parents[2]
PLANTED = "planted+where/it=should-not-grow"
KEYS = {
    name: f"{name.lower()}-{PLANTED}"
    for name in ("SERVICE_KEY", "PROMETHEUS_TOKEN", "ARGOCD_TOKEN", "REGISTRY_TOKEN", "GITHUB_TOKEN")
}
IN_CLUSTER, MATCHED = f"kubernetes-{PLANTED}", "a-password-that-a-scanner-found"
CONFIG = """\
[project]
name = "blacklist"
url = "http://127.0.0.1:8000/"
repository = "https://example.org/blacklist"

[sources.service]
url = "{url}"
lookups = 2
[sources.reports]
[sources.prometheus]
url = "{url}"
[sources.argocd]
url = "{url}"
[sources.registry]
image = "registry.example/owner/blacklist"
url = "{url}"
[sources.kubernetes]
kubeconfig = "kubeconfig"
[sources.github]
repository = "owner/blacklist"
url = "{url}"
pages = "{url}/site"
[sources.blackbox]
url = "{url}"
target = "{url}"
"""


def _in_figures(asked: Asked) -> Reply:
    """Answers as the systems do, with the key that was sent in every text that becomes a figure."""
    key, path = asked.key or "none", asked.path.partition("?")[0]
    documents = github_answers.documents()
    documents["/releases"] = [github_answers.release(key, "2020-03-11T14:02:00Z")]
    documents["/branches/main"] |= {"name": key, "temp_clone_token": key}
    for below, document in documents.items():
        if path == f"/repos/owner/blacklist{below}":
            reply = as_json(document)
            return Reply(reply.body, 200, reply.media_type, {"etag": f'"{key}"', "x-ratelimit-remaining": "7"})
    if path.startswith("/api/v1/applications/"):
        document = argocd_answers.application(
            summary={"images": [f"user:{key}@registry.example/a"]}, conditions=[{"type": key, "message": key}]
        )
        document["spec"]["source"] |= {"targetRevision": key, "repoURL": f"https://x:{key}@code.example/"}
        return as_json(document)
    if path.endswith("/tags/list"):
        return as_json({"name": key, "tags": [key]})
    if path.endswith("/health"):
        return as_json({"status": "ok", "version": key, "generation": 1, "store": {"state": key}, "feeds": []})
    return as_json({"status": key, "data": {"result": key}, "message": key, key: key})


def _in_errors(asked: Asked) -> Reply:
    """Refuses, and repeats the key in the error."""
    key = asked.key or "none"
    return as_json({"message": f"{key} is not allowed", "error": key, "errors": [{"code": key, "message": key}]}, 403)


def _in_redirects(asked: Asked) -> Reply:
    """Sends whoever asks elsewhere, with the key in every part of that address."""
    key = quote(asked.key or "none", safe="")
    return Reply(b"", 302, headers={"location": f"http://user:{key}@{key}.example/{key}?key={key}#{key}"})


def _in_headers(asked: Asked) -> Reply:
    """Answers nonsense, and repeats the key in the headers."""
    key = asked.key or "none"
    challenge = f'Bearer realm="http://{key}.example/{key}",service="{key}"'
    return Reply(b"<p>" + key.encode(), 401, "text/html", {"www-authenticate": challenge, "x-more": key, "etag": key})


def _reports(folder: Path) -> None:
    """Reports of all kinds, with something secret in every place that is no figure, and in some that are."""
    folder.mkdir()
    said = f"{MATCHED} and {KEYS['GITHUB_TOKEN']}"
    finding = {"Severity": "HIGH", "Match": said, "Title": said, "Code": {"Lines": [{"Content": said}]}}
    trivy = {
        "SchemaVersion": 2,
        "ArtifactType": "container_image",
        "ArtifactName": f"registry.example/a?key={KEYS['GITHUB_TOKEN']}",
        "Trivy": {"Version": KEYS["REGISTRY_TOKEN"]},
        "Metadata": {"OS": {"Family": "debian"}, "ImageConfig": {"config": {"User": "1", "Env": [said]}}},
        "Results": [{"Class": "os-pkgs", "Target": said}, {"Class": "secret", "Secrets": [finding]}],
    }
    (folder / "trivy.json").write_text(json.dumps(trivy))
    sbom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": said, "description": said}]}
    (folder / "sbom.json").write_text(json.dumps(sbom))
    totals = {"SEVERITY.HIGH": 0, "SEVERITY.MEDIUM": 0, "SEVERITY.LOW": 1, "loc": 9}
    bandit = {"errors": [], "metrics": {"_totals": totals}, "results": [{"code": said, "filename": said}]}
    (folder / "bandit.json").write_text(json.dumps(bandit))
    audit = {"dependencies": [{"name": said, "version": said, "vulns": [{"id": said}]}]}
    (folder / "pip-audit.json").write_text(json.dumps(audit))
    case = f'<testcase name="{MATCHED}"><failure message="{MATCHED}">{MATCHED}</failure></testcase>'
    (folder / "junit.xml").write_text(f'<testsuite tests="1" failures="1" name="{MATCHED}">{case}</testsuite>')
    (folder / "coverage.xml").write_text(f'<coverage lines-valid="{KEYS["SERVICE_KEY"]}" lines-covered="1"/>')


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], Answering]]:
    """A project whose every source has a key, before a system that answers like that."""
    for name, key in KEYS.items():
        monkeypatch.setenv(f"STATUSPRESS_{name}", key)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    monkeypatch.chdir(tmp_path)
    for name in ("content", "site"):
        (tmp_path / name).symlink_to(ROOT / name)
    _reports(tmp_path / "reports")
    with ExitStack() as stack:

        def start(answer: Answer) -> Answering:
            server = stack.enter_context(answering({"/": answer}))
            (tmp_path / "statuspress.toml").write_text(CONFIG.format(url=server.url))
            user = {"name": "u", "user": {"token": IN_CLUSTER}}
            context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
            cluster = {"name": "c", "cluster": {"server": server.url}}
            document = {"current-context": "x", "contexts": [context], "clusters": [cluster], "users": [user]}
            (tmp_path / "kubeconfig").write_text(json.dumps(document))
            return server

        yield start


def _forms(secret: str) -> set[bytes]:
    """The secret as it is, quoted, in base 64, and within JSON and HTML."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {form.encode() for form in (secret, quote(secret, safe=""), encoded, secret.replace("+", "&#43;"))}


@pytest.mark.parametrize("answer", [_in_figures, _in_errors, _in_redirects, _in_headers])
def test_a_planted_key_is_in_nothing_that_is_written(
    planted: Callable[[Answer], Answering], tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Answer
) -> None:
    server = planted(answer)
    assert main(["collect", "--json"]) == 0
    assert main(["build"]) == 0
    assert main(["doctor"]) == 1
    assert main(["doctor", "--json"]) == 1
    assert main(["notify", "--dry-run", "data", "data"]) == 0
    # A registry is sent its key only where it asks for one, and the place that it names is allowed.
    sent = {asked.key for asked in server.asked}
    assert {*KEYS.values(), IN_CLUSTER} - sent <= {KEYS["REGISTRY_TOKEN"]}
    said = capsys.readouterr()
    secrets = [*KEYS.values(), IN_CLUSTER, MATCHED]
    forms = {form for secret in secrets for form in _forms(secret)}
    written = {"stdout": said.out.encode(), "stderr": said.err.encode()}
    for folder in ("data", "_site"):
        written |= {str(path): path.read_bytes() for path in (tmp_path / folder).rglob("*") if path.is_file()}
    assert any(name.endswith("index.html") for name in written)
    assert any(name.endswith("evidence.json") for name in written)
    found = [(name, form) for name, raw in written.items() for form in forms if form in raw]
    assert found == []


def test_a_secret_in_the_settings_is_refused_without_being_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "statuspress.toml"
    for line in (
        f'token = "{PLANTED}"',
        f'url = "https://user:{PLANTED}@argo.example"',
        f'url = "https://a/?t={PLANTED}"',
    ):
        path.write_text(
            CONFIG.format(url="http://127.0.0.1:9").replace("[sources.argocd]\n", f"[sources.argocd]\n{line}\n", 1)
        )
        assert main(["collect", "--config", str(path)]) == 2
        said = capsys.readouterr()
        assert PLANTED not in said.out + said.err
