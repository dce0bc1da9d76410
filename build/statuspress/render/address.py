"""Addresses within the site: written relative, so that a site works under any path."""

from __future__ import annotations

import posixpath
from urllib.parse import urlsplit


def output_path(url: str) -> str:
    """The file that answers an address: `/status/` is `status/index.html`."""
    return url.lstrip("/") + ("index.html" if url.endswith("/") else "")


def relative(target: str, page: str) -> str:
    """The way from one page's address to another's, with the fragment kept."""
    path, mark, fragment = target.partition("#")
    start = posixpath.dirname(page) if not page.endswith("/") else page.rstrip("/") or "/"
    way = posixpath.relpath(path, start)
    if path.endswith("/"):
        way += "/"
    return way + mark + fragment


def base_path(base_url: str) -> str:
    """The path of the site's root, with a slash at both ends."""
    path = urlsplit(base_url).path.strip("/")
    return f"/{path}/" if path else "/"
