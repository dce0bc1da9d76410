"""GitHub: a repository as its API describes it, page by page, with answers that did not change, and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from answering import Answer, Answering, Asked, Reply, answering, as_json
from github_answers import (
    NAME,
    branch,
    deploy_jobs,
    error,
    install,
    job,
    paged,
    pages,
    protection,
    pull,
    release,
    repository,
    run,
    runner,
)
from statuspress.config import Config
from statuspress.core.deployment import Deployment, load_deployments
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.github import GithubSettings

TOKEN = "a-token-for-tests"
LIMITED = error("API rate limit exceeded for user ID 7.")
PERMISSION = error("Resource not accessible by personal access token")
Ask = Callable[..., Dossier]


@pytest.fixture
def github() -> Iterator[Answering]:
    """A GitHub where everything is well."""
    with answering() as server:
        install(server)
        yield server


@pytest.fixture
def ask(
    github: Answering, configure: Callable[..., Config], gather: Callable[[Config], Dossier], tmp_path: Path
) -> Ask:
    """Collects from it after some answers are replaced, by their paths below the repository."""

    def collect(answers: dict[str, Any] | None = None, **settings: Any) -> Dossier:
        if answers:
            install(github, answers)
        section = GithubSettings(
            repository=NAME,
            url=github.url,
            pages=f"{github.url}/site",
            token=TOKEN,
            cache=tmp_path / "cache/github.json",
        )
        section = replace(section, **settings)
        return gather(replace(configure(github.url), sources={"github": section}))

    return collect


def value(dossier: Dossier, id: str) -> object:
    item = dossier.items[id]
    assert isinstance(item, Evidence), item
    return item.value


def reason(dossier: Dossier, id: str) -> str:
    item = dossier.items[id]
    assert isinstance(item, Gap), item
    return item.reason


def remedy(dossier: Dossier, id: str) -> str:
    item = dossier.items[id]
    assert isinstance(item, Gap), item
    return item.remedy


def limited(headers: dict[str, str] | None = None, *, status: int = 403) -> Answer:
    return lambda _: Reply(json.dumps(LIMITED).encode(), status, "application/json", headers or {})


def refusing(message: str, status: int) -> Reply:
    return as_json(error(message), status)


def test_a_repository_that_is_well_gives_its_figures(ask: Ask, github: Answering) -> None:
    dossier = ask()
    values = {item.id: item.value for item in dossier if isinstance(item, Evidence)}
    log = values.pop("github.deployments.log")
    assert values == {
        "github.protected": True,
        "github.protection.reviews": 2,
        "github.protection.checks": 2,
        "github.protection.admins": True,
        "github.protection.signatures": False,
        "github.protection.history": True,
        "github.runs": 3,
        "github.runs.passed": pytest.approx(100 * 2 / 3),
        "github.build.duration": 540,
        "github.deploy.duration": 180,
        "github.queue.duration": 30,
        "github.stage.scan": 50,
        "github.stage.test": 210,
        "github.stage.pages": 30,
        "github.stage.publish": 60,
        "github.stage.build": 180,
        "github.stage.sync": 60,
        "github.stage.health": 20,
        "github.stage.rollout": 40,
        "github.deployments": 1,
        "github.release": "v1.2.3",
        "github.release.age": 7 * 86_400,
        "github.pages.built": True,
        "github.pages.https": True,
        "github.pages.answers": True,
        "github.runners": 3,
        "github.runners.online": 2,
        "github.runners.busy": 1,
        "github.pulls": 2,
        "github.pulls.oldest": 2 * 86_400,
    }
    assert load_deployments(str(log)) == (
        Deployment(
            datetime(2031, 3, 18, 11, 53, tzinfo=UTC),
            succeeded=True,
            revision=f"{1:040x}",
            started=datetime(2031, 3, 18, 11, 41, tzinfo=UTC),
            committed=datetime(2031, 3, 18, 11, 30, tzinfo=UTC),
        ),
    )
    assert [item.id for item in dossier if isinstance(item, Gap)] == ["github.requests.left"]
    assert {asked.key for asked in github.asked if asked.path.startswith("/repos")} == {TOKEN}


def test_the_key_does_not_go_to_the_published_site(ask: Ask, github: Answering) -> None:
    ask()
    (site,) = [asked for asked in github.asked if asked.path == "/site/"]
    assert site.key == ""


def test_lists_are_read_page_by_page(ask: Ask, github: Answering) -> None:
    runs = [run(number, "success" if number > 2 else "failure", workflow="ci.yml") for number in range(1, 9)]
    answers = {
        "/actions/runners": paged(
            [runner(number) for number in range(5)], 2, lambda part: {"total_count": 5, "runners": part}
        ),
        "/pulls": paged([pull(number, "2031-03-18T13:02:00Z") for number in range(7)], 3),
        "/actions/runs": paged(runs, 3, lambda part: {"total_count": 8, "workflow_runs": part}),
    }
    dossier = ask(answers)
    assert value(dossier, "github.runners") == 5
    assert value(dossier, "github.pulls") == 7
    assert value(dossier, "github.runs.passed") == 75.0
    assert sum("/pulls" in asked.path for asked in github.asked) == 3


def test_a_list_that_never_ends_is_left_and_not_counted(ask: Ask, github: Answering) -> None:
    def endless(asked: Asked) -> Reply:
        reply = as_json([pull(1, "2031-03-18T13:02:00Z")])
        link = f'<http://{asked.headers["host"]}{asked.path}>; rel="next"'
        return Reply(reply.body, 200, reply.media_type, {"link": link})

    dossier = ask({"/pulls": endless})
    assert "goes on for more than 5 pages, so it cannot be counted." in reason(dossier, "github.pulls")
    assert sum("/pulls" in asked.path for asked in github.asked) == 5


def test_a_list_that_continues_at_another_host_is_not_followed_there(ask: Ask) -> None:
    with answering() as other:
        reply = as_json([pull(1, "2031-03-18T13:02:00Z")])
        link = f'<{other.url}/repos/{NAME}/pulls?page=2>; rel="next"'
        dossier = ask({"/pulls": lambda _: Reply(reply.body, 200, reply.media_type, {"link": link})})
        assert "continues at another host, where it is not followed." in reason(dossier, "github.pulls")
        assert other.asked == []


def test_what_has_not_changed_is_not_sent_again_and_counts_the_same(ask: Ask, github: Answering) -> None:
    def tagged(asked: Asked) -> Reply:
        headers = {"etag": '"one"', "x-ratelimit-remaining": "4999"}
        if asked.headers.get("if-none-match") == '"one"':
            return Reply(b"", 304, "application/json", headers)
        reply = as_json([pull(1, "2031-03-18T13:02:00Z")])
        return Reply(reply.body, 200, reply.media_type, headers)

    first, second, third = ask({"/pulls": tagged}), ask(), ask()
    assert first.items["github.pulls"] == second.items["github.pulls"] == third.items["github.pulls"]
    sent = [asked.headers.get("if-none-match") for asked in github.asked if "/pulls" in asked.path]
    assert sent == [None, '"one"', '"one"']
    assert value(third, "github.requests.left") == 4999


def test_the_cache_holds_nothing_but_what_is_read(ask: Ask, tmp_path: Path) -> None:
    planted = "a-token-that-a-private-repository-comes-with"

    def tagged(document: Any) -> Answer:
        reply = as_json(document)
        return lambda _: Reply(reply.body, 200, reply.media_type, {"etag": '"one"'})

    ask({"/branches/main": tagged(branch() | {"temp_clone_token": planted})})
    text = (tmp_path / "cache/github.json").read_text()
    assert '"protected": true' in text
    assert planted not in text
    assert TOKEN not in text


def test_an_answer_that_repeats_the_key_is_not_kept(ask: Ask, tmp_path: Path) -> None:
    def tagged(document: Any) -> Answer:
        reply = as_json(document)
        return lambda _: Reply(reply.body, 200, reply.media_type, {"etag": '"one"'})

    dossier = ask({"/releases": tagged([release(TOKEN, "2031-03-11T14:02:00Z")]), "/branches/main": tagged(branch())})
    text = (tmp_path / "cache/github.json").read_text()
    assert TOKEN not in text
    assert "/branches/main" in text
    assert "repeated the key" in reason(dossier, "github.release")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 1, "answers": {"a": {"etag": 7}}}', b"\xff"]
)
def test_a_broken_cache_is_as_good_as_none(ask: Ask, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/github.json").write_bytes(content)
    assert value(ask(), "github.pulls") == 2


def test_a_cache_that_cannot_be_written_is_as_good_as_none(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    assert value(ask(), "github.pulls") == 2


@pytest.mark.parametrize(
    ("answer", "until"),
    [
        (limited({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1931616000"}), "2031-03-18 16:00"),
        (limited({"retry-after": "600"}, status=429), "2031-03-18 14:12"),
        (limited(status=429), "2031-03-18 14:03"),
        (limited(), "2031-03-18 14:03"),
        (limited({"retry-after": "soon", "x-ratelimit-reset": "9" * 30}, status=429), "2031-03-18 14:03"),
    ],
)
def test_a_rate_limit_is_a_gap_that_says_until_when(ask: Ask, answer: Answer, until: str) -> None:
    dossier = ask({"": answer})
    assert reason(dossier, "github.pulls") == f"GitHub's rate limit is used up: it answers again from {until} UTC."
    assert "STATUSPRESS_GITHUB_TOKEN" in remedy(dossier, "github.pulls")
    assert all(isinstance(item, Gap) for item in dossier)


def test_after_a_rate_limit_nothing_more_is_asked_and_what_was_read_is_kept(ask: Ask, github: Answering) -> None:
    jobs = {f"/actions/runs/{number}/jobs": limited(status=429) for number in range(20)}
    runs = [run(number, "success") for number in range(20)]
    dossier = ask({"/actions/runs": {"total_count": 20, "workflow_runs": runs}, **jobs})
    assert value(dossier, "github.runs") == 20
    assert "rate limit" in reason(dossier, "github.build.duration")
    assert sum("/jobs" in asked.path for asked in github.asked) <= 4


def test_a_forbidden_part_is_a_gap_of_its_own_that_names_the_permission(ask: Ask) -> None:
    dossier = ask({"/actions/runners": as_json(PERMISSION, 403), "/pages": refusing("Not Found", 404)})
    assert reason(dossier, "github.runners.online").endswith("answered 403: the token may not read it.")
    assert "`administration: read`" in remedy(dossier, "github.runners.online")
    assert reason(dossier, "github.pages.built").endswith(
        "answered 404: it is not there, or the token may not read it."
    )
    assert "`pages: read`" in remedy(dossier, "github.pages.built")
    assert value(dossier, "github.protected") is True


def test_no_protection_and_a_token_that_may_not_see_it_are_told_apart(ask: Ask) -> None:
    path = "/branches/main/protection"
    bare = ask({path: refusing("Branch not protected", 404), "/branches/main": branch(protected=False)})
    assert value(bare, "github.protected") is False
    assert value(bare, "github.protection.reviews") == 0
    assert value(bare, "github.protection.history") is False
    blind = ask({path: refusing("Not Found", 404), "/branches/main": branch()})
    assert value(blind, "github.protected") is True
    assert "the token may not read it" in reason(blind, "github.protection.reviews")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (refusing("Bad credentials", 401), "answered 401: the token is wrong or has expired."),
        (refusing("Not Found", 404), "answered 404: it is not there, or the token may not read it."),
        (Reply(b"<h1>Unicorn!</h1>", 502, "text/html"), "answered 502: GitHub itself is in trouble."),
        (Reply(b"<!doctype html><form>", 200, "text/html"), "answered 200 with a web page instead of JSON."),
        (as_json([]), "GitHub does not say default_branch."),
        (as_json({"default_branch": {}}), "GitHub does not say default_branch."),
        (as_json("text"), "answered 200 with something else instead of the repository."),
    ],
)
def test_without_the_repository_everything_is_a_gap_with_one_reason(ask: Ask, reply: Reply, said: str) -> None:
    dossier = ask({"": reply})
    (found,) = {item.reason for item in dossier if isinstance(item, Gap)}
    assert said in found
    assert not any(isinstance(item, Evidence) for item in dossier)


@pytest.mark.parametrize(
    ("answers", "id", "said"),
    [
        ({"/branches/main": branch() | {"protected": "yes"}}, "github.protected", "neither as true nor as false."),
        ({"/branches/main": {"name": "main"}}, "github.protected", "GitHub does not say protected."),
        ({"/actions/runners": {"total_count": 1}}, "github.runners", "with something else instead of a list."),
        ({"/actions/runners": {"runners": [3]}}, "github.runners", "but not as a list of objects."),
        ({"/actions/runners": {"runners": [{"id": 1}]}}, "github.runners.online", "GitHub does not say status."),
        ({"/actions/runs": {"workflow_runs": []}}, "github.runs.passed", "No workflow run finished on the branch"),
        ({"/actions/runs": {"workflow_runs": []}}, "github.build.duration", "No recent run of deploy.yml shows it."),
        ({"/actions/runs": {"workflow_runs": [{"id": 1}]}}, "github.runs", "GitHub does not say status."),
        ({"/actions/runs/1/jobs": {"jobs": []}}, "github.stage.scan", "No recent run of deploy.yml shows it."),
        ({"/actions/runs/1/jobs": {"jobs": []}}, "github.deployments.log", "tried a rollout."),
        ({"/releases": []}, "github.release", "GitHub lists no release that is published."),
        ({"/releases": [release("v1", None)]}, "github.release.age", "GitHub lists no release that is published."),
        ({"/pages": pages(status=None)}, "github.pages.built", "does not say how the last build of Pages ended."),
        ({"/pages": pages(status="building")}, "github.pages.built", "has not ended: it is building."),
        ({"/pulls": []}, "github.pulls.oldest", "No pull request is open."),
        ({"/pulls": [{"created_at": "then"}]}, "github.pulls.oldest", "but not as a time."),
    ],
)
def test_what_is_renamed_left_out_or_wrong_is_a_gap(ask: Ask, answers: dict[str, Any], id: str, said: str) -> None:
    assert said in reason(ask(answers), id)


def test_a_build_of_the_site_that_failed_is_known(ask: Ask) -> None:
    assert value(ask({"/pages": pages(status="errored", https_enforced=False)}), "github.pages.built") is False


def test_a_protection_without_its_optional_parts_asks_for_nothing(ask: Ask) -> None:
    dossier = ask({"/branches/main/protection": {"url": protection()["url"]}})
    assert value(dossier, "github.protection.reviews") == 0
    assert value(dossier, "github.protection.checks") == 0
    assert value(dossier, "github.protection.admins") is False


def test_a_run_that_failed_before_its_rollout_deployed_nothing_and_one_that_failed_in_it_is_a_failure(ask: Ask) -> None:
    early = [job(1, "test", "11:41:30-11:45:00", conclusion="failure")]
    late = [job(2, "deploy", "11:51:00-11:53:00", conclusion="failure")]
    runs = [run(1, "failure"), run(2, "failure", started="11:42:00"), run(3, "success", started="11:43:00")]
    dossier = ask(
        {
            "/actions/runs": {"total_count": 3, "workflow_runs": runs},
            "/actions/runs/1/jobs": {"total_count": 1, "jobs": early},
            "/actions/runs/2/jobs": {"total_count": 1, "jobs": late},
            "/actions/runs/3/jobs": {"total_count": 4, "jobs": deploy_jobs(3)},
        }
    )
    found = load_deployments(str(value(dossier, "github.deployments.log")))
    assert sorted((one.revision, one.succeeded) for one in found) == [(f"{2:040x}", False), (f"{3:040x}", True)]
    # Times are those of runs that passed: the failed ones say nothing about how long a deploy takes.
    assert value(dossier, "github.deploy.duration") == 180


def test_stages_are_read_from_jobs_when_their_steps_say_nothing(ask: Ask) -> None:
    jobs = [
        job(1, "Build and push", "11:42:00-11:50:00", [("Set up job", "11:42:00-11:42:05")]),
        job(1, "Deploy", "11:50:30-11:53:00"),
        job(1, "Announce", "11:53:00-11:59:00"),
    ]
    dossier = ask({"/actions/runs/1/jobs": {"total_count": 3, "jobs": jobs}})
    assert value(dossier, "github.build.duration") == 540
    assert value(dossier, "github.deploy.duration") == 180
    assert value(dossier, "github.stage.publish") == 480
    assert "No recent run" in reason(dossier, "github.stage.build")


def test_another_workflow_can_be_the_one_that_deploys(ask: Ask) -> None:
    runs = [run(1, "success", workflow="release.yaml")]
    dossier = ask({"/actions/runs": {"total_count": 1, "workflow_runs": runs}}, workflow="release.yaml")
    assert value(dossier, "github.build.duration") == 540


def test_a_hanging_part_leaves_the_others(ask: Ask) -> None:
    dossier = ask({"/pulls": Reply(b"[" + b" " * 50, 200, "application/json", drip=0.2)}, deadline=1.0)
    assert "did not answer in full within 0.5 s." in reason(dossier, "github.pulls")
    assert value(dossier, "github.protected") is True


def test_without_an_address_of_the_site_it_is_not_asked(ask: Ask) -> None:
    assert "not configured" in reason(ask(pages=""), "github.pages.answers")


def test_a_private_repository_s_clone_token_is_in_no_figure(ask: Ask) -> None:
    planted = "a-token-that-a-private-repository-comes-with"
    dossier = ask({"": repository() | {"temp_clone_token": planted}})
    assert planted not in repr(dossier)
