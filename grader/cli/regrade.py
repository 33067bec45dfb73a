"""The command for correcting a test after grading: preview, regrade, log."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from grader.cli.options import course_dir_option, dry_run_option, json_option, root_option
from grader.cli.progress import count_people
from grader.errors import ExitCode
from grader.grading.regrade_log import LogEntry, read_log
from grader.grading.regrade_report import RegradeItem, RegradeReport, Total, Turn
from grader.text import Language
from grader.wire import find_assignment, grader_version, job_runner, open_course, read_people

WORDS: dict[Language, dict[str, str]] = {
    Language.KO: {
        "rises": "오름",
        "falls": "내림",
        "new": "처음 채점",
        "unchanged": "그대로",
        "not-graded": "채점 안 됨",
        "passed": "통과",
        "not-passed": "통과하지 못함",
        "pending": "사람의 채점 필요",
        "kept": "사람이 준 점수 유지",
    },
    Language.EN: {
        "rises": "rises",
        "falls": "falls",
        "new": "first time",
        "unchanged": "unchanged",
        "not-graded": "not graded",
        "passed": "passed",
        "not-passed": "not passed",
        "pending": "a person must grade",
        "kept": "a person's mark is kept",
    },
}


@click.command("regrade")
@click.argument("assignment")
@click.option("--reason", default="", help="Why the test was changed; stands in the log.")
@click.option("--allow-lower", is_flag=True, help="Go on although somebody loses points or a pass.")
@click.option("--log", "show_log", is_flag=True, help="Only show earlier regrades.")
@click.option("--workers", type=click.IntRange(1, 64), help="Runs at a time; by default one per core.")
@course_dir_option
@root_option
@dry_run_option
@json_option
def regrade_command(
    assignment: str,
    reason: str,
    allow_lower: bool,
    show_log: bool,
    workers: int | None,
    course_dir: Path | None,
    root: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Grade ASSIGNMENT again by its corrected tests, and keep what people decided.

    With --dry-run: show which scores would rise or fall and why. Without it: stop if somebody would lose
    points or a pass, unless --allow-lower; else correct the release, regrade, and add to the log.
    """
    from grader.grading.regrade import regrade

    workspace, course = open_course(root)
    content = find_assignment(course, assignment)
    where = course_dir or workspace.course_dir
    if show_log:
        from grader.grading.layout import CourseDirectory

        print_log(read_log(CourseDirectory(where), assignment), as_json)
        return
    roster = read_people(where)
    with count_people("regrade", len(roster)) as on_done:
        report = regrade(
            where,
            content,
            job_runner(workspace, course, workers),
            roster,
            grader_version=grader_version(workspace, course),
            reason=reason,
            allow_lower=allow_lower,
            dry_run=dry_run,
            on_done=on_done,
        )
    print_regrade(report, as_json)
    if report.is_stopped:
        click.echo(f"medai: {why_stopped(report)}", err=True)
        sys.exit(int(ExitCode.PROBLEMS))


def print_regrade(report: RegradeReport, as_json: bool) -> None:
    """Print whose result changes, and why, then the sum; or JSON."""
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
        return
    language = _language()
    for item in report.items:
        if item.cells or item.decision_changes or item.turn not in (Turn.UNCHANGED, Turn.NOT_GRADED):
            click.echo("\t".join(_fields(item, language)))
    click.echo(report.summary[language])


def _fields(item: RegradeItem, language: Language) -> list[str]:
    words = WORDS[language]
    fields = [item.trainee, words[item.turn], f"{_show(item.before)} → {_show(item.after)}"]
    if item.decision_changes and item.before and item.after:
        fields.append(f"{words[item.before.standing]} → {words[item.after.standing]}")
    for change in item.cells:
        kept = f" ({words['kept']})" if change.is_manual else ""
        fields.append(change.tell()[language] + kept)
    return fields


def _show(total: Total | None) -> str:
    return f"{total.score:g}/{total.max_score:g}" if total else "–"


def _language() -> Language:
    from grader.cli.grade import terminal_language

    return terminal_language()


def why_stopped(report: RegradeReport) -> str:
    """Return why nothing was changed, and what to do."""
    if report.lost_marks:
        cells = ", ".join(f"{cell} ({count})" for cell, count in report.lost_marks.items())
        return (
            f"nothing was changed: people gave marks or comments to cells that are gone: {cells}\n"
            "  → put the cells back, or take the marks out in formgrader first"
        )
    return (
        f"nothing was changed: these would lose points or a pass: {', '.join(report.worse)}\n"
        "  → look at the changes above; to accept them add --allow-lower"
    )


def print_log(entries: tuple[LogEntry, ...], as_json: bool) -> None:
    """Print earlier regrades, oldest first."""
    if as_json:
        click.echo(json.dumps([entry.as_dict() for entry in entries], ensure_ascii=False, indent=1))
        return
    for entry in entries:
        value = entry.planned
        end = "" if entry.done else "\t(not finished)"
        versions = f"{value['from_version']} → {value['to_version']}"
        click.echo(f"{value['at']}\t{value['who']}\t{versions}\t{value['summary']}\t{value['reason']}{end}")
        for trainee, item in value["trainees"].items():
            before, after = item["before"], item["after"]
            old = f"{before['score']:g}/{before['max_score']:g}" if before else "–"
            new = f"{after['score']:g}/{after['max_score']:g}" if after else "–"
            cells = ", ".join(f"{one['cell']} ({'+'.join(one['causes'])})" for one in item["cells"])
            click.echo(f"\t{trainee}\t{old} → {new}\t{cells}")
