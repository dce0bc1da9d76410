"""Known vulnerabilities of the installed packages, as pip-audit found them: `pip-audit.json`."""

from __future__ import annotations

import json

from statuspress.sources.report import Reading, ReportError, ReportKind


def read_pip_audit(raw: bytes) -> Reading:
    """A package that was skipped was not audited: with none audited there is no figure, least of all 0 vulnerable."""
    try:
        document = json.loads(raw)
        packages = document["dependencies"] if isinstance(document, dict) else document
        skipped = sum("skip_reason" in package for package in packages)
        audited = [package["vulns"] for package in packages if "skip_reason" not in package]
        vulnerable = sum(len(found) > 0 for found in audited)
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ReportError("It is not the JSON report of pip-audit.") from None
    except json.JSONDecodeError:
        raise ReportError("It is not JSON.") from None
    if not audited:
        raise ReportError(f"It audited no package and skipped {skipped}: nothing is known of their vulnerabilities.")
    return Reading(
        {
            "audit.vulnerable": (vulnerable, "{package}"),
            "audit.packages": (len(audited), "{package}"),
            "audit.skipped": (skipped, "{package}"),
        },
        None,
    )


PIP_AUDIT = ReportKind(
    "`pip-audit --format json --output reports/pip-audit.json`",
    {"pip-audit.json": read_pip_audit},
    {
        "audit.vulnerable": "Packages with known vulnerabilities",
        "audit.packages": "Packages audited",
        "audit.skipped": "Packages that could not be audited",
    },
)
