"""The way to a Kubernetes API: a pod's service account, or a kubeconfig.

https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import binascii
import ssl
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from statuspress.settings.kubernetes import KubernetesSettings
from statuspress.sources.fields import entry
from statuspress.sources.interface import Unavailable

_LARGEST = 1 << 20  # bytes of a kubeconfig, a certificate or a token
_ELSEWHERE = "Configure kubeconfig of [sources.kubernetes], or collect from inside the cluster."
_MEND = "Write it again, for example with `kubectl config view --raw --minify --flatten`."


@dataclass(frozen=True, slots=True)
class Access:
    """Where the API answers, whose certificate counts, and the key: `verify` is None for plain http."""

    url: str
    token: str = field(repr=False)
    verify: ssl.SSLContext | None


def find_access(settings: KubernetesSettings) -> Access:
    """As the settings and the surroundings say. Reads files. Raises Unavailable."""
    try:
        if settings.kubeconfig is not None:
            return _of_kubeconfig(settings.kubeconfig, settings.context)
        if settings.host:
            return _of_pod(settings)
    except ssl.SSLError:
        raise Unavailable("A certificate or key to Kubernetes is none that can be used.", _MEND) from None
    raise Unavailable("This is no pod of a cluster, and no kubeconfig is configured.", _ELSEWHERE)


def _of_pod(settings: KubernetesSettings) -> Access:
    token = _read(settings.account / "token").decode(errors="replace").strip()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    context = _context(_read(settings.account / "ca.crt"))
    return Access(f"https://{host}:{settings.port or '443'}", token, context)


def _of_kubeconfig(path: Path, context: str) -> Access:
    try:
        document = yaml.safe_load(_read(path))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        raise Unavailable(f"{path.name} is not YAML.", _MEND) from None
    name = context or entry(document, "current-context")
    chosen = _named(document, "contexts", name, path)
    cluster = _named(document, "clusters", entry(chosen, "context", "cluster"), path)["cluster"]
    user = _named(document, "users", entry(chosen, "context", "user"), path)["user"] or {}
    server = entry(cluster, "server")
    if not isinstance(server, str) or not server.startswith(("https://", "http://")):
        raise Unavailable(f"{path.name} gives its cluster no server.", _MEND)
    if entry(cluster, "insecure-skip-tls-verify") is True:
        raise Unavailable(f"{path.name} leaves the server's certificate unchecked.", "Give it the cluster's authority.")
    if entry(user, "exec") is not None or entry(user, "auth-provider") is not None:
        raise Unavailable(f"{path.name} gets its key from another program, which is not run.", "Give the user a token.")
    verify = None
    if server.startswith("https://"):
        verify = _context(_material(cluster, "certificate-authority", path))
        _identify(verify, _material(user, "client-certificate", path), _material(user, "client-key", path))
    token = entry(user, "token")
    if token is None and isinstance(file := entry(user, "tokenFile"), str):
        token = _read(path.parent / file).decode(errors="replace").strip()
    return Access(server.rstrip("/"), str(token or ""), verify)


def _named(document: object, kind: str, name: object, path: Path) -> Mapping[str, object]:
    entries = entry(document, kind)
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, dict) and name is not None and one.get("name") == name and kind[:-1] in one:
            return one
    raise Unavailable(f"{path.name} has no {kind[:-1]} that is called {str(name)[:60]}.", _MEND)


def _material(document: object, name: str, path: Path) -> bytes:
    """A certificate or key: in the file itself as base 64, or in a file beside it; empty when there is none."""
    data, file = entry(document, f"{name}-data"), entry(document, name)
    try:
        if isinstance(data, str):
            return b64decode(data, validate=True)
        return _read(path.parent / file) if isinstance(file, str) else b""
    except binascii.Error:
        raise Unavailable(f"{name}-data of {path.name} is not base 64.", _MEND) from None


def _context(authority: bytes) -> ssl.SSLContext:
    """Trusts that authority alone; without one those of the machine."""
    context = ssl.create_default_context(cadata=authority.decode("ascii", errors="replace") or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _identify(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """OpenSSL takes both from files alone: they are there for that moment, readable by nobody else."""
    if not certificate or not key:
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.touch(0o600)
        path.write_bytes(certificate + b"\n" + key)
        context.load_cert_chain(path)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.", _ELSEWHERE) from None
