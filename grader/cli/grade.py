"""Commands for graders: release, grade, feedback, export, formgrade."""

from __future__ import annotations

import glob
import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import click

from grader.cli.options import course_dir_option, dry_run_option, json_option, root_option
from grader.cli.progress import count_people
from grader.errors import UsageError
from grader.text import Language
from grader.wire import (
    due_date,
    find_assignment,
    grader_version,
    job_runner,
    open_course,
    read_people,
    write_assignments,
)

if TYPE_CHECKING:
    from grader.grading.foreign_batch import Options
    from grader.model.content import Course
    from grader.wire import Workspace

assignment_argument = click.argument("assignment")
student_option = click.option(
    "--student", "students", multiple=True, help="Only this trainee id; may be repeated."
)


class Report(Protocol):
    """What every step of grading returns."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        ...


def print_report(report: Report, as_json: bool) -> None:
    """Print one line per trainee, or JSON."""
    shape = report.as_dict()
    if as_json:
        click.echo(json.dumps(shape, ensure_ascii=False, indent=1))
        return
    for item in shape.get("items", []):
        click.echo("\t".join(_fields(item)))
    for change in shape.get("changes", []):
        click.echo(change)
    if shape.get("is_stale"):
        click.echo("the assignment changed since its release; `medai release` brings it to grading", err=True)


def _fields(item: dict[str, Any]) -> list[str]:
    """Return what a grader wants to know of one trainee: id, status, score, reason, repairs."""
    language = terminal_language()
    fields = [item["trainee"], item["status"]]
    if item.get("score") is not None and item.get("max_score"):
        fields.append(f"{item['score']:g}/{item['max_score']:g}")
    if item.get("needs_person"):
        fields.append({"ko": "사람의 채점 필요", "en": "a person must grade"}[language])
    if item.get("explanation"):
        fields.append(item["explanation"][language])
    fields.extend(repair["text"][language] for repair in item.get("repairs", ()))
    fields.extend(tell[language] for tell in item.get("tells", ()))
    fields.extend(str(note) for note in item.get("notes", ()))
    return fields


def terminal_language() -> Language:
    """Return Korean where the terminal's locale is Korean, else English."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return Language.KO if locale.startswith("ko") else Language.EN


@click.command("release")
@assignment_argument
@click.option("--cohort", help="Cohort whose due date counts; needed when several take the module.")
@course_dir_option
@root_option
@dry_run_option
@json_option
def release_command(
    assignment: str,
    cohort: str | None,
    course_dir: Path | None,
    root: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Release ASSIGNMENT: write its notebooks and register it in the gradebook."""
    from grader.grading.release import release_assignment

    workspace, course = open_course(root)
    content = find_assignment(course, assignment)
    where = course_dir or workspace.course_dir
    if not dry_run:
        write_assignments(workspace, course, assignment)
    report = release_assignment(
        where,
        workspace.release,
        content,
        due=due_date(course, content, cohort),
        roster=read_people(where, missing_ok=True),
        dry_run=dry_run,
    )
    print_report(report, as_json)


@click.command("grade")
@assignment_argument
@student_option
@click.option("--force", is_flag=True, help="Run submissions again that did not change.")
@click.option("--workers", type=click.IntRange(1, 64), help="Runs at a time; by default one per core.")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(1, 3600), help="nbgrader courses: seconds per cell."
)
@click.option(
    "--memory", "memory_mb", type=click.IntRange(200, 64_000), help="nbgrader courses: megabytes per run."
)
@course_dir_option
@root_option
@dry_run_option
@json_option
def grade_command(
    assignment: str,
    students: tuple[str, ...],
    force: bool,
    workers: int | None,
    timeout_s: float | None,
    memory_mb: int | None,
    course_dir: Path | None,
    root: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Grade what was collected for ASSIGNMENT, each submission behind walls of its own.

    With --course-dir, or inside its folder, ASSIGNMENT may be one of any nbgrader course.
    """
    from grader.grading.grade import grade

    chosen = _choose_course(assignment, course_dir, root)
    if isinstance(chosen, Path):
        from grader.grading.foreign_batch import Options
        from grader.grading.foreign_version import installed_version

        memory_bytes = memory_mb * 1_000_000 if memory_mb else None
        options = Options(students or None, timeout_s, memory_bytes, force, dry_run, installed_version())
        _grade_foreign(chosen, assignment, options, workers, as_json)
        return
    if timeout_s or memory_mb:
        raise UsageError("--timeout and --memory are for nbgrader courses", "leave them out")
    workspace, course = chosen
    content = find_assignment(course, assignment)
    where = course_dir or workspace.course_dir
    roster = read_people(where)
    with count_people("grade", len(students) or len(roster)) as on_done:
        report = grade(
            where,
            content,
            job_runner(workspace, course, workers),
            roster,
            grader_version=grader_version(workspace, course),
            force=force,
            students=students or None,
            dry_run=dry_run,
            on_done=on_done,
        )
    print_report(report, as_json)


def _choose_course(
    assignment: str, course_dir: Path | None, root: Path | None
) -> tuple[Workspace, Course] | Path:
    """Return our own course, or the folder of the nbgrader course that is meant."""
    from grader.grading.foreign_course import has_source

    where = course_dir or Path.cwd()
    try:
        workspace, course = open_course(root)
    except UsageError:
        looks_like_one = (where / "nbgrader_config.py").is_file() or has_source(where, assignment)
        if root is not None or (course_dir is None and not looks_like_one):
            raise
        return where
    configured = course_dir is not None and (course_dir / "nbgrader_config.py").is_file()
    is_foreign = assignment not in course.assignments and (configured or has_source(where, assignment))
    return where if is_foreign else (workspace, course)


def _grade_foreign(
    where: Path, assignment: str, options: Options, workers: int | None, as_json: bool
) -> None:
    from grader.grading.foreign import grade_foreign
    from grader.sandbox.run import require_walls, run_jobs

    require_walls()
    folders = where.glob(f"submitted/*/{glob.escape(assignment)}")
    with count_people("grade", len(options.learners or list(folders))) as on_done:
        report = grade_foreign(where, assignment, partial(run_jobs, workers=workers), options, on_done)
    print_report(report, as_json)
    if not report.items:
        click.echo(f"nobody handed in anything for {assignment!r}", err=True)
    for note in report.notes:
        click.echo(note, err=True)


@click.command("feedback")
@assignment_argument
@student_option
@course_dir_option
@root_option
@dry_run_option
@json_option
def feedback_command(
    assignment: str,
    students: tuple[str, ...],
    course_dir: Path | None,
    root: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the feedback pages of ASSIGNMENT, each in its trainee's language."""
    from grader.grading.handback import write_feedback

    workspace, course = open_course(root)
    content = find_assignment(course, assignment)
    where = course_dir or workspace.course_dir
    roster = read_people(where)
    with count_people("feedback", len(students) or len(roster)) as on_done:
        report = write_feedback(
            where,
            content,
            roster,
            zone=ZoneInfo(course.programme.timezone),
            students=students or None,
            dry_run=dry_run,
            on_done=on_done,
        )
    print_report(report, as_json)


@click.command("export")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; by default stdout."
)
@click.option("--language", type=click.Choice(list(Language)), default=Language.KO, show_default=True)
@course_dir_option
@root_option
@json_option
def export_command(
    output: Path | None, language: str, course_dir: Path | None, root: Path | None, as_json: bool
) -> None:
    """Export every trainee's grades as CSV that opens in a spreadsheet."""
    from grader.export import grades_csv
    from grader.grading.grades import read_grades

    workspace, course = open_course(root)
    where = course_dir or workspace.course_dir
    rows = read_grades(where, course.assignments.values(), read_people(where))
    if as_json:
        click.echo(json.dumps([row.as_dict() for row in rows], ensure_ascii=False, indent=1))
        return
    text = grades_csv(rows, Language(language), ZoneInfo(course.programme.timezone), course.programme)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="")
        click.echo(f"{len(rows)} rows written to {output}", err=True)


@click.command("formgrade")
@click.option("--port", default=8888, show_default=True, help="Port on 127.0.0.1.")
@course_dir_option
@root_option
def formgrade_command(port: int, course_dir: Path | None, root: Path | None) -> None:
    """Open nbgrader's formgrader to grade written answers; Ctrl-C stops it."""
    from grader.grading.formgrade import formgrade_command as plan

    workspace, _ = open_course(root)
    command = plan(course_dir or workspace.course_dir, port=port)
    os.chdir(command.cwd)
    # Becoming the server, instead of starting it, leaves nothing behind however this command is stopped.
    os.execve(command.argv[0], command.argv, command.env)  # noqa: S606
