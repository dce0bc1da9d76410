"""The importer's lease: one holder at a time, each with a fencing token that is greater than any before it.

Redis's clock counts, not the holders'. A holder that was paused past its lease keeps its token, which no write takes
any more: see the `fence` of RedisStore and RedisSnapshots.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from secrets import token_hex

from blacklist.store.redis_link import WAIT, Link

# A token is the next number, or the microsecond it is: it grows even when Redis has lost the last one.
_ACQUIRE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local now = redis.call('TIME')
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, now[1] * 1000000 + now[2])
token = string.format('%.0f', token)
redis.call('SET', KEYS[2], token)
redis.call('SET', KEYS[1], cjson.encode({owner = ARGV[1], id = ARGV[2], token = token, since = now[1]}), 'PX', ARGV[3])
return token
"""
_OURS = """
local text = redis.call('GET', KEYS[1])
if not text or cjson.decode(text).id ~= ARGV[1] then return 0 end
"""
_RENEW = _OURS + "return redis.call('PEXPIRE', KEYS[1], ARGV[2])"
_RELEASE = _OURS + "return redis.call('DEL', KEYS[1])"
_HOLDER = "local now = redis.call('TIME') return {redis.call('GET', KEYS[1]), now[1], redis.call('PTTL', KEYS[1])}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lease, with which token, since and until when, in Unix seconds of Redis's clock."""

    owner: str
    token: int
    since: int
    until: float


class Lease:
    """The lease. One object is one candidate."""

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        """Connects; `wait` bounds how long an answer is waited for."""
        self._link = Link(url, wait=wait)
        self._keys = (self._link.key("lease"), self._link.key("lease", "fence"))
        self._id = ""

    def acquire(self, owner: str, seconds: float) -> int | None:
        """Takes the lease for so long, unless another has it; its token, or None. The owner's name is for people."""
        self._id = token_hex(16)
        answer = self._link.run(_ACQUIRE, self._keys, (owner, self._id, int(seconds * 1000)))
        return int(answer) or None

    def renew(self, seconds: float) -> bool:
        """Holds the lease for so long from now on; False when it is not ours any more."""
        return bool(self._link.run(_RENEW, self._keys[:1], (self._id, int(seconds * 1000))))

    def release(self) -> bool:
        """Gives the lease back; False when it was not ours any more."""
        return bool(self._link.run(_RELEASE, self._keys[:1], (self._id,)))

    def holder(self) -> Holder | None:
        """Who has the lease, or None."""
        text, now, left = self._link.call("EVAL", _HOLDER, 1, self._keys[0])
        if text is None:
            return None
        values = json.loads(text)
        return Holder(values["owner"], int(values["token"]), int(values["since"]), int(now) + left / 1000)

    def close(self) -> None:
        """Closes the connection; the lease ends by itself. Idempotent."""
        self._link.close()
