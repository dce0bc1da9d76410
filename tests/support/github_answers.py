"""Answers of GitHub for tests: a repository with workflows, protection, Pages, runners and pull requests.

Every object has all that the published contract requires, so that the tests on real data can hold it against that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from answering import Answer, Answering, Asked, Reply, as_json

NAME = "owner/blacklist"
SHA = "7c1f0ae4" * 5
_API = f"https://api.example/repos/{NAME}"
_USER_LINKS = "avatar events followers following gists html organizations received_events repos starred subscriptions"
_REPOSITORY_LINKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments "
    "downloads events forks git_commits git_refs git_tags hooks html issue_comment issue_events issues keys labels "
    "languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams "
    "trees clone git ssh svn"
)
_COUNTS = "forks forks_count network_count open_issues open_issues_count size stargazers_count subscribers_count"
_TRUTHS = "archived disabled fork has_discussions has_downloads has_issues has_pages has_projects has_wiki private"
_NODE = {"id": 7, "node_id": "MDQ6"}


def _links(names: str) -> dict[str, str]:
    return {f"{name}_url": f"{_API}/{name}" for name in names.split()}


def _each(names: str, value: object) -> dict[str, object]:
    return dict.fromkeys(names.split(), value)


def user() -> dict[str, Any]:
    """A simple-user."""
    more = {"login": "owner", "gravatar_id": "", "site_admin": False, "type": "User", "url": _API}
    return {**_NODE, **_links(_USER_LINKS), **more}


def repository() -> dict[str, Any]:
    """A full-repository; private ones come with a token for a clone."""
    return {
        **_NODE,
        **_links(_REPOSITORY_LINKS),
        **_each(_COUNTS, 3),
        **_each(_TRUTHS, value=False),
        **_each("created_at pushed_at updated_at", "2031-03-18T11:40:00Z"),
        "name": "blacklist",
        "full_name": NAME,
        "owner": user(),
        "url": _API,
        "mirror_url": None,
        "description": None,
        "homepage": None,
        "language": "Python",
        "license": None,
        "watchers": 3,
        "watchers_count": 3,
        "default_branch": "main",
        "temp_clone_token": "",
    }


def branch(*, protected: bool = True) -> dict[str, Any]:
    """A branch-with-protection."""
    who = {"name": "A", "email": "a@example.org", "date": "2031-03-18T11:40:00Z"}
    commit: dict[str, Any] = {
        "node_id": "MDQ6",
        "sha": SHA,
        "url": _API,
        "html_url": _API,
        "comments_url": _API,
        "author": None,
        "committer": None,
        "parents": [],
        "commit": {
            "author": who,
            "committer": who,
            "message": "Change",
            "comment_count": 0,
            "tree": {"sha": SHA, "url": _API},
            "url": _API,
        },
    }
    return {
        "name": "main",
        "commit": commit,
        "_links": {"html": _API, "self": _API},
        "protected": protected,
        "protection": {"enabled": protected},
        "protection_url": f"{_API}/branches/main/protection",
    }


def protection() -> dict[str, Any]:
    """A branch-protection."""
    url = f"{_API}/branches/main/protection"
    return {
        "url": url,
        "required_pull_request_reviews": {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": False,
            "required_approving_review_count": 2,
        },
        "required_status_checks": {
            "contexts": ["lint", "test"],
            "checks": [{"context": "lint", "app_id": None}, {"context": "test", "app_id": None}],
        },
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": True},
        "required_signatures": {"url": f"{url}/required_signatures", "enabled": False},
        "allow_force_pushes": {"enabled": False},
    }


def run(id: int, conclusion: str | None, *, workflow: str = "deploy.yml", started: str = "11:41:00") -> dict[str, Any]:
    """A workflow-run of that day that began at that time."""
    links = "artifacts cancel check_suite html jobs logs rerun workflow"
    return {
        **_NODE,
        **_links(links),
        "id": id,
        "name": workflow,
        "url": f"{_API}/actions/runs/{id}",
        "path": f".github/workflows/{workflow}",
        "head_branch": "main",
        "head_sha": f"{id:040x}",
        "run_number": id,
        "run_attempt": 1,
        "display_title": "Change",
        "event": "push",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "workflow_id": 1,
        "created_at": f"2031-03-18T{started}Z",
        "run_started_at": f"2031-03-18T{started}Z",
        "updated_at": "2031-03-18T12:00:00Z",
        "head_commit": {
            "id": f"{id:040x}",
            "tree_id": SHA,
            "message": "Change",
            "timestamp": "2031-03-18T11:30:00Z",
            "author": None,
            "committer": None,
        },
        "head_repository": repository(),
        "repository": repository(),
        "pull_requests": [],
    }


def job(
    run: int, name: str, times: str, steps: Iterable[tuple[str, str]] = (), conclusion: str = "success"
) -> dict[str, Any]:
    """A job of a run, made half a minute before it began. Times are `11:41:30-11:50:00`; a step has a name and such."""
    began, ended = times.split("-")
    hours, minutes, seconds = map(int, began.split(":"))
    made = hours * 3600 + minutes * 60 + seconds - 30
    return {
        **_NODE,
        "run_id": run,
        "run_url": f"{_API}/actions/runs/{run}",
        "head_sha": f"{run:040x}",
        "workflow_name": "deploy",
        "head_branch": "main",
        "name": name,
        "url": _API,
        "html_url": _API,
        "check_run_url": _API,
        "status": "completed",
        "conclusion": conclusion,
        "created_at": f"2031-03-18T{made // 3600:02}:{made // 60 % 60:02}:{made % 60:02}Z",
        "started_at": f"2031-03-18T{began}Z",
        "completed_at": f"2031-03-18T{ended}Z",
        "labels": ["self-hosted"],
        "runner_id": 1,
        "runner_name": "one",
        "runner_group_id": 1,
        "runner_group_name": "Default",
        "steps": [
            {
                "name": step,
                "status": "completed",
                "conclusion": conclusion,
                "number": number,
                "started_at": f"2031-03-18T{span.split('-')[0]}Z",
                "completed_at": f"2031-03-18T{span.split('-')[1]}Z",
            }
            for number, (step, span) in enumerate(steps, 1)
        ],
    }


def deploy_jobs(run: int) -> list[dict[str, Any]]:
    """The jobs of a deploy: 9 minutes to the pushed image, 3 more to the health check."""
    steps = (
        ("Set up job", "11:45:00-11:45:10"),
        ("Scan with Trivy", "11:45:10-11:46:00"),
        ("Build the image", "11:46:00-11:49:00"),
        ("Push the image", "11:49:00-11:50:00"),
        ("Post Push the image", "11:50:00-11:50:20"),
    )
    checks = (
        ("Wait for Argo CD sync", "11:51:00-11:52:00"),
        ("Wait for the rollout", "11:52:00-11:52:40"),
        ("Health check", "11:52:40-11:53:00"),
    )
    return [
        job(run, "test", "11:41:30-11:45:00"),
        job(run, "image", "11:45:00-11:50:20", steps),
        job(run, "Deploy to GitHub Pages", "11:50:20-11:50:50"),
        job(run, "deploy", "11:51:00-11:53:00", checks),
    ]


def release(tag: str, published: str | None, *, draft: bool = False) -> dict[str, Any]:
    """A release."""
    return {
        **_NODE,
        **_links("assets upload tarball zipball html"),
        "url": _API,
        "tag_name": tag,
        "target_commitish": "main",
        "name": tag,
        "body": "What changed",
        "draft": draft,
        "prerelease": False,
        "created_at": "2031-03-01T00:00:00Z",
        "published_at": published,
        "author": user(),
        "assets": [],
    }


def pages(**changed: Any) -> dict[str, Any]:
    """A page."""
    well = {"url": f"{_API}/pages", "status": "built", "cname": None, "custom_404": True, "public": True}
    return {
        **well,
        "html_url": "https://owner.example/blacklist/",
        "build_type": "workflow",
        "https_enforced": True,
    } | changed


def runner(id: int, status: str = "online", *, busy: bool = False) -> dict[str, Any]:
    """A runner."""
    return {
        "id": id,
        "name": f"runner-{id}",
        "os": "linux",
        "status": status,
        "busy": busy,
        "labels": [{"name": "self-hosted"}],
    }


def pull(number: int, created: str) -> dict[str, Any]:
    """A pull-request-simple."""
    counts = {"network_count", "subscribers_count"}  # which only the repository's own answer has
    its = {key: value for key, value in repository().items() if key not in counts}
    side = {"label": "owner:change", "ref": "change", "sha": SHA, "repo": its, "user": user()}
    names = "html diff patch issue commits review_comments review_comment comments statuses"
    kinds = "comments commits statuses html issue review_comments review_comment self"
    return {
        **_NODE,
        **_links(names),
        **_each("closed_at merged_at merge_commit_sha assignee milestone auto_merge", None),
        "url": _API,
        "number": number,
        "state": "open",
        "locked": False,
        "title": "Change",
        "user": user(),
        "body": None,
        "labels": [],
        "created_at": created,
        "updated_at": created,
        "head": side,
        "base": side,
        "_links": {kind: {"href": _API} for kind in kinds.split()},
        "author_association": "OWNER",
        "draft": False,
    }


def error(message: str) -> dict[str, Any]:
    """A basic-error."""
    return {"message": message, "documentation_url": "https://docs.example/rest", "status": "404"}


def documents() -> dict[str, Any]:
    """Every answer by its path below the repository, everything well."""
    runs = [
        run(1, "success"),
        run(2, "failure", workflow="ci.yml"),
        run(3, "success", workflow="ci.yml", started="11:20:00"),
        run(4, "cancelled", workflow="ci.yml"),
        run(5, None, workflow="ci.yml"),
    ]
    return {
        "": repository(),
        "/branches/main": branch(),
        "/branches/main/protection": protection(),
        "/actions/runs": {"total_count": len(runs), "workflow_runs": runs},
        "/actions/runs/1/jobs": {"total_count": 4, "jobs": deploy_jobs(1)},
        "/releases": [
            release("v1.2.4", None, draft=True),
            release("v1.2.3", "2031-03-11T14:02:00Z"),
            release("v1.2.2", "2031-03-01T14:02:00Z"),
        ],
        "/pages": pages(),
        "/actions/runners": {"total_count": 3, "runners": [runner(1, busy=True), runner(2), runner(3, "offline")]},
        "/pulls": [pull(9, "2031-03-16T14:02:00Z"), pull(10, "2031-03-18T13:02:00Z")],
    }


def install(server: Answering, answers: Mapping[str, Any] | None = None) -> None:
    """Lets the server answer them below `/repos/owner/blacklist`; the site answers at `/site/`."""
    for path, document in (documents() | dict(answers or {})).items():
        server.answers[f"/repos/{NAME}{path}"] = document if callable(document) else _exactly(path, document)
    server.set("/site/", Reply(b"<!doctype html>", 200, "text/html"))


def _exactly(path: str, document: Any) -> Answer:
    """An answer for that path alone, as nothing below it is answered by it."""

    def answer(asked: Asked) -> Reply:
        if asked.path.partition("?")[0] != f"/repos/{NAME}{path}":
            return as_json(error("Not Found"), 404)
        return document if isinstance(document, Reply) else as_json(document)

    return answer


def paged(items: list[Any], size: int, wrap: Callable[[list[Any]], Any] = list) -> Answer:
    """Answers a list in pages of that size, linked as GitHub does."""

    def answer(asked: Asked) -> Reply:
        path, _, query = asked.path.partition("?")
        fields = dict(part.split("=") for part in query.split("&"))
        page = int(fields.get("page", "1"))
        here = f"http://{asked.headers['host']}{path}?per_page={size}"
        links = [f'<{here}&page=1>; rel="first"']
        if page * size < len(items):
            links.append(f'<{here}&page={page + 1}>; rel="next"')
        reply = as_json(wrap(items[(page - 1) * size : page * size]))
        return Reply(reply.body, 200, reply.media_type, {**reply.headers, "link": ", ".join(links)})

    return answer
