"""`statuspress verify SITE`: every published figure computed again, and who signed for the evidence.

The signature is one of ssh-keygen(1), which every runner and every developer's machine has: a key is made in one
command, and no dependency is needed. It is of `api/evidence.json`, which holds the digest of every other file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from statuspress.config import load_config
from statuspress.errors import DataError, UsageError
from statuspress.render.verify import SIGNATURE, verify_site

NAMESPACE = "statuspress"
_WRONG, _NOTHING = 1, 2


def run(options: Namespace) -> int:
    """0 when all is as computed, and signed where that is asked; 1 when something is not; 2 without a site."""
    config = load_config(options.config, os.environ)
    try:
        verdict = verify_site(options.site, config.root)
    except DataError as error:
        print(f"statuspress: {error}", file=sys.stderr)
        return _NOTHING
    faults = list(verdict.faults)
    if options.signers:
        faults += unsigned(options.site / SIGNATURE, options.signers, options.identity)
    for fault in faults:
        print(fault)
    words = f"{len(faults)} faults" if faults else "all as computed"
    print(f"{verdict.files} files, {verdict.figures} marked figures: {words}", file=sys.stderr)
    return _WRONG if faults else 0


def unsigned(signature: Path, signers: Path, identity: str) -> list[str]:
    """What is wrong with a signature, or nothing. Raises UsageError when it cannot be checked."""
    if not signers.is_file():
        raise UsageError(f"--signers {signers}: there is no such file")
    program = shutil.which("ssh-keygen")
    if program is None:
        raise UsageError("--signers needs ssh-keygen: install OpenSSH's client")
    if not signature.is_file():
        return [f"{SIGNATURE}: is missing, so nobody signed for the evidence"]
    command = [program, "-Y", "verify", "-f", str(signers), "-I", identity, "-n", NAMESPACE, "-s", str(signature)]
    signed = signature.with_suffix("").read_bytes()
    done = subprocess.run(command, input=signed, capture_output=True, check=False, timeout=60)
    return [] if done.returncode == 0 else [f"{SIGNATURE}: is no signature of {identity} for this evidence"]
