"""The preview serves under the base path, rebuilds on change, and ends cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import httpx
import pytest

from statuspress.core.report import Report
from statuspress.errors import StatuspressError
from statuspress.render.build import BuildResult, build_site
from statuspress.render.preview import Previewer, preview


def _make(report: Report, root: Path, out: Path) -> BuildResult:
    return build_site(report, root=root, out=out, base_url="https://site.example/blacklist/", strict=False)


@pytest.fixture
def previewer(report: Report, root: Path, tmp_path: Path) -> Iterator[Previewer]:
    made = Previewer(partial(_make, report, root), watch=[root], out=tmp_path / "out", host="127.0.0.1", port=0)
    thread = Thread(target=made.serve)
    thread.start()
    yield made
    made.end()
    thread.join(timeout=5)
    assert not thread.is_alive()


def _wait_for(condition: object, seconds: float = 10) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def test_pages_are_served_under_the_base_path(previewer: Previewer) -> None:
    assert previewer.address.endswith("/blacklist/")
    page = httpx.get(previewer.address + "status/")
    assert page.status_code == 200
    assert "preview.js" in page.text
    assert httpx.get(previewer.address + "static/style.css").headers["content-type"].startswith("text/css")
    start = httpx.get(previewer.address.removesuffix("blacklist/"))
    assert start.headers["location"] == "/blacklist/"


@pytest.mark.parametrize("path", ["nowhere/", "..%2f..%2froot/site/figures.toml", "../root/site/figures.toml"])
def test_an_address_that_is_no_page_gets_the_page_for_lost_visitors(previewer: Previewer, path: str) -> None:
    page = httpx.get(previewer.address + path)
    assert page.status_code == 404
    assert "headline" not in page.text


def test_a_change_is_built_and_announced_to_the_open_page(previewer: Previewer, root: Path) -> None:
    before = httpx.get(previewer.address + "preview.version").text
    about = root / "content" / "pages" / "about.md"
    about.write_text('+++\ntitle = "About"\n+++\nFreshly written.\n', encoding="utf-8")

    _wait_for(lambda: httpx.get(previewer.address + "preview.version").text != before)
    assert "Freshly written." in httpx.get(previewer.address + "about/").text


def test_an_error_keeps_the_site_and_is_printed(
    previewer: Previewer, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "content" / "pages" / "about.md").write_text("no head", encoding="utf-8")
    said: list[str] = []

    def complained() -> bool:
        said.append(capsys.readouterr().out)
        return "about.md:1: does not begin" in "".join(said)

    _wait_for(complained)
    assert httpx.get(previewer.address + "about/").status_code == 200


def test_a_busy_port_is_one_clear_error(previewer: Previewer, report: Report, root: Path, tmp_path: Path) -> None:
    port = int(previewer.address.split(":")[2].split("/")[0])
    with pytest.raises(StatuspressError, match=rf"cannot listen on 127\.0\.0\.1:{port}.*choose another port"):
        preview(partial(_make, report, root), watch=[root], out=tmp_path / "other", host="127.0.0.1", port=port)
    assert not (tmp_path / "other").exists()


def test_a_first_build_that_fails_is_raised(report: Report, root: Path, tmp_path: Path) -> None:
    (root / "content" / "pages" / "about.md").unlink()
    with pytest.raises(StatuspressError, match=r"about\.md"):
        preview(partial(_make, report, root), watch=[root], out=tmp_path / "out", host="127.0.0.1", port=0)


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    script = """
import pathlib, sys
from statuspress.render.build import BuildResult
from statuspress.render.preview import preview
def make(out):
    out.mkdir(exist_ok=True)
    (out / "robots.txt").write_text("Sitemap: https://site.example/b/sitemap.xml\\n")
    return BuildResult(1, ())
preview(make, watch=[], out=pathlib.Path(sys.argv[1]) / "out", host="127.0.0.1", port=0)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "built 1 pages\n"
        assert "/b/ (Ctrl-C ends it)" in process.stdout.readline()
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0
        assert errors == ""
