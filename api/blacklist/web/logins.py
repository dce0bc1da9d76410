"""The login of browsers: an operator's token pair in cookies, or a session for a key that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from blacklist.access.passwords import LONGEST
from blacklist.access.scopes import Scope as AccessScope
from blacklist.access.tokens import ACCESS_LIFE, REFRESH_LIFE, Pair
from blacklist.web.auth import end, login, renew
from blacklist.web.body import media_type, read_body
from blacklist.web.credentials import Wanted, authorise, authorise_token
from blacklist.web.errors import Problem
from blacklist.web.html import page_response, tag
from blacklist.web.sessions import COOKIES, LASTS
from blacklist.web.state import State
from blacklist.web.static import page

PAGE, LOGIN, RENEW_LOGIN, LOGOUT = (f"/monitoring/{name}" for name in ("dashboard", "login", "renew", "logout"))
ACCESS, REFRESH = (tuple(name.replace("session", kind) for name in COOKIES) for kind in ("access", "refresh"))
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_LIMIT = 16 * 1024  # bytes of a form: who sends it is nobody yet
_WRONG = "The name or the password is wrong."


def check(state: State, scope: Scope, wanted: Wanted) -> str:
    """As `authorise`, by the cookies where no other credential was sent. A browser without any goes to the login.

    One that was once asked for a key, at /docs, sends it everywhere as Basic: a login comes before that. One whose
    access token has expired gets the page, which has no figure in it, and takes the next pair by itself.
    """
    headers = dict(scope["headers"])
    basic = headers.get(b"authorization", b"")[:6].lower() == b"basic "
    if b"x-api-key" in headers or (b"authorization" in headers and not basic):
        return authorise(state, scope, wanted)
    cookies = cookie_parser(headers.get(b"cookie", b"").decode("latin-1"))
    try:
        if token := _cookie(cookies, ACCESS):
            return authorise_token(state, scope, token.encode(), wanted)
        key = state.sessions.key(cookies, time())
        if basic and key is None and not _cookie(cookies, REFRESH):
            return authorise(state, scope, wanted)
        return authorise(state, {**scope, "headers": [] if key is None else [(b"x-api-key", key)]}, wanted)
    except Problem as problem:
        if problem.status == 503 or b"text/html" not in headers.get(b"accept", b""):
            raise
        if scope["path"] == PAGE and _cookie(cookies, REFRESH):
            return ""
        raise HTTPException(303, headers={"location": LOGIN, "cache-control": "no-store"}) from None


async def get_login(_state: State, _request: Request) -> Response:
    """`GET /monitoring/login`: the page."""
    return _login_page()


async def log_in(state: State, request: Request) -> Response:
    """`POST /monitoring/login`: for an operator, or for a key, with the scope `dashboard`."""
    _same_origin(request)
    if media_type(request) != "application/x-www-form-urlencoded":
        raise Problem(415, "unsupported-media-type", "Unsupported media type", "Send the form of the login page.")
    form = parse_qs((await read_body(request, _LIMIT)).decode("utf-8", "replace"))
    key, name, password = (form.get(field, [""])[0] for field in ("key", "username", "password"))
    try:
        answer = RedirectResponse(PAGE, 303, {"cache-control": "no-store"})
        if key:
            _open_session(state, request, answer, key.strip())
        else:
            _set_pair(request, answer, await _operator(state, request, name, password))
    except Problem as problem:
        if problem.status not in {401, 403, 429}:
            raise
        return _login_page(problem.detail, problem.status)
    return answer


async def renew_login(state: State, request: Request) -> Response:
    """`POST /monitoring/renew`: the next pair of tokens, in the cookies."""
    _same_origin(request)
    try:
        pair = await renew(state, request.scope, _cookie(request.cookies, REFRESH))
    except Problem as problem:
        answer = problem.response()
        if problem.status == 401:
            _forget(answer)
        return answer
    answer = Response(status_code=204, headers={"cache-control": "no-store"})
    _set_pair(request, answer, pair)
    return answer


async def log_out(state: State, request: Request) -> Response:
    """`POST /monitoring/logout`: ends the login."""
    _same_origin(request)
    state.sessions.close(request.cookies)
    if token := _cookie(request.cookies, REFRESH):
        await end(state, request.scope, token)
    answer = RedirectResponse(LOGIN, 303, {"cache-control": "no-store"})
    _forget(answer)
    return answer


def _open_session(state: State, request: Request, answer: Response, key: str) -> None:
    presented = key.encode("ascii", "replace")
    try:
        authorise(state, {**request.scope, "headers": [(b"x-api-key", presented)]}, AccessScope.DASHBOARD)
    except Problem as problem:
        if problem.status == 503:
            raise
        told = "This key is not accepted." if problem.status == 401 else "This key lacks the scope dashboard."
        raise Problem(401, "login-refused", problem.title, told) from None
    _set(request, answer, COOKIES, state.sessions.open(presented, time()), LASTS)


async def _operator(state: State, request: Request, name: str, password: str) -> Pair:
    if not name or not password or max(len(name.encode()), len(password.encode())) > 4 * LONGEST:
        raise Problem(401, "login-refused", "Login refused", _WRONG)
    pair = await login(state, request.scope, name, password)
    if AccessScope.DASHBOARD not in pair.claims.scopes:
        await end(state, request.scope, pair.refresh)
        raise Problem(401, "login-refused", "Login refused", "This operator lacks the scope dashboard.")
    return pair


def _set_pair(request: Request, answer: Response, pair: Pair) -> None:
    _set(request, answer, ACCESS, pair.access, ACCESS_LIFE)
    _set(request, answer, REFRESH, pair.refresh, REFRESH_LIFE)


def _set(request: Request, answer: Response, names: tuple[str, ...], value: str, seconds: int) -> None:
    """Sets a cookie that no script and no other site gets."""
    secure = not _loopback(request)
    answer.set_cookie(
        names[0 if secure else 1], value, seconds, path="/", secure=secure, httponly=True, samesite="strict"
    )


def _cookie(cookies: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((cookies[name] for name in names if cookies.get(name)), "")


def _forget(answer: Response) -> None:
    for names in (COOKIES, ACCESS, REFRESH):
        for place, name in enumerate(names):
            answer.delete_cookie(name, path="/", secure=place == 0, httponly=True, samesite="strict")


def _login_page(refused: str = "", status: int = 200) -> Response:
    told = tag("p", refused, class_="refused", role="alert") if refused else ""
    return page_response(page("login.html").replace("<!-- refused -->", told), status)


def _same_origin(request: Request) -> None:
    """Raises the Problem 403 unless a page of this server sent the form: a browser says which one did."""
    site = request.headers.get("sec-fetch-site")
    origin = urlsplit(request.headers.get("origin", ""))
    same = site == "same-origin" if site else bool(origin.netloc) and origin.netloc == request.headers.get("host")
    if not same:
        detail = "Only a page of this server may send this form. Open it there, and send it again."
        raise Problem(403, "foreign-origin", "Foreign origin", detail)


def _loopback(request: Request) -> bool:
    """Whether the page was opened on this machine, without TLS. The browser says so, whatever proxies made of it."""
    origin = urlsplit(request.headers.get("origin", ""))
    return origin.scheme == "http" and origin.hostname in _LOOPBACK
