"""CI/CD pipeline: do the workflows pass, and how long do they take?"""

from statuspress.checks.check import Ask, Check, Criterion

CI_CD = Criterion(
    "ci-cd",
    "CI/CD pipeline",
    "Whether the workflows pass, and how long a build and a deploy take.",
    (
        Check(
            "ci-cd.passed",
            "Workflow runs pass",
            "The share of finished runs that succeeded.",
            2,
            "github.runs.passed",
            Ask.AT_LEAST,
            "See the log of the first job that failed.",
        ),
        Check(
            "ci-cd.build",
            "A build is quick",
            "The median time from start to pushed image.",
            1,
            "github.build.duration",
            Ask.AT_MOST,
            "Cache what does not change between builds.",
        ),
        Check(
            "ci-cd.deploy",
            "A deploy is quick",
            "The median time from pushed image to healthy rollout.",
            1,
            "github.deploy.duration",
            Ask.AT_MOST,
            "See which stage of the deploy waits.",
        ),
    ),
)
