"""Entry point of `medai`: the list of commands, and how errors end a run.

Knows click and the commands' modules by name; loads a command's module only when it is used, so that
`medai --help` is quick.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from grader.errors import ExitCode, GraderError

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("content", "find every problem in the course's content"),
    "translated": ("content", "note that English texts follow the Korean again"),
    "schemas": ("content", "write JSON Schemas for editors"),
    "try": ("content", "test the tests of every assignment"),
    "build": ("publish", "build assignments, releases and site"),
    "serve": ("serve", "serve site and portal: hand-ins, receipts, marking"),
    "lab": ("publish", "open the course in JupyterLab"),
    "release": ("grade", "release an assignment to trainees and gradebook"),
    "collect": ("elsewhere", "take handed-in work from an inbox, Moodle, Canvas or folders"),
    "grade": ("grade", "grade collected work in the sandbox"),
    "regrade": ("regrade", "grade again by corrected tests: preview, decide, log"),
    "feedback": ("grade", "write feedback pages"),
    "export": ("grade", "export grades as CSV"),
    "return": ("elsewhere", "write grades into Moodle's or Canvas's own file"),
    "formgrade": ("grade", "grade written answers in nbgrader's formgrader"),
    "people": ("people", "the portal's people: roster, invitations, operators"),
    "portal": ("portal", "back up, restore, check and clean up the portal's data"),
    "receipt": ("receipt", "check receipts of hand-ins; needs no portal"),
    "model": ("model", "serve the practice model, or record replies of your own"),
    "spool": ("spool", "hand-ins that wait on this machine: connect, look, send"),
    "demo": ("demo", "the whole loop with a fictional cohort"),
}
"""Command → module of this room that holds a function of the same name (`_` for what Python reserves)."""


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"grader.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands from the table above, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="medai-course")
def cli() -> None:
    """Publish and grade a bilingual course.

    Data go to stdout, messages to stderr. Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 this
    machine lacks something.
    """


def main(args: list[str] | None = None, **extra: Any) -> None:
    """Run the command line; a GraderError becomes its message, its hint and its exit code."""
    try:
        code = cli.main(args=args, standalone_mode=False, **extra)
    except GraderError as error:
        click.echo(f"medai: {error}", err=True)
        sys.exit(int(error.exit_code))
    except click.ClickException as error:
        error.show()
        sys.exit(int(ExitCode.USAGE))
    except (click.Abort, KeyboardInterrupt):
        click.echo("medai: stopped; what was finished is kept", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our stdout left (`medai check | head`): that is no fault.
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
