"""Logins of operators, and API keys."""

from __future__ import annotations

from blacklist.access.scopes import Scope
from blacklist.access.tokens import ACCESS_LIFE
from blacklist.web.contract.operation import NO_STORE, Answer, Content, Group, Operation, Parameter, Schema, json_answer
from blacklist.web.contract.schemas import COUNT, INDICATOR, TEXT, TIME, array, closed, nullable
from blacklist.web.keys import LONGEST_OVERLAP, MEMBERS, MOST_NETWORKS, NAME_LENGTH, OVERLAP

_SCOPES: Schema = array({"type": "string", "enum": list(Scope)}, minItems=1)
_BODY = ("invalid-json", "invalid-body", "body-too-large", "body-too-slow", "unsupported-media-type")
_AUTH = (*_BODY, "store-unavailable", "rate-limited")
_KEY: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "scopes": array(TEXT),
    "networks": array(INDICATOR),
    "created_at": TIME,
    "expires_at": nullable(TIME),
    "revoked_at": nullable(TIME),
    "last_used": nullable(TIME),
}
_SECRET: dict[str, Schema] = {"key": {"type": "string", "description": "The whole key, this once."}}
_ASKED: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH},
    "scopes": _SCOPES,
    "networks": array(INDICATOR, maxItems=MOST_NETWORKS),
    "expires_at": nullable({"type": "string", "format": "date-time"}),
}
_PAIR = closed(
    {
        "token_type": {"const": "Bearer"},
        "access_token": TEXT,
        "expires_in": {"const": ACCESS_LIFE},
        "refresh_token": TEXT,
        "refresh_expires_in": COUNT,
        "user": TEXT,
        "scopes": array(TEXT),
    }
)
_ID = Parameter(
    "id", "The id of the key: its twelve characters after `blk_`.", TEXT, "path", required=True, example="0123456789AB"
)


def _json(schema: Schema, example: object = None) -> dict[str, Content]:
    return {"application/json": Content(schema, example)}


_NEW_KEY = closed(
    {name: {**schema, "description": f"It is {MEMBERS[name]}."} for name, schema in _ASKED.items()},
    optional=("networks", "expires_at"),
)

ACCESS = Group(
    "Logins and keys",
    "An operator's password gives a pair of tokens: one for requests, for a quarter of an hour, and one for the next "
    "pair. A refresh token that is used twice ends its whole login.",
    (
        Operation(
            "POST",
            "/api/v1/auth/token",
            "getTokens",
            "Log in",
            {200: json_answer("The pair.", _PAIR)},
            body=_json(closed({"username": TEXT, "password": TEXT})),
            problems=("login-refused", "too-many-logins", "busy", *_AUTH),
        ),
        Operation(
            "POST",
            "/api/v1/auth/refresh",
            "renewTokens",
            "Take the next pair",
            {200: json_answer("The pair. The refresh token that was sent is used up.", _PAIR)},
            body=_json(closed({"refresh_token": TEXT})),
            problems=("unauthorised", *_AUTH),
        ),
        Operation(
            "POST",
            "/api/v1/auth/revoke",
            "endLogin",
            "End a login",
            {204: Answer("It has ended, with all tokens that came of it.", headers=NO_STORE)},
            about="A token of either kind; one that is none is ended as well.",
            body=_json(closed({"token": TEXT})),
            problems=_AUTH,
        ),
        Operation(
            "GET",
            "/api/v1/keys",
            "getKeys",
            "See every key",
            {200: json_answer("Revoked ones included, never the secret.", closed({"keys": array(closed(_KEY))}))},
            problems=("store-unavailable",),
        ),
        Operation(
            "POST",
            "/api/v1/keys",
            "makeKey",
            "Make a key",
            {201: json_answer("The key, shown this once.", closed({**_SECRET, **_KEY}))},
            about="Nobody hands out more scopes than they have.",
            body=_json(_NEW_KEY, {"name": "firewall", "scopes": ["lists"]}),
            problems=("scope-not-held", *_AUTH),
        ),
        Operation(
            "DELETE",
            "/api/v1/keys/{id}",
            "revokeKey",
            "Revoke a key",
            {200: json_answer("It is refused everywhere within a second.", closed({"id": TEXT, "revoked_at": TIME}))},
            parameters=(_ID,),
            problems=("unknown-key", "store-unavailable"),
        ),
        Operation(
            "POST",
            "/api/v1/keys/{id}/rotate",
            "rotateKey",
            "Put a new key in the place of one",
            {
                201: json_answer(
                    "The new key, shown this once. The old one stays valid for the overlap.",
                    closed({**_SECRET, **_KEY, "replaces": TEXT, "replaced_expires_at": TIME}),
                )
            },
            parameters=(_ID,),
            body=_json(
                closed(
                    {"overlap_seconds": {"type": "integer", "minimum": 0, "maximum": LONGEST_OVERLAP}},
                    optional=("overlap_seconds",),
                ),
                {"overlap_seconds": OVERLAP},
            ),
            problems=("unknown-key", "key-ended", "scope-not-held", *_AUTH),
        ),
    ),
)
