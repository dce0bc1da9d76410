"""Passwords: the hash that is kept, and that nobody's password takes as long as somebody's."""

from __future__ import annotations

from time import perf_counter

import pytest

from blacklist.access.passwords import hash_password, verify_password

PASSWORD = "correct horse battery"


def test_a_hash_is_argon2id_of_7_mib_five_passes_one_lane_and_salted() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert first != second
    assert verify_password(PASSWORD, first)
    assert verify_password(PASSWORD, second)


@pytest.mark.parametrize("wrong", ["", "correct horse batterY", PASSWORD + "\0", "x" * 5_000])
def test_another_password_is_wrong(wrong: str) -> None:
    assert not verify_password(wrong, hash_password(PASSWORD))


def test_without_an_account_or_with_a_damaged_hash_every_password_is_wrong() -> None:
    assert not verify_password(PASSWORD, None)
    assert not verify_password(PASSWORD, "damaged")


@pytest.mark.parametrize("bad", ["", "eleven char", "x" * 1_025])
def test_a_password_that_is_too_short_or_too_long_is_no_password(bad: str) -> None:
    with pytest.raises(ValueError, match="at least 12 characters"):
        hash_password(bad)


def test_nobodys_password_takes_as_long_as_a_wrong_one() -> None:
    hashed = hash_password(PASSWORD)
    verify_password("warm", None)

    def seconds(of: str | None) -> float:
        started = perf_counter()
        verify_password("something else", of)
        return perf_counter() - started

    pairs = [(seconds(hashed), seconds(None)) for _ in range(15)]
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2  # a machine under load; without the comparison it is 1 to 100
