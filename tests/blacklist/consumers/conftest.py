"""The programs that consume lists, as Debian has them. One that is missing fails its tests; none is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
Find = Callable[[str, str], str]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def find() -> Find:
    """Where a program is, by its name and the Debian package that has it."""

    def where(program: str, package: str) -> str:
        found = shutil.which(program, path=_PATH)
        if found is None:
            pytest.fail(f"{program} is missing: apt-get install --no-install-recommends {package}")
        return found

    return where


@pytest.fixture
def isolated(find: Find) -> Run:
    """Runs a shell command in a network namespace of its own, where it may change what it likes."""
    unshare = [find("unshare", "util-linux"), "-n" if os.geteuid() == 0 else "-rn"]

    def run(command: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PATH": _PATH}
        whole = [*unshare, "sh", "-euc", command]
        return subprocess.run(whole, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def readable() -> Iterator[Path]:
    """A folder that a program without privileges may read, unlike those of other tests."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
