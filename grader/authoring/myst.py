"""The MyST Markdown notebook format: text to blocks and back, exactly as Jupytext does it.

Knows the format's grammar (markdown-it with the plugins Jupytext uses) and what the format cannot
carry; must not know sheets, roles or files. Jupytext itself takes about a second to import, which
is the whole budget of a course check, so the grammar stands here and the tests hold it to
Jupytext's own reader and writer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

from grader.authoring.myst_metadata import dump_yaml, load_json, load_yaml, split_options
from grader.errors import Problem

CODE_DIRECTIVE = "{code-cell}"
RAW_DIRECTIVE = "{raw-cell}"
LEXER = "ipython3"

_BAD_CHARACTER = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
)
"""What editors do not show and the format does not carry: Jupytext refuses the file, or takes the
character for a line end."""

_CELL_OPENING = re.compile(
    r"^ {0,3}(?:\+[+ \t]*\+[+ \t]*\+[+ \t]*\{|(?:`{3,}|~{3,})\{(?:code|raw)-cell\})", re.MULTILINE
)


class BlockKind(StrEnum):
    """A block becomes a notebook cell of the same kind."""

    MARKDOWN = "markdown"
    CODE = "code"
    RAW = "raw"


@dataclass(frozen=True)
class Block:
    """One cell as it stands in the text."""

    kind: BlockKind
    source: str
    metadata: Mapping[str, Any]
    start_line: int
    """1-based line at which the block opens: its `+++` or fence, or its text if it has neither."""
    source_line: int
    """1-based line of the first source line."""
    sound: bool = True
    """False if the metadata could not be read; then they are empty."""


@dataclass
class MystText:
    """What was read, and what is wrong with it."""

    front: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@cache
def _parser() -> MarkdownIt:
    # Jupytext's parser; it adds a plugin for inline roles, which block parsing never reaches.
    md = MarkdownIt("commonmark").enable("table").use(front_matter_plugin).use(myst_block_plugin)
    return md.disable("inline", True)


def _top_level(text: str) -> list[Token]:
    """Return the tokens that open a block at the root; what is nested in lists or quotes is text."""
    tokens, level = [], 0
    for token in _parser().parse(text + "\n"):
        level += token.nesting
        if level == 0:
            tokens.append(token)
    return tokens


def read_myst(text: str, path: str) -> MystText:
    """Read all blocks; every problem is listed and every readable block kept."""
    found = MystText()
    text = _clean(text, path, found.problems)
    lines = text.split("\n")
    reader = _Reader(path, lines, found)
    tokens = _top_level(text)
    reader.read_front_matter(tokens)
    for token in tokens:
        if token.type == "fence" and token.info.startswith(CODE_DIRECTIVE):
            reader.read_fence(token, BlockKind.CODE)
        elif token.type == "fence" and token.info.startswith(RAW_DIRECTIVE):
            reader.read_fence(token, BlockKind.RAW)
        elif token.type == "myst_block_break":
            reader.read_break(token)
    reader.flush(len(lines))
    return found


def _clean(text: str, path: str, problems: list[Problem]) -> str:
    """Normalise line ends, and report and remove characters that the format loses."""
    text = text.replace("\r\n", "\n")
    if text.startswith("\ufeff"):
        text = text[1:]
        problems.append(
            Problem(path, 1, "byte-order-mark", "the file starts with a byte order mark",
                    "save it as UTF-8 without BOM")
        )  # fmt: skip
    for number, line in enumerate(re.split("\n", text), start=1):
        for match in _BAD_CHARACTER.finditer(line):
            name = f"U+{ord(match.group()):04X}"
            problems.append(
                Problem(path, number, "control-character", f"the line holds the invisible character {name}",
                        "remove it, or write it as an escape such as \\u2028 in code")
            )  # fmt: skip
    return _BAD_CHARACTER.sub(" ", text)


class _Reader:
    """Walks the tokens of one text; mirrors Jupytext's reader and remembers lines."""

    def __init__(self, path: str, lines: list[str], found: MystText) -> None:
        self.path = path
        self.lines = lines
        self.found = found
        self.start = 0
        """0-based line at which pending Markdown begins."""
        self.pending: tuple[int, dict[str, Any], bool] | None = None
        """Line, metadata and soundness of the `+++` above the pending Markdown."""

    def report(self, line: int, code: str, message: str, hint: str) -> None:
        self.found.problems.append(Problem(self.path, line, code, message, hint))

    def read_front_matter(self, tokens: list[Token]) -> None:
        if not tokens or tokens[0].type != "front_matter":
            self.report(
                1, "front-matter-missing", "the file has no front matter",
                "start it with the lines `---`, the jupytext and kernelspec keys, `---`",
            )  # fmt: skip
            return
        token = tokens[0]
        self.start = _span(token)[1]
        try:
            self.found.front = load_yaml(token.content)
        except ValueError as error:
            self.report(
                1, "front-matter-broken", f"the front matter cannot be read: {error}",
                "copy the front matter of another sheet",
            )  # fmt: skip
            return
        self._check_front_matter()

    def _check_front_matter(self) -> None:
        jupytext = self.found.front.get("jupytext")
        jupytext = jupytext if isinstance(jupytext, dict) else {}
        representation = jupytext.get("text_representation")
        name = representation.get("format_name") if isinstance(representation, dict) else None
        if name != "myst":
            self.report(
                1, "front-matter-format", "the front matter does not say that this is a MyST notebook",
                "set jupytext.text_representation.format_name to myst",
            )  # fmt: skip
        if "cell_metadata_filter" in jupytext:
            self.report(
                1, "front-matter-filter", "a cell metadata filter makes JupyterLab drop cell metadata",
                "remove jupytext.cell_metadata_filter from the front matter",
            )  # fmt: skip

    def flush(self, end: int) -> None:
        """End the pending Markdown before line `end` (0-based, exclusive)."""
        begin = self.start
        while begin < end and not self.lines[begin].strip():
            begin += 1
        source = "\n".join(self.lines[begin:end]).rstrip()
        line, metadata, sound = self.pending or (begin + 1, {}, True)
        if source:
            block = Block(BlockKind.MARKDOWN, source, metadata, line, begin + 1, sound)
            self.found.blocks.append(block)
            self._check_markdown(block)
        elif self.pending is not None:
            self.report(
                line, "cell-empty", "this cell has no text, so saving the notebook drops it",
                "write its text, or remove its `+++` line",
            )  # fmt: skip
        self.pending = None

    def _check_markdown(self, block: Block) -> None:
        if not is_closed_markdown(block.source):
            self.report(
                block.source_line, "markdown-unclosed",
                "a code fence, comment or HTML block is not closed and swallows the cells after it",
                "close it within the cell",
            )  # fmt: skip
        self._check_any(block)

    def _check_any(self, block: Block) -> None:
        opening = _CELL_OPENING.search(block.source)
        if opening:
            # An open fence can be closed by the fence of a cell it swallowed: then all looks well.
            self.report(
                block.source_line + block.source.count("\n", 0, opening.start()), "cell-swallowed",
                "this line opens a cell, but stands within the text of the cell above",
                "close the code fence above it; to show such a line, indent it by four spaces",
            )  # fmt: skip
        # White space around a cell is not content; before its first word it could be.
        if block.source.lstrip("\n")[:1].isspace():
            self.report(
                block.source_line, "cell-indented", "the cell starts with white space, which is not kept",
                "start the cell at the margin",
            )  # fmt: skip

    def read_break(self, token: Token) -> None:
        first, end = _span(token)
        self.flush(first)
        metadata, sound = self._metadata(first + 1, token.content, load_json)
        self.pending = (first + 1, metadata, sound)
        self.start = end

    def _metadata(self, line: int, text: str, load: Any) -> tuple[dict[str, Any], bool]:
        try:
            return load(text), True
        except ValueError as error:
            hint = (
                'after `+++` stands one JSON object, e.g. +++ {"medai": {"id": "intro", "lang": "ko"}}; '
                "a line of Markdown text cannot start with +++"
                if load is load_json
                else "between the `---` lines stands YAML, e.g. `medai:` and, indented, `id: bmi`"
            )
            self.report(line, "metadata-broken", f"the cell's metadata cannot be read: {error}", hint)
            return {}, False

    def read_fence(self, token: Token, kind: BlockKind) -> None:
        first, end = _span(token)
        self.flush(first)
        metadata_text, body, body_offset = split_options(token.content)
        metadata, sound = self._metadata(first + 2, metadata_text, load_yaml)
        block = Block(kind, "\n".join(body), metadata, first + 1, first + 2 + body_offset, sound)
        self.found.blocks.append(block)
        self._check_any(block)
        if not _is_closed_fence(token, self.lines):
            self.report(
                first + 1, "fence-unclosed", "this code cell is not closed and swallows what follows",
                f"end it with a line {token.markup}",
            )  # fmt: skip
        elif has_fence_trap(block.source):
            self.report(
                block.source_line, "fence-in-code",
                "an indented line of backticks in this cell would end it when JupyterLab saves",
                "indent the backticks by four spaces or more, or not at all",
            )  # fmt: skip
        self.start = end


def _span(token: Token) -> tuple[int, int]:
    """Return the token's 0-based first line and the line after it; every block token has them."""
    first, end = token.map or (0, 0)
    return first, end


def _is_closed_fence(token: Token, lines: list[str]) -> bool:
    first, end = _span(token)
    last = lines[end - 1].strip() if end <= len(lines) else ""
    return end - 1 > first and len(last) >= len(token.markup) and set(last) == {token.markup[0]}


def is_closed_markdown(source: str) -> bool:
    """Return whether a block that follows `source` is still seen as a block of its own.

    False for unclosed fences and HTML, and for text that itself holds a top-level `+++` or cell.
    """
    tokens = _top_level(f"+++\n\n{source}\n\n+++\n")
    breaks = [token for token in tokens if token.type == "myst_block_break"]
    cells = [t for t in tokens if t.type == "fence" and t.info.startswith((CODE_DIRECTIVE, RAW_DIRECTIVE))]
    return len(breaks) == 2 and not cells


def fence_for(source: str) -> str:
    """Return the fence that Jupytext would put around `source`."""
    fence = "```"
    for line in source.split("\n"):
        if line.startswith(fence):
            fence = "`" * (len(line) - len(line.lstrip("`")) + 1)
    return fence


def has_fence_trap(source: str) -> bool:
    """Return whether a slightly indented backtick line would close the fence that Jupytext writes."""
    fence = re.escape(fence_for(source))
    return re.search(rf"^ {{1,3}}{fence}`*[ \t]*$", source, re.MULTILINE) is not None


def write_myst(front: Mapping[str, Any], blocks: list[Block]) -> str:
    """Write blocks as Jupytext does; every block must have metadata, Markdown blocks a text."""
    text = f"---\n{dump_yaml(front)}---\n"
    for block in blocks:
        if block.kind is BlockKind.MARKDOWN:
            text += f"\n+++ {json.dumps(block.metadata)}\n\n{block.source}\n"
        else:
            fence = fence_for(block.source)
            body = block.source + "\n" if not block.source.endswith("\n") else block.source
            options = f"---\n{dump_yaml(block.metadata)}---\n"
            text += f"\n{fence}{CODE_DIRECTIVE} {LEXER}\n{options}{body}{fence}\n"
    return text
