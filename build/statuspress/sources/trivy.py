"""What Trivy found: `trivy.json` of an image or a file system, `trivy-config.json` of manifests and Dockerfiles.

Of a secret only its severity is read, never what matched.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from statuspress.core.number import NumberError, count
from statuspress.sources.report import Reading, ReportError, ReportKind, fact, instant

_SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN")
_PACKAGES = ("os-pkgs", "lang-pkgs")
_NOT_TOLD = "it is not the scan of an image, or Trivy did not tell."

_NONE_FOUND = "it found no secret, or did not look for any; Trivy does not tell which."
_SECRETS = {
    "trivy.secrets": "Secrets that Trivy found",  # pragma: allowlist secret - a label
    "trivy.secrets.serious": "Secrets of high or critical severity that Trivy found",
}
_IMAGE = {
    "trivy.image.name": "Image that Trivy scanned",
    "trivy.image.digest": "Digest of the image that Trivy scanned",
    "trivy.image.os": "Operating system of the image",
    "trivy.image.supported": "The image's operating system is still supported",
    "trivy.image.size": "Size of the image, unpacked",
    "trivy.image.user": "User that the scanned image names",
    "trivy.image.created": "When the scanned image was made",
}


def read_trivy(raw: bytes) -> Reading:
    """Vulnerabilities by severity, how many have a fix, secrets, and facts of the image."""
    document, results = _document(raw)
    if not any(result.get("Class") in _PACKAGES for result in results):
        raise ReportError("It looked at no package.")
    found = list(_findings(results, "Vulnerabilities"))
    severities = _severities(found)
    secrets = _severities(_findings(results, "Secrets"))
    figures: dict[str, tuple[int | str | bool, str]] = {
        f"trivy.{level.lower()}": (severities[level], "{vulnerability}") for level in _SEVERITIES
    }
    figures["trivy.fixable"] = (sum(bool(fact(item.get("FixedVersion"))) for item in found), "{vulnerability}")
    facts = _version(document) | _image(document)
    missing = {name: _NOT_TOLD for name in TRIVY.ids if name not in figures and name not in facts}
    missing |= dict.fromkeys(_SECRETS, _NONE_FOUND)
    if secrets:
        figures["trivy.secrets"] = (sum(secrets.values()), "{secret}")
        figures["trivy.secrets.serious"] = (secrets["CRITICAL"] + secrets["HIGH"], "{secret}")
        missing = {name: reason for name, reason in missing.items() if name not in _SECRETS}
    return Reading(figures | facts, instant(document.get("CreatedAt")), missing)


def read_trivy_config(raw: bytes) -> Reading:
    """Misconfigurations that failed by severity, and how many checks were passed."""
    document, results = _document(raw)
    looked = [result for result in results if result.get("Class") == "config"]
    if not looked:
        raise ReportError("It looked at no configuration.")
    failed = [item for item in _findings(looked, "Misconfigurations") if item.get("Status", "FAIL") == "FAIL"]
    severities = _severities(failed)
    figures: dict[str, tuple[int, str]] = {
        f"trivy.config.{level.lower()}": (severities[level], "{misconfiguration}") for level in _SEVERITIES
    }
    figures["trivy.config.passed"] = (sum(_successes(result) for result in looked), "{check}")
    return Reading(figures, instant(document.get("CreatedAt")))


def _document(raw: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise ReportError("It is not JSON.") from None
    if not isinstance(document, dict) or "ArtifactType" not in document or "SchemaVersion" not in document:
        raise ReportError("It is not the JSON report of Trivy.")
    if document["SchemaVersion"] != 2:
        raise ReportError(f"Its SchemaVersion is {str(document['SchemaVersion'])[:20]}; 2 is understood.")
    results = document.get("Results") or []
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        raise ReportError("Its Results are not a list of results.")
    if not results:
        raise ReportError("It has no results: nothing was scanned.")
    return document, results


def _findings(results: Sequence[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    for result in results:
        found = result.get(kind) or []
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise ReportError(f"{kind} of a result are not a list of findings.")
        yield from found


def _severities(found: Iterator[Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> Counter[str]:
    """How many there are of each; a severity that Trivy does not have counts as unknown."""
    return Counter(level if (level := item.get("Severity")) in _SEVERITIES else "UNKNOWN" for item in found)


def _successes(result: Mapping[str, Any]) -> int:
    summary = result.get("MisconfSummary")
    try:
        return count(summary["Successes"]) if isinstance(summary, dict) else 0
    except (KeyError, NumberError):
        raise ReportError("A MisconfSummary does not count its successes.") from None


def _version(document: Mapping[str, Any]) -> dict[str, tuple[int | str | bool, str]]:
    version = fact(_inside(document, "Trivy").get("Version"))
    return {"trivy.version": (version, "")} if version else {}


def _image(document: Mapping[str, Any]) -> dict[str, tuple[int | str | bool, str]]:
    """The facts that are there. An image without a user runs as root."""
    if document["ArtifactType"] != "container_image":
        return {}
    metadata = _inside(document, "Metadata")
    system, config = _inside(metadata, "OS"), _inside(metadata, "ImageConfig")
    digests = metadata.get("RepoDigests")
    pushed = digests[0] if isinstance(digests, list) and digests and isinstance(digests[0], str) else ""
    digest = pushed.rpartition("@")[2] or metadata.get("ImageID")
    os = " ".join(part for part in (fact(system.get("Family")), fact(system.get("Name"))) if part)
    texts = {
        "trivy.image.name": fact(document.get("ArtifactName")),
        "trivy.image.digest": fact(digest),
        "trivy.image.os": os,
        "trivy.image.user": (fact(_inside(config, "config").get("User")) or "root") if config else None,
        "trivy.image.created": fact(config.get("created")),
    }
    facts: dict[str, tuple[int | str | bool, str]] = {name: (text, "") for name, text in texts.items() if text}
    if os:
        facts["trivy.image.supported"] = (system.get("EOSL") is not True, "")
    if "Size" in metadata:
        try:
            facts["trivy.image.size"] = (count(metadata["Size"]), "By")
        except NumberError as error:
            raise ReportError(f"The size of its image is wrong: {error}.") from None
    return facts


def _inside(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


TRIVY = ReportKind(
    "`trivy image --format json --output reports/trivy.json IMAGE`",
    {"trivy.json": read_trivy},
    {
        **{f"trivy.{level.lower()}": f"Vulnerabilities of {level.lower()} severity" for level in _SEVERITIES},
        "trivy.fixable": "Vulnerabilities for which there is a fix",
        **_SECRETS,
        "trivy.version": "Version of Trivy",
        **_IMAGE,
    },
)
TRIVY_CONFIG = ReportKind(
    "`trivy config --format json --output reports/trivy-config.json deploy`",
    {"trivy-config.json": read_trivy_config},
    {
        **{f"trivy.config.{level.lower()}": f"Misconfigurations of {level.lower()} severity" for level in _SEVERITIES},
        "trivy.config.passed": "Checks of the configuration that were passed",
    },
)
