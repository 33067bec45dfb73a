"""What `medai return` gives back as files: a folder for each trainee, and Moodle's ZIP file of feedback.

Knows course directories and places on disk; must not know how grades come about.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.wire import write_file

if TYPE_CHECKING:
    from grader.lms.returning import ReturnItem, Score
    from grader.lms.who import Match
    from grader.model.work import Trainee


def _reading_pages(course_dir: Path, assignment: str) -> Callable[[str], Mapping[str, bytes]]:
    """Return what reads a trainee's page as `medai feedback` wrote it, by file name."""
    from grader.grading.layout import CourseDirectory

    course = CourseDirectory(course_dir)

    def read(trainee: str) -> Mapping[str, bytes]:
        path = course.feedback(trainee, assignment)
        return {path.name: path.read_bytes()} if path.is_file() else {}

    return read


def write_folders(
    folder: Path,
    course_dir: Path,
    assignment: str,
    roster: Sequence[Trainee],
    scores: Mapping[str, Score],
    table: str,
) -> None:
    """Write `FOLDER/<trainee>/<assignment>/` with page and score, and the table beside them.

    What lies there from an earlier time and is no longer so goes: nobody is told a score that was taken back.
    Receipts lie in the portal, so there are none here. Raises UsageError, before anything is written, for a
    trainee's folder that leads elsewhere.
    """
    from grader.lms.outgoing import PAGE, SCORE, Parcel, name_table

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder", "name a folder; it is made if it is not there")
    read_pages = _reading_pages(course_dir, assignment)
    places = {trainee.id: folder / trainee.id / assignment for trainee in roster}
    for here in places.values():
        # Whoever may write in a shared folder must not have others' results written where they like.
        if here.is_symlink() or here.parent.is_symlink():
            raise UsageError(f"{here} is a link to another place", "remove the link, or name an empty folder")
    for trainee in roster:
        score = scores.get(trainee.id)
        files = Parcel(trainee.id, read_pages(trainee.id), score.told if score else "").files
        here = places[trainee.id]
        for name in {PAGE, SCORE} - files.keys():
            (here / name).unlink(missing_ok=True)
        for name, content in files.items():
            write_file(here / name, content)
    write_file(folder / name_table(assignment), table.encode())


def write_feedback_archive(
    archive: Path, worksheet: Path, course_dir: Path, assignment: str, matches: Iterable[Match]
) -> int:
    """Write the ZIP file that Moodle takes for feedback; return how many pages it has."""
    from grader.lms.moodle import name_feedback, read_worksheet
    from grader.lms.outgoing import write_archive

    sheet = read_worksheet(worksheet.read_bytes(), worksheet.name)
    by_key = {match.stranger.key: match for match in matches}
    stream = io.BytesIO()
    number = write_archive(stream, name_feedback(sheet, by_key, _reading_pages(course_dir, assignment)))
    write_file(archive, stream.getvalue())
    return number


def list_items(roster: Sequence[Trainee], scores: Mapping[str, Score]) -> list[ReturnItem]:
    """Return a line for each trainee, as for a platform's file."""
    from grader.lms.returning import ReturnItem, ReturnStatus
    from grader.lms.who import Evidence, Match, Stranger

    items = []
    for trainee in roster:
        match = Match(Stranger(trainee.id, trainee.name), trainee.id, Evidence.ID)
        score = scores.get(trainee.id)
        status = ReturnStatus.WRITTEN if score else ReturnStatus.NO_GRADE
        items.append(ReturnItem(match, status, f"{score.score:g}/{score.maximum:g}" if score else ""))
    return items
