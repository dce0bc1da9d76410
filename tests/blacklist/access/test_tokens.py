"""Tokens: what a good one says, and that every other is refused without a reason that helps to make one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.access.tokens import ACCESS_LIFE, LEEWAY, Claims, Kind, TokenRefusal, Tokens, new_signing_key

NOW = 1_900_000_000
KEY = new_signing_key(NOW - 100)
CLAIMS = Claims("alice", "session", "token", frozenset({"lookup", "lists"}), NOW + 7 * 86_400)
TOKENS = Tokens([KEY])
JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(max_size=9), max_size=3)


def forged(header: dict[str, Any] | None = None, *, secret: bytes = KEY.secret, drop: str = "", **claims: Any) -> bytes:
    values = {
        "iss": "blacklist",
        "sub": "alice",
        "aud": "blacklist",
        "exp": NOW + 900,
        "nbf": NOW,
        "iat": NOW,
        "jti": "j",
        "sid": "s",
        "scope": "lookup",
    } | claims
    values.pop(drop, None)
    return jwt.encode(values, secret, "HS256", {"kid": KEY.id, "typ": "at+jwt"} | (header or {})).encode()


def unsigned(header: dict[str, Any]) -> bytes:
    payload = forged().split(b".")[1]
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=") + b"." + payload + b"."


def test_a_pair_says_who_what_for_and_until_when() -> None:
    pair = TOKENS.pair(CLAIMS, now=NOW)
    access = TOKENS.check(pair.access.encode(), Kind.ACCESS, now=NOW)
    assert isinstance(access, Claims)
    assert (access.user, access.session) == ("alice", "session")
    assert access.scopes == {"lookup", "lists"}
    assert access.expires_at == NOW + ACCESS_LIFE
    assert TOKENS.check(pair.refresh.encode(), Kind.REFRESH, now=NOW) == CLAIMS


def test_the_forger_of_these_tests_could_make_a_good_one() -> None:
    assert isinstance(TOKENS.check(forged(), Kind.ACCESS, now=NOW), Claims)


def test_neither_token_of_a_pair_passes_for_the_other() -> None:
    pair = TOKENS.pair(CLAIMS, now=NOW)
    assert TOKENS.check(pair.access.encode(), Kind.REFRESH, now=NOW) is TokenRefusal.INVALID
    assert TOKENS.check(pair.refresh.encode(), Kind.ACCESS, now=NOW) is TokenRefusal.INVALID


BAD = {
    "nothing": b"",
    "one part": b"eyJhbGciOiJub25lIn0",
    "no JSON": b"eyJ.eyJ.eyJ",
    "bytes": b"\xff.\x00.\xfe",
    "a NUL within": forged()[:40] + b"\x00" + forged()[41:],
    "a part more": forged() + b".x",
    "too long": forged(scope="x" * 3_000),
    "no signature": forged().rpartition(b".")[0] + b".",
    "alg none": unsigned({"alg": "none", "kid": KEY.id, "typ": "at+jwt"}),
    "alg None": unsigned({"alg": "None", "kid": KEY.id, "typ": "at+jwt"}),
    "another alg": jwt.encode({"sub": "alice"}, KEY.secret * 2, "HS512", {"kid": KEY.id, "typ": "at+jwt"}).encode(),
    "another key": forged(secret=bytes(32)),
    "unknown kid": forged({"kid": "0123456789abcdef"}),
    "a path as kid": forged({"kid": "../../dev/null"}),
    "no kid": unsigned({"alg": "HS256", "typ": "at+jwt"}),
    "typ JWT": forged({"typ": "JWT"}),
    "typ of a refresh token": forged({"typ": "rt+jwt"}),
    "crit": forged({"crit": ["exp"]}),
    "jku": forged({"jku": "https://attacker.example/keys"}),
    "jwk": forged({"jwk": {"kty": "oct", "k": "AAAA"}}),
    "another aud": forged(aud="other"),
    "aud of a refresh token": forged(aud="blacklist:refresh"),
    "a list of aud": forged(aud=["blacklist"]),
    "another iss": forged(iss="other"),
    "a future nbf": forged(nbf=NOW + LEEWAY + 1),
    "a future iat": forged(iat=NOW + LEEWAY + 1),
    "exp as text": forged(exp=str(NOW + 900)),
    "exp as a boolean": forged(exp=True),
    "exp as a fraction": forged(exp=NOW + 0.5),
    "an endless exp": forged(exp=float("inf")),
    "scope as a list": forged(scope=["lookup"]),
    "sid as a number": forged(sid=1),
    **{f"no {name}": forged(drop=name) for name in ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid")},
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
def test_a_bad_token_is_invalid_and_no_more_is_said(token: bytes) -> None:
    assert TOKENS.check(token, Kind.ACCESS, now=NOW) is TokenRefusal.INVALID


def test_a_kid_that_is_no_text_is_invalid() -> None:
    kinds: list[object] = [None, 1, [], {}]
    for kid in kinds:
        token = unsigned({"alg": "HS256", "kid": kid, "typ": "at+jwt"})
        assert TOKENS.check(token, Kind.ACCESS, now=NOW) is TokenRefusal.INVALID


def test_a_true_token_is_told_that_it_expired_after_the_leeway() -> None:
    token = forged(exp=NOW)
    assert isinstance(TOKENS.check(token, Kind.ACCESS, now=NOW + LEEWAY - 1), Claims)
    assert TOKENS.check(token, Kind.ACCESS, now=NOW + LEEWAY) is TokenRefusal.EXPIRED
    assert isinstance(TOKENS.check(forged(nbf=NOW + LEEWAY, iat=NOW + LEEWAY), Kind.ACCESS, now=NOW), Claims)
    assert LEEWAY <= 60


def test_a_token_of_a_session_that_was_ended_is_revoked() -> None:
    token = TOKENS.pair(CLAIMS, now=NOW).access.encode()
    assert Tokens([KEY], frozenset({"session"})).check(token, Kind.ACCESS, now=NOW) is TokenRefusal.REVOKED
    assert isinstance(Tokens([KEY], frozenset({"other"})).check(token, Kind.ACCESS, now=NOW), Claims)


def test_two_keys_are_known_while_one_is_rotated_and_the_newer_signs() -> None:
    fresh = new_signing_key(NOW)
    both = Tokens([fresh, replace(KEY, retired_at=NOW)])
    assert isinstance(both.check(forged(), Kind.ACCESS, now=NOW), Claims)
    signed = both.pair(CLAIMS, now=NOW).access.encode()
    assert isinstance(Tokens([fresh]).check(signed, Kind.ACCESS, now=NOW), Claims)
    assert Tokens([fresh]).check(forged(), Kind.ACCESS, now=NOW) is TokenRefusal.INVALID


def test_without_a_key_every_token_is_invalid_and_none_is_made() -> None:
    assert Tokens().check(forged(), Kind.ACCESS, now=NOW) is TokenRefusal.INVALID
    with pytest.raises(LookupError):
        Tokens().pair(CLAIMS, now=NOW)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_are_a_token_and_none_are_too_much(junk: bytes) -> None:
    assert TOKENS.check(junk, Kind.ACCESS, now=NOW) is TokenRefusal.INVALID
    assert TOKENS.check(b"eyJ" + junk.replace(b".", b"") + b".e30.AAAA", Kind.ACCESS, now=NOW) is TokenRefusal.INVALID


@given(st.data())
def test_a_token_with_one_byte_changed_is_invalid(data: st.DataObject) -> None:
    token = bytearray(forged())
    place = data.draw(st.integers(0, len(token) - 2))  # the last character of a signature has two bits without meaning
    token[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != token[place]))
    assert TOKENS.check(bytes(token), Kind.ACCESS, now=NOW) is TokenRefusal.INVALID


@given(st.dictionaries(st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "scope"]), JSON))
def test_claims_of_any_type_under_a_true_signature_are_claims_or_invalid_and_nothing_else(
    claims: dict[str, Any],
) -> None:
    try:
        token = forged(**claims)
    except (TypeError, ValueError):  # PyJWT does not sign these
        return
    found = TOKENS.check(token, Kind.ACCESS, now=NOW)
    assert isinstance(found, Claims) or found in {TokenRefusal.INVALID, TokenRefusal.EXPIRED}
