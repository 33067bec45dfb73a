"""Filling a JSON schema with what a text says, without inventing anything.

Knows the part of JSON Schema that the `openai` client sends (objects, arrays, enums, null, $ref); must not
know where values come from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Read = Callable[[str, Mapping[str, Any]], Any]
"""Returns the value for a field name and its schema, or None when the text does not say it."""

_DEPTH = 8


class UnansweredError(Exception):
    """The schema demands a value that the text does not give, and allows no null."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


def fill(schema: Mapping[str, Any], read: Read) -> dict[str, Any]:
    """Return an object that fits the object `schema`.

    Raises:
        UnansweredError: a required field has no answer and may not be null.
    """
    return _object(schema, schema, read, 0)


def fields_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the schema's fields."""
    properties = schema.get("properties")
    return tuple(properties) if isinstance(properties, Mapping) else ()


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], read: Read, depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    filled: dict[str, Any] = {}
    for name, inner in (schema.get("properties") or {}).items():
        try:
            filled[name] = _value(name, inner, root, read, depth + 1)
        except UnansweredError:
            if name in required:
                raise
    return filled


def _value(name: str, schema: Mapping[str, Any], root: Mapping[str, Any], read: Read, depth: int) -> Any:
    if depth > _DEPTH:
        raise UnansweredError(name)
    schema = _follow(schema, root)
    choices = [_follow(inner, root) for inner in schema.get("anyOf", schema.get("oneOf", ()))]
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    may_be_null = "null" in kinds or any(inner.get("type") == "null" for inner in choices)
    for inner in (inner for inner in choices if inner.get("type") != "null"):
        try:
            return _value(name, inner, root, read, depth + 1)
        except UnansweredError:
            continue
    if "const" in schema:
        return schema["const"]
    if "object" in kinds:
        return _object(schema, root, read, depth)
    value = _fit(read(name, schema), kinds, schema)
    if value is None and "array" in kinds:
        return []
    if value is None and not may_be_null:
        raise UnansweredError(name)
    return value


def _follow(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    target = schema.get("$ref")
    if not isinstance(target, str) or not target.startswith("#/"):
        return schema
    found: Any = root
    for step in target[2:].split("/"):
        found = found.get(step, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _fit(value: Any, kinds: list[str], schema: Mapping[str, Any]) -> Any:
    """Return `value` as one of `kinds`, or None when it does not fit."""
    if value is None:
        return None
    if "enum" in schema:
        return _enum(value, schema["enum"])
    if not kinds or ("boolean" in kinds and isinstance(value, bool)):
        return value
    if "array" in kinds:
        return value if isinstance(value, list) else [value]
    if "integer" in kinds or "number" in kinds:
        return _as_number(value, whole="number" not in kinds)
    if "string" in kinds and not isinstance(value, bool):
        return str(value)
    return None


def _enum(value: Any, choices: list[Any]) -> Any:
    if value in choices:
        return value
    yes_no = {True: ("yes", "예", "있음", "true"), False: ("no", "아니요", "없음", "false")}
    words = yes_no[value] if isinstance(value, bool) else (str(value).casefold(),)
    return next((choice for choice in choices if str(choice).casefold() in words), None)


def _as_number(value: Any, *, whole: bool) -> int | float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value).replace(",", "").split()[0])
    except (ValueError, IndexError):
        return None
    if number.is_integer():
        return int(number)
    return None if whole else number
