"""What callers have taken from their quotas at all servers, in Redis: a number each, gone when nothing is owed."""

from __future__ import annotations

from collections.abc import Mapping

from blacklist.store.redis_link import WAIT, Link

# A caller's number is the millisecond of Redis's clock at which all it took is earned back (the generic cell rate
# algorithm); the answers are how many of them are left until then.
_SPEND = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local every, most, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for place, key in ipairs(KEYS) do
  local earned = math.max(tonumber(redis.call('GET', key) or 0), now) + ARGV[place + 2] * every
  earned = math.min(math.ceil(earned), now + most)
  owed[place] = earned - now
  if earned > now then redis.call('SET', key, string.format('%.0f', earned), 'PX', earned - now) end
end
return owed
"""


class RedisLimits:
    """See SharedSpending."""

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        """Connects; `wait` bounds how long an answer is waited for."""
        self._link = Link(url, wait=wait)

    def spend(self, quota: str, units: int, seconds: int, taken: Mapping[str, int]) -> Mapping[str, float]:
        """See SharedSpending."""
        if not taken:
            return {}
        keys = [self._link.key("limit", quota, caller) for caller in taken]
        arguments: list[str | int] = [str(1000 * seconds / units), 2000 * seconds, *taken.values()]
        owed = self._link.run(_SPEND, keys, arguments)
        return {caller: left / 1000 for caller, left in zip(taken, owed, strict=True)}

    def close(self) -> None:
        """See SharedSpending."""
        self._link.close()
