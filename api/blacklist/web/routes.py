"""The table of routes: path, the scope it asks for, and who answers."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from blacklist.access.scopes import Scope as AccessScope
from blacklist.web.allowlist import delete_allowed, get_allowlist, post_allowed
from blacklist.web.auth import post_refresh, post_revoke, post_token
from blacklist.web.authz import PATH as AUTHZ
from blacklist.web.authz import Authz
from blacklist.web.batch import batch
from blacklist.web.changes import get_changes, get_stats
from blacklist.web.credentials import ANY_KEY
from blacklist.web.dashboard import dashboard, events, monitoring_route
from blacklist.web.docs import docs
from blacklist.web.endpoint import legacy_route, route
from blacklist.web.exposition import exposition
from blacklist.web.feeds import approve, get_feed, get_feeds, refresh, reject
from blacklist.web.health import health, healthz, ready
from blacklist.web.keys import delete_key, get_keys, post_key, rotate_key
from blacklist.web.legacy import search
from blacklist.web.listings import delete_listing, get_listings, post_listing
from blacklist.web.lists import get_list, get_plain_list
from blacklist.web.logins import LOGIN, LOGOUT, PAGE, RENEW_LOGIN, get_login, log_in, log_out, renew_login
from blacklist.web.lookup import PREFIX, Lookup
from blacklist.web.openapi import openapi
from blacklist.web.pulls import get_pulls
from blacklist.web.state import State
from blacklist.web.static import static

FEED = "/api/v1/feeds/{name}"
REFRESH, APPROVE, REJECT = (f"{FEED}/{action}" for action in ("refresh", "quarantine/approve", "quarantine/reject"))
KEYS, KEY, ROTATE = (f"/api/v1/keys{rest}" for rest in ("", "/{id}", "/{id}/rotate"))
TOKEN, RENEW, REVOKE = (f"/api/v1/auth/{action}" for action in ("token", "refresh", "revoke"))
_READING, _BELOW = frozenset({"GET", "HEAD"}), AUTHZ + "/"


def routes(state: State) -> list[Route]:
    """Every route of the service. Only `/health`, `/healthz`, `/ready`, logins and their page take no key."""
    return [
        Route(PREFIX + "{address:path}", Lookup(state), methods=["GET"]),
        route(state, "/api/v1/lookup", "/api/v1/lookup", AccessScope.LOOKUP, batch, "POST"),
        route(state, "/api/v1/lists/{file}", "/api/v1/lists/{list}", AccessScope.LISTS, get_list),
        route(state, "/api/v1/pulls", "/api/v1/pulls", AccessScope.DASHBOARD, get_pulls),
        legacy_route(state, "/api/blacklist/active", AccessScope.LISTS, get_plain_list),
        legacy_route(state, "/api/fortigate", AccessScope.LISTS, get_plain_list),
        legacy_route(state, "/api/search/{address:path}", AccessScope.LOOKUP, search),
        route(state, "/api/v1/listings", "/api/v1/listings", AccessScope.LISTINGS_READ, get_listings),
        route(state, "/api/v1/listings", "/api/v1/listings", AccessScope.LISTINGS_WRITE, post_listing, "POST"),
        route(
            state,
            "/api/v1/listings/{indicator:path}",
            "/api/v1/listings/{indicator}",
            AccessScope.LISTINGS_WRITE,
            delete_listing,
            "DELETE",
        ),
        route(state, "/api/v1/allowlist", "/api/v1/allowlist", AccessScope.LISTINGS_READ, get_allowlist),
        route(state, "/api/v1/allowlist", "/api/v1/allowlist", AccessScope.LISTINGS_WRITE, post_allowed, "POST"),
        route(
            state,
            "/api/v1/allowlist/{indicator:path}",
            "/api/v1/allowlist/{indicator}",
            AccessScope.LISTINGS_WRITE,
            delete_allowed,
            "DELETE",
        ),
        route(state, "/api/v1/changes", "/api/v1/changes", AccessScope.LISTINGS_READ, get_changes),
        route(state, "/api/v1/stats", "/api/v1/stats", AccessScope.LISTINGS_READ, get_stats),
        legacy_route(state, "/api/stats", AccessScope.LISTINGS_READ, get_stats),
        route(state, "/api/v1/feeds", "/api/v1/feeds", AccessScope.LISTINGS_READ, get_feeds),
        route(state, FEED, FEED, AccessScope.LISTINGS_READ, get_feed),
        route(state, REFRESH, REFRESH, AccessScope.FEEDS_ADMIN, refresh, "POST"),
        route(state, APPROVE, APPROVE, AccessScope.FEEDS_ADMIN, approve, "POST"),
        route(state, REJECT, REJECT, AccessScope.FEEDS_ADMIN, reject, "POST"),
        route(state, KEYS, KEYS, AccessScope.KEYS_ADMIN, get_keys),
        route(state, KEYS, KEYS, AccessScope.KEYS_ADMIN, post_key, "POST"),
        route(state, KEY, KEY, AccessScope.KEYS_ADMIN, delete_key, "DELETE"),
        route(state, ROTATE, ROTATE, AccessScope.KEYS_ADMIN, rotate_key, "POST"),
        route(state, TOKEN, TOKEN, None, post_token, "POST"),
        route(state, RENEW, RENEW, None, post_refresh, "POST"),
        route(state, REVOKE, REVOKE, None, post_revoke, "POST"),
        Route(AUTHZ, authz := Authz(state)),
        Route(AUTHZ + "/{anything:path}", authz),
        route(state, "/metrics", "/metrics", AccessScope.METRICS, exposition),
        monitoring_route(state, PAGE, dashboard),
        monitoring_route(state, "/monitoring/events", events),
        route(state, LOGIN, LOGIN, None, get_login),
        route(state, LOGIN, LOGIN, None, log_in, "POST"),
        route(state, RENEW_LOGIN, RENEW_LOGIN, None, renew_login, "POST"),
        route(state, LOGOUT, LOGOUT, None, log_out, "POST"),
        route(state, "/openapi.json", "/openapi.json", ANY_KEY, openapi),
        route(state, "/docs", "/docs", ANY_KEY, docs),
        route(state, "/static/{name}", "/static/{name}", None, static),
        route(state, "/health", "/health", None, health),
        route(state, "/healthz", "/healthz", None, healthz),
        route(state, "/ready", "/ready", None, ready),
    ]


class Front:
    """The outermost ASGI application. Lookups and /authz go straight to their endpoint, all else through the router.

    A router that matches regular expressions and wraps requests costs a lookup as much again as its answer.
    """

    def __init__(self, state: State, application: Starlette) -> None:
        self.state = state
        self._application: ASGIApp = application
        self._lookup, self._authz = Lookup(state), Authz(state)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """To be awaited by the server, which has to be told that this is ASGI 3: it looks for a coroutine."""
        if scope["type"] == "http":
            path = scope["path"]
            if path.startswith(PREFIX) and scope["method"] in _READING:
                return self._lookup(scope, receive, send)
            if path == AUTHZ or path.startswith(_BELOW):
                return self._authz(scope, receive, send)
        return self._application(scope, receive, send)
