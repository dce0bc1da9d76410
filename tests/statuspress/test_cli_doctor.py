"""`statuspress doctor`: every failure in a sentence, with what would help; and the exit code that says whether any."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from answering import Answering, Reply, answering, as_json
from argocd_answers import NAME, error
from argocd_answers import application as application_of_2031
from certified import make_authority
from statuspress.cli import main

PATH = f"/api/v1/applications/{NAME}"
HEAD = '[project]\nname = "blacklist"\nurl = "http://127.0.0.1:8000/"\nrepository = "https://example.org/blacklist"\n'
Doctor = Callable[..., int]


def application(**status: Any) -> Any:
    """An application whose times have passed by the clock of whoever runs the tests."""
    return json.loads(json.dumps(application_of_2031(**status)).replace("2031-", "2021-"))


@pytest.fixture
def argocd() -> Iterator[Answering]:
    """An Argo CD whose application is well."""
    with answering() as server:
        server.set(PATH, as_json(application()))
        yield server


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Looks at these sections."""
    monkeypatch.setenv("STATUSPRESS_ARGOCD_TOKEN", "a-token-for-tests")

    def run(sections: str, *arguments: str) -> int:
        (tmp_path / "statuspress.toml").write_text(HEAD + sections)
        return main(["doctor", "--config", str(tmp_path / "statuspress.toml"), *arguments])

    return run


def section(url: str, deadline: float = 5) -> str:
    return f'[sources.argocd]\nurl = "{url}"\ndeadline = {deadline}\n'


def test_a_source_that_gives_all_its_figures_is_well(
    doctor: Doctor, argocd: Answering, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert doctor(section(argocd.url)) == 0
    assert capsys.readouterr().out == "✓ argocd  25 figures\n"
    assert [path.name for path in tmp_path.iterdir()] == ["statuspress.toml"]


@pytest.mark.parametrize(
    ("reply", "reason", "remedy"),
    [
        (
            as_json(error(16, "no session"), 401),
            "answered 401: the token is missing, wrong",
            "Put a valid token of Argo",
        ),
        (as_json(error(7, "denied"), 403), "answered 403: the token may not read", "Allow its account"),
        (as_json(error(5, "none"), 404), "answered 404: there is no such application.", "Check `application`."),
        (
            Reply(b"<h1>", 502, "text/html"),
            "answered 502 with a web page",
            "A proxy answers, but not what is behind it",
        ),
        (Reply(b"<form>", 200, "text/html"), "answered 200 with a web page instead of JSON.", "not a login page"),
        (
            Reply(b"", 302, headers={"location": "https://login.example/x?secret=1"}),
            "redirects to login.example,",
            "Configure",
        ),
        (Reply(b"{}" + b" " * 99, drip=0.5), "did not answer in full within 0.45 s.", "See whether it is overloaded."),
    ],
)
def test_each_failure_of_an_answer_is_explained_with_its_remedy(
    doctor: Doctor, argocd: Answering, capsys: pytest.CaptureFixture[str], reply: Reply, reason: str, remedy: str
) -> None:
    argocd.set(PATH, reply)
    assert doctor(section(argocd.url, 0.5 if reply.drip else 5)) == 1
    mark, said, mend = capsys.readouterr().out.splitlines()
    assert mark == "✗ argocd  0 figures, 25 missing"
    assert reason in said
    assert said.endswith("(argocd.synced, argocd.sync, argocd.healthy and 22 more)")
    assert mend.startswith("    → ")
    assert remedy in mend


def test_a_refused_connection_is_told_from_a_name_that_is_unknown(
    doctor: Doctor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor(section("http://127.0.0.1:9")) == 1
    assert "refused the connection." in capsys.readouterr().out

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # a name server is not on the loopback
    assert doctor(section("http://argocd.invalid")) == 1
    out = capsys.readouterr().out
    assert "The name of http://argocd.invalid/api/v1/applications/blacklist is not known." in out
    assert "→ Check the address, and the name server." in out


def test_tls_that_is_none_and_a_certificate_that_is_not_trusted_are_told_apart(
    doctor: Doctor, argocd: Answering, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert doctor(section(argocd.url.replace("http:", "https:"))) == 1
    assert "does not speak TLS as it should." in capsys.readouterr().out
    with _own_certificate(tmp_path / "tls") as url:
        assert doctor(section(url)) == 1
    assert "has no certificate that can be trusted." in capsys.readouterr().out


def test_an_outage_outside_is_told_apart_from_one_inside(doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    with answering() as inside, answering() as outside:
        inside.set("/ready", Reply(b"ready\n"))
        outside.set("/health", Reply(b"<h1>Bad Gateway</h1>", 502, "text/html"))
        sections = f'[sources.service]\nurl = "{inside.url}"\n[sources.blackbox]\ntarget = "{outside.url}"\n'
        assert doctor(sections) == 1
        said = capsys.readouterr().out
        assert f"✗ outside   {outside.url}/health" in said
        assert (
            f"{outside.url}/health answers 502 outside. Inside, the service is ready: the fault lies in the way" in said
        )
        outside.set("/health", Reply(b"{}", 200, "application/json"))
        doctor(sections)
        assert f"✓ outside   {outside.url}/health" in capsys.readouterr().out
        assert {asked.key for asked in outside.asked if asked.path == "/health"} == {""}


def test_the_findings_are_json_for_machines(
    doctor: Doctor, argocd: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    argocd.set(PATH, as_json(application(reconciledAt=None)))
    assert doctor(section(argocd.url), "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    (source,) = document["sources"]
    assert (source["source"], source["health"], source["figures"]) == ("argocd", "partly", 21)
    assert source["troubles"] == [
        {
            "reason": "Argo CD does not say status.reconciledAt.",
            "remedy": "",
            "ids": [
                "argocd.reconciled.age",
                "argocd.conditions",
                "argocd.conditions.errors",
                "argocd.conditions.kinds",
            ],
        }
    ]
    assert document["outside"] is None


def test_without_any_source_there_is_nothing_to_look_at(doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor("") == 2
    assert "configures no source" in capsys.readouterr().err


def test_no_key_is_in_what_it_says(doctor: Doctor, argocd: Answering, capsys: pytest.CaptureFixture[str]) -> None:
    argocd.answers[PATH] = lambda asked: as_json(application() | {"metadata": {"name": asked.key}})
    doctor(section(argocd.url), "--json")
    said = capsys.readouterr()
    assert "a-token-for-tests" not in said.out + said.err


@contextmanager
def _own_certificate(folder: Path) -> Iterator[str]:
    """An HTTPS server whose certificate nobody here trusts; its address."""
    folder.mkdir()
    context = make_authority(folder).server()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = Event()

        def shake() -> None:
            while not over.is_set():
                with suppress(OSError):
                    connection, _ = listener.accept()
                    with context.wrap_socket(connection, server_side=True):
                        pass

        thread = Thread(target=shake)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join()
