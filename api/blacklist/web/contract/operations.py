"""How the service is: health, metrics, the live page, and the contract itself."""

from __future__ import annotations

from blacklist.web.contract.operation import NO_STORE, Answer, Content, Group, Operation, Parameter, Schema, json_answer
from blacklist.web.contract.schemas import COUNT, FLAG, GENERATION, TEXT, TIME, array, closed, nullable

_HEALTH = closed(
    {
        "status": {"type": "string", "enum": ["ok", "degraded", "unavailable"]},
        "version": TEXT,
        "generation": nullable(GENERATION),
        "uptime_seconds": COUNT,
        "snapshot": nullable(closed({"as_of": TIME, "age_seconds": COUNT, "listings": COUNT})),
        "unpublished_seconds": COUNT,
        "store": closed({"kind": TEXT, "state": {"type": "string", "enum": ["up", "down"]}, "error": nullable(TEXT)}),
        "replica": nullable(
            closed(
                {
                    "lag_seconds": COUNT,
                    "generations_behind": COUNT,
                    "importer": nullable(closed({"name": TEXT, "since": TIME})),
                    "watching": nullable(FLAG),
                    "local_copies_age_seconds": nullable(COUNT),
                }
            )
        ),
        "feeds": array(
            closed(
                {
                    "name": TEXT,
                    "state": TEXT,
                    "entries": COUNT,
                    "last_success": nullable(TIME),
                    "age_seconds": nullable({"type": "integer"}),
                    "last_error": nullable(TEXT),
                    "quarantined": FLAG,
                }
            )
        ),
    }
)
_POLICY: Schema = {"type": "string", "pattern": "default-src 'none'"}
_PAGE_HEADERS = {**NO_STORE, "Content-Security-Policy": _POLICY}


def _text(about: str, example: str, media_type: str = "text/plain; charset=utf-8") -> Answer:
    return Answer(about, {media_type: Content(TEXT, example)}, NO_STORE)


def _page(about: str) -> Answer:
    return Answer(about, {"text/html; charset=utf-8": Content(TEXT)}, _PAGE_HEADERS)


def _moved(about: str) -> Answer:
    return Answer(about, headers={"Location": TEXT})


OPERATIONS = Group(
    "Operations",
    "For probes, Prometheus and people. `/health`, `/healthz` and `/ready` need no key.",
    (
        Operation(
            "GET",
            "/health",
            "getHealth",
            "See how the service is",
            {
                200: json_answer("Lookups are answered, if `degraded` by what is known already.", _HEALTH),
                503: json_answer("Lookups can't be answered.", _HEALTH),
            },
            about="`degraded`: the store is away, so that changes and logins are refused with 503; or this server is "
            "behind a shared store for 30 seconds or more; or a change by an operator has been in lookups, and "
            "in no list, for two minutes or more; or the last import of a feed failed or is held back. "
            "`unavailable`: nothing is loaded yet, or the server is on its way out. `unpublished_seconds` is "
            "for how long this server has known the oldest change that no snapshot has, 0 when there is none. "
            "`replica` is null unless servers share the store: `lag_seconds` is for how long this one has known "
            "that it has not all of it, `generations_behind` by how many its snapshot is older; `importer` is "
            "who holds the lease just now, null between imports; `watching` whether an importer is there for "
            "what is asked (`blacklist import --watch`, or a server that imports), null while that is unknown: "
            "without one, changes reach no list; `local_copies_age_seconds` tells when the store last agreed to "
            "the keys and changes that are kept here for a restart without it.",
        ),
        Operation("GET", "/healthz", "isAlive", "Ask whether it lives", {200: _text("The process lives.", "ok\n")}),
        Operation(
            "GET",
            "/ready",
            "isReady",
            "Ask whether it answers lookups",
            {
                200: _text("A snapshot is loaded.", "ready\n"),
                503: _text("None is loaded yet, or the server is on its way out.", "draining\n"),
            },
        ),
        Operation(
            "GET",
            "/metrics",
            "getMetrics",
            "Read the metrics",
            {
                200: _text(
                    "Counters and gauges in the Prometheus text format. Labels are route templates and known outcomes, "
                    "never addresses or keys.",
                    'blacklist_lookups_total{outcome="listed"} 12\n',
                    "text/plain",
                )
            },
            key_optional="BLACKLIST_METRICS_NETWORKS",
        ),
        Operation(
            "GET",
            "/openapi.json",
            "getContract",
            "Read this contract",
            {
                200: Answer(
                    "The contract, OpenAPI 3.1.",
                    {"application/json": Content({"type": "object", "required": ["openapi", "paths"]})},
                    {"Cache-Control": {"type": "string", "const": "no-cache"}, "ETag": TEXT},
                ),
                304: Answer("The caller has it already."),
            },
            parameters=(Parameter("If-None-Match", "The ETag that the caller has.", TEXT, "header"),),
        ),
        Operation("GET", "/docs", "getDocs", "Read this contract as a page", {200: _page("The page.")}),
        Operation(
            "GET",
            "/static/{name}",
            "getStatic",
            "Take a style sheet or script of a page",
            {
                200: Answer(
                    "The file.",
                    {
                        "text/css; charset=utf-8": Content(TEXT),
                        "text/javascript; charset=utf-8": Content(TEXT),
                        "image/svg+xml": Content({}),
                    },
                    {"ETag": TEXT, "Cache-Control": {"type": "string", "const": "no-cache"}},
                ),
                304: Answer("The caller has it already."),
            },
            parameters=(
                Parameter("name", "The name of the file.", TEXT, "path", required=True, example="pages.css"),
                Parameter("If-None-Match", "The ETag of the file that the caller has.", TEXT, "header"),
            ),
            problems=("not-found",),
        ),
    ),
)

MONITORING = Group(
    "Live page",
    "What the service is doing right now, for operators. A browser logs in at `/monitoring/login`.",
    (
        Operation(
            "GET",
            "/monitoring/dashboard",
            "getDashboard",
            "Open the live page",
            {200: _page("The page."), 303: _moved("A browser that is not logged in goes to the login page.")},
        ),
        Operation(
            "GET",
            "/monitoring/events",
            "getEvents",
            "Follow the figures of the live page",
            {
                200: Answer(
                    "Server-sent events: `history` once, then `figures` every two seconds, as JSON.",
                    {"text/event-stream; charset=utf-8": Content(TEXT, 'event: figures\ndata: {"at": 1893553445}\n\n')},
                    NO_STORE,
                )
            },
            about="The stream ends when the key or login is no longer good, and when the server is on its way out.",
            problems=("busy",),
        ),
        Operation("GET", "/monitoring/login", "getLogin", "Open the login page", {200: _page("The page.")}),
        Operation(
            "POST",
            "/monitoring/login",
            "logIn",
            "Log in",
            {
                303: _moved("Logged in: on to the live page."),
                401: _page("The page again, since what was typed is refused."),
                429: _page("The page again: too many logins failed."),
            },
            about="Only from a page of this server: `Sec-Fetch-Site` or `Origin` must say so.",
            body={
                "application/x-www-form-urlencoded": Content(
                    closed(
                        {
                            "username": {"type": "string", "description": "An operator with the scope `dashboard`."},
                            "password": TEXT,
                            "key": {"type": "string", "description": "Or a key with that scope."},
                        },
                        optional=("username", "password", "key"),
                    )
                )
            },
            problems=(
                "foreign-origin",
                "body-too-large",
                "body-too-slow",
                "unsupported-media-type",
                "keys-unavailable",
                "store-unavailable",
                "busy",
            ),
        ),
        Operation(
            "POST",
            "/monitoring/renew",
            "renewLogin",
            "Take the next pair of tokens, in cookies",
            {204: Answer("The cookies hold them.", headers=NO_STORE)},
            about="The live page does so when its access token has expired.",
            problems=("foreign-origin", "unauthorised", "store-unavailable"),
        ),
        Operation(
            "POST",
            "/monitoring/logout",
            "logOut",
            "Log out",
            {303: _moved("Logged out: on to the login page.")},
            problems=("foreign-origin", "store-unavailable"),
        ),
    ),
)
