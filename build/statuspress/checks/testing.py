"""Testing: do the tests pass, and what do they cover?"""

from statuspress.checks.check import Ask, Check, Criterion

TESTING = Criterion(
    "testing",
    "Testing",
    "Whether all tests pass, none is skipped, and how many lines they reach.",
    (
        Check(
            "testing.failed",
            "No test fails",
            "Failures and errors of the last run.",
            3,
            "tests.failed",
            Ask.AT_MOST,
            "Mend what fails.",
        ),
        Check(
            "testing.skipped",
            "No test is skipped",
            "A skipped test proves nothing.",
            1,
            "tests.skipped",
            Ask.AT_MOST,
            "Give the tests what they miss, or remove them.",
        ),
        Check(
            "testing.coverage",
            "Tests reach the lines",
            "The share of lines that ran during the tests.",
            3,
            "coverage.lines",
            Ask.AT_LEAST,
            "Test what the coverage report lists as missing.",
        ),
        Check(
            "testing.duration",
            "The tests are quick",
            "Slow tests are run less often.",
            1,
            "tests.duration",
            Ask.AT_MOST,
            "Find the slowest: pytest --durations=20.",
        ),
    ),
)
