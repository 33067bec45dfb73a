"""JSON Schemas of the course's YAML files, so that editors complete keys and explain them.

Knows the models and where their fields are described: in the text below each field. What only
`medai check` can judge (ids, languages, dates) is not in a schema.
"""

from __future__ import annotations

import ast
import inspect
import json
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

from pydantic import BaseModel

from grader.model.assignment import Assignment, WrongAnswer
from grader.model.content import Spreadsheet
from grader.model.course import FactSheet, Module, Programme, Quiz

SCHEMAS: dict[str, type[BaseModel]] = {
    "course": Programme,
    "module": Module,
    "quiz": Quiz,
    "facts": FactSheet,
    "spreadsheet": Spreadsheet,
    "assignment": Assignment,
    "wrong-answer": WrongAnswer,
}
"""Name of the schema → model; the file is `<name>.schema.json`."""


def write_schemas(directory: Path) -> list[Path]:
    """Write every schema into `directory`, which is created if needed; return the files written."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name in SCHEMAS:
        path = directory / f"{name}.schema.json"
        text = json.dumps(build_schema(name), ensure_ascii=False, indent=2) + "\n"
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def build_schema(name: str) -> dict[str, Any]:
    """Return the schema `name` with the description of every model and field."""
    model = SCHEMAS[name]
    schema = model.model_json_schema()
    classes = {found.__name__: found for found in _models_of(model)}
    for title, definition in {model.__name__: schema, **schema.get("$defs", {})}.items():
        if title in classes:
            _describe(definition, classes[title])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _models_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return `model` and every model inside it."""
    found: list[type[BaseModel]] = []
    waiting = [model]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.append(current)
            for field in current.model_fields.values():
                waiting += _models_in(field.annotation)
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def _describe(definition: dict[str, Any], model: type[BaseModel]) -> None:
    for field, text in _field_descriptions(model).items():
        if field in definition.get("properties", {}):
            definition["properties"][field].setdefault("description", text)


def _field_descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the text that stands below each field in the model's source.

    Pydantic could do this itself, but at import time of every command.
    """
    (tree,) = ast.parse(dedent(inspect.getsource(model))).body
    found: dict[str, str] = {}
    if not isinstance(tree, ast.ClassDef):
        return found
    for field, text in pairwise(tree.body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[field.target.id] = inspect.cleandoc(str(text.value.value))
    return found
