"""Collecting: newest work in, unusable work to quarantine with its reason, nothing lost."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from grader.errors import UsageError
from grader.grading.collect import CollectItem, CollectStatus
from grader.grading.inbox import parse_timestamp
from grader.grading.layout import only_writer
from grader.grading.reasons import Reason

ID = "대구 003"


def item_of(course: Any, trainee: str = ID, **options: Any) -> CollectItem:
    return next(item for item in course.collect(**options).items if item.trainee == trainee)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def test_work_comes_in_with_its_time(course: Any, full: dict[str, Any]) -> None:
    """A notebook of any name becomes nbgrader's submitted notebook; the original stays."""
    handed_in = course.hand_in(ID, full, name="내 과제 (2).ipynb", at="2026-04-20T10:00:00")
    item = item_of(course)
    path = course.paths.submitted(ID, "sample")
    assert (item.status, item.file) == (CollectStatus.COLLECTED, "내 과제 (2).ipynb")
    assert path.read_bytes() == handed_in.read_bytes()
    assert path.with_name("timestamp.txt").read_text() == "2026-04-20 01:00:00.000000 UTC\n"


def test_collecting_again_changes_nothing(course: Any, full: dict[str, Any]) -> None:
    """The same inbox a second time leaves every file as it was."""
    course.hand_in(ID, full)
    course.collect()
    before = tree(course.paths.root)
    assert item_of(course).status is CollectStatus.UNCHANGED
    assert tree(course.paths.root) == before


def test_a_dry_run_decides_the_same_and_writes_nothing(course: Any, full: dict[str, Any]) -> None:
    """`--dry-run` reports what would happen and touches nothing."""
    course.hand_in(ID, full)
    course.hand_in("hq-001", b"broken")
    before = tree(course.root)
    planned = course.collect(dry_run=True)
    assert tree(course.root) == before
    assert planned.items == course.collect().items
    assert tree(course.root) != before


def test_newest_wins_and_the_earlier_attempt_is_kept(course: Any, full: dict[str, Any], release: Any) -> None:
    """A second attempt replaces the first, which moves to a numbered folder outside nbgrader's view."""
    course.hand_in(ID, release, at="2026-04-20T10:00:00+09:00")
    course.collect()
    first = course.paths.submitted(ID, "sample").read_bytes()
    course.hand_in(ID, full, at="2026-04-21T10:00:00+09:00")
    assert item_of(course).status is CollectStatus.COLLECTED
    assert course.paths.submitted(ID, "sample").read_bytes() != first
    assert (course.paths.attempts("sample", ID) / "1" / "sample.ipynb").read_bytes() == first


def test_older_work_does_not_replace_newer(course: Any, full: dict[str, Any], release: Any) -> None:
    """What arrives with an earlier time than the collected work is left in the inbox."""
    course.hand_in(ID, full, at="2026-04-21T10:00:00")
    course.collect()
    kept = course.paths.submitted(ID, "sample").read_bytes()
    course.hand_in(ID, release, at="2026-04-20T10:00:00")
    assert item_of(course).status is CollectStatus.OLDER
    assert course.paths.submitted(ID, "sample").read_bytes() == kept


def test_the_same_work_counts_from_its_first_time(course: Any, full: dict[str, Any]) -> None:
    """Handing in equal work after the due date does not make it late."""
    stamp = course.paths.submitted(ID, "sample").with_name("timestamp.txt")
    for at in ("2026-04-20T10:00:00", "2026-04-29T10:00:00"):
        course.hand_in(ID, full, at=at)
        course.collect()
        assert stamp.read_text().startswith("2026-04-20 01:00:00")
    course.hand_in(ID, full, at="2026-04-19T10:00:00")
    course.collect()
    assert stamp.read_text().startswith("2026-04-19 01:00:00")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY),
        (b'{"cells": [', Reason.NOT_JSON),
        ("한글".encode("cp949"), Reason.NOT_UTF8),
        (b"{}", Reason.NOT_A_NOTEBOOK),
    ],
)
def test_unusable_work_is_kept_with_its_reason(course: Any, full: Any, body: bytes, reason: Reason) -> None:
    """Bytes that we read but cannot use lie in quarantine beside a reason for both sides."""
    course.hand_in(ID, body, name="final.ipynb")
    course.hand_in("hq-001", full)
    report = course.collect()
    statuses = {item.trainee: item.status for item in report.items}
    assert statuses[ID] is CollectStatus.QUARANTINED
    assert statuses["hq-001"] is CollectStatus.COLLECTED
    folder = course.paths.quarantine("sample", ID)
    assert (folder / "final.ipynb").read_bytes() == body
    told = json.loads((folder / "reason.json").read_bytes())
    assert (told["reason"], told["file"]) == (reason.value, "final.ipynb")
    assert told["trainee"]["ko"]
    before = tree(course.paths.root)
    course.collect()
    assert tree(course.paths.root) == before


def test_60_megabytes_stay_in_the_inbox(course: Any) -> None:
    """A huge file is not copied; the reason says how big it is."""
    with (course.folder(ID) / "sample.ipynb").open("wb") as file:
        file.truncate(60_000_000)
    item = item_of(course)
    assert item.refusal is not None
    assert item.refusal.reason is Reason.TOO_BIG
    kept = {path.name: path for path in course.paths.quarantine("sample", ID).iterdir()}
    assert sorted(kept) == ["reason.json", "reason.txt"]
    told = kept["reason.txt"].read_text("utf-8")
    assert "60,000,000 bytes" in told
    assert "파일이 너무 큽니다" in told
    assert "The trainee reads: Your file is too big." in told


def test_links_are_never_followed(course: Any, tmp_path: Path) -> None:
    """Neither a linked notebook, a linked trainee's folder nor a linked time stamp is read."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "sample.ipynb").write_text("secret")
    (course.folder(ID) / "sample.ipynb").symlink_to(secret / "sample.ipynb")
    (course.inbox / "sample" / "hq-001").symlink_to(secret)
    report = course.collect()
    assert [item.refusal.reason for item in report.items if item.refusal] == [Reason.LINK, Reason.LINK]
    copied = b"".join(tree(course.paths.root / "quarantine").values())
    assert b'"secret"' not in copied
    kept = [path.name for path in (course.paths.root / "quarantine").rglob("*.*")]
    assert sorted(kept) == ["reason.json", "reason.json", "reason.txt", "reason.txt"]


def test_a_linked_time_stamp_is_not_read(course: Any, full: dict[str, Any], tmp_path: Path) -> None:
    """A link in place of timestamp.txt is ignored with a note, and the file's time is used."""
    path = course.hand_in(ID, full)
    stamp = path.with_name("timestamp.txt")
    stamp.unlink()
    (tmp_path / "elsewhere").write_text("2020-01-01T00:00:00")
    stamp.symlink_to(tmp_path / "elsewhere")
    item = item_of(course)
    assert item.status is CollectStatus.COLLECTED
    assert "timestamp.txt is not a time" in item.notes[0]
    assert item.received_at is not None
    assert item.received_at.year > 2024


def test_a_folder_in_place_of_the_notebook(course: Any) -> None:
    """A folder named like a notebook is refused as a folder."""
    (course.folder(ID) / "sample.ipynb").mkdir()
    item = item_of(course)
    assert item.refusal is not None
    assert item.refusal.reason is Reason.FOLDER


def test_a_folder_without_notebook(course: Any) -> None:
    """An empty folder is work without a notebook."""
    course.folder(ID)
    item = item_of(course)
    assert item.refusal is not None
    assert item.refusal.reason is Reason.NO_NOTEBOOK


def test_work_of_strangers_is_kept_but_not_collected(course: Any, full: dict[str, Any]) -> None:
    """A folder that nobody on the roster owns, and a loose file, go to quarantine with their bytes."""
    course.hand_in("누구 님", full, name="work.ipynb")
    (course.inbox / "sample" / "loose.ipynb").write_bytes(b"x")
    report = course.collect()
    reasons = {item.trainee: item.refusal.reason for item in report.items if item.refusal}
    assert reasons == {"누구 님": Reason.UNKNOWN_TRAINEE, "loose.ipynb": Reason.LOOSE_FILE}
    assert (course.paths.quarantine("sample", "누구 님") / "work.ipynb").is_file()
    assert (course.paths.quarantine("sample", "loose.ipynb") / "loose.ipynb").read_bytes() == b"x"
    assert not course.paths.submitted("누구 님", "sample").exists()


def test_folder_names_from_other_systems_find_their_trainee(course: Any, full: dict[str, Any]) -> None:
    """Decomposed Korean letters (macOS) and another letter case lead to the same person."""
    course.hand_in(unicodedata.normalize("NFD", ID), full)
    course.hand_in("HQ-001", full)
    statuses = {item.trainee: item.status for item in course.collect().items}
    assert statuses[ID] is CollectStatus.COLLECTED
    assert statuses["hq-001"] is CollectStatus.COLLECTED
    assert course.paths.submitted(ID, "sample").is_file()


def test_a_browser_that_renames_does_no_harm(course: Any, full: dict[str, Any]) -> None:
    """A download saved as .json or .ipynb.txt is still found when there is no .ipynb."""
    course.hand_in(ID, full, name="sample.ipynb.txt")
    assert item_of(course).status is CollectStatus.COLLECTED


def test_a_broken_newest_file_does_not_hide_an_older_good_one(
    course: Any, full: dict[str, Any], as_bytes: Callable[..., bytes]
) -> None:
    """The older notebook counts, the newer one is in quarantine and both are reported."""
    import os

    good = course.hand_in(ID, full, name="sample.ipynb")
    bad = course.hand_in(ID, b"{", name="sample (1).ipynb")
    good.with_name("timestamp.txt").unlink()
    os.utime(good, (1_776_000_000, 1_776_000_000))
    os.utime(bad, (1_776_000_100, 1_776_000_100))
    item = item_of(course)
    assert (item.status, item.file) == (CollectStatus.COLLECTED, "sample.ipynb")
    assert item.refusal is not None
    assert item.refusal.reason is Reason.NOT_JSON
    assert (course.paths.quarantine("sample", ID) / "sample (1).ipynb").is_file()


def test_good_work_clears_the_quarantine_and_keeps_what_lay_there(course: Any, full: dict[str, Any]) -> None:
    """After a good attempt nothing waits in quarantine; the refused bytes are among the attempts."""
    course.hand_in(ID, b"{", at="2026-04-20T10:00:00")
    course.collect()
    course.hand_in(ID, full, at="2026-04-20T11:00:00")
    assert item_of(course).refusal is None
    assert not course.paths.quarantine("sample", ID).exists()
    assert (course.paths.attempts("sample", ID) / "1" / "sample.ipynb").read_bytes() == b"{"


def test_earlier_good_work_survives_a_bad_attempt(course: Any, full: dict[str, Any]) -> None:
    """A broken later file does not take away what was collected before."""
    course.hand_in(ID, full, at="2026-04-20T10:00:00")
    course.collect()
    course.hand_in(ID, b"{", at="2026-04-21T10:00:00")
    item = item_of(course)
    assert item.status is CollectStatus.QUARANTINED
    assert "the work collected before is kept" in item.notes
    assert course.paths.submitted(ID, "sample").is_file()


def test_a_bad_time_stamp_is_reported_and_the_files_time_used(course: Any, full: dict[str, Any]) -> None:
    """Work with an unreadable time is still collected."""
    course.hand_in(ID, full, at="어제 저녁")
    item = item_of(course)
    assert item.status is CollectStatus.COLLECTED
    assert item.notes


def test_everyone_on_the_roster_is_in_the_report(course: Any, full: dict[str, Any]) -> None:
    """Those who handed in nothing are listed as missing, in roster order."""
    course.hand_in("gn-003", full)
    items = course.collect().items
    assert {item.trainee: item.status for item in items} == {
        "gn-003": CollectStatus.COLLECTED,
        "hq-001": CollectStatus.MISSING,
        ID: CollectStatus.MISSING,
    }


def test_an_inbox_without_the_assignment_is_a_clear_error(course: Any) -> None:
    """The error names the folder that is expected and those that are there."""
    (course.inbox / "sample").rename(course.inbox / "other")
    with pytest.raises(UsageError) as error:
        course.collect()
    assert "sample" in error.value.message
    assert "other" in error.value.hint


def test_two_writers_do_not_meet(course: Any, full: dict[str, Any]) -> None:
    """While another command writes, collecting says so instead of mixing files."""
    with only_writer(course.paths), pytest.raises(UsageError, match="another medai command"):
        course.collect()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-04-20T10:00:00", "2026-04-20T01:00:00+00:00"),
        ("2026-04-20T10:00:00Z\n", "2026-04-20T10:00:00+00:00"),
        ("2026-04-20 10:00:00+09:00", "2026-04-20T01:00:00+00:00"),
        ("2026-04-20 10:00:00.5 UTC", "2026-04-20T10:00:00.500000+00:00"),
        ("2026-04-20 10:00:00 Asia/Seoul", "2026-04-20T01:00:00+00:00"),
    ],
)
def test_times_in_all_common_spellings(text: str, expected: str) -> None:
    """ISO 8601 with or without offset, and nbgrader's own spelling, are understood."""
    stamp = parse_timestamp(text, ZoneInfo("Asia/Seoul"))
    assert stamp == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00", "2026-04-20 10:00 Mars/Base"]
)
def test_no_time_is_no_time(text: str) -> None:
    """What is no time, or none that a computer can place, is None and no exception."""
    assert parse_timestamp(text, ZoneInfo("Asia/Seoul")) is None
    assert parse_timestamp("0001-01-01T00:00:00", UTC) is not None
