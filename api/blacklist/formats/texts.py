"""Free text of feeds, made fit to be shown anywhere: one line, printable, of bounded length."""

from __future__ import annotations

LONGEST = 200  # characters


def tidy(value: object) -> str:
    """The text on one line without what moves a cursor or breaks an encoder, cut to LONGEST; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    text = value[: 4 * LONGEST]
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:LONGEST]


def country_of(value: object) -> str:
    """The ISO 3166-1 alpha-2 code, or "" for anything else."""
    text = value.strip().upper() if isinstance(value, str) else ""
    return text if len(text) == 2 and text.isascii() and text.isalpha() else ""
