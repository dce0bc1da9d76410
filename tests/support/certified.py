"""An authority of our own, made by openssl, for servers and clients that speak TLS on the loopback."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authority:
    """Certificates in one folder: `ca.pem`, and NAME.pem with NAME.key for each that was issued."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The authority's own."""
        return self.folder / "ca.pem"

    def issue(self, name: str, *, days: int = 30) -> tuple[Path, Path]:
        """A certificate for 127.0.0.1 that ends after that many days, and its key."""
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        _openssl(self.folder, *_NEW_KEY, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san", "-days", str(days))
        _openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
        return paths

    def server(self, *, clients: bool = False) -> ssl.SSLContext:
        """What a server at 127.0.0.1 speaks TLS by; with `clients` it asks for their certificates too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue("server"))
        if clients:
            context.load_verify_locations(self.certificate)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


_NEW_KEY = ("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def make_authority(folder: Path) -> Authority:
    """Makes one in that folder."""
    _openssl(folder, *_NEW_KEY, "-x509", "-subj", "/CN=tests", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem")
    return Authority(folder)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
