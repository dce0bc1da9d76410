"""What is shipped: the wheel holds both packages with their data, and nothing named like somebody else's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by PyPA's `build`, installed beside our folder of that name."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    (built,) = out.iterdir()
    return built


def test_the_wheel_holds_every_module_of_both_packages_and_their_data(wheel: Path) -> None:
    shipped = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = {
        str(path.relative_to(folder))
        for folder in (ROOT / "api", ROOT / "build")
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped == expected
    assert "blacklist/feeds/feeds.toml" in shipped


def test_the_wheel_brings_the_two_commands_and_two_extras_and_needs_nothing_by_itself(wheel: Path) -> None:
    archive = ZipFile(wheel)
    (metadata_name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    (entry_points,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
    metadata = archive.read(metadata_name).decode()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    assert all("extra == 'api'" in line or "extra == 'site'" in line for line in required)
    assert "blacklist = blacklist.cli:main" in archive.read(entry_points).decode()
    assert "statuspress = statuspress.cli:main" in archive.read(entry_points).decode()


def test_build_is_still_somebody_else_s_package() -> None:
    code = "import build; print(build.__file__)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests", capture_output=True, text=True, check=True)
    assert "site-packages" in found.stdout


def test_locked_requirements_carry_hashes_and_no_index_address() -> None:
    for path in (ROOT / "requirements").iterdir():
        text = path.read_text()
        assert "://" not in text, path
        assert "index-url" not in text, path
        pinned = [line for line in text.splitlines() if "==" in line]
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)
