"""The kinds of options: how each is read from the file, and how its JSON Schema says so.

A section is a frozen dataclass whose fields are annotated with one of these: `url: Annotated[str, Address("…")]`.
The field's own default makes the option optional. `help` is one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from statuspress.core.toml import Table

Schema = dict[str, Any]
_VARIABLE = r"^[A-Z][A-Z0-9_]*$"
_ADDRESS = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an option may depend on: the folder that paths are relative to, and the environment."""

    folder: Path
    environ: Mapping[str, str]


class Option(Protocol):
    """One kind of option."""

    @property
    def help(self) -> str: ...

    def read(self, table: Table, key: str, around: Surroundings) -> Any:
        """The value that the table gives. Raises TomlError with its line."""

    def schema(self) -> Schema:
        """The JSON Schema of the value, without its description and default."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text; with `pattern` one that matches it in whole, which `example` shows."""

    help: str
    pattern: str = ""
    example: str = ""

    def read(self, table: Table, key: str, around: Surroundings) -> str:  # noqa: ARG002 - the interface's
        text = table.text(key)
        if not text.strip() or (self.pattern and not re.search(self.pattern, text)):
            raise table.error(f"{table.name(key)} must be such as {self.example or 'a text that is not empty'}", key)
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": self.pattern} if self.pattern else {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https address without user, query or fragment; read without its last slash, or with `slash`."""

    help: str
    slash: bool = False

    def read(self, table: Table, key: str, around: Surroundings) -> str:  # noqa: ARG002 - the interface's
        text = table.text(key)
        try:
            return checked_address(text, table.name(key)).rstrip("/") + "/" * self.slash
        except ValueError as error:
            raise table.error(str(error), key) from None

    def schema(self) -> Schema:
        return {"type": "string", "format": "uri", "pattern": _ADDRESS}


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`."""

    help: str
    low: float
    high: float

    def read(self, table: Table, key: str, around: Surroundings) -> float:  # noqa: ARG002 - the interface's
        return table.number(key, low=self.low, high=self.high)

    def schema(self) -> Schema:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`."""

    help: str
    low: int
    high: int

    def read(self, table: Table, key: str, around: Surroundings) -> int:  # noqa: ARG002 - the interface's
        return table.integer(key, low=self.low, high=self.high)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Seconds:
    """A length of time in whole seconds."""

    help: str
    _HIGH: ClassVar[int] = 10**9

    def read(self, table: Table, key: str, around: Surroundings) -> timedelta:  # noqa: ARG002 - the interface's
        return timedelta(seconds=table.integer(key, low=1, high=self._HIGH))

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 1, "maximum": self._HIGH}


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder, relative to the project's root; empty when none is given."""

    help: str

    def read(self, table: Table, key: str, around: Surroundings) -> Path:
        return around.folder / table.text(key)

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Named:
    """A table of texts, each under one of `names`, whose values describe them."""

    help: str
    names: Mapping[str, str]

    def read(self, table: Table, key: str, around: Surroundings) -> Mapping[str, str]:
        inner = table.table(key)
        found = {name: Text("").read(inner, name, around) for name in self.names if inner.given(name)}
        inner.finish()
        return found

    def schema(self) -> Schema:
        texts = {name: {"type": "string", "minLength": 1, "description": help} for name, help in self.names.items()}
        return {"type": "object", "properties": texts, "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Variable:
    """The name of an environment variable. Never a value: a key does not stand in the file."""

    help: str

    def read(self, table: Table, key: str, around: Surroundings) -> str:  # noqa: ARG002 - the interface's
        name = table.text(key)
        if not re.search(_VARIABLE, name):
            raise table.error(
                f"{table.name(key)} must be the name of an environment variable, such as STATUSPRESS_SERVICE_KEY", key
            )
        return name

    def schema(self) -> Schema:
        return {"type": "string", "pattern": _VARIABLE}


@dataclass(frozen=True, slots=True)
class Secret:
    """Not an option of the file: what the environment holds under the variable that the field `named_by` names."""

    named_by: str

    def value(self, names: Mapping[str, Any], around: Surroundings) -> str:
        """The key, without the white space around it; empty when there is none."""
        return around.environ.get(names[self.named_by], "").strip()


@dataclass(frozen=True, slots=True)
class Environment:
    """Not an option of the file: a variable that the surroundings set, such as a cluster for its pods."""

    variable: str

    def value(self, names: Mapping[str, Any], around: Surroundings) -> str:  # noqa: ARG002 - as a secret is read
        """What it holds; empty when it is not set."""
        return around.environ.get(self.variable, "").strip()


def checked_address(text: str, name: str) -> str:
    """The text, if it is an address. Raises ValueError with a sentence about `name`."""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid or re.search(r"\s", text):
        raise ValueError(f"{name} must be an address such as http://127.0.0.1:2541")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{name} must hold neither a user, a password, a query nor a fragment")
    return text
