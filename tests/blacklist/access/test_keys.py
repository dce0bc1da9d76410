"""API keys: their format, how a request carries them, and why one is refused."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest

from blacklist.access.keys import Keyring, Refusal, digest, new_key, presented_key
from blacklist.access.scopes import Scope, parse_scopes
from blacklist.core.indicator import parse_address, parse_one
from blacklist.store.interface import KeyRecord

NOW = 1_900_000_000
HOME = parse_address("192.0.2.7")


def record(
    key: str, *, expires_at: int | None = None, revoked_at: int | None = None, networks: tuple[str, ...] = ()
) -> KeyRecord:
    sources = tuple(map(parse_one, networks))
    return KeyRecord(
        key[4:16], "test", digest(key.encode()), frozenset({"lookup"}), sources, NOW - 9, expires_at, revoked_at
    )


def test_a_key_has_the_documented_shape_and_carries_its_id() -> None:
    key, id = new_key()
    assert re.fullmatch(r"blk_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}", key)
    assert key[4:16] == id


def test_two_keys_differ() -> None:
    assert new_key() != new_key()


def test_the_right_key_is_accepted() -> None:
    key, id = new_key()
    found = Keyring([record(key)]).authenticate(key.encode(), now=NOW, source=HOME)
    assert isinstance(found, KeyRecord)
    assert found.id == id


@pytest.mark.parametrize("place", [0, 4, 20, 54])
def test_a_mistyped_key_is_malformed(place: int) -> None:
    key, _ = new_key()
    other = "A" if key[place] != "A" else "B"
    mistyped = key[:place] + other + key[place + 1 :]
    assert Keyring([record(key)]).authenticate(mistyped.encode(), now=NOW, source=HOME) is Refusal.MALFORMED


@pytest.mark.parametrize("junk", [b"", b"blk_", b"blk_" + b"a" * 51, b"\xff\xfe", b"x" * 100_000])
def test_junk_is_malformed(junk: bytes) -> None:
    assert Keyring().authenticate(junk, now=NOW, source=None) is Refusal.MALFORMED


def test_a_well_formed_key_that_nobody_made_is_unknown() -> None:
    assert Keyring([record(new_key()[0])]).authenticate(new_key()[0].encode(), now=NOW, source=HOME) is Refusal.UNKNOWN


def test_a_key_ends_at_the_second_it_expires_or_was_revoked() -> None:
    key, _ = new_key()
    expiring, revoked = Keyring([record(key, expires_at=NOW)]), Keyring([record(key, revoked_at=NOW)])
    assert isinstance(expiring.authenticate(key.encode(), now=NOW - 1, source=HOME), KeyRecord)
    assert expiring.authenticate(key.encode(), now=NOW, source=HOME) is Refusal.EXPIRED
    assert revoked.authenticate(key.encode(), now=NOW, source=HOME) is Refusal.REVOKED


def test_a_key_bound_to_networks_is_refused_from_elsewhere_and_from_nowhere() -> None:
    key, _ = new_key()
    ring = Keyring([record(key, networks=("192.0.2.0/24", "2001:db8::/32"))])
    assert isinstance(ring.authenticate(key.encode(), now=NOW, source=HOME), KeyRecord)
    assert ring.authenticate(key.encode(), now=NOW, source=parse_address("198.51.100.1")) is Refusal.NETWORK
    assert ring.authenticate(key.encode(), now=NOW, source=None) is Refusal.NETWORK


def test_a_key_comes_as_bearer_as_basic_password_or_in_its_own_header() -> None:
    key, id = (part.encode() for part in new_key())
    basic = b"Basic " + b64encode(id + b":" + key)
    assert presented_key(b"Bearer " + key, None) == key
    assert presented_key(b"bearer " + key, None) == key
    assert presented_key(basic, None) == key
    assert presented_key(None, key) == key
    assert presented_key(None, None) is None


@pytest.mark.parametrize("header", [b"Basic !", b"Basic", b"Digest x", b"Bearer", b"Basic " + b64encode(b"me:secret")])
def test_a_header_without_a_key_is_malformed_not_missing(header: bytes) -> None:
    assert presented_key(header, None) == b""


def test_a_basic_user_that_is_not_the_id_of_the_key_makes_it_malformed() -> None:
    key, _ = new_key()
    assert presented_key(b"Basic " + b64encode(b"somebody:" + key.encode()), None) == b""


def test_scopes_are_named_when_one_is_wrong() -> None:
    assert parse_scopes(["lookup", "lists"]) == {Scope.LOOKUP, Scope.LISTS}
    with pytest.raises(ValueError, match="'looku' is not a valid Scope; there are: lookup, lists"):
        parse_scopes(["looku"])
    with pytest.raises(ValueError, match="at least one"):
        parse_scopes([])
