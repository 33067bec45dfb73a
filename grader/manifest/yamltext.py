"""YAML text becomes plain values together with the line on which each of them stands.

Knows YAML and nothing of the course's shapes; must not touch files. PyYAML's own loaders forget
positions and let the last of two equal keys win silently, so the tree is built here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from grader.errors import Problem

YamlPath = tuple[str | int, ...]
"""Keys and 0-based list positions from the top of a document to a value."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENDLESS_NESTING = re.compile(r"(?:[\[{]\s*){100}|(?:[-?:] +){100}")
"""Would overflow the C stack of the parser, which ends the process without a word."""
_STRING_TAG = "tag:yaml.org,2002:str"
_MERGE_TAG = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Document:
    """A YAML file as read: its value, and where each part of it stands."""

    path: str
    """Relative to the course root, with forward slashes."""
    text: str
    value: Any
    spans: Mapping[YamlPath, tuple[int, int]]
    """Path → first and last 1-based line."""

    def line(self, *path: str | int) -> int:
        """Return the line of `path`, or of the nearest thing around it that exists."""
        return self.span(path)[0]

    def span(self, path: YamlPath) -> tuple[int, int]:
        """Return first and last line of `path`, or of the nearest thing around it that exists."""
        while path and path not in self.spans:
            path = path[:-1]
        return self.spans.get(path, (1, 1))

    def line_of(self, needle: str, path: YamlPath) -> int:
        """Return the line inside `path` that holds `needle`, or the line on which `path` begins.

        Long texts span lines; a finding should point at the word, not at the key above it.
        """
        first, last = self.span(path)
        lines = self.text.split("\n")
        for number in range(first, min(last, len(lines)) + 1):
            if needle and needle in lines[number - 1]:
                return number
        return first


def parse_yaml(text: str, path: str) -> tuple[Document | None, list[Problem]]:
    """Return the document, and everything wrong with `text` as YAML; None when nothing can be used."""
    if _ENDLESS_NESTING.search(text):
        return None, [
            Problem(path, 0, "broken-yaml", "the file is nested too deeply", "Remove the stray brackets.")
        ]
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        return None, [_broken(error, text, path)]
    if node is None:
        return None, [
            Problem(path, 0, "empty-file", "the file is empty", "Fill it in, or restore it from Git.")
        ]
    tree = _Tree(loader, path)
    value = tree.build(node, ())
    return Document(path, text, value, tree.spans), tree.problems


class _Tree:
    """Builds values from nodes and remembers where they stood."""

    def __init__(self, loader: Any, path: str) -> None:
        self.loader = loader
        self.path = path
        self.spans: dict[YamlPath, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def build(self, node: yaml.Node, at: YamlPath) -> Any:
        if at not in self.spans:
            self.spans[at] = _span(node, node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self.seen:  # an alias: could contain itself, or grow without end
            self._report(
                node, "broken-yaml", "an alias (`*name`) uses this again", "Write it out in each place."
            )
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        return [self.build(item, (*at, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, at: YamlPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in values:
                first = self.spans[(*at, key)][0]
                self._report(
                    key_node,
                    "duplicate-key",
                    f"`{key}` stands twice in the same place; the first is on line {first}",
                    "Keep one of them.",
                )
                continue
            self.spans[(*at, key)] = _span(key_node, value_node)
            values[key] = self.build(value_node, (*at, key))
        return values

    def _key(self, node: yaml.Node) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == _STRING_TAG:
            return str(node.value)
        if node.tag == _MERGE_TAG:
            self._report(
                node,
                "broken-yaml",
                "`<<` (merging mappings) is not supported",
                "Write the keys out in each place.",
            )
            return None
        if isinstance(node, yaml.ScalarNode):
            self._report(
                node,
                "key-not-text",
                f"the key `{node.value}` is read as {_kind(node)}, not as text",
                f'Put it in quotes: "{node.value}".',
            )
            return None
        self._report(node, "key-not-text", "a key must be one word of text", "Check the indentation here.")
        return None

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == _STRING_TAG:
            return node.value
        try:
            return self.loader.construct_object(node)
        except yaml.YAMLError:
            self._report(
                node,
                "broken-yaml",
                f"the tag `{node.tag}` is not supported",
                "Write plain text, numbers, lists and mappings only.",
            )
        except ValueError:  # e.g. a date such as 2026-13-40: the model says what it expects
            return node.value
        return None

    def _report(self, node: yaml.Node, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(self.path, node.start_mark.line + 1, code, message, hint))


def _span(start: yaml.Node, end: yaml.Node) -> tuple[int, int]:
    first = start.start_mark.line + 1
    last = end.end_mark.line + (1 if end.end_mark.column else 0)
    return first, max(first, last)


def _kind(node: yaml.Node) -> str:
    names = {"bool": "true or false", "int": "a number", "float": "a number", "null": "nothing"}
    names["timestamp"] = "a date"
    return names.get(node.tag.rsplit(":", 1)[-1], "something else")


def _broken(error: yaml.YAMLError, text: str, path: str) -> Problem:
    line, detail = 0, str(error)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if "flow" in str(error.context) or "end of stream" in str(error.problem):
            mark = error.context_mark or mark  # a quote or bracket never closed: show where it opens
        line = mark.line + 1 if mark else 0
        detail = ", ".join(part for part in (error.context, error.problem) if part)
    else:  # the reader met a character that YAML forbids; its position counts characters
        position = getattr(error, "position", None)
        if isinstance(position, int):
            line = text.count("\n", 0, position) + 1
        detail = "it holds a character that YAML does not allow (a control character?)"
    lines = text.split("\n")
    line = min(line, len(lines))
    while line > 1 and not lines[line - 1].strip():
        line -= 1  # noticed at the end of the file: the trouble is above
    source = lines[line - 1] if line else ""
    if "\t" in source[: len(source) - len(source.lstrip())]:
        return Problem(
            path,
            line,
            "broken-yaml",
            "a tab stands where YAML wants spaces",
            "Replace every tab by two spaces (editors: “convert indentation to spaces”).",
        )
    return Problem(path, line, "broken-yaml", f"this is not valid YAML: {detail}", _advice(detail, source))


def _advice(detail: str, source: str) -> str:
    if "mapping values are not allowed" in detail:
        return "Put the text in quotes if it holds a colon followed by a space, or check the indentation."
    if "cannot start any token" in detail:
        return 'Put the text in quotes: it starts with a character that YAML keeps for itself (` @ % " [ {).'
    if "single document" in detail:
        return "Keep one document per file: remove the `---` in the middle."
    if "undefined alias" in detail or source.lstrip().startswith("*"):
        return "Put text that starts with `*` or `&` in quotes."
    if "flow" in detail or "end of stream" in detail:
        return "Close the quote or bracket that opens here; text with commas or colons goes in quotes."
    return "Check the indentation and the quotes on this line and the line above."
