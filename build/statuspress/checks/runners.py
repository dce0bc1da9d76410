"""Self-hosted runners: are there any to do the work?"""

from statuspress.checks.check import Ask, Check, Criterion

RUNNERS = Criterion(
    "runners",
    "Self-hosted runners",
    "Whether runners are online that can reach the cluster.",
    (
        Check(
            "runners.online",
            "A runner is online",
            "Without one nothing is deployed, and nothing is measured from inside.",
            1,
            "github.runners.online",
            Ask.AT_LEAST,
            "Start the runner's service on its host.",
        ),
    ),
)
