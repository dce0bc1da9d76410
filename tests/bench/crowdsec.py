"""Single lookups against CrowdSec's local API: the same listings as decisions in its SQLite database, asked by address.

It runs from its unpacked Debian package and from files of a temporary folder: no log is read, no hub and no central API
is asked.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from blacklist.core.indicator import WIDTH
from blacklist.replica.local import load_newest
from parts import (
    HERE,
    LOOKUP,
    Load,
    ask_for,
    blacklist_command,
    free_port,
    key_of,
    load,
    make_listings,
    peak_of,
    pinned,
    wait_for,
    write_paths,
)
from rows import Row, Size, row, say

DECISIONS = "/v1/decisions?ip="
_MACHINE = "bench-machine-of-a-temporary-database"
_CONFIGURATION = """
common: {{daemonize: false, log_media: stdout, log_level: error, log_dir: {folder}, working_dir: {folder}}}
config_paths:
  config_dir: {folder}
  data_dir: {folder}
  simulation_path: {folder}/simulation.yaml
  hub_dir: {folder}/hub
  index_path: {folder}/hub/.index.json
  notification_dir: {folder}/notifications
  plugin_dir: {folder}/plugins
cscli: {{output: raw}}
db_config: {{log_level: error, type: sqlite, db_path: {folder}/crowdsec.db, use_wal: true}}
api:
  client: {{credentials_path: {folder}/machine.yaml}}
  server: {{log_level: error, listen_uri: "127.0.0.1:{port}", profiles_path: {folder}/profiles.yaml}}
prometheus: {{enabled: false}}
"""
_PROFILES = "name: none\nfilters: ['false']\ndecisions: [{type: ban, duration: 4h}]\non_success: break\n"


class _Installed(NamedTuple):
    """An unpacked CrowdSec and its configuration."""

    programs: Path
    configuration: Path
    port: int

    def cscli(self, *arguments: str) -> str:
        """Runs its command line; what that prints."""
        command = [str(self.programs / "cscli"), "-c", str(self.configuration), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    @contextmanager
    def serving(self, key: str) -> Iterator[subprocess.Popen[bytes]]:
        """The local API, on the server's core."""
        command = [str(self.programs / "crowdsec"), "-c", str(self.configuration), "-no-cs", "-no-capi"]
        with pinned(command) as process:
            wait_for(self.port, f"{DECISIONS}192.0.2.1", key)
            yield process


def crowdsec(folder: Path, size: Size) -> list[Row]:
    """Single lookups and memory, against those of CrowdSec's local API with the same listings."""
    say(f"CrowdSec's local API over {size.listings:,} decisions, {size.rounds} rounds of {size.seconds} s each")
    unpack = [str(HERE.parents[1] / "scripts" / "unpack"), "crowdsec"]
    unpacked = subprocess.run(unpack, stdout=subprocess.PIPE, text=True, check=False)
    if unpacked.returncode:
        say("  not measured: the Debian package crowdsec is not to be had here")
        return []
    data, port = folder / "crowdsec-listings", free_port()
    listed = make_listings(data, size.listings)
    addresses = ask_for(listed)
    key, paths = key_of(data), write_paths(folder / "crowdsec-ours.paths", LOOKUP, addresses)
    installed = _set_up(folder / "crowdsec", Path(unpacked.stdout.strip()) / "usr" / "bin")
    their_key = installed.cscli("bouncers", "add", "bench", "-o", "raw")
    their_paths = write_paths(folder / "crowdsec-theirs.paths", DECISIONS, addresses)
    with installed.serving(their_key):
        _import(installed, folder / "decisions.csv", data)
    ours: list[Load] = []
    theirs: list[Load] = []
    with (
        pinned(blacklist_command(port), BLACKLIST_DATA=str(data)) as process,
        installed.serving(their_key) as other,  # started anew: what the import took is not counted
    ):
        wait_for(port, LOOKUP + "192.0.2.1", key)
        for number in range(size.rounds):
            ours.append(load(port, paths, key, size.seconds))
            theirs.append(load(installed.port, their_paths, their_key, size.seconds))
            say(f"  round {number + 1}: {ours[-1].rate:,.0f} and {theirs[-1].rate:,.0f} requests/s")
        held, their_held = peak_of(process), peak_of(other)
    rate, their_rate = (median(run.rate for run in runs) for runs in (ours, theirs))
    name = "CrowdSec's local API"
    return [
        row("single lookup", rate, "requests/s", name, their_rate, at_least=100),
        row(f"memory at {size.listings:,} listings", held, "MiB", name, their_held, at_most=0.3),
    ]


def _set_up(folder: Path, programs: Path) -> _Installed:
    """Its configuration, its empty database, and the machine that hands decisions over."""
    (folder / "hub").mkdir(parents=True)
    port = free_port()
    (folder / "hub" / ".index.json").write_text("{}")
    (folder / "simulation.yaml").write_text("simulation: false\n")
    (folder / "profiles.yaml").write_text(_PROFILES)
    (folder / "machine.yaml").touch()
    configuration = folder / "config.yaml"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port))
    installed = _Installed(programs, configuration, port)
    machine = ["bench", "--password", _MACHINE, "--force", "-f", f"{folder}/machine.yaml"]
    installed.cscli("machines", "add", *machine, "-u", f"http://127.0.0.1:{port}")
    return installed


def _import(installed: _Installed, path: Path, data: Path) -> None:
    """Hands over all listings of the newest snapshot as decisions."""
    snapshot = load_newest(data / "snapshots")
    path.write_text("".join(_rows([str(one) for version in WIDTH for one, _ in snapshot.listings[version]])))
    installed.cscli("decisions", "import", "-i", str(path))


def _rows(indicators: Sequence[str]) -> Iterator[str]:
    yield "value,scope,duration,type,reason\n"
    for text in indicators:
        yield f"{text},{'range' if '/' in text else 'ip'},2400h,ban,bench\n"
