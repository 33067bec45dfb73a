"""Commands that take work from an inbox or another platform, and give grades back: collect, return."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from grader.cli.grade import assignment_argument, print_report, terminal_language
from grader.cli.options import course_dir_option, dry_run_option, json_option, root_option
from grader.cli.progress import count_people
from grader.errors import ExitCode, UsageError
from grader.text import LocalText
from grader.wire import find_assignment, open_course, read_people, write_file

if TYPE_CHECKING:
    from grader.export import GradeRow
    from grader.lms.incoming import Download
    from grader.lms.returning import ReturnItem, Score
    from grader.lms.who import Match
    from grader.model.content import AssignmentContent
    from grader.model.work import Trainee

who_option = click.option(
    "--who",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV that says who is who where it is in doubt; made, to be filled in, if there are doubts.",
)
_FILL_IN = LocalText(
    ko="마지막 열을 채우고 이 명령을 다시 실행하십시오", en="fill in the last column and run this again"
)
_ASK_FOR_LIST = LocalText(
    ko="--who 파일.csv를 붙이면 누구인지 적을 확인표를 만듭니다",
    en="with --who FILE.csv you get a list in which you say who they are",
)
_UPLOAD = LocalText(ko="받은 곳에 올리십시오", en="upload it where you got it")
_UPLOAD_NEXT = LocalText(
    ko="성적 파일을 올린 다음 ‘여러 피드백 파일을 zip으로 올리기’로 올리십시오",
    en="upload it after the worksheet, with “Upload multiple feedback files in a zip”",
)
_GOES_WITH = {
    "output": ("moodle", "canvas"),
    "column": ("canvas",),
    "feedback": ("moodle",),
    "who": ("moodle", "canvas"),
}
_PATH = click.Path(exists=True, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("collect")
@assignment_argument
@click.option(
    "--inbox",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder shaped INBOX/<assignment>/<trainee id>/.",
)
@click.option(
    "--from",
    "source",
    type=(click.Choice(["moodle", "canvas", "folders"]), _PATH),
    help="Platform and its download: a ZIP file of submissions, or a folder.",
)
@click.option("--worksheet", type=_FILE, help="Moodle's grading worksheet: tells people and times apart.")
@click.option("--gradebook", type=_FILE, help="Canvas's gradebook: tells people apart.")
@who_option
@course_dir_option
@root_option
@dry_run_option
@json_option
def collect_command(
    assignment: str,
    inbox: Path | None,
    source: tuple[str, Path] | None,
    worksheet: Path | None,
    gradebook: Path | None,
    who: Path | None,
    course_dir: Path | None,
    root: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take what was handed in for ASSIGNMENT; what cannot be opened is kept aside with the reason.

    Give --inbox, or --from moodle|canvas|folders and the download.
    """
    from grader.grading.collect import collect
    from grader.lms.inbox import write_inbox

    if (inbox is None) == (source is None):
        raise click.UsageError("Say where the work comes from: either --inbox or --from.")
    platform = source[0] if source else "inbox"
    if (worksheet and platform != "moodle") or (gradebook and platform != "canvas"):
        raise click.UsageError("--worksheet goes with --from moodle, --gradebook with --from canvas.")
    workspace, course = open_course(root)
    where = course_dir or workspace.course_dir
    find_assignment(course, assignment)
    roster = read_people(where)
    zone = ZoneInfo(course.programme.timezone)
    doubts = 0
    with tempfile.TemporaryDirectory(prefix="medai-inbox-") as made:
        if source is not None:
            settled = _read_settled(who, roster)
            with _open_download(
                source, worksheet or gradebook, assignment, roster, settled, zone
            ) as download:
                (Path(made) / assignment).mkdir()
                delivered = write_inbox(Path(made), assignment, download.files)
                doubts = _tell_doubts(download.matches.values(), None if dry_run else who)
            for one in delivered:
                click.echo("\t".join(one.fields(terminal_language())), err=True)
            inbox = Path(made)
        with count_people("collect", len(roster)) as on_done:
            report = collect(
                inbox or Path(made), where, assignment, roster, zone=zone, dry_run=dry_run, on_done=on_done
            )
    print_report(report, as_json)
    sys.exit(int(ExitCode.PROBLEMS if doubts else ExitCode.FINE))


@contextmanager
def _open_download(
    source: tuple[str, Path],
    table: Path | None,
    assignment: str,
    roster: Sequence[Trainee],
    settled: Mapping[str, str],
    zone: ZoneInfo,
) -> Iterator[Download]:
    """Open what a platform gave; files are read while it is open."""
    from grader.lms import canvas, folders, moodle

    platform, path = source
    if platform == "folders":
        yield folders.open_folders(path, assignment, roster, settled, zone)
        return
    if not path.is_file():
        raise UsageError(f"{path} is no file", f"name the ZIP file that {platform} gave you")
    with path.open("rb") as stream:
        if platform == "moodle":
            sheet = moodle.read_worksheet(table.read_bytes(), table.name) if table else None
            yield moodle.open_submissions(stream, sheet, roster, settled, zone)
        else:
            book = canvas.read_gradebook(table.read_bytes(), table.name) if table else None
            yield canvas.open_submissions(stream, book, roster, settled, zone)


def _read_settled(who: Path | None, roster: Sequence[Trainee]) -> Mapping[str, str]:
    from grader.lms.who import read_who

    return read_who(who.read_bytes(), who.name, roster) if who is not None and who.is_file() else {}


def _tell_doubts(matches: Iterable[Match], who: Path | None) -> int:
    """Show who is in doubt, write the list to fill in, and return how many there are."""
    from grader.lms.who import DOUBTS, Doubt, DoubtKind, write_who

    matches = list(matches)
    doubtful = [
        (match.stranger, match.who)
        for match in matches
        if isinstance(match.who, Doubt) and match.who.kind is not DoubtKind.LEFT_OUT
    ]
    for stranger, doubt in doubtful:
        could_be = f" ({', '.join(doubt.candidates)})" if doubt.candidates else ""
        text = DOUBTS[doubt.kind][terminal_language()]
        click.echo(f"{stranger.key}\t{stranger.name}\t{text}{could_be}", err=True)
    if doubtful and who is not None:
        write_file(who, write_who(matches))
        click.echo(f"{who}: {_FILL_IN[terminal_language()]}", err=True)
    elif doubtful:
        click.echo(_ASK_FOR_LIST[terminal_language()], err=True)
    return len(doubtful)


@click.command("return")
@assignment_argument
@click.option(
    "--to",
    "target",
    required=True,
    type=(click.Choice(["moodle", "canvas", "folders"]), click.Path(path_type=Path)),
    help="Platform and its own file: Moodle's worksheet, Canvas's gradebook; or folders and a folder.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="By default NAME-graded.csv beside it."
)
@click.option("--column", help="Canvas: number or title of the assignment's column.")
@click.option(
    "--feedback",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Moodle: ZIP file to write, of the pages that `medai feedback` wrote.",
)
@click.option("--comments/--no-comments", default=True, show_default=True, help="Moodle: a line of feedback.")
@who_option
@course_dir_option
@root_option
@dry_run_option
@json_option
def return_command(
    assignment: str,
    target: tuple[str, Path],
    output: Path | None,
    column: str | None,
    feedback: Path | None,
    comments: bool,
    who: Path | None,
    course_dir: Path | None,
    root: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the grades of ASSIGNMENT into the file that Moodle or Canvas gave, to be uploaded there.

    Only settled grades are written, scaled to the platform's points; every other cell stays as it is. With
    --to folders every trainee gets a folder with feedback and score, and a table of all grades lies beside.
    """
    from grader.cli.giving_back import list_items, write_feedback_archive, write_folders
    from grader.export import grades_csv
    from grader.grading.grades import read_grades

    platform, path = target
    _check_target(platform, path, {"output": output, "column": column, "feedback": feedback, "who": who})
    workspace, course = open_course(root)
    where = course_dir or workspace.course_dir
    content = find_assignment(course, assignment)
    roster = read_people(where)
    rows = read_grades(where, [content], roster)
    if platform == "folders":
        scores = _settled_scores(rows, comments=True)
        if not dry_run:
            table = grades_csv(
                rows, terminal_language(), ZoneInfo(course.programme.timezone), course.programme
            )
            write_folders(path, where, assignment, roster, scores, table)
        _print_items(list_items(roster, scores), as_json)
        return
    scores = _settled_scores(rows, comments)
    filled, matches, items = _fill(target, content, column, roster, _read_settled(who, roster), scores)
    doubts = _tell_doubts(matches, None if dry_run else who)
    written = output or path.with_name(f"{path.stem}-graded{path.suffix}")
    if not dry_run:
        write_file(written, filled)
        click.echo(f"{written}: {_UPLOAD[terminal_language()]}", err=True)
        if feedback is not None:
            number = write_feedback_archive(feedback, path, where, assignment, matches)
            click.echo(f"{feedback}: {number} · {_UPLOAD_NEXT[terminal_language()]}", err=True)
    _print_items(items, as_json)
    sys.exit(int(ExitCode.PROBLEMS if doubts else ExitCode.FINE))


def _check_target(platform: str, path: Path, given: Mapping[str, object]) -> None:
    """Raise UsageError if there is no such file, or for an option that means nothing there."""
    for name, value in given.items():
        if value and platform not in _GOES_WITH[name]:
            raise click.UsageError(f"--{name} goes with --to {' or '.join(_GOES_WITH[name])}.")
    if platform != "folders" and not path.is_file():
        raise UsageError(f"{path} is no file", f"name the file that {platform} gave you")


def _fill(
    target: tuple[str, Path],
    content: AssignmentContent,
    column: str | None,
    roster: Sequence[Trainee],
    settled: Mapping[str, str],
    scores: Mapping[str, Score],
) -> tuple[bytes, list[Match], list[ReturnItem]]:
    """Return the platform's file with grades in it, who is who in it, and what became of each line."""
    from grader.lms import canvas, moodle
    from grader.lms.who import match_people

    platform, path = target
    if platform == "moodle":
        sheet = moodle.read_worksheet(path.read_bytes(), path.name)
        matches = match_people(sheet.people.values(), roster, settled)
        filled, items = moodle.fill_worksheet(sheet, matches, scores)
    else:
        book = canvas.read_gradebook(path.read_bytes(), path.name)
        matches = match_people(book.people.values(), roster, settled)
        title = content.assignment.title
        at = canvas.find_column(book, [column] if column else [title.ko, title.en, content.assignment.id])
        filled, items = canvas.fill_gradebook(book, at, matches, scores)
    return filled, list(matches.values()), items


def _settled_scores(rows: Iterable[GradeRow], comments: bool) -> dict[str, Score]:
    """Return what may leave the house: grades that no person has yet to decide about."""
    from grader.export import RowStatus, Standing
    from grader.lms.returning import Score, write_comment

    has_passed = {Standing.PASSED: True, Standing.NOT_PASSED: False}
    scores = {}
    for row in rows:
        if row.status is not RowStatus.GRADED or row.total is None or not row.max_score:
            continue
        passed = has_passed.get(row.standing) if row.standing else None
        told = write_comment(row.total, row.max_score, passed, row.trainee.language)
        scores[row.trainee.id] = Score(row.total, row.max_score, told if comments else "")
    return scores


def _print_items(items: Sequence[ReturnItem], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([item.as_dict() for item in items], ensure_ascii=False, indent=1))
        return
    for item in items:
        shape = item.as_dict()
        click.echo("\t".join(str(shape[key] or "") for key in ("key", "name", "trainee", "status", "detail")))
