"""The log of deployments: written and read back, and refused when a line is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from statuspress.core.deployment import Deployment, DeploymentError, dump_deployments, load_deployments

AT = datetime(2031, 3, 17, 10, tzinfo=UTC)


def test_a_log_is_read_back_oldest_first() -> None:
    later = Deployment(AT + timedelta(hours=2), succeeded=False, revision="b" * 40)
    first = Deployment(
        AT, succeeded=True, revision="v1.2.0", started=AT - timedelta(minutes=3), committed=AT - timedelta(hours=1)
    )
    text = dump_deployments([later, first])
    assert text.splitlines()[0] == "2031-03-17T10:00:00Z success v1.2.0 2031-03-17T09:57:00Z 2031-03-17T09:00:00Z"
    assert load_deployments(text) == (first, later)
    assert (first.seconds, later.seconds) == (180, None)


def test_an_empty_log_has_no_deployment() -> None:
    assert load_deployments(dump_deployments([])) == ()


def test_times_are_written_in_utc() -> None:
    seoul = timezone(timedelta(hours=9))
    assert dump_deployments([Deployment(AT.astimezone(seoul), succeeded=True, revision="a")]).startswith(
        "2031-03-17T10:00:00Z "
    )


def test_a_revision_that_would_break_the_line_is_left_out() -> None:
    (found,) = load_deployments(dump_deployments([Deployment(AT, succeeded=True, revision="a\nb <script>")]))
    assert found.revision == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2031-03-17T10:00:00Z success abc -", "line 1 is not"),
        ("2031-03-17T10:00:00Z done abc - -", "line 1 is not"),
        ("\n", "line 1 is not"),
        ("yesterday success abc - -", "line 1 has a time that is none"),
        ("2031-03-17T10:00:00 success abc - -", "line 1 has a time without a zone"),
    ],
)
def test_a_line_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(DeploymentError, match=said):
        load_deployments(text)
