"""The figures of a repository on GitHub, but for its workflows (github_pipeline.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from statuspress.sources.fields import Fields
from statuspress.sources.figure import Figure
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import age

BRANCH: Mapping[str, str] = {"github.protected": "The main branch is protected"}
PROTECTION: Mapping[str, str] = {
    "github.protection.reviews": "Approvals that a pull request needs",
    "github.protection.checks": "Checks that a pull request must pass",
    "github.protection.admins": "The protection holds for administrators, too",
    "github.protection.signatures": "The protection asks for signed commits",
    "github.protection.history": "The protection forbids forced pushes",
}
RELEASE: Mapping[str, str] = {
    "github.release": "Latest release on GitHub",
    "github.release.age": "Time since the latest release on GitHub",
}
PAGES: Mapping[str, str] = {
    "github.pages.built": "The last Pages build succeeded",
    "github.pages.https": "Pages answers over HTTPS alone",
}
RUNNERS: Mapping[str, str] = {
    "github.runners": "Self-hosted runners",
    "github.runners.online": "Self-hosted runners online",
    "github.runners.busy": "Self-hosted runners at work",
}
PULLS: Mapping[str, str] = {
    "github.pulls": "Open pull requests",
    "github.pulls.oldest": "Age of the oldest open pull request",
}


def branch_figures(branch: Fields) -> Mapping[str, Figure]:
    """Whether it is protected."""
    return {"github.protected": Figure(lambda: branch.truth("protected"), "", ".protected")}


def protection_figures(protection: Fields | None) -> Mapping[str, Figure]:
    """How it is protected; None is a branch that is not, of which all of it is 0 or untrue."""

    def enabled(path: str) -> bool:
        return protection is not None and path in protection and protection.truth(f"{path}.enabled")

    def reviews() -> int:
        path = "required_pull_request_reviews"
        if protection is None or path not in protection:
            return 0
        count = f"{path}.required_approving_review_count"
        return protection.whole(count) if count in protection else 0

    def checks() -> int:
        return 0 if protection is None else len(protection.texts("required_status_checks.contexts"))

    return {
        "github.protection.reviews": Figure(
            reviews, "{approval}", ".required_pull_request_reviews.required_approving_review_count"
        ),
        "github.protection.checks": Figure(checks, "{check}", ".required_status_checks.contexts | length"),
        "github.protection.admins": Figure(lambda: enabled("enforce_admins"), "", ".enforce_admins.enabled"),
        "github.protection.signatures": Figure(
            lambda: enabled("required_signatures"), "", ".required_signatures.enabled"
        ),
        "github.protection.history": Figure(
            lambda: protection is not None and not enabled("allow_force_pushes"),
            "",
            ".allow_force_pushes.enabled | not",
        ),
    }


def release_figures(releases: Sequence[Fields], now: datetime) -> Mapping[str, Figure]:
    """The newest release that is published and no preview."""

    def latest() -> Fields:
        published = [
            one for one in releases if "published_at" in one and not one.truth("draft") and not one.truth("prerelease")
        ]
        if not published:
            raise Unavailable("GitHub lists no release that is published.", "Publish one.")
        return max(published, key=lambda one: one.instant("published_at"))

    return {
        "github.release": Figure(lambda: latest().text("tag_name"), "", "newest published .tag_name"),
        "github.release.age": Figure(
            lambda: age(latest().instant("published_at"), now, "The time of the latest release"),
            "s",
            "now - newest .published_at",
        ),
    }


def pages_figures(pages: Fields) -> Mapping[str, Figure]:
    """Whether it is built; while a build runs, or was never told of, it is not known."""

    def built() -> bool:
        if "status" not in pages:
            raise Unavailable("GitHub does not say how the last build of Pages ended.", "Run the Pages workflow.")
        status = pages.text("status")
        if status not in {"built", "errored"}:
            raise Unavailable(f"The build of Pages has not ended: it is {status}.", "Collect again later.")
        return status == "built"

    return {
        "github.pages.built": Figure(built, "", '.status == "built"'),
        "github.pages.https": Figure(lambda: pages.truth("https_enforced"), "", ".https_enforced"),
    }


def runner_figures(runners: Sequence[Fields]) -> Mapping[str, Figure]:
    """How many there are, are online, and are at work."""
    return {
        "github.runners": Figure(lambda: len(runners), "{runner}", ".runners | length"),
        "github.runners.online": Figure(
            lambda: sum(one.text("status") == "online" for one in runners),
            "{runner}",
            '.runners | map(select(.status == "online")) | length',
        ),
        "github.runners.busy": Figure(
            lambda: sum(one.truth("busy") for one in runners), "{runner}", ".runners | map(select(.busy)) | length"
        ),
    }


def pull_figures(pulls: Sequence[Fields], now: datetime) -> Mapping[str, Figure]:
    """How many are open, and since when."""

    def oldest() -> float:
        if not pulls:
            raise Unavailable("No pull request is open.")
        return age(min(one.instant("created_at") for one in pulls), now, "The time of the oldest pull request")

    return {
        "github.pulls": Figure(lambda: len(pulls), "{pull request}", "length"),
        "github.pulls.oldest": Figure(oldest, "s", "now - (map(.created_at) | min)"),
    }
