"""Requests to a container registry: its challenges are answered, and no key leaves for a host that is not allowed.

https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from statuspress.settings.container_registry import RegistrySettings
from statuspress.sources.fetch import Answer, Call, bearer, host_of, send
from statuspress.sources.fields import entry
from statuspress.sources.interface import Unavailable

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?')
_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PAGES = 100  # of tags, a hundred each


@dataclass(slots=True)
class RegistryClient:
    """One registry during one collection. `timeout` is for each step, in seconds."""

    settings: RegistrySettings
    client: httpx.AsyncClient
    timeout: float
    _authorization: str = field(default="", repr=False)

    async def tags(self) -> tuple[list[str], Answer]:
        """All tags of the image, and the last answer. Raises Unavailable."""
        url = f"{self.settings.address}/v2/{self.settings.name}/tags/list?n=100"
        found: list[str] = []
        for _ in range(_PAGES):
            answer = await self.get(url)
            tags = entry(answer.json(), "tags")
            if answer.status == 404:
                raise Unavailable(f"The registry knows no image {self.settings.name}.", "Push it, or mend its name.")
            tags = [] if tags is None and answer.status == 200 else tags
            if answer.status != 200 or not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
                raise answer.unexpected("a list of tags")
            found += tags
            if not (link := _NEXT.search(answer.headers.get("link", ""))):
                return found, answer
            url = self._next(url, link[1])
        raise Unavailable(f"The registry lists more than {_PAGES} pages of tags.", "Remove old tags.")

    async def manifest(self, reference: str) -> tuple[Answer, str]:
        """The manifest or index of that tag or digest, and its digest, checked. Raises Unavailable."""
        url = f"{self.settings.address}/v2/{self.settings.name}/manifests/{reference}"
        answer = await self.get(url, accept=_MANIFESTS)
        if answer.status != 200:
            raise answer.unexpected("a manifest")
        claimed = reference if reference.startswith("sha256:") else answer.headers.get("docker-content-digest", "")
        return answer, _checked(answer, claimed)

    async def blob(self, digest: str) -> Answer:
        """That blob, checked against its digest. Raises Unavailable."""
        answer = await self.get(f"{self.settings.address}/v2/{self.settings.name}/blobs/{digest}")
        if answer.status != 200:
            raise answer.unexpected("the image's configuration")
        _checked(answer, digest)
        return answer

    async def get(self, url: str, *, accept: str = "application/json") -> Answer:
        """The answer, once the challenge is met. Raises Unavailable."""
        headers = {"accept": accept}
        answer = await send(self.client, Call(url, "GET", self._authorization, headers), timeout=self.timeout)
        if answer.status == 401 and (challenge := answer.headers.get("www-authenticate", "")):
            self._authorization = await self._answer_to(challenge)
            answer = await send(self.client, Call(url, "GET", self._authorization, headers), timeout=self.timeout)
        answer.allowed(self.settings.token_env, self.settings.token)
        return answer

    async def _answer_to(self, challenge: str) -> str:
        """The header that the challenge asks for."""
        scheme = challenge.partition(" ")[0].lower()
        if scheme == "basic" and not (self.settings.user and self.settings.token):
            remedy = f"Set user in [sources.registry], and put the password into {self.settings.token_env}."
            raise Unavailable("The registry asks for a user and a password.", remedy)
        if scheme != "bearer":
            return self._credentials()
        asked = dict(_PARAMETER.findall(challenge))
        realm = asked.get("realm", "")
        self._allow(realm)
        query = urlencode({name: asked[name] for name in ("service", "scope") if name in asked})
        url = f"{realm}{'&' if '?' in realm else '?'}{query}"
        answer = await send(self.client, Call(url, authorization=self._credentials()), timeout=self.timeout)
        answer.allowed(self.settings.token_env, self.settings.token)
        document = answer.json()
        token = entry(document, "token") or entry(document, "access_token")
        if answer.status != 200 or not isinstance(token, str):
            raise answer.unexpected("a token")
        return bearer(token)

    def _credentials(self) -> str:
        settings = self.settings
        if not settings.user:
            return bearer(settings.token)
        return f"Basic {b64encode(f'{settings.user}:{settings.token}'.encode()).decode()}" if settings.token else ""

    def _allow(self, realm: str) -> None:
        """A registry says where its tokens come from: only its own host, or one that the settings name, is believed."""
        host = host_of(realm)
        own = self.settings.address
        same = (realm.partition("://")[0], host) == (own.partition("://")[0], host_of(own))
        named = realm.startswith("https://") and host == self.settings.token_host
        if not host or not (same or named):
            host = host[:100] or "an address that is none"
            reason = f"The registry sends whoever wants a token to {host}, which the settings do not allow."
            raise Unavailable(reason, "Name that host as token_host in [sources.registry], if it is the right one.")

    def _next(self, url: str, link: str) -> str:
        """The next page, if it is at the same host."""
        try:
            following = urljoin(url, link)
            same = urlsplit(following)[:2] == urlsplit(url)[:2]
        except ValueError:
            same = False
        if not same:
            raise Unavailable("The registry's next page of tags is at another host, which is not followed.")
        return following


def digest_of(document: object, *path: str) -> str:
    """The digest at that path. Raises Unavailable for what is none."""
    found = entry(document, *path)
    if not isinstance(found, str) or not _DIGEST.fullmatch(found):
        raise Unavailable(f"The registry's answer gives no digest as {'.'.join(path)}.", "Push the image again.")
    return found


def _checked(answer: Answer, digest: str) -> str:
    actual = f"sha256:{sha256(answer.body).hexdigest()}"
    if digest and digest != actual:
        raise Unavailable(f"{answer.url} answered with bytes that do not have their digest.", "Push the image again.")
    return actual
