"""The URL of a Redis store: what it says, and that no message and no print has its password."""

from __future__ import annotations

import pytest

from blacklist.store.redis_url import Kind, is_redis, parse_url


def test_a_single_server_with_all_that_a_url_may_say() -> None:
    url = parse_url("rediss://us%40er:p%2Fw%3A@[2001:db8::1]:6390/3?ca=/etc/ca.pem&prefix=two&replicas=2")
    assert (url.kind, url.hosts, url.database) == (Kind.SINGLE_TLS, (("2001:db8::1", 6390),), 3)
    assert (url.user, url.password, url.tls) == ("us@er", "p/w:", True)
    assert (url.authority, url.prefix, url.replicas) == ("/etc/ca.pem", "two", 2)


def test_what_is_left_out_is_the_usual() -> None:
    url = parse_url("redis://redis")
    assert (url.hosts, url.database, url.user, url.password) == ((("redis", 6379),), 0, "", "")
    assert (url.tls, url.prefix, url.replicas) == (False, "blacklist", 0)


def test_sentinels_name_a_service_and_may_have_a_password_of_their_own() -> None:
    url = parse_url("redis+sentinel://:secret@one,two:26380/main/2?tls=1&sentinel_password=other")
    assert (url.kind, url.hosts) == (Kind.SENTINEL, (("one", 26379), ("two", 26380)))
    assert (url.service, url.database, url.password, url.sentinel_password) == ("main", 2, "secret", "other")
    assert url.tls


def test_a_cluster_names_some_of_its_nodes() -> None:
    assert parse_url("redis+cluster://one,two:6380").hosts == (("one", 6379), ("two", 6380))


def test_printed_it_has_neither_user_nor_password_nor_parameters() -> None:
    url = "redis+sentinel://user:secret@one,[2001:db8::1]/main?sentinel_password=secret"  # pragma: allowlist secret
    assert repr(parse_url(url)) == "redis+sentinel://one:26379,[2001:db8::1]:26379/main/0"
    assert str(parse_url("redis://:secret@one/1")) == "redis://one:6379/1"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://one", "must start with one of redis://"),
        ("redis:one", "must start with one of redis://"),
        ("redis://one,two", "must name one host"),
        ("redis://", "must name each host"),
        ("redis://one:0", "must name each host"),
        ("redis://one:70000", "must name each host"),
        ("redis://2001:db8::1", "must name each host"),
        ("redis://:secret/secret@one", "before the first /"),
        ("redis://:sec#ret@one", "write it as %23"),
        ("redis://:sec@ret@one", "must have one @ at most"),
        ("redis://one/main", "must end with the number of a database"),
        ("redis://one/1/2", "must end with the number of a database"),
        ("redis+cluster://one/1", "must not name a database"),
        ("redis+sentinel://one", "must name the service"),
        ("redis://one?tls=1", "write rediss://"),
        ("redis://one?ca=/etc/ca.pem", "no TLS"),
        ("redis+cluster://one?tls=yes", "neither 0 nor 1"),
        ("redis://one?secret=secret", "each of these parameters once"),
        ("redis://one?replicas=1&replicas=2", "each of these parameters once"),
        ("redis://one?replicas=-1", "from 0 to 10"),
        ("redis://one?replicas=11", "from 0 to 10"),
        ("redis://one?prefix={a}", "has a prefix"),
        ("redis://one?prefix", "NAME=VALUE"),
        ("redis://one?sentinel_password=secret", r"not redis\+sentinel://"),
    ],
)
def test_a_url_that_is_not_usable_is_told_without_a_part_of_it(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        parse_url(url)
    assert "sec" not in str(caught.value).replace("in a user or a password", "")


def test_other_stores_are_not_taken_for_redis() -> None:
    assert [is_redis(url) for url in ("redis://x", "REDISS://x", "redis+sentinel://", "sqlite:///x", "x")] == [
        True,
        True,
        True,
        False,
        False,
    ]
