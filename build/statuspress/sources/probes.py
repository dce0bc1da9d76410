"""Lookups that the collector sends itself: how long they take from outside, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import perf_counter

import httpx

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.core.percentile import nearest_rank
from statuspress.settings.service import ServiceSettings
from statuspress.sources.fetch import Answer, fetch
from statuspress.sources.interface import Gaps, Unavailable

_TIMED = {
    "probe.lookup.p50": "Lookup time seen by the collector, median",
    "probe.lookup.p95": "Lookup time seen by the collector, 95th percentile",
    "probe.lookup.p99": "Lookup time seen by the collector, 99th percentile",
    "probe.lookup.count": "Lookups the collector sent",
    "probe.lookup.failed": "Lookups of the collector that failed",
}
_BATCH = {"probe.batch.ok": "A batch lookup is answered"}
_REFUSED = {
    "probe.auth.required": "A lookup without a key is refused",
    "probe.auth.bad_key": "A lookup with a wrong key is refused",
    "probe.headers.nosniff": "Answers forbid guessing their type",
    "probe.problem.json": "A malformed address gets a described error",
}
PROBES: Mapping[str, str] = {**_TIMED, **_BATCH, **_REFUSED}

_PATH = "/api/v1/lookup/"
# Documentation addresses (RFC 5737, RFC 3849): nobody's, whatever the feeds say of them.
_ADDRESSES = ("192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1")
_GIVE_UP = 3  # lookups without an answer, one after the other
_WRONG_KEY = "not-a-key"
_OWN_TYPES = {"application/json", "application/problem+json"}  # anything else is some other server's answer


@dataclass(frozen=True, slots=True)
class Prober:
    """The probes of one collection. `budget` is the time in seconds that each group of them may take."""

    settings: ServiceSettings
    client: httpx.AsyncClient
    now: datetime
    budget: float

    async def run(self) -> list[Evidence | Gap]:
        """Timed lookups, sequential and alone, then one batch and the refusals, side by side."""
        items = await self._timed()
        checks = (self._batch(), self._without_key(), self._wrong_key(), self._malformed())
        for part in await asyncio.gather(*checks):
            items += part
        return items

    async def _timed(self) -> list[Evidence | Gap]:
        url = self.settings.url + _PATH
        seconds: list[float] = []
        record: list[tuple[float, str]] = []
        failed = silent = 0
        heard = False
        why = Unavailable("No lookup was answered.")
        started = perf_counter()
        for number in range(self.settings.lookups):
            left = self.budget - (perf_counter() - started)
            if left <= 0 or silent == _GIVE_UP:
                break
            try:
                answer = await self._get(_ADDRESSES[number % len(_ADDRESSES)], self.settings.token, left)
            except Unavailable as reason:
                why = reason
                failed, silent = failed + 1, silent + 1
                continue
            silent = 0
            heard = heard or answer.media_type in _OWN_TYPES
            record.append((answer.seconds, answer.digest))
            try:
                _verdict(answer, self.settings)
            except _NoKey as no_key:
                return self._gaps(_TIMED, no_key)
            except Unavailable as reason:
                why = reason
                failed += 1
            else:
                seconds.append(answer.seconds)
        if not heard:
            return self._gaps(_TIMED, why)
        digest = sha256(json.dumps(record).encode()).hexdigest()
        sent = len(seconds) + failed
        query = f"{sent} times GET {url}{{{','.join(_ADDRESSES)}}}, one after the other"
        items: list[Evidence | Gap] = [
            self._evidence("probe.lookup.count", sent, "{lookup}", query, digest),
            self._evidence("probe.lookup.failed", failed, "{lookup}", query, digest),
        ]
        for name, q in (("probe.lookup.p50", 0.5), ("probe.lookup.p95", 0.95), ("probe.lookup.p99", 0.99)):
            if not seconds:
                items += self._gaps([name], why)
                continue
            asked = f"{query}: {q} quantile of those answered, by nearest rank"
            items.append(self._evidence(name, round(nearest_rank(q, seconds), 6), "s", asked, digest))
        return items

    async def _batch(self) -> list[Evidence | Gap]:
        url = f"{self.settings.url}/api/v1/lookup"
        try:
            answer = await fetch(
                self.client,
                url,
                timeout=self.budget,
                token=self.settings.token,
                content={"addresses": list(_ADDRESSES)},
            )
            if answer.status in {401, 403}:
                raise _NoKey(answer, self.settings)
            results = answer.json().get("results") if answer.status == 200 else None
        except Unavailable as why:
            return self._gaps(_BATCH, why)
        except AttributeError:
            return self._gaps(_BATCH, answer.unexpected("verdicts"))
        ok = isinstance(results, list) and len(results) == len(_ADDRESSES)
        query = f"POST {url} with {len(_ADDRESSES)} addresses: as many verdicts"
        return [self._evidence("probe.batch.ok", ok, "", query, answer.digest)]

    async def _without_key(self) -> list[Evidence | Gap]:
        ids = ("probe.auth.required", "probe.headers.nosniff")
        try:
            answer = await self._get(_ADDRESSES[0], "", self.budget)
            refused = _refused(answer)
        except Unavailable as why:
            return self._gaps(ids, why)
        query = f"GET {answer.url} without a key"
        nosniff = answer.headers.get("x-content-type-options", "").strip().lower() == "nosniff"
        return [
            self._evidence("probe.auth.required", refused, "", f"{query}: status is 401", answer.digest),
            self._evidence(
                "probe.headers.nosniff", nosniff, "", f"{query}: X-Content-Type-Options is nosniff", answer.digest
            ),
        ]

    async def _wrong_key(self) -> list[Evidence | Gap]:
        try:
            answer = await self._get(_ADDRESSES[0], _WRONG_KEY, self.budget)
            refused = _refused(answer)
        except Unavailable as why:
            return self._gaps(["probe.auth.bad_key"], why)
        query = f"GET {answer.url} with a key that was never issued: status is 401"
        return [self._evidence("probe.auth.bad_key", refused, "", query, answer.digest)]

    async def _malformed(self) -> list[Evidence | Gap]:
        name = "probe.problem.json"
        try:
            answer = await self._get("192.0.2", self.settings.token, self.budget)
            if answer.status in {401, 403}:
                raise _NoKey(answer, self.settings)
            if answer.status != 400 and answer.media_type not in _OWN_TYPES:
                raise answer.unexpected("400")
        except Unavailable as why:
            return self._gaps([name], why)
        described = answer.status == 400 and answer.media_type == "application/problem+json"
        query = f"GET {answer.url}: status is 400 and Content-Type application/problem+json"
        return [self._evidence(name, described, "", query, answer.digest)]

    async def _get(self, address: str, token: str, budget: float) -> Answer:
        return await fetch(self.client, self.settings.url + _PATH + address, timeout=budget, token=token)

    def _evidence(self, id: str, value: Value, unit: str, query: str, digest: str) -> Evidence:
        valid_for = self.settings.valid_for
        return Evidence(id, PROBES[id], value, unit, "service", query, self.now, valid_for, digest, self.settings.url)

    def _gaps(self, ids: Iterable[str], why: Unavailable) -> list[Evidence | Gap]:
        return Gaps("service", PROBES, self.now).make(list(ids), why)


class _NoKey(Unavailable):
    def __init__(self, answer: Answer, settings: ServiceSettings) -> None:
        variable = settings.token_env
        if settings.token:
            reason = f"The service refused the key in {variable} with {answer.status}."
            super().__init__(reason, f"Put a valid key with the scope `lookup` into {variable}.")
        else:
            reason = f"Lookups need a key, and {variable} holds none."
            super().__init__(reason, f"Create a key with the scope `lookup`, and put it into {variable}.")


def _verdict(answer: Answer, settings: ServiceSettings) -> None:
    """Raises Unavailable unless the answer is a verdict."""
    if answer.status in {401, 403}:
        raise _NoKey(answer, settings)
    if answer.status != 200:
        raise Unavailable(f"{answer.url} answered {answer.status}.", "Look into the log of the service.")
    document = answer.json()
    if not isinstance(document, dict) or not isinstance(document.get("listed"), bool):
        raise answer.unexpected("a verdict")


def _refused(answer: Answer) -> bool:
    if answer.status == 401:
        return True
    if answer.status == 200 and answer.media_type == "application/json":
        return False
    raise answer.unexpected("401, or a verdict")
