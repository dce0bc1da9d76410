"""Objects whose kinds Kubernetes does not know by itself, held against schemas of the parts that are used here."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

_SCHEMAS = Path(__file__).parent / "schemas"
KINDS = frozenset(path.stem for path in _SCHEMAS.glob("*.json"))


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((_SCHEMAS / f"{kind}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def mistakes(manifest: dict[str, Any]) -> list[str]:
    """What is wrong with a custom object; its kind must be one of KINDS."""
    return [f"{error.json_path}: {error.message}" for error in _validator(manifest["kind"]).iter_errors(manifest)]
