"""The container registry: the newest tag, and what the image behind it says of itself.

https://github.com/opencontainers/distribution-spec, https://github.com/opencontainers/image-spec
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from statuspress.core.evidence import Evidence, Gap
from statuspress.core.number import count
from statuspress.settings.container_registry import RegistrySettings
from statuspress.sources.fields import entry, instant, objects
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import Notes, Origin, age
from statuspress.sources.registry_client import RegistryClient, digest_of

_TAGS = {"registry.tag": "Latest image tag", "registry.tags": "Tags of the image"}
_MANIFEST = {
    "registry.digest": "Digest of the image",
    "registry.image.platforms": "Platforms of the image",
}
_IMAGE = {
    "registry.image.size": "Size of the image, compressed",
    "registry.image.created": "The image was built",
    "registry.image.age": "Age of the image",
    "registry.image.user": "User the image runs as",
    "registry.image.nonroot": "The image runs as a user other than root",
    "registry.image.base": "Base of the image",
}
_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?")
_ROOT = {"", "0", "root"}
_BASE = ("org.opencontainers.image.base.name", "org.opencontainers.image.base.digest")


class RegistrySource:
    """Reads one image of one registry, step by step: each step's failure is a gap for what follows from it."""

    name = "registry"
    ids: Mapping[str, str] = {**_TAGS, **_MANIFEST, **_IMAGE}

    async def collect(
        self, settings: RegistrySettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """Tags, then the manifest of the newest, then the configuration it names."""
        notes = Notes(self.name, self.ids, now, settings.valid_for)
        reader = _Reader(settings, RegistryClient(settings, client, settings.deadline / 5), notes)
        steps = (reader.tags, reader.manifest, reader.image)
        for place, step in enumerate(steps):
            try:
                await step()
            except Unavailable as why:
                for missed in (_TAGS, _MANIFEST, _IMAGE)[place:]:
                    notes.miss(missed, why)
                break
        return notes.items


@dataclass(slots=True)
class _Reader:
    settings: RegistrySettings
    registry: RegistryClient
    notes: Notes
    _tag: str = ""
    _reference: str = ""
    _platforms: int = 1

    async def tags(self) -> None:
        tags, answer = await self.registry.tags()
        origin = self._origin("tags", answer.digest)
        self._tag = self._chosen(tags)
        self.notes.note("registry.tag", lambda: self._tag, "", origin)
        self.notes.note("registry.tags", lambda: len(tags), "{tag}", origin)

    async def manifest(self) -> None:
        answer, digest = await self.registry.manifest(self._tag)
        document = answer.json()
        self._reference = digest
        if entry(document, "manifests") is not None:
            platforms = {found: one for one in objects(document, "manifests") if (found := _platform(one))}
            if self.settings.platform not in platforms:
                raise Unavailable(f"The image is not there for {self.settings.platform}.", "Build it for that too.")
            self._platforms = len(platforms)
            self._reference = digest_of(platforms[self.settings.platform], "digest")
        origin = self._origin(f"manifest of {self._tag}", answer.digest)
        self.notes.note("registry.digest", lambda: digest, "", origin)
        self.notes.note("registry.image.platforms", lambda: self._platforms, "{platform}", origin)

    async def image(self) -> None:
        answer, _ = await self.registry.manifest(self._reference)
        manifest = answer.json()
        blob = await self.registry.blob(digest_of(manifest, "config", "digest"))
        config = blob.json()
        if not isinstance(config, dict):
            raise blob.unexpected("the image's configuration")
        of_manifest = self._origin(f"manifest {self._reference[:19]}", answer.digest)
        of_config = self._origin(f"configuration of {self._tag}", blob.digest)
        user = entry(config, "config", "User")
        user = user if isinstance(user, str) else ""
        uid = user.partition(":")[0]
        note, now = self.notes.note, self.notes.now
        note("registry.image.size", lambda: _size(manifest), "By", of_manifest)
        note("registry.image.created", lambda: f"{_built(config):%Y-%m-%dT%H:%M:%SZ}", "", of_config)
        note("registry.image.age", lambda: age(_built(config), now, "The time of its build"), "s", of_config)
        note("registry.image.user", lambda: user[:100] or "root, as none is set", "", of_config)
        note("registry.image.nonroot", lambda: uid not in _ROOT, "", of_config)
        note("registry.image.base", lambda: _base(manifest, config), "", of_config)

    def _chosen(self, tags: Sequence[str]) -> str:
        if self.settings.tag:
            if self.settings.tag not in tags:
                raise Unavailable(f"The image has no tag {self.settings.tag}.", "Push it, or configure another tag.")
            return self.settings.tag
        if not tags:
            raise Unavailable("The registry lists no tag of the image.", "Push the image.")
        versions = [(_version(tag), tag) for tag in tags if _VERSION.fullmatch(tag)]
        if versions:
            return max(versions)[1]
        return "latest" if "latest" in tags else max(tags)

    def _origin(self, what: str, digest: str) -> Origin:
        link = f"{self.settings.address}/v2/{self.settings.name}/tags/list"
        return Origin(f"{what} of {self.settings.image}", digest, link)


def _built(config: object) -> datetime:
    return instant(entry(config, "created"), "When the image was built")


def _version(tag: str) -> tuple[int, ...]:
    found = _VERSION.fullmatch(tag)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def _platform(manifest: Mapping[str, object]) -> str:
    """`os/architecture` and perhaps a variant; empty for what is no image, such as an attestation."""
    parts = [entry(manifest, "platform", name) for name in ("os", "architecture", "variant")]
    known = [part for part in parts if isinstance(part, str) and part]
    return "" if "unknown" in known or len(known) < 2 else "/".join(known)


def _size(manifest: object) -> int:
    layers = objects(manifest, "layers")
    return count(entry(manifest, "config", "size")) + sum(count(layer.get("size")) for layer in layers)


def _base(manifest: object, config: object) -> str:
    for name in _BASE:
        for place in (entry(manifest, "annotations"), entry(config, "config", "Labels")):
            if isinstance(found := entry(place, name), str) and found:
                return found[:200]
    raise Unavailable("The image does not say what it is based on.", f"Label it with {_BASE[0]} when it is built.")
