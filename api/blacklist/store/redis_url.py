"""The address of a Redis store: one URL for a single server, a set that Sentinels watch, or a cluster.

    redis://[USER:PASSWORD@]HOST[:6379][/DATABASE]
    rediss://…                                                the same over TLS
    redis+sentinel://[USER:PASSWORD@]HOST[:26379],HOST…/SERVICE[/DATABASE]
    redis+cluster://[USER:PASSWORD@]HOST[:6379],HOST…

User and password are percent-encoded. Parameters after `?`: `tls=1` (Sentinel and cluster), `ca=FILE` (the authority to
trust, instead of the system's), `prefix=NAME` (for installations that share a server), `replicas=N` (a write is
acknowledged once so many replicas have it), `sentinel_user` and `sentinel_password` (of the Sentinels themselves).

The ACL of the user must allow no more than `~{PREFIX}:* &{PREFIX}:* +@read +@write +eval +publish +subscribe +ping
+select +wait +time`, and in a cluster `+cluster|slots +command`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, unquote

PREFIX = "blacklist"
_PARAMETERS = frozenset({"tls", "ca", "prefix", "replicas", "sentinel_user", "sentinel_password"})
_MOST_REPLICAS = 10


class Kind(StrEnum):
    """How the server to write to is found; the values are the URL's schemes."""

    SINGLE = "redis"
    SINGLE_TLS = "rediss"
    SENTINEL = "redis+sentinel"
    CLUSTER = "redis+cluster"


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """What a URL says. Printed it has neither user nor password nor parameters."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...]
    service: str
    database: int
    user: str
    password: str
    tls: bool
    authority: str
    prefix: str
    replicas: int
    sentinel_user: str
    sentinel_password: str

    def __repr__(self) -> str:
        hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.hosts)
        path = f"/{self.service}/{self.database}" if self.service else f"/{self.database}" if self.database else ""
        return f"{self.kind}://{hosts}{path}"


def is_redis(url: str) -> bool:
    """Whether a store's URL names a Redis, usable or not."""
    return url.partition("://")[0].lower() in set(Kind)


def parse_url(url: str) -> RedisUrl:
    """What the URL says. Raises ValueError when it is not usable; the message never has a part of the URL in it."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() not in set(Kind):
        raise ValueError(f"must start with one of {', '.join(f'{kind}://' for kind in Kind)}")
    kind = Kind(scheme.lower())
    if "#" in rest:
        raise ValueError("must not have a #: in a user or a password write it as %23")
    rest, _, query = rest.partition("?")
    values = _parameters(query, kind)
    place, _, path = rest.partition("/")
    credentials, _, hosts = place.rpartition("@")
    if "@" in credentials or "@" in path:
        raise ValueError("must have one @ at most, before the first /: in a user or a password write %40 and %2F")
    user, _, password = credentials.partition(":")
    standard = 26379 if kind is Kind.SENTINEL else 6379
    service, database = _path(kind, path)
    return RedisUrl(
        kind,
        _hosts(kind, hosts, standard),
        service,
        database,
        unquote(user),
        unquote(password),
        kind is Kind.SINGLE_TLS or values.get("tls") == "1",
        values.get("ca", ""),
        values.get("prefix", PREFIX),
        int(values.get("replicas", "0")),
        values.get("sentinel_user", ""),
        values.get("sentinel_password", ""),
    )


def _parameters(query: str, kind: Kind) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise ValueError("has parameters that are not NAME=VALUE with & between them") from None
    values = dict(pairs)
    if len(values) < len(pairs) or not _PARAMETERS.issuperset(values):
        raise ValueError(f"may have each of these parameters once: {', '.join(sorted(_PARAMETERS))}")
    if values.get("tls", "1") not in {"0", "1"}:
        raise ValueError("has a parameter tls that is neither 0 nor 1")
    if "tls" in values and kind in {Kind.SINGLE, Kind.SINGLE_TLS}:
        raise ValueError("must not have the parameter tls: write rediss:// for TLS")
    if "ca" in values and not (kind is Kind.SINGLE_TLS or values.get("tls") == "1"):
        raise ValueError("has an authority to trust (ca) but no TLS")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", values.get("prefix", PREFIX)):
        raise ValueError("has a prefix that is not 1 to 64 letters, digits, dots, dashes or underscores")
    if not re.fullmatch(r"\d{1,2}", values.get("replicas", "0")) or int(values.get("replicas", "0")) > _MOST_REPLICAS:
        raise ValueError(f"has a number of replicas that is not from 0 to {_MOST_REPLICAS}")
    if kind is not Kind.SENTINEL and not values.keys().isdisjoint({"sentinel_user", "sentinel_password"}):
        raise ValueError("has a password for Sentinels but is not redis+sentinel://")
    return values


def _path(kind: Kind, path: str) -> tuple[str, int]:
    """The service that Sentinels watch, and the number of the database."""
    parts = path.split("/") if path else []
    service = ""
    if kind is Kind.SENTINEL:
        if not parts or not parts[0]:
            raise ValueError("must name the service that the Sentinels watch: redis+sentinel://HOST,HOST/SERVICE")
        service = unquote(parts.pop(0))
    if kind is Kind.CLUSTER and parts:
        raise ValueError("must not name a database: a cluster has one")
    if len(parts) > 1 or not re.fullmatch(r"\d{0,4}", "".join(parts)):
        raise ValueError("must end with the number of a database, or without one")
    return service, int("".join(parts) or 0)


def _hosts(kind: Kind, text: str, standard: int) -> tuple[tuple[str, int], ...]:
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?", part)
        port = int(match[3] or standard) if match else 0
        if match is None or not 0 < port < 65536:
            raise ValueError(
                "must name each host as HOST or HOST:PORT, an IPv6 address in brackets;"
                " in a user or a password write @ : / ? # as %40 %3A %2F %3F %23"
            )
        found.append((match[1] or match[2], port))
    if len(found) > 1 and kind in {Kind.SINGLE, Kind.SINGLE_TLS}:
        raise ValueError("must name one host: for several, write redis+sentinel:// or redis+cluster://")
    return tuple(found)
