"""A section: a frozen dataclass of options, read from its table and described by a JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

from statuspress.core.toml import Table
from statuspress.settings.option import Environment, Named, Number, Option, Place, Schema, Seconds, Secret, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings(Section):
    """One table under [sources]."""

    deadline: Annotated[float, Number("Seconds that all of it may take.", low=0.1, high=600)] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings(SourceSettings):
    """The same, for a source whose figures age."""

    valid_for: Annotated[timedelta, Seconds("Seconds until what was measured turns unknown.")] = timedelta(minutes=15)


SectionType = TypeVar("SectionType", bound=Section)


def read_section(kind: type[SectionType], table: Table, around: Surroundings) -> SectionType:
    """What the table says. Raises TomlError for the first option that is wrong, missing or unknown."""
    values: dict[str, Any] = {}
    for field, option in _options(kind):
        if isinstance(option, Secret | Environment):
            continue
        if table.given(field.name) or not _has_default(field):
            values[field.name] = option.read(table, field.name, around)
        elif isinstance(option, Place) and (default := _default(field)) is not None:
            values[field.name] = around.folder / default
        else:
            values[field.name] = _default(field)
    table.finish()
    for field, option in _options(kind):
        if isinstance(option, Secret | Environment):
            values[field.name] = option.value(values, around)
    return kind(**values)


def section_schema(kind: type[Section]) -> Schema:
    """The JSON Schema of that table."""
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for field, option in _options(kind):
        if isinstance(option, Secret | Environment):
            continue
        properties[field.name] = {"description": option.help, **option.schema()}
        if not _has_default(field):
            required.append(field.name)
        elif (default := _plain(_default(field))) and not isinstance(option, Named):
            properties[field.name]["default"] = default
    schema: Schema = {"type": "object", "description": _first_line(kind), "properties": properties}
    return schema | ({"required": required} if required else {}) | {"additionalProperties": False}


def secrets(section: Section) -> frozenset[str]:
    """The keys that the section holds."""
    found = (getattr(section, field.name) for field, option in _options(type(section)) if isinstance(option, Secret))
    return frozenset(key for key in found if key)


def _options(kind: type[Section]) -> Iterator[tuple[Field[Any], Option | Secret | Environment]]:
    hints: Mapping[str, Any] = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        yield field, hints[field.name].__metadata__[0]


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _first_line(kind: type[Section]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
