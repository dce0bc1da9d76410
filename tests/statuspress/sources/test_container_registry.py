"""The registry source against a real Docker registry with an image pushed over its API, and against bad answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from answering import Answering, Asked, Reply, answering, as_json
from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.container_registry import RegistrySettings
from statuspress.sources.container_registry import RegistrySource
from systems import docker_registry

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
CONFIG = {
    "created": "2031-03-17T14:02:00.123456789Z",
    "architecture": "amd64",
    "os": "linux",
    "config": {"User": "65532:65532", "Labels": {"org.opencontainers.image.base.name": "example.org/base:12"}},
}
_OCI = "application/vnd.oci.image"
WORD = "a-password-for-tests"
HASHED = "$2b$04$MqsWYLhyCbk.sqU3HkYeDeV9kqeRTqV9PEwE25WSqbLnAEUMNA14y"  # bcrypt of it, of the lowest cost

Ask = Callable[..., Dossier]


@dataclass
class Registry:
    """A registry, and how to push to it."""

    client: httpx.Client
    name: str = "owner/blacklist"

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def blob(self, body: bytes) -> dict[str, Any]:
        digest = f"sha256:{sha256(body).hexdigest()}"
        started = self.client.post(f"/v2/{self.name}/blobs/uploads/")
        assert started.status_code == 202
        where = started.headers["location"]
        done = self.client.put(f"{where}{'&' if '?' in where else '?'}digest={digest}", content=body)
        assert done.status_code == 201
        return {"digest": digest, "size": len(body)}

    def put(self, reference: str, document: dict[str, Any], kind: str) -> dict[str, Any]:
        body = json.dumps({"schemaVersion": 2, "mediaType": f"{_OCI}.{kind}.v1+json", **document}).encode()
        headers = {"content-type": f"{_OCI}.{kind}.v1+json"}
        answer = self.client.put(f"/v2/{self.name}/manifests/{reference}", content=body, headers=headers)
        assert answer.status_code == 201, answer.text
        digest = answer.headers["docker-content-digest"]
        return {"mediaType": f"{_OCI}.{kind}.v1+json", "digest": digest, "size": len(body)}

    def image(
        self, reference: str, config: dict[str, Any], layers: tuple[bytes, ...] = (b"one", b"two!")
    ) -> dict[str, Any]:
        parts = [{"mediaType": f"{_OCI}.layer.v1.tar+gzip", **self.blob(layer)} for layer in layers]
        of_config = {"mediaType": f"{_OCI}.config.v1+json", **self.blob(json.dumps(config).encode())}
        return self.put(reference, {"config": of_config, "layers": parts}, "manifest")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A real registry with one image of three tags."""
    with (
        docker_registry(tmp_path_factory.mktemp("registry")) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        found = Registry(client)
        for tag in ("1.9.0", "latest", "1.10.0"):
            found.image(tag, CONFIG)
        yield found


@pytest.fixture
def ask(configure: Callable[..., Config], gather: Callable[..., Dossier]) -> Ask:
    """Collects about an image of the registry at that address."""

    def run(url: str, name: str = "owner/blacklist", **options: Any) -> Dossier:
        settings = RegistrySettings(image=f"{urlsplit(url).netloc}/{name}", url=url, **options)
        return gather(replace(configure("http://127.0.0.1:9"), sources={"registry": settings}))

    return run


def values(dossier: Dossier) -> dict[str, Any]:
    return {item.id.removeprefix("registry."): item.value for item in dossier if isinstance(item, Evidence)}


def gaps(dossier: Dossier) -> dict[str, str]:
    return {item.id: item.reason for item in dossier if isinstance(item, Gap)}


def reasons(dossier: Dossier) -> set[str]:
    return set(gaps(dossier).values())


def test_figures_are_those_of_an_image_in_a_real_registry(registry: Registry, ask: Ask) -> None:
    dossier = ask(registry.url)
    assert gaps(dossier) == {}
    manifest = registry.client.get(
        "/v2/owner/blacklist/manifests/1.10.0", headers={"accept": f"{_OCI}.manifest.v1+json"}
    )
    assert values(dossier) == {
        "tag": "1.10.0",
        "tags": 3,
        "digest": f"sha256:{sha256(manifest.content).hexdigest()}",
        "image.platforms": 1,
        "image.size": len(json.dumps(CONFIG)) + len(b"one") + len(b"two!"),
        "image.created": "2031-03-17T14:02:00Z",
        "image.age": pytest.approx(86_400, abs=1),
        "image.user": "65532:65532",
        "image.nonroot": True,
        "image.base": "example.org/base:12",
    }
    item = dossier.items["registry.digest"]
    assert isinstance(item, Evidence)
    assert item.digest == sha256(manifest.content).hexdigest()
    assert item.query == f"manifest of 1.10.0 of {urlsplit(registry.url).netloc}/owner/blacklist"


def test_of_an_index_the_configured_platform_is_read(registry: Registry, ask: Ask) -> None:
    many = Registry(registry.client, "owner/many")
    manifests = [
        {**many.image(f"of-{arch}", CONFIG | {"architecture": arch}, (arch.encode(),)), "platform": platform}
        for arch, platform in (
            ("arm64", {"os": "linux", "architecture": "arm64", "variant": "v8"}),
            ("amd64", {"os": "linux", "architecture": "amd64"}),
            ("none", {"os": "unknown", "architecture": "unknown"}),
        )
    ]
    many.put("1.0", {"manifests": manifests}, "index")
    dossier = ask(registry.url, "owner/many", platform="linux/arm64/v8")
    assert gaps(dossier) == {}
    assert values(dossier)["image.platforms"] == 2
    assert values(dossier)["image.size"] == len(json.dumps(CONFIG | {"architecture": "arm64"})) + len(b"arm64")
    absent = ask(registry.url, "owner/many", platform="linux/s390x")
    assert gaps(absent)["registry.digest"] == "The image is not there for linux/s390x."
    assert values(absent)["tag"] == "1.0"


def test_tags_are_read_page_by_page(registry: Registry, ask: Ask) -> None:
    paged = Registry(registry.client, "owner/paged")
    paged.image("0.0", CONFIG)
    accept = {"accept": f"{_OCI}.manifest.v1+json"}
    manifest = registry.client.get("/v2/owner/paged/manifests/0.0", headers=accept).json()
    for number in range(1, 130):
        paged.put(f"0.{number}", manifest, "manifest")
    found = values(ask(registry.url, "owner/paged"))
    assert (found["tags"], found["tag"]) == (130, "0.129")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"config": {}}, ("root, as none is set", False)),
        ({"config": None}, ("root, as none is set", False)),
        ({"config": {"User": "root:root"}}, ("root:root", False)),
        ({"config": {"User": "0"}}, ("0", False)),
        ({"config": {"User": "app"}}, ("app", True)),
    ],
)
def test_an_image_without_a_user_runs_as_root(
    registry: Registry, ask: Ask, config: dict[str, Any], expected: tuple[str, bool]
) -> None:
    Registry(registry.client, "owner/user").image("latest", CONFIG | config)
    dossier = ask(registry.url, "owner/user")
    assert (values(dossier)["image.user"], values(dossier)["image.nonroot"]) == expected
    assert gaps(dossier) == {"registry.image.base": "The image does not say what it is based on."}


@pytest.mark.parametrize(
    ("created", "reason"),
    [
        ("2031-03-18T15:02:00Z", "The time of its build lies ahead of this machine's clock."),
        ("yesterday", "When the image was built is not given as a time."),
        (None, "When the image was built is not given as a time."),
    ],
)
def test_a_build_time_that_is_none_is_a_gap(registry: Registry, ask: Ask, created: object, reason: str) -> None:
    Registry(registry.client, "owner/time").image("latest", CONFIG | {"created": created})
    assert gaps(ask(registry.url, "owner/time"))["registry.image.age"] == reason


def test_an_image_or_tag_that_is_not_there_is_a_gap_for_all(registry: Registry, ask: Ask) -> None:
    assert reasons(ask(registry.url, "owner/none")) == {"The registry knows no image owner/none."}
    assert reasons(ask(registry.url, tag="2.0")) == {"The image has no tag 2.0."}
    assert values(ask(registry.url, tag="latest"))["tag"] == "latest"


def test_a_real_registry_that_asks_for_a_password_gets_it(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "htpasswd").write_text(f"reader:{HASHED}\n")
    auth = {"htpasswd": {"realm": "tests", "path": f"{tmp_path}/htpasswd"}}
    with docker_registry(tmp_path, auth=auth) as url, httpx.Client(base_url=url, auth=("reader", WORD)) as client:
        Registry(client).image("1.0", CONFIG)
        assert gaps(ask(url, user="reader", token=WORD)) == {}
        assert reasons(ask(url, token=WORD)) == {"The registry asks for a user and a password."}
        (refused,) = reasons(ask(url, user="reader", token="another"))
        assert refused.endswith("answered 401: it refuses the key in STATUSPRESS_REGISTRY_TOKEN.")


# --- token challenges: what leaves for whom


def test_a_real_registry_that_names_a_token_service_elsewhere_gets_no_key_there(tmp_path: Path, ask: Ask) -> None:
    with answering() as elsewhere:
        auth = {"silly": {"realm": f"{elsewhere.url}/token", "service": "tests"}}
        with docker_registry(tmp_path, auth=auth) as url:
            (reason,) = reasons(ask(url, user="reader", token="a-key-to-keep"))
        assert elsewhere.asked == []
    assert reason.startswith(f"The registry sends whoever wants a token to {urlsplit(elsewhere.url).netloc}, which")


@pytest.fixture
def spoilt() -> Iterator[Answering]:
    """A server in place of the registry, with an image that has one tag."""
    config = json.dumps(CONFIG).encode()
    digest = f"sha256:{sha256(config).hexdigest()}"
    with answering() as server:
        server.set("/v2/owner/blacklist/tags/list", as_json({"name": "owner/blacklist", "tags": ["1.0"]}))
        server.set(
            "/v2/owner/blacklist/manifests/",
            as_json({"config": {"digest": digest, "size": len(config)}, "layers": [{"size": 5}]}),
        )
        server.set("/v2/owner/blacklist/blobs/", Reply(config, media_type="application/json"))
        yield server


def guarded(server: Answering, challenge: str, key: str) -> None:
    """Puts a challenge before all that the server has."""
    for path, answer in list(server.answers.items()):

        def guard(asked: Asked, answer: Callable[[Asked], Reply] = answer) -> Reply:
            if asked.headers.get("authorization") == key:
                return answer(asked)
            return replace(as_json({}, 401), headers={"www-authenticate": challenge})

        server.answers[path] = guard


def test_a_token_service_at_the_registry_s_own_host_is_believed(spoilt: Answering, ask: Ask) -> None:
    scope = "repository:owner/blacklist:pull"
    guarded(spoilt, f'Bearer realm="{spoilt.url}/token",service="tests",scope="{scope}"', "Bearer short-lived-token")
    spoilt.set("/token", as_json({"token": "short-lived-token"}))
    dossier = ask(spoilt.url, user="reader", token="the-password")
    assert set(gaps(dossier)) == set()
    (asked,) = [one for one in spoilt.asked if one.path.startswith("/token")]
    assert asked.path == "/token?service=tests&scope=repository%3Aowner%2Fblacklist%3Apull"
    assert asked.headers["authorization"] == "Basic cmVhZGVyOnRoZS1wYXNzd29yZA=="
    assert {one.headers.get("authorization", "") for one in spoilt.asked} == {
        "",
        asked.headers["authorization"],
        "Bearer short-lived-token",
    }


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (as_json({"token": 5}), "instead of a token"),
        (as_json({}, 401), "it refuses the key in STATUSPRESS_REGISTRY_TOKEN"),
        (Reply(b"<html>", 200, "text/html"), "a web page instead of JSON"),
        (Reply(b"", 302, headers={"location": "http://192.0.2.9/"}), "redirects to 192.0.2.9"),
    ],
)
def test_a_token_service_that_gives_none_is_a_gap(spoilt: Answering, ask: Ask, token: Reply, reason: str) -> None:
    guarded(spoilt, f'Bearer realm="{spoilt.url}/token"', "Bearer short-lived-token")
    spoilt.set("/token", token)
    (found,) = reasons(ask(spoilt.url, token="the-password"))
    assert reason in found


def test_a_short_lived_token_that_is_repeated_is_not_published(spoilt: Answering, ask: Ask) -> None:
    guarded(spoilt, f'Bearer realm="{spoilt.url}/token"', "Bearer short-lived-token")
    spoilt.set("/token", as_json({"access_token": "short-lived-token"}))
    spoilt.answers["/v2/owner/blacklist/tags/list"] = lambda asked: (
        as_json({"tags": [asked.key]})
        if asked.key
        else replace(as_json({}, 401), headers={"www-authenticate": f'Bearer realm="{spoilt.url}/token"'})
    )
    dossier = ask(spoilt.url)
    assert "short-lived-token" not in str(dossier)
    assert isinstance(dossier.items["registry.tag"], Gap)


def test_the_next_page_at_another_host_is_not_fetched(spoilt: Answering, ask: Ask) -> None:
    with answering() as elsewhere:
        link = {"link": f'<{elsewhere.url}/v2/owner/blacklist/tags/list?last=1.0>; rel="next"'}
        spoilt.set("/v2/owner/blacklist/tags/list", replace(as_json({"tags": ["1.0"]}), headers=link))
        assert reasons(ask(spoilt.url)) == {
            "The registry's next page of tags is at another host, which is not followed."
        }
        assert elsewhere.asked == []


def test_a_list_of_tags_without_end_is_bounded(spoilt: Answering, ask: Ask) -> None:
    link = {"link": '</v2/owner/blacklist/tags/list?last=1.0>; rel="next"'}
    spoilt.set("/v2/owner/blacklist/tags/list", replace(as_json({"tags": ["1.0"]}), headers=link))
    assert reasons(ask(spoilt.url)) == {"The registry lists more than 100 pages of tags."}
    assert len(spoilt.asked) == 100


@pytest.mark.parametrize(
    ("path", "reply", "missing", "reason"),
    [
        ("tags/list", as_json({"tags": None}), "registry.tag", "lists no tag of the image"),
        ("tags/list", as_json({"tags": [5]}), "registry.tag", "instead of a list of tags"),
        (
            "manifests/",
            as_json({"config": {"digest": "../../secret"}}),
            "registry.image.size",
            "no digest as config.digest",
        ),
        ("manifests/", as_json({"manifests": [5]}), "registry.digest", "no list of manifests"),
        ("manifests/", as_json([]), "registry.image.user", "no digest as config.digest"),
        ("blobs/", as_json({"config": {"User": "app"}}), "registry.image.user", "do not have their digest"),
        ("blobs/", Reply(b"", 307, headers={"location": "http://192.0.2.9/"}), "registry.image.user", "redirects to"),
    ],
)
def test_one_bad_answer_is_a_gap_for_what_follows_from_it(
    spoilt: Answering, ask: Ask, path: str, reply: Reply, missing: str, reason: str
) -> None:
    spoilt.set(f"/v2/owner/blacklist/{path}", reply)
    found = gaps(ask(spoilt.url))
    assert reason in found[missing]
    assert ("registry.tag" in found) == (path == "tags/list")


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (-5, "-5 is negative"),
        (1e300, "too large"),
        ("many", "is not a number"),
        (None, "is not a number"),
        (1.5, "whole"),
    ],
)
def test_a_size_that_is_none_is_a_gap_and_the_rest_is_read(
    spoilt: Answering, ask: Ask, size: object, reason: str
) -> None:
    config = json.dumps(CONFIG).encode()
    digest = f"sha256:{sha256(config).hexdigest()}"
    document = {"config": {"digest": digest, "size": 3}, "layers": [{"size": size}]}
    spoilt.set("/v2/owner/blacklist/manifests/", as_json(document))
    found = gaps(ask(spoilt.url))
    assert set(found) == {"registry.image.size"}
    assert reason in found["registry.image.size"]
    assert len(RegistrySource.ids) == 10
