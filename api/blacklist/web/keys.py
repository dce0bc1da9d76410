"""API keys over the API: nobody hands out more than they have, and a key is shown once."""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.access.audit import event
from blacklist.access.keys import digest, new_key, successor
from blacklist.access.scopes import Scope, parse_scopes
from blacklist.core.indicator import Indicator, IndicatorError, parse_one
from blacklist.store.chain import Event
from blacklist.store.interface import KeyRecord, Keys
from blacklist.web.auditing import change_keys, origin_of, with_keys
from blacklist.web.body import invalid, read_object
from blacklist.web.endpoint import caller_scopes
from blacklist.web.errors import Problem
from blacklist.web.listings import read_expiry
from blacklist.web.state import State
from blacklist.web.verdicts import optional_time

_NO_STORE = {"cache-control": "no-store"}
NAME_LENGTH = 100  # characters
MOST_NETWORKS = 100
LONGEST_OVERLAP = 30 * 86_400  # seconds
OVERLAP = 86_400
MEMBERS = {
    "name": f"who or what will use it, in at most {NAME_LENGTH} characters",
    "scopes": f"a list of some of {', '.join(Scope)}",
    "networks": f"a list of at most {MOST_NETWORKS} networks; anywhere if it is left out",
    "expires_at": "a time such as 2030-01-02T03:04:05Z; never if it is left out",
}
_ROTATION = {"overlap_seconds": f"0 to {LONGEST_OVERLAP}, {OVERLAP} if it is left out"}


async def get_keys(state: State, _request: Request) -> Response:
    """`GET /api/v1/keys`: every key, revoked ones included, never the secret."""
    records, uses = await with_keys(state, lambda store: (store.records(), store.uses()))
    return _answer({"keys": [_values(record, _last_use(state, uses, record.id)) for record in records]})


async def post_key(state: State, request: Request) -> Response:
    """`POST /api/v1/keys`: makes a key, and shows it this once."""
    asked = await read_object(request, MEMBERS)
    name = asked.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise invalid(f"name must be {MEMBERS['name']}.")
    scopes, networks, now = _scopes(asked), _networks(asked), int(time())
    _must_hold(state, request, scopes)
    key, id = new_key()
    record = KeyRecord(id, name, digest(key.encode()), scopes, networks, now, read_expiry(asked, now))
    entry = _event(state, request, "key.create", id)

    def add(store: Keys) -> None:
        with store.audited(entry):
            store.add(record)

    await change_keys(state, add)
    state.metrics.audit_entries += 1
    return _answer({"key": key, **_values(record, None)}, 201)


async def rotate_key(state: State, request: Request) -> Response:
    """`POST /api/v1/keys/{id}/rotate`: a new key in the place of one, which stays valid for the overlap."""
    asked = await read_object(request, _ROTATION)
    overlap = asked.get("overlap_seconds", OVERLAP)
    if type(overlap) is not int or not 0 <= overlap <= LONGEST_OVERLAP:
        raise invalid(f"overlap_seconds must be {_ROTATION['overlap_seconds']}.")
    id, now = request.path_params["id"], int(time())
    old = await with_keys(state, lambda store: store.record(id))
    if old is None:
        raise _unknown(id)
    _must_hold(state, request, old.scopes)
    key, fresh = successor(old, now)
    entry = _event(state, request, "key.rotate", f"{id} to {fresh.id}")

    def replace(store: Keys) -> bool:
        with store.transaction():
            replaced = store.replace(id, fresh, now + overlap)
            if replaced:
                store.append(entry)
        return replaced

    if not await change_keys(state, replace):
        raise Problem(409, "key-ended", "Key ended", "That key was revoked or has expired: create a new one.")
    state.metrics.audit_entries += 1
    ends_at = min(now + overlap, old.expires_at or now + overlap)
    body = {"key": key, **_values(fresh, None), "replaces": id, "replaced_expires_at": optional_time(ends_at)}
    return _answer(body, 201)


async def delete_key(state: State, request: Request) -> Response:
    """`DELETE /api/v1/keys/{id}`: revokes a key, everywhere within a second. Twice is once."""
    id, now = request.path_params["id"], int(time())
    entry = _event(state, request, "key.revoke", id)

    def revoke(store: Keys) -> KeyRecord | None:
        with store.transaction():
            if store.revoke(id, now):
                store.append(entry)
        return store.record(id)

    record = await change_keys(state, revoke)
    if record is None:
        raise _unknown(id)
    state.metrics.audit_entries += 1
    return _answer({"id": id, "revoked_at": optional_time(record.revoked_at)})


def _event(state: State, request: Request, what: str, target: str) -> Event:
    return event(request.scope["blacklist.caller"], what, target, origin_of(state, request.scope))


def _must_hold(state: State, request: Request, scopes: frozenset[str]) -> None:
    missing = scopes - caller_scopes(state, request.scope)
    if missing:
        detail = f"Nobody hands out more than they have; this caller lacks: {', '.join(sorted(missing))}."
        raise Problem(403, "scope-not-held", "Scope not held", detail)


def _scopes(asked: Mapping[str, Any]) -> frozenset[str]:
    names = asked.get("scopes")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid(f"scopes must be {MEMBERS['scopes']}.")
    try:
        return frozenset(map(str, parse_scopes(name[:100] for name in names)))
    except ValueError as error:
        raise invalid(f"scopes: {error}.") from None


def _networks(asked: Mapping[str, Any]) -> tuple[Indicator, ...]:
    texts = asked.get("networks", [])
    if not isinstance(texts, list) or len(texts) > MOST_NETWORKS or not all(isinstance(text, str) for text in texts):
        raise invalid(f"networks must be {MEMBERS['networks']}.")
    try:
        return tuple(map(parse_one, texts))
    except IndicatorError as error:
        raise invalid(f"networks: {error}.") from None


def _last_use(state: State, uses: Mapping[str, int], id: str) -> int | None:
    return max(uses.get(id, 0), state.keys_used.get(id, 0)) or None


def _unknown(id: str) -> Problem:
    return Problem(404, "unknown-key", "Unknown key", f"There is no key {id[:40]!r}.")


def _values(record: KeyRecord, last_used: int | None) -> dict[str, object]:
    return {
        "id": record.id,
        "name": record.name,
        "scopes": sorted(record.scopes),
        "networks": [str(network) for network in record.networks],
        "created_at": optional_time(record.created_at),
        "expires_at": optional_time(record.expires_at),
        "revoked_at": optional_time(record.revoked_at),
        "last_used": optional_time(last_used),
    }


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, _NO_STORE, "application/json")
