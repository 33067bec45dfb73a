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
from grader.wire import Workspace, find_assignment, job_runner, open_course, open_workspace, write_file

if TYPE_CHECKING:
    from grader.authoring.mutant_trials import MutantReport
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
@click.option("--mutants", is_flag=True, help="Also try the reference with small mistakes put into it.")
@root_option
@json_option
def try_command(assignments: tuple[str, ...], mutants: bool, root: Path | None, as_json: bool) -> None:
    """Test the tests of ASSIGNMENTS (all when none is named), in the sandbox.

    The reference must get full marks, the untouched release none, and each file in wrong/ must be caught by
    the tests it names.

    With --mutants, every line of the reference answers is also changed in small ways, one at a time: < turns
    into <=, 18 into 19, a line is left out. A change that no test cell notices survives. Tests must notice
    90 % of an assignment's mutants; survivors are listed with their line in sheet.md. For each, add the
    case in which it gives another answer than the reference. If there is no such case, the line is
    unnecessary, or the change makes no difference: leave it. A mutant that never ends counts as noticed.
    """
    workspace, course = open_course(root)
    chosen = [find_assignment(course, name) for name in assignments or course.assignments]
    run_jobs = job_runner(workspace, course)
    problems: list[Problem] = []
    reports: list[MutantReport] = []
    for content in chosen:
        found = try_assignment(content, run_jobs)
        if mutants:
            report, faults = run_mutants(content, run_jobs)
            found += faults
            reports += [report] if report else []
        problems += found
    if mutants:
        keep_reports(workspace, [content.assignment.id for content in chosen], reports)
        print_mutants(reports, problems, as_json)
    else:
        print_problems(problems, as_json)
    sys.exit(int(ExitCode.PROBLEMS if problems else ExitCode.FINE))


def keep_reports(workspace: Workspace, tried: list[str], reports: list[MutantReport]) -> None:
    """Write the figures into build/mutants.json, in place of older ones of the assignments `tried`.

    The table of modules in the docs takes them from there.
    """
    path = workspace.build / "mutants.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    figures = {name: figures for name, figures in kept.items() if name not in tried}
    figures |= {report.assignment: report.as_dict() for report in reports}
    write_file(path, (json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode())


def print_mutants(reports: list[MutantReport], problems: list[Problem], as_json: bool) -> None:
    """Print how many mutants were killed and which survived, and the problems of all trials."""
    if as_json:
        both = {
            "problems": [problem.as_dict() for problem in problems],
            "mutants": [report.as_dict() for report in reports],
        }
        click.echo(json.dumps(both, ensure_ascii=False, indent=1))
        return
    for report in reports:
        drawn = f", drawn from {report.made}" if report.made > report.tried else ""
        late = f", {report.timed_out} of them by running out of time" if report.timed_out else ""
        click.echo(
            f"{report.assignment}: {report.killed}/{report.tried} mutants killed ({report.percent:.1f} %)"
            f"{late}{drawn}"
        )
        for mutant in report.survivors:
            click.echo(f"  {report.sheet_path}:{mutant.line}: {mutant.operator} in `{mutant.cell}` survives")
            click.echo(f"    - {mutant.before}\n    + {mutant.after}")
    print_problems(problems, as_json)


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


def run_mutants(content: AssignmentContent, run_jobs: RunJobs) -> tuple[MutantReport | None, list[Problem]]:
    """Run every mutant of one assignment; return the report, if there is one, and the problems."""
    from tqdm import tqdm

    from grader.authoring.mutant_trials import check_report, plan_mutants, try_mutants

    plan = plan_mutants(content)
    with tqdm(total=len(plan.mutants), desc=content.assignment.id, unit="mutant", file=sys.stderr) as bar:
        found = try_mutants(content, plan, run_jobs, bar.update)
    if isinstance(found, Problem):
        return None, [found]
    return found, check_report(found)
