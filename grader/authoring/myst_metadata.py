"""Metadata in MyST Markdown: YAML at the top of a code cell, JSON behind `+++`.

Knows the two notations and why a text is neither; must not know blocks or sheets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import yaml

_YAML_END = re.compile(r"^-{3,}", re.MULTILINE)


class _UniqueKeys:
    """Makes a YAML loader refuse a mapping that says the same key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        _refuse_repeated(keys)
        return super().construct_mapping(node, deep)  # type: ignore[misc]


class _StrictLoader(_UniqueKeys, yaml.SafeLoader):
    """The loader that Jupytext uses."""


_CSafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _FastLoader(_UniqueKeys, _CSafeLoader):  # type: ignore[misc]
    """The same in C: ten times as fast, but it accepts tabs where the other does not."""


def _refuse_repeated(keys: list[str]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key `{key}` stands twice")


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_repeated([key for key, _ in pairs])
    return dict(pairs)


def load_yaml(text: str) -> dict[str, Any]:
    """Load a YAML mapping; raises ValueError with a one-line reason."""
    try:
        value = yaml.load(text, Loader=_StrictLoader if "\t" in text else _FastLoader)  # noqa: S506 (safe ones)
    except yaml.MarkedYAMLError as error:
        where = f" (line {error.problem_mark.line + 1} of the block)" if error.problem_mark else ""
        raise ValueError(f"{error.problem or error.context}{where}") from None
    except (yaml.YAMLError, TypeError, RecursionError, ArithmeticError, LookupError) as error:
        raise ValueError(str(error).split("\n")[0] or type(error).__name__) from None
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError("is not a mapping of names to values")
    return value


def load_json(text: str) -> dict[str, Any]:
    """Load a JSON object; raises ValueError with a one-line reason."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text, object_pairs_hook=_unique_pairs)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} (column {error.colno})") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError('is not an object like {"medai": {…}}')
    return value


def split_options(content: str) -> tuple[str, list[str], int]:
    """Split a fence's content into metadata YAML, source lines and the source's line offset.

    Metadata stand between `---` lines or as `:name: value` lines, and may be missing.
    """
    lines = content.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    if content.startswith("---"):
        rest = "\n".join(lines[1:])
        match = _YAML_END.search(rest)
        if match is None:
            return dedent(rest), [], len(lines)
        options = rest[: match.start()]
        offset = options.count("\n") + 2
        # As Jupytext: what stands behind longer dashes than three would be source.
        body = rest[match.end() + 1 :].split("\n") if match.end() + 1 <= len(rest) else []
        options = dedent(options)
    elif content.lstrip().startswith(":"):
        count = 0
        while count < len(lines) and lines[count].lstrip().startswith(":"):
            count += 1
        options = "\n".join(line.lstrip()[1:] for line in lines[:count])
        body, offset = lines[count:], count
    else:
        options, body, offset = "", lines, 0
    if body and not body[0].strip():
        body, offset = body[1:], offset + 1
    return options, body, offset


def dump_yaml(value: Mapping[str, Any]) -> str:
    """Write metadata as Jupytext does, one key per line."""
    text: str = yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, default_flow_style=False)
    return text
