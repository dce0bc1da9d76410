"""Free text (reasons, and all else that a feed may say in its own words) made fit for one line of a file."""

from __future__ import annotations

import unicodedata


def one_line(text: str, longest: int, without: str = "") -> str:
    """The text on one line, at most `longest` characters, and without those of `without`.

    Whatever controls, separates lines or turns the direction of writing (Unicode categories C and Z) is a space,
    and so are the unwanted characters; spaces in a row are one.
    """
    text = text[: 4 * longest]
    if not text.isascii() or not text.isprintable():
        text = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    if without:
        text = text.translate(dict.fromkeys(map(ord, without), " "))
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def ascii_line(text: str, longest: int, without: str = "") -> str:
    """The same in ASCII: any other character is a question mark."""
    return one_line(text, longest, without).encode("ascii", "replace").decode()
