"""Failed logins at all servers, in Redis: counted in one step, so that tries at many servers at once gain nothing."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from blacklist.store.redis_link import WAIT, Link
from blacklist.store.sharing import Rules

# Keys: failures of the pair, failures of the network, the pair when it is known, the budget of all.
_COMMON = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local function budget(most, refill)
  local left = tonumber(redis.call('HGET', KEYS[4], 'left') or most)
  local at = tonumber(redis.call('HGET', KEYS[4], 'at') or now)
  return math.min(most, left + math.max(0, now - at) * refill)
end
local function keep(left)
  redis.call('HSET', KEYS[4], 'left', tostring(left), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', KEYS[4], 86400)
end
"""
_BEGIN = (
    _COMMON
    + """
local known = redis.call('EXISTS', KEYS[3])
local wait = 0
for place = 1, 2 do
  local count = tonumber(redis.call('HGET', KEYS[place], 'count') or 0)
  local over = count - ARGV[place]
  if over >= 0 then
    local delay = math.min(tonumber(ARGV[4]), ARGV[3] * 2 ^ math.min(over, 30))
    wait = math.max(wait, redis.call('HGET', KEYS[place], 'last') + delay - now)
  end
end
local most, refill = tonumber(ARGV[6]), tonumber(ARGV[7])
local left = budget(most, refill)
if known == 0 and left < 1 then wait = math.max(wait, (1 - left) / refill) end
if wait <= 0 then
  for place = 1, 2 do
    redis.call('HINCRBY', KEYS[place], 'count', 1)
    redis.call('HSET', KEYS[place], 'last', string.format('%.6f', now))
    redis.call('EXPIRE', KEYS[place], ARGV[5])
  end
  keep(math.max(0, left - 1))
end
return {string.format('%.6f', wait), known}
"""
)
_END = (
    _COMMON
    + """
if ARGV[1] == 'succeeded' then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[3], '1', 'EX', ARGV[2])
end
for place = 1, 2 do
  local count = tonumber(redis.call('HGET', KEYS[place], 'count') or 0)
  if count > 0 then redis.call('HINCRBY', KEYS[place], 'count', -1) end
end
keep(math.min(tonumber(ARGV[3]), budget(tonumber(ARGV[3]), tonumber(ARGV[4])) + 1))
return 1
"""
)


class RedisAttempts:
    """See Attempts."""

    def __init__(self, url: str, rules: Rules, *, wait: float = WAIT) -> None:
        """Connects; `wait` bounds how long an answer is waited for."""
        self._link, self._rules = Link(url, wait=wait), rules

    def begin(self, account: str, network: str) -> tuple[float, bool]:
        """See Attempts."""
        rules = self._rules
        arguments = (rules.free, rules.free_of_network, str(rules.first_delay), str(rules.longest_delay))
        more = (int(rules.forgotten), str(rules.budget), str(rules.refill))
        wait, known = self._link.run(_BEGIN, self._keys(account, network), (*arguments, *more))
        return max(0.0, float(wait)), bool(known)

    def succeeded(self, account: str, network: str) -> None:
        """See Attempts."""
        self._end("succeeded", account, network)

    def not_counted(self, account: str, network: str) -> None:
        """See Attempts."""
        self._end("not counted", account, network)

    def close(self) -> None:
        """See Attempts."""
        self._link.close()

    def _end(self, how: str, account: str, network: str) -> None:
        rules = self._rules
        arguments = (how, int(rules.known_for), str(rules.budget), str(rules.refill))
        self._link.run(_END, self._keys(account, network), arguments)

    def _keys(self, account: str, network: str) -> Sequence[str]:
        """A name that was typed may be a password: none is stored."""
        digest = sha256(account.encode()).hexdigest()[:32]
        pair = (digest, network)
        return (
            self._link.key("login", "failed", *pair),
            self._link.key("login", "failed", "-", network),
            self._link.key("login", "known", *pair),
            self._link.key("login", "budget"),
        )
