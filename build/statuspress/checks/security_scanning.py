"""Security scanning: what do the scanners find in the code, its dependencies and its image?"""

from statuspress.checks.check import Ask, Check, Criterion

SECURITY_SCANNING = Criterion(
    "security-scanning",
    "Security scanning",
    "What scanners find in the code, in its dependencies and in its image.",
    (
        Check(
            "security-scanning.code-high",
            "No finding of high severity in the code",
            "Bandit's findings of high severity.",
            2,
            "bandit.high",
            Ask.AT_MOST,
            "Mend the code that Bandit names.",
        ),
        Check(
            "security-scanning.code-medium",
            "Few findings of medium severity in the code",
            "Bandit's findings of medium severity.",
            1,
            "bandit.medium",
            Ask.AT_MOST,
            "Mend the code that Bandit names.",
        ),
        Check(
            "security-scanning.code-unread",
            "All code was scanned",
            "A file that Bandit cannot read is a file without findings.",
            1,
            "bandit.unread",
            Ask.AT_MOST,
            "See the errors in Bandit's report.",
        ),
        Check(
            "security-scanning.dependencies",
            "No dependency has a known vulnerability",
            "Packages for which pip-audit knows one.",
            2,
            "audit.vulnerable",
            Ask.AT_MOST,
            "Update the packages that pip-audit names.",
        ),
        Check(
            "security-scanning.dependencies-skipped",
            "All dependencies were audited",
            "A package that pip-audit skipped is not known to be free of vulnerabilities.",
            1,
            "audit.skipped",
            Ask.AT_MOST,
            "Audit where the vulnerability service knows the packages.",
        ),
        Check(
            "security-scanning.image",
            "The image has no critical vulnerability",
            "Trivy's findings of critical severity in the image.",
            2,
            "trivy.critical",
            Ask.AT_MOST,
            "Rebuild the image on an updated base.",
        ),
    ),
)
