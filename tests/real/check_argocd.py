"""Holds the Argo CD objects against its published contract: python -m tests.real.check_argocd [swagger.json]."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import yaml

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT.parent / "shared" / "contracts" / "argocd-swagger.json"
SPECS = {"project": "v1alpha1AppProjectSpec", "applications": "v1alpha1ApplicationSetSpec"}


def strict(definitions: dict[str, Any]) -> dict[str, Any]:
    """The definitions, so that a field which they don't name is a mistake. What they leave open stays so."""
    closed = {}
    for name, definition in definitions.items():
        shut = {"additionalProperties": False} if "properties" in definition else {}
        closed[name] = {**definition, **shut}
    closed["v1JSON"] = {}  # an element of a list generator: anything, though the contract says a base64 text of it
    return closed


def main(arguments: list[str]) -> int:
    """0 when they agree, 1 when not, 2 when there is no contract."""
    path = Path(arguments[0]) if arguments else CONTRACT
    if not path.is_file():
        print(f"check_argocd: there is no {path}: name Argo CD's swagger.json", file=sys.stderr)
        return 2
    definitions = strict(json.loads(path.read_text())["definitions"])
    wrong = 0
    for name, definition in SPECS.items():
        manifest = yaml.safe_load((ROOT / "deploy" / "argocd" / f"{name}.yaml").read_text())
        schema = {"definitions": definitions, "$ref": f"#/definitions/{definition}"}
        errors = list(jsonschema.Draft4Validator(schema).iter_errors(manifest["spec"]))
        wrong += len(errors)
        for error in errors:
            print(f"{name}.yaml{error.json_path}: {error.message}")
        print(f"{name}.yaml: {'as' if not errors else 'not as'} the contract says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
