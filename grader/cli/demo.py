"""The `medai demo` command: play the loop, print a summary, serve the portal."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import json_option, root_option
from grader.cli.progress import count_people
from grader.wire import open_course, write_assignments

if TYPE_CHECKING:
    from grader.demo.play import Played
    from grader.model.content import Course
    from grader.wire import Workspace


@click.command("demo")
@click.option("--once", is_flag=True, help="Stop after the summary instead of serving.")
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
@root_option
@json_option
def demo_command(once: bool, port: int, root: Path | None, as_json: bool) -> None:
    """Play the whole loop with a fictional cohort of 24 in a portal, then serve that portal."""
    from grader.demo.play import demo_settings, play
    from grader.site.build import build_site

    workspace, course = open_course(root)
    write_assignments(workspace, course)
    build_site(workspace.root, workspace.site)
    summary = play(workspace, course, count_people)
    folder = demo_settings(workspace).data
    if as_json:
        click.echo(json.dumps([asdict(line) for line in summary], ensure_ascii=False, indent=1))
    else:
        click.echo(_table(summary))
        click.echo(f"\ngrades    {folder / 'grades.csv'}\nfeedback  {folder / 'course' / 'feedback'}")
    if not once:
        _serve(workspace, course, summary, port)


def _serve(workspace: Workspace, course: Course, summary: list[Played], port: int) -> None:
    """Serve the portal that the cohort used; its people are fictional, so anyone here may be any of them."""
    from grader.demo.play import PASSWORD, STAFF, demo_settings
    from grader.portal.serve import Listening, open_portal, serve_portal
    from grader.portal.worker import Worker

    def tell(address: str) -> None:
        users = [summary[0].trainee, *(person.id for person in STAFF)]
        click.echo(
            f"\nportal    {address}/sign-in\n"
            f"site      {address}/\n"
            f"sign in   as {', '.join(users)}\n"
            f"password  {PASSWORD}\n"
            "Ctrl-C stops.",
            err=True,
        )

    listening = Listening(port=port)
    with open_portal(workspace, course, demo_settings(workspace, listening.address)) as portal:
        serve_portal(portal, listening, companions=[Worker(portal)], on_open=tell)


def _table(summary: list[Played]) -> str:
    """Return the summary as a table that also lines up with Korean text in it."""
    head = ("trainee", "name", "site", "lang", "assignment", "behaviour", "handed in", "graded", "score")
    lines = [
        (
            line.trainee,
            line.name,
            line.site,
            line.language,
            line.assignment,
            str(line.behaviour),
            line.handed_in,
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
