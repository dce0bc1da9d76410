"""HTML as values: text is always escaped, so that no name or reason can become markup."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_VOID = {"link", "meta", "wbr"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str) -> Markup:
    """One element. Attributes are named as in HTML; `_` ends those that Python has a word for (`class_`)."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Several pieces after one another."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def page_response(page: str, status: int = 200) -> Response:
    """The answer with a page that nobody may keep, frame, or add a script to."""
    headers = {
        "cache-control": "no-store",
        "content-security-policy": POLICY,
        "referrer-policy": "same-origin",  # with `no-referrer` a form would not say where it is from
        "x-content-type-options": "nosniff",
    }
    return Response(page, status, headers, "text/html; charset=utf-8")
