"""Plain folders in the shapes that people make, and the inbox that everything goes to."""

from __future__ import annotations

import io
import os
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.archives.limits import BadArchive, Fault
from grader.errors import UsageError
from grader.grading.collect import CollectStatus, collect
from grader.grading.inbox import TIMESTAMP as GRADING_TIMESTAMP
from grader.grading.reasons import Reason
from grader.lms.folders import open_folders
from grader.lms.inbox import TIMESTAMP, write_inbox
from grader.lms.incoming import Incoming
from grader.lms.who import Doubt, DoubtKind, Match, Stranger
from grader.model.work import Trainee
from grader.text import Language

SEOUL = ZoneInfo("Asia/Seoul")
NOTEBOOK = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'
Pack = Callable[[Mapping[str, bytes]], io.BytesIO]
Roster = tuple[Trainee, ...]


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def owners(source: Path, roster: Roster) -> dict[str, object]:
    """Return path → owner of what is found."""
    files = open_folders(source, "e1", roster, {}, SEOUL).files
    return {f"{one.match.stranger.key}:{one.path}": one.match.who for one in files}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["H1001/a.ipynb", "h1002/data/b.csv"], ["H1001:a.ipynb", "h1002:data/b.csv"]),
        (["e1/H1001/a.ipynb", "e1/h1002/b.ipynb"], ["H1001:a.ipynb", "h1002:b.ipynb"]),
        (["H1001/e1/e1.ipynb", "h1002/e1/e1.ipynb"], ["H1001:e1.ipynb", "h1002:e1.ipynb"]),
        (["all/H1001/a.ipynb", "all/h1002/b.ipynb"], ["H1001:a.ipynb", "h1002:b.ipynb"]),
        (["H1001_e1.ipynb", "e1_h1002.ipynb"], ["H1001:H1001_e1.ipynb", "h1002:e1_h1002.ipynb"]),
        (["김민수.ipynb", "이서연/.DS_Store", "이서연/a.ipynb"], ["김민수:김민수.ipynb", "이서연:a.ipynb"]),
    ],
)
def test_shapes_that_people_make_are_understood(
    files: list[str], found: list[str], packed: bool, tmp_path: Path, pack: Pack, roster: Roster
) -> None:
    """Folders and ZIP files of folders tell the same."""
    contents = dict.fromkeys(files, b"x")
    source = write(tmp_path / "source", {} if packed else contents)
    if packed:
        source = tmp_path / "work.zip"
        source.write_bytes(pack(contents).getvalue())
    assert owners(source, roster) == dict(zip(found, ["H1001", "H1002"], strict=True))


@pytest.mark.parametrize("name", ["김민수", "H1001_김민수", "김민수 (H1001)"])
def test_one_persons_folder_is_not_taken_for_a_folder_around_all(
    name: str, tmp_path: Path, roster: Roster
) -> None:
    """The only one who handed in so far."""
    write(
        tmp_path / "in",
        {f"{name}/답.ipynb": b"x", f"{name}/__pycache__/a.pyc": b"x", f"{name}/._답.ipynb": b"x"},
    )
    assert owners(tmp_path / "in", roster) == {f"{name}:답.ipynb": "H1001"}


def test_two_spellings_of_one_name_lose_no_file(tmp_path: Path, roster: Roster) -> None:
    """macOS and Windows spell Korean letters each in their own way."""
    names = [unicodedata.normalize(form, "김민수/답.ipynb") for form in ("NFC", "NFD")]
    write(tmp_path / "in", {names[0]: b"1", names[1]: b"2"})
    found = list(open_folders(tmp_path / "in", "e1", roster, {}, SEOUL).files)
    assert sorted(one.content for one in found) == [b"1", b"2"]
    assert {one.match.who for one in found} == {"H1001"}


def test_links_and_pipes_are_told_and_not_opened(tmp_path: Path, roster: Roster) -> None:
    """Nothing outside the folder is read, nothing waits for a pipe."""
    secret = write(tmp_path / "secret", {"shadow": b"root"})
    source = write(tmp_path / "source", {"H1001/a.ipynb": b"x"})
    (source / "H1001" / "b.ipynb").symlink_to(secret / "shadow")
    (source / "H1002").symlink_to(secret)
    os.mkfifo(source / "H1001" / "pipe")
    files = {
        one.match.stranger.key + one.path: one.content
        for one in open_folders(source, "e1", roster, {}, SEOUL).files
    }
    faults = {name: content.fault for name, content in files.items() if isinstance(content, BadArchive)}
    assert faults == {"H1001b.ipynb": Fault.LINK, "H1001pipe": Fault.LINK, "H1002H1002": Fault.LINK}
    with pytest.raises(UsageError, match="no files"):
        open_folders(write(tmp_path / "empty", {"a/.DS_Store": b""}), "e1", roster, {}, SEOUL)


def _incoming(who: str | Doubt, path: str, content: bytes | BadArchive = b"x", **fields: object) -> Incoming:
    return Incoming(Match(Stranger("7", "../남궁 별"), who), path, content, **fields)  # type: ignore[arg-type]


def test_the_inbox_takes_everything_under_safe_names(tmp_path: Path) -> None:
    """Names from outside lead nowhere; equal names do not cover each other; who is left out stays out."""
    nobody = Doubt(DoubtKind.NOBODY)
    files = [
        _incoming("H1001", "a/../../hw.ipynb"),
        _incoming("H1001", "b/hw.ipynb"),
        _incoming("H1001", "c/.hidden"),
        _incoming(nobody, "x\u202e?.ipynb"),
        _incoming(nobody, "bad.ipynb", BadArchive(Fault.CORRUPT)),
        _incoming(Doubt(DoubtKind.LEFT_OUT), "no.ipynb"),
        _incoming("H1001", "y" * 300 + ".ipynb"),
    ]
    delivered = write_inbox(tmp_path, "e1", files)
    stranger = delivered[3].folder
    assert stranger.startswith("who-_남궁 별-")
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert written == [
        *("e1/H1001/2-hw.ipynb", "e1/H1001/hidden", "e1/H1001/hw.ipynb", f"e1/H1001/{'y' * 50}.ipynb"),
        f"e1/{stranger}/x__.ipynb",
    ]
    assert [one.folder for one in delivered[4:6]] == [stranger, ""]
    assert delivered[4].fields(Language.KO) == ["7", "../남궁 별", "?", "bad.ipynb", "✗ 손상됨"]


def test_nobody_hands_in_a_time_of_their_own(tmp_path: Path) -> None:
    """The platform's time counts; a timestamp.txt among a trainee's files does not."""
    at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert TIMESTAMP == GRADING_TIMESTAMP
    early = b"2020-01-01T00:00:00+09:00"
    files = [_incoming("H1001", "d/timestamp.txt", early), _incoming("H1001", "hw.ipynb", handed_in_at=at)]
    write_inbox(tmp_path, "e1", [*files, _incoming("H1002", "Timestamp.TXT", early)])
    assert (tmp_path / "e1/H1001/timestamp.txt").read_text() == "2026-11-20T08:30:00+00:00\n"
    assert [path.name.casefold() for path in (tmp_path / "e1/H1002").iterdir()] == ["own-timestamp.txt"]


def test_work_from_folders_is_collected_with_its_times(tmp_path: Path, roster: Roster) -> None:
    """From a shared drive into the course directory: times, unknown people and ZIP files of a trainee."""
    stamp = b"2026-11-20T17:30:00+09:00\n"
    other = NOTEBOOK.replace(b"5", b"4")
    source = write(
        tmp_path / "drive",
        {
            "H1001/hw.ipynb": NOTEBOOK,
            "H1001/timestamp.txt": stamp,
            "이서연/hw.ipynb": other,
            "모르는 이/hw.ipynb": other,
        },
    )
    changed = datetime(2026, 11, 19, 3, tzinfo=UTC)
    os.utime(source / "이서연" / "hw.ipynb", (changed.timestamp(),) * 2)
    download = open_folders(source, "e1", roster, {}, SEOUL)
    write_inbox(tmp_path / "inbox", "e1", download.files)
    report = collect(tmp_path / "inbox", tmp_path / "course", "e1", roster, zone=SEOUL)
    items = {item.trainee: item for item in report.items}
    assert items["H1001"].received_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert items["H1002"].received_at == changed
    assert [items[one].status for one in ("H1001", "H1002", "H1003")] == [
        *(CollectStatus.COLLECTED, CollectStatus.COLLECTED, CollectStatus.MISSING),
    ]
    unknown = items[next(name for name in items if name.startswith("who-"))]
    assert unknown.refusal is not None
    assert unknown.refusal.reason is Reason.UNKNOWN_TRAINEE
