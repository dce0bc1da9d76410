"""Source control: is the history complete, signed, released and protected?"""

from statuspress.checks.check import Ask, Check, Criterion

SOURCE_CONTROL = Criterion(
    "source-control",
    "Source control",
    "Whether the repository is worked on, released, signed and protected.",
    (
        Check(
            "source-control.clean",
            "Everything is committed",
            "What is deployed can be rebuilt only from what is committed.",
            1,
            "git.clean",
            Ask.TRUE,
            "Commit what is left, or remove it.",
        ),
        Check(
            "source-control.active",
            "The repository is worked on",
            "Commits of the last 90 days.",
            1,
            "git.commits.90d",
            Ask.AT_LEAST,
            "Merge what is waiting, dependency updates first.",
        ),
        Check(
            "source-control.signed",
            "Commits carry a signature",
            "The share of the commits of the last 90 days that are signed; whose signature it is, is not checked.",
            2,
            "git.signed.90d",
            Ask.AT_LEAST,
            "Set commit.gpgsign, and sign with an SSH or OpenPGP key.",
        ),
        Check(
            "source-control.tagged",
            "A release is tagged",
            "A tag leads to the current commit.",
            1,
            "git.tag",
            Ask.KNOWN,
            "Tag the release.",
        ),
        Check(
            "source-control.changelog",
            "The changelog names the version",
            "A heading of the changelog names the version that the code has.",
            1,
            "git.changelog",
            Ask.TRUE,
            "Describe the version in CHANGELOG.md.",
        ),
        Check(
            "source-control.protected",
            "The main branch is protected",
            "Nobody pushes to it without review and passing checks.",
            2,
            "github.protected",
            Ask.TRUE,
            "Protect the branch in the settings of the repository.",
        ),
    ),
)
