"""What is read of a repository on GitHub: paths, the fields that are kept, and the permission that each needs."""

from __future__ import annotations

from urllib.parse import quote

from statuspress.sources.github_api import Resource

_STEP = dict.fromkeys(("name", "status", "conclusion", "started_at", "completed_at"))

REPOSITORY = Resource("the repository", "", dict.fromkeys(("full_name", "default_branch")), "metadata: read")
RELEASES = Resource(
    "the releases",
    "/releases?per_page=20",
    dict.fromkeys(("tag_name", "draft", "prerelease", "published_at")),
    "contents: read",
)
PAGES = Resource("Pages", "/pages", dict.fromkeys(("status", "https_enforced", "build_type")), "pages: read")
RUNNERS = Resource(
    "the runners",
    "/actions/runners?per_page=100",
    {"total_count": None, "runners": dict.fromkeys(("id", "status", "busy"))},
    "administration: read",
    "runners",
)
PULLS = Resource(
    "the pull requests",
    "/pulls?state=open&per_page=100",
    dict.fromkeys(("number", "created_at", "draft")),
    "pull requests: read",
)


def branch(name: str) -> Resource:
    """A branch, which says whether it is protected."""
    return Resource(
        "the branch", f"/branches/{quote(name, safe='')}", dict.fromkeys(("name", "protected")), "contents: read"
    )


def protection(name: str) -> Resource:
    """How a branch is protected."""
    enabled = {"enabled": None}
    shape = {
        "url": None,
        "required_pull_request_reviews": {"url": None, "required_approving_review_count": None},
        "required_status_checks": {"contexts": None},
        "enforce_admins": enabled,
        "required_signatures": enabled,
        "allow_force_pushes": enabled,
    }
    return Resource("the protection", f"/branches/{quote(name, safe='')}/protection", shape, "administration: read")


def runs(branch: str, since: str) -> Resource:
    """Workflow runs on a branch since a day."""
    shape = {
        **dict.fromkeys(("id", "path", "head_sha", "status", "conclusion", "created_at", "run_started_at")),
        "head_commit": {"timestamp": None},
    }
    query = f"branch={quote(branch, safe='')}&status=completed&created=%3E%3D{since}&per_page=100"
    return Resource("the runs", f"/actions/runs?{query}", {"workflow_runs": shape}, "actions: read", "workflow_runs")


def jobs(run: int) -> Resource:
    """The jobs of a run's last attempt."""
    shape = {**_STEP, "created_at": None, "steps": _STEP}
    return Resource("the jobs", f"/actions/runs/{run}/jobs?per_page=100", {"jobs": shape}, "actions: read", "jobs")
