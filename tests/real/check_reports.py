"""Reads every file of a folder of real reports with the readers that statuspress has for them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

from statuspress.sources.bandit import read_bandit
from statuspress.sources.coverage import read_coverage_json, read_coverage_xml
from statuspress.sources.cyclonedx import read_cyclonedx
from statuspress.sources.junit import read_junit
from statuspress.sources.pip_audit import read_pip_audit
from statuspress.sources.report import Reading, ReportError
from statuspress.sources.trivy import read_trivy, read_trivy_config

Read = Callable[[bytes], Reading]
# Trivy's reports do not say by their names what was scanned: one of the two readers must know.
READERS: tuple[tuple[str, tuple[Read, ...]], ...] = (
    ("trivy/*.json", (read_trivy, read_trivy_config)),
    ("bandit/bandit*.json", (read_bandit,)),
    ("bandit/pip-audit*.json", (read_pip_audit,)),
    ("coverage/*.xml", (read_coverage_xml,)),
    ("coverage/*.json", (read_coverage_json,)),
    ("junit/*.xml", (read_junit,)),
    ("sbom/*.json", (read_cyclonedx,)),
)
ELSEWHERE = ("crowdsec/*", "*.txt", "*.md")  # lists of addresses, which check_real.py imports; and notes
NOTHING = "nothing is known"  # what a reader says of a report that is in order, and knows nothing


def main(folder: Path) -> int:
    """Prints what each file says; 1 when one has no reader, or its reader refuses it."""
    if not folder.is_dir():
        print(f"check-real: there is no folder {folder}: nothing was checked (this check is optional)")
        return 0
    wrong = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if any(fnmatch(name, pattern) for pattern in ELSEWHERE):
            continue
        readers = next((readers for pattern, readers in READERS if fnmatch(name, pattern)), ())
        said, right = _read(path.read_bytes(), readers)
        wrong += not right
        print(f"{'' if right else 'wrong: '}{name}: {said}")
    print(f"reports: {wrong} files could not be read")
    return 1 if wrong else 0


def _read(raw: bytes, readers: tuple[Read, ...]) -> tuple[str, bool]:
    reasons = []
    for reader in readers:
        try:
            reading = reader(raw)
        except ReportError as error:
            reasons.append(str(error))
            continue
        figures = ", ".join(f"{id} {value}" for id, (value, _) in reading.figures.items())
        return f"{figures} at {reading.at or 'an unknown time'}", True
    said = " ".join(reasons) or "there is no reader for it"
    return said, any(NOTHING in reason for reason in reasons)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
