"""Settings: the project's own files, and every way to get one wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from statuspress.config import Config, load_config
from statuspress.errors import ConfigError
from statuspress.settings.argocd import ArgocdSettings
from statuspress.settings.container_registry import RegistrySettings
from statuspress.settings.github import GithubSettings
from statuspress.settings.service import ServiceSettings

ROOT = Path(__file__).parents[2]
GOOD = """\
[project]
name = "blacklist"
url = "http://127.0.0.1:8000"
repository = "https://example.org/blacklist"

[sources.service]
url = "http://127.0.0.1:2541/"
token_env = "SERVICE_KEY"
lookups = 7
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Config]:
    """Reads a file with that text."""

    def run(text: str = GOOD, **environ: str) -> Config:
        path = tmp_path / "statuspress.toml"
        path.write_text(text)
        return load_config(path, environ)

    return run


def refused(load: Callable[..., Config], text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return str(caught.value)


def test_the_file_and_the_environment_become_one_config(load: Callable[..., Config], tmp_path: Path) -> None:
    config = load(SERVICE_KEY=" a-key \n", OTHER="x")
    assert config.project.url == "http://127.0.0.1:8000/"
    assert (config.data, config.out) == (tmp_path / "data", tmp_path / "_site")
    service = config.sources["service"]
    assert isinstance(service, ServiceSettings)
    assert (service.url, service.token, service.lookups) == ("http://127.0.0.1:2541", "a-key", 7)
    assert service.valid_for == timedelta(minutes=15)
    assert list(config.sources) == ["service"]


def test_a_key_is_not_shown_by_the_config_that_holds_it(load: Callable[..., Config]) -> None:
    assert "a-key" not in repr(load(SERVICE_KEY="a-key"))


def test_the_service_can_be_at_another_address(load: Callable[..., Config]) -> None:
    service = load(SERVICE_KEY="k").with_service("http://127.0.0.1:9999/").sources["service"]
    assert isinstance(service, ServiceSettings)
    assert (service.url, service.token) == ("http://127.0.0.1:9999", "k")
    with pytest.raises(ConfigError, match="--service must be an address"):
        load().with_service("127.0.0.1:9999")


def test_the_project_s_own_file_leaves_loopback_to_nobody() -> None:
    config = load_config(ROOT / "statuspress.toml", {})
    service = config.sources["service"]
    assert isinstance(service, ServiceSettings)
    for url in (service.url, config.project.url):
        host = urlsplit(url).hostname
        assert host is not None
        assert ip_address(host).is_loopback


def test_production_s_file_is_read_and_names_the_system_s_own_addresses() -> None:
    path = ROOT / "deploy/environments/production/statuspress.toml"
    config = load_config(path, {})
    assert config.project.url == "https://qws941.github.io/blacklist/"
    service, argocd, registry, github = (config.sources[name] for name in ("service", "argocd", "registry", "github"))
    assert isinstance(service, ServiceSettings)
    assert isinstance(argocd, ArgocdSettings)
    assert isinstance(registry, RegistrySettings)
    assert isinstance(github, GithubSettings)
    assert service.url == "http://blacklist.blacklist.svc:80"
    assert argocd.url == "https://argo.jclee.me"
    assert registry.image == "registry.jclee.me/qws941/blacklist"
    assert github.repository == "qws941/blacklist"
    assert config.root.resolve() == ROOT


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lookups", "lokups", "9: unknown key sources.service.lokups; did you mean lookups?"),
        ("[sources.service]", "[sources.servce]", "6: unknown key sources.servce; did you mean service?"),
        ("[project]", "[projekt]", "1: unknown key projekt; did you mean project?"),
        ('name = "blacklist"\n', "", "1: project.name is missing"),
        ("lookups = 7", "lookups = 0", "9: sources.service.lookups must be from 1 to 1000"),
        ("lookups = 7", "lookups = '7'", "9: sources.service.lookups must be a number"),
        ("lookups = 7", "deadline = nan", "9: sources.service.deadline must be from 0.1 to 600"),
        ("http://127.0.0.1:2541/", "ftp://127.0.0.1", "7: sources.service.url must be an address such as"),
        ("http://127.0.0.1:2541/", "http://127.0.0.1:99999", "7: sources.service.url must be an address such as"),
        ("http://127.0.0.1:2541/", "http://a:b@127.0.0.1/", "7: sources.service.url must hold neither a user"),
        ("http://127.0.0.1:2541/", "http://127.0.0.1/?key=a", "7: sources.service.url must hold neither a user"),
        ('"SERVICE_KEY"', '"service key"', "8: sources.service.token_env must be the name of an environment variable"),
        ("lookups = 7", "lookups 7", "9: not TOML: "),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_what_would_be_right(
    load: Callable[..., Config], tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert GOOD.replace(old, new) != GOOD
    assert refused(load, GOOD.replace(old, new)).startswith(f"{tmp_path}/statuspress.toml:{message}")


@pytest.mark.parametrize(
    "line",
    [
        'token = "abcdefgh"',
        'api_key = "x"',
        'password = "x"',
        'lookups = "blk_0123456789abcdef"',
        'token_env = "ghp_0123456789abcdefghij"',
        'token_env = "Bearer abcdefghijkl"',
        'url = "eyJhbGciOiJIUzI1NiJ9.e30.x"',
        'token_env = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF"',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(
    load: Callable[..., Config], tmp_path: Path, line: str
) -> None:
    text = GOOD.replace("lookups = 7", line)
    message = refused(load, text)
    assert message.startswith(f"{tmp_path}/statuspress.toml:9: this looks like a secret")
    secret = line.partition('"')[2].rstrip('"')
    assert f'"{secret}' not in message


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; name yours with --config"):
        load_config(tmp_path / "none.toml", {})
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "a.toml", {})
