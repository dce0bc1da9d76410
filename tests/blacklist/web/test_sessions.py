"""Sessions of browsers: opaque, bounded, and over after their time."""

from __future__ import annotations

from blacklist.web.sessions import COOKIES, KEPT, LASTS, Sessions


def test_a_session_is_known_by_its_name_until_it_ends() -> None:
    sessions = Sessions()
    name = sessions.open(b"blk_a", 100)
    for cookie in COOKIES:
        assert sessions.key({cookie: name}, 100 + LASTS - 1) == b"blk_a"
        assert sessions.key({cookie: name}, 100 + LASTS) is None
        assert sessions.key({cookie: name[:-1]}, 101) is None
    assert sessions.key({}, 101) is None
    assert sessions.key({"other": name}, 101) is None
    assert b"blk_a" not in name.encode()


def test_a_session_can_be_closed() -> None:
    sessions = Sessions()
    name, other = sessions.open(b"blk_a", 0), sessions.open(b"blk_b", 0)
    sessions.close({COOKIES[0]: name})
    assert sessions.key({COOKIES[0]: name}, 1) is None
    assert sessions.key({COOKIES[0]: other}, 1) == b"blk_b"


def test_of_too_many_sessions_the_oldest_ends_and_expired_ones_go_first() -> None:
    sessions = Sessions()
    names = [sessions.open(b"blk_a", 0) for _ in range(KEPT + 1)]
    assert len(sessions) == KEPT
    assert sessions.key({COOKIES[0]: names[0]}, 1) is None
    assert sessions.key({COOKIES[0]: names[1]}, 1) == b"blk_a"
    sessions.open(b"blk_a", LASTS + 1)
    assert len(sessions) == 1
