"""What pydantic found wrong becomes problems in plain words, on the right line.

Knows pydantic's error types and the YAML positions; must not know single files of the course.
"""

from __future__ import annotations

import difflib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from grader.errors import Problem
from grader.manifest.yamltext import Document, YamlPath

T = TypeVar("T", bound=BaseModel)

_LANGUAGES = {"ko": "Korean", "en": "English"}

_TYPES = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a date such as 2026-05-15",
    "datetime": "a time such as 2026-05-15T18:00:00+09:00",
    "tuple": "a list (lines that start with `- `)",
    "list": "a list (lines that start with `- `)",
    "dict": "a mapping (`key: value`)",
    "model": "a mapping (`key: value`)",
}

_LIMITS = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "string_too_short": ("min_length", "is empty or too short (at least {} characters)"),
    "string_too_long": ("max_length", "is too long (at most {} characters)"),
    "too_short": ("min_length", "has too few entries (at least {})"),
    "too_long": ("max_length", "has too many entries (at most {})"),
}


def validate(model: type[T], document: Document) -> tuple[T | None, list[Problem]]:
    """Return `document` as `model`, or None and everything that keeps it from being one."""
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        return None, explain(error, model, document)


def explain(error: ValidationError, model: type[BaseModel], document: Document) -> list[Problem]:
    """Return one problem for each thing wrong, in the order of the file."""
    problems: dict[tuple[YamlPath, str], Problem] = {}
    for item in error.errors(include_url=False):
        if _is_echo(dict(item), document):
            continue
        where = _locate(item["loc"], document)
        problem = _problem(dict(item), where, model, document)
        missing = item["loc"][-1:] if item["type"] == "missing" else ()
        problems.setdefault(((*where, *missing), problem.code), problem)
    return sorted(problems.values())


def _is_echo(item: dict[str, Any], document: Document) -> bool:
    """Whether pydantic only repeats another finding.

    Of a union it reports every branch: a mapping that is nearly a text in two languages is also
    "not a string". And a list whose entries are wrong is also "too short".
    """
    value = _value(document, _locate(item["loc"], document))
    if item["type"] == "too_short":
        return isinstance(value, list) and len(value) >= item["ctx"]["min_length"]
    in_a_branch = len(item["loc"]) > len(_locate(item["loc"], document)) and item["type"] != "missing"
    return in_a_branch and isinstance(value, dict) and item["type"].endswith("_type")


def _locate(loc: tuple[int | str, ...], document: Document) -> YamlPath:
    """Return the path in the file that `loc` means.

    `loc` may hold missing keys, names of union branches and marks such as `[key]`, which stand in
    no file.
    """
    where: YamlPath = ()
    for part in loc:
        if (*where, part) in document.spans:
            where = (*where, part)
    return where


def _problem(item: dict[str, Any], where: YamlPath, model: type[BaseModel], document: Document) -> Problem:
    kind, place = item["type"], _name(where)
    line = document.line(*where)
    if kind == "missing":
        return _missing(str(item["loc"][-1]), where, document, line)
    if kind == "extra_forbidden":
        return _unknown_key(where, model, document, line)
    is_empty = item.get("input") is None and kind.endswith("_type")
    if where and where[-1] in _LANGUAGES and (is_empty or kind == "string_too_short"):
        language = _LANGUAGES[str(where[-1])]
        message = f"{_name(where[:-1])} has no {language} text"
        hint = f"Write the {language} text; every text exists in both languages."
        return Problem(document.path, line, "missing-language", message, hint)
    if is_empty:
        hint = f"Write {_wanted(item)} there."
        return Problem(document.path, line, "missing-value", f"{place} is empty", hint)
    message, hint = _sentence(item, place)
    code = "wrong-type" if kind.endswith(("_type", "_parsing")) else "invalid-value"
    return Problem(document.path, line, code, message, hint)


def _missing(key: str, where: YamlPath, document: Document, line: int) -> Problem:
    here = _value(document, where)
    if key in _LANGUAGES and isinstance(here, dict) and set(here) <= set(_LANGUAGES):
        language = _LANGUAGES[key]
        return Problem(
            document.path,
            line,
            "missing-language",
            f"{_name(where)} has no {language} text (`{key}`)",
            f"Add `{key}: …`; every text exists in both languages.",
        )
    inside = f" in {_name(where)}" if where else ""
    return Problem(document.path, line, "missing-key", f"`{key}` is missing{inside}", f"Add `{key}: …` here.")


def _unknown_key(where: YamlPath, model: type[BaseModel], document: Document, line: int) -> Problem:
    key, allowed = str(where[-1]), _allowed_keys(model, where[:-1])
    close = difflib.get_close_matches(key, allowed, n=1)
    inside = f" in {_name(where[:-1])}" if where[:-1] else ""
    if close:
        hint = f"Did you mean `{close[0]}`? Otherwise remove it."
    elif set(allowed) == set(_LANGUAGES):
        hint = "Keep only `ko` and `en`; a text that holds a comma goes in quotes."
    else:
        hint = "Remove it" + (f", or use one of: {', '.join(allowed)}." if allowed else ".")
    return Problem(document.path, line, "unknown-key", f"the key `{key}` is not known{inside}", hint)


def _sentence(item: dict[str, Any], place: str) -> tuple[str, str]:
    kind, context, given = item["type"], item.get("ctx", {}), item.get("input")
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"{place} {words.format(context[key])}", "Change it accordingly."
    if kind == "string_pattern_mismatch":
        if context["pattern"].startswith("^[a-z0-9]+(-"):
            return (
                f"{place} is `{given}`, which cannot be an id",
                "Use lower-case letters, digits and single hyphens, e.g. `blood-pressure`.",
            )
        return f"{place} is `{given}`, which does not match {context['pattern']}", "Change it accordingly."
    if kind == "enum":
        close = difflib.get_close_matches(str(given), str(context["expected"]).replace("'", "").split(), n=1)
        hint = f"Did you mean `{close[0].strip(',')}`?" if close else "Use one of these."
        return f"{place} is `{given}`, but must be {context['expected']}", hint
    if kind == "value_error":
        return f"{place}: {context['error']}", "Correct the values named here."
    if kind.endswith(("_type", "_parsing", "_from_datetime_parsing", "_from_datetime_inexact")):
        wanted = _wanted(item)
        hint = f"Write {wanted} there."
        if kind == "string_type" and isinstance(given, bool):
            hint = "Put it in quotes: YAML reads yes, no, on and off as true or false."
        elif kind == "string_type" and not isinstance(given, dict | list):
            hint = f'Put it in quotes: "{given}".'
        return f"{place} must be {wanted}, but is {_shown(given)}", hint
    return f"{place}: {item['msg']}", "Change it accordingly."


def _wanted(item: dict[str, Any]) -> str:
    if item.get("ctx", {}).get("class_name") == "LocalText":
        return "a text in both languages (`{ko: …, en: …}`)"
    return _TYPES.get(item["type"].split("_")[0], "a value of another kind")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _name(where: YamlPath) -> str:
    """Say where: `questions 2 › prompt › ko`, counting from 1 as people do."""
    words: list[str] = []
    for part in where:
        if isinstance(part, int) and words:
            words[-1] += f".{part + 1}" if words[-1][-1].isdigit() else f" {part + 1}"
        else:
            words.append(str(part))
    return " › ".join(words) if words else "the file"


def _value(document: Document, where: YamlPath) -> Any:
    value = document.value
    for part in where:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _allowed_keys(model: type[BaseModel], where: YamlPath) -> list[str]:
    """Return the keys that `model` knows at `where`; found in its JSON Schema, so only for hints."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    node = schema
    for part in where:
        node = _child(node, part)
        while "$ref" in node:
            node = definitions[node["$ref"].rsplit("/", 1)[-1]]
        for option in node.get("anyOf", []):
            if "$ref" in option:
                node = definitions[option["$ref"].rsplit("/", 1)[-1]]
                break
    return sorted(node.get("properties", {}))


def _child(node: dict[str, Any], part: str | int) -> dict[str, Any]:
    if isinstance(part, str):
        child = node.get("properties", {}).get(part) or node.get("additionalProperties")
    elif part < len(node.get("prefixItems", ())):
        child = node["prefixItems"][part]
    else:
        child = node.get("items")
    return child if isinstance(child, dict) else {}
