"""Commands that the docs tell people to type exist, with the options that are written there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from grader.cli.main import cli

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("docs/*/**/*.md"), *ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md"])
FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`(medai [^`\n]+|python benchmarks/[^`\n]+)`")


def commands_of(page: Path) -> Iterator[list[str]]:
    text = page.read_text(encoding="utf-8")
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    for line in [*lines, *SPAN.findall(text)]:
        words = shlex.split(line, comments=True)
        if words[:1] in (["medai"], ["python"]):
            yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_page_exist(page: Path) -> None:
    """Each command is there and takes each option; scripts are files."""
    context = click.Context(cli)
    for words in commands_of(page):
        if words[0] == "python":
            assert (ROOT / words[1]).is_file(), words
            continue
        command = cli.get_command(context, words[1])
        assert command is not None, f"there is no `medai {words[1]}`"
        if isinstance(command, click.Group) and len(words) > 2:
            command = command.get_command(context, words[2])
            assert command is not None, f"there is no `medai {words[1]} {words[2]}`"
        known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
        used = {word.partition("=")[0] for word in words[2:] if word.startswith("--")}
        assert used <= known, f"`medai {words[1]}` has no {used - known}"


def test_commands_are_found_at_all() -> None:
    """The guide for graders names the commands of the whole way."""
    found = {words[1] for words in commands_of(ROOT / "docs" / "ko" / "guide" / "grader.md")}
    assert {"collect", "grade", "regrade", "feedback", "formgrade", "export"} <= found
