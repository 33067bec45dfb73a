"""Commands for authors: check, translated, schemas, try. Knows rooms' functions and click, nothing deeper."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import json_option, root_option
from grader.errors import ExitCode, Problem
from grader.wire import find_assignment, job_runner, open_course, open_workspace

if TYPE_CHECKING:
    from grader.model.content import AssignmentContent
    from grader.ports import RunJobs


def print_problems(problems: list[Problem], as_json: bool) -> None:
    """Print problems to stdout, a count to stderr."""
    if as_json:
        click.echo(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=1))
    else:
        for problem in problems:
            click.echo(str(problem))
        noun = "problem" if len(problems) == 1 else "problems"
        click.echo(f"{len(problems)} {noun} found" if problems else "no problems found", err=True)


@click.command("check")
@root_option
@json_option
def check_command(root: Path | None, as_json: bool) -> None:
    """Find every problem in the course's content, all at once."""
    from grader.manifest.check import check_course

    problems = check_course(open_workspace(root).root, datetime.now(UTC).date())
    print_problems(problems, as_json)
    sys.exit(int(ExitCode.PROBLEMS if problems else ExitCode.FINE))


@click.command("translated")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def translated_command(files: tuple[Path, ...]) -> None:
    """Note that the English in FILES follows the Korean as it is now.

    FILES are English pages (*.en.md, docs/en/*.md) or sheets (sheet.md, practice.md).
    """
    from grader.manifest.translations import refresh_file

    for file in files:
        changed = refresh_file(file.resolve())
        click.echo(f"{'updated' if changed else 'unchanged'}  {file}", err=True)


@click.command("schemas")
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@root_option
def schemas_command(directory: Path | None, root: Path | None) -> None:
    """Write JSON Schemas of the course's YAML files, for editors."""
    from grader.manifest.schema import write_schemas

    for path in write_schemas(directory or open_workspace(root).build / "schemas"):
        click.echo(path)


@click.command("try")
@click.argument("assignments", nargs=-1)
@root_option
@json_option
def try_command(assignments: tuple[str, ...], root: Path | None, as_json: bool) -> None:
    """Test the tests of ASSIGNMENTS (all when none is named), in the sandbox."""
    workspace, course = open_course(root)
    chosen = [find_assignment(course, name) for name in assignments or course.assignments]
    run_jobs = job_runner(workspace, course)
    problems = [problem for content in chosen for problem in try_assignment(content, run_jobs)]
    print_problems(problems, as_json)
    sys.exit(int(ExitCode.PROBLEMS if problems else ExitCode.FINE))


def try_assignment(content: AssignmentContent, run_jobs: RunJobs) -> list[Problem]:
    """Run every trial of one assignment, with a progress bar, and return what does not hold."""
    from tqdm import tqdm

    from grader.authoring.trials import judge_trials, plan_trials

    trials = plan_trials(content)
    jobs = {trial.job.digest: trial.job for trial in trials}
    bar = tqdm(
        run_jobs(jobs.values()), total=len(jobs), desc=content.assignment.id, unit="run", file=sys.stderr
    )
    outcomes = {outcome.job_digest: outcome for outcome in bar}
    return judge_trials(content, trials, outcomes)
