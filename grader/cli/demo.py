"""The `medai demo` command: play the loop, print a summary, serve site and feedback."""

from __future__ import annotations

import html
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from grader.cli.options import json_option, root_option
from grader.cli.progress import count_people
from grader.wire import open_course, write_assignments, write_file

if TYPE_CHECKING:
    from grader.demo.play import Played


@click.command("demo")
@click.option("--once", is_flag=True, help="Stop after the summary instead of serving.")
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
@root_option
@json_option
def demo_command(once: bool, port: int, root: Path | None, as_json: bool) -> None:
    """Play the whole loop with a fictional cohort of 24, then serve site and feedback."""
    from grader.demo.play import demo_folder, play
    from grader.site.build import build_site
    from grader.site.serve import serve

    workspace, course = open_course(root)
    write_assignments(workspace, course)
    build_site(workspace.root, workspace.site)
    summary = play(workspace, course, count_people)
    feedback = demo_folder(workspace) / "nbgrader" / "feedback"
    write_file(feedback / "index.html", _index_page(summary).encode())
    if as_json:
        click.echo(json.dumps([asdict(line) for line in summary], ensure_ascii=False, indent=1))
    else:
        click.echo(_table(summary))
        click.echo(f"\ngrades    {demo_folder(workspace) / 'grades.csv'}\nfeedback  {feedback}")
    if not once:
        click.echo(
            f"\nsite      http://127.0.0.1:{port}/\nfeedback  http://127.0.0.1:{port}/feedback/", err=True
        )
        click.echo("Ctrl-C stops.", err=True)
        serve({"": workspace.site, "feedback": feedback}, port=port)


def _table(summary: list[Played]) -> str:
    """Return the summary as a table that also lines up with Korean text in it."""
    head = ("trainee", "name", "site", "lang", "assignment", "handed in", "collected", "graded", "score")
    lines = [
        (
            line.trainee,
            line.name,
            line.site,
            line.language,
            line.assignment,
            str(line.behaviour),
            line.collected,
            line.graded,
            "" if line.score is None else f"{line.score:g}/{line.max_score:g}",
        )
        for line in summary
    ]
    widths = [max(_width(row[column]) for row in (head, *lines)) for column in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "  ".join(
            text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in (head, rule, *lines)
    )


def _width(text: str) -> int:
    """Return how many columns a terminal needs for `text`."""
    from wcwidth import wcswidth

    return max(0, wcswidth(text))


def _index_page(summary: list[Played]) -> str:
    """Return a plain page that links to every feedback page of the demo."""
    items = "\n".join(
        f'<li><a href="{quote(line.feedback)}">{html.escape(line.trainee)} · {html.escape(line.name)}</a> – '
        f"{html.escape(line.assignment)} ({line.behaviour})</li>"
        for line in summary
        if line.feedback
    )
    return (
        '<!doctype html><html lang="ko"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>결과 페이지 · Feedback</title></head>'
        f"<body><main><h1>결과 페이지 · Feedback</h1><ul>{items}</ul></main></body></html>"
    )
