"""The portal's door takes what can be graded and explains why it takes nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.archives.limits import ArchiveLimits, Fault
from grader.grading.door import Opened, parse_notebook
from grader.portal.door import Accepted, DoorLimits, Note, TurnedAway, check_hand_in, clean_name
from grader.portal.words.door import FAULTS, NOTES, REASONS, DoorReason, NoteKind
from grader.site.downloads import zip_files

IDS = ("task-1", "test-1")
SECRET = "900101-1234567"


def cell(label: str | None = None, source: str = "x = 1", **fields: Any) -> dict[str, Any]:
    """Return a code cell."""
    metadata = {"nbgrader": {"grade_id": label, "grade": True}} if label else {}
    made = {"cell_type": "code", "id": label or "c", "metadata": metadata, "source": source}
    return made | {"outputs": [], "execution_count": None} | fields


def notebook(*cells: dict[str, Any], medai: str | None = None, **fields: Any) -> bytes:
    """Return a notebook's bytes; by default one that fits the assignment."""
    cells = cells or (cell("task-1"), cell("test-1"))
    metadata = {"medai": {"assignment": medai}} if medai else {}
    value = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}
    return json.dumps(value | fields, ensure_ascii=False).encode()


def take(content: bytes, name: str = "hw.ipynb", **options: Any) -> Accepted:
    """Hand in what must be taken."""
    taken = check_hand_in(content, name, IDS, "e1", **options)
    assert isinstance(taken, Accepted), taken
    return taken


def refuse(content: bytes, name: str = "hw.ipynb", **options: Any) -> TurnedAway:
    """Hand in what must be turned away."""
    away = check_hand_in(content, name, IDS, "e1", **options)
    assert isinstance(away, TurnedAway), away
    return away


def kinds(taken: Accepted) -> list[NoteKind]:
    """Return what the trainee was told."""
    return [note.kind for note in taken.notes]


def test_a_plain_notebook_is_taken_byte_for_byte() -> None:
    """The digest is of what arrived; what is graded is the same bytes; nothing needs to be said."""
    content = notebook()
    taken = take(content, "내 과제.ipynb")
    assert taken.digest == taken.notebook.digest == hashlib.sha256(content).hexdigest()
    assert (taken.original, taken.notes, taken.file_name) == (content, (), "내 과제.ipynb")
    assert [(file.path, file.content) for file in taken.files] == [("e1.ipynb", content)]


def test_a_zip_file_brings_its_notebook_and_the_files_beside_it() -> None:
    """The notebook comes first; what systems made on their own is left out and said."""
    hw, data = notebook(), b"1,2\n"
    files = {"폴더/data/a.csv": data, "폴더/hw.ipynb": hw, "폴더/.ipynb_checkpoints/hw-checkpoint.ipynb": hw}
    taken = take(zip_files({**files, "__MACOSX/폴더/._hw.ipynb": b"\0"}), "hw.ZIP")
    assert [file.path for file in taken.files] == ["폴더/hw.ipynb", "폴더/data/a.csv"]
    assert taken.notebook.content == hw
    assert kinds(taken) == [NoteKind.FOUND_IN_ZIP, NoteKind.FILES_LEFT_OUT]
    assert "폴더/hw.ipynb" in taken.notes[0].text.ko


def test_of_several_notebooks_the_fitting_one_is_taken() -> None:
    """Another assignment's notebook in the same ZIP file does no harm; two fitting ones are a question."""
    other = notebook(cell("elsewhere"))
    taken = take(zip_files({"a.ipynb": other, "b.ipynb": notebook()}), "hw.zip")
    assert taken.notebook.path == "b.ipynb"
    assert NoteKind.OTHER_NOTEBOOKS in kinds(taken)
    two = refuse(zip_files({"a.ipynb": notebook(), "b.ipynb": notebook()}), "hw.zip")
    assert (two.reason, two.detail) == (DoorReason.SEVERAL_NOTEBOOKS, "a.ipynb, b.ipynb")
    assert (
        refuse(zip_files({"a.ipynb": other, "b.ipynb": b"{"}), "hw.zip").reason == DoorReason.NO_KNOWN_CELLS
    )


def test_a_release_of_several_notebooks_takes_all_of_them_at_once() -> None:
    """nbgrader's own courses may have several notebooks; missing is only what none of them has."""
    sent = zip_files(
        {"p1.ipynb": notebook(cell("task-1")), "p2.ipynb": notebook(cell("test-1")), "a.csv": b"1"}
    )
    taken = take(sent, "hw.zip", notebooks=("p1", "p2"))
    assert [file.path for file in taken.files] == ["p1.ipynb", "p2.ipynb", "a.csv"]
    assert taken.notes == (Note(NoteKind.FOUND_IN_ZIP, "p1.ipynb, p2.ipynb"),)
    assert refuse(sent, "hw.zip", notebooks=("p1",)).reason == DoorReason.SEVERAL_NOTEBOOKS


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ((cell("task-1"),), [(NoteKind.CELLS_MISSING, "test-1")]),
        ((cell("task-1"), cell("test-1"), cell("x")), [(NoteKind.CELLS_UNKNOWN, "x")]),
        ((cell("task-1"), cell("test-1"), cell("task-1", id="d")), [(NoteKind.CELLS_TWICE, "task-1")]),
        ((cell(id="task-1"), cell(id="other")), [(NoteKind.LABELS_LOST, "")]),
        ((cell("task-1"), cell("test-1", outputs="none")), [(NoteKind.NOT_STRICTLY_VALID, "")]),
    ],
)
def test_cells_that_differ_are_told_and_taken(
    cells: tuple[Any, ...], told: list[tuple[NoteKind, str]]
) -> None:
    """Grading can put these right, so nobody is turned away for them."""
    notes = take(notebook(*cells)).notes
    assert [(note.kind, note.about) for note in notes] == told
    assert [Note(NoteKind(one.as_dict()["kind"]), one.about) for one in notes] == list(notes)


def test_the_wrong_assignment_is_named() -> None:
    """A trainee who picks the wrong file learns which assignment it belongs to."""
    away = refuse(notebook(medai="e5-case-clinic"))
    assert away.reason == DoorReason.OTHER_ASSIGNMENT
    assert "e5-case-clinic" in away.text.ko
    assert "e5-case-clinic" in away.text.en
    assert refuse(notebook(cell("x"))).reason == DoorReason.NO_KNOWN_CELLS
    assert kinds(take(notebook(cell(id="z"), medai="e1"))) == [NoteKind.LABELS_LOST]
    assert isinstance(check_hand_in(notebook(cell()), "a.ipynb", (), "e1"), Accepted)


@pytest.mark.parametrize("name", ["hw.ipynb.txt", "hw.ipynb.json", "hw.json"])
def test_endings_that_browsers_add_do_no_harm(name: str) -> None:
    """A notebook stays a notebook."""
    assert kinds(take(notebook(), name)) == [NoteKind.FILE_RENAMED]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"%PDF-1.7", "hw.ipynb", "name-disagrees"),
        (b"\n<!doctype html>", "hw.ipynb", "name-disagrees"),
        (b"\x89PNG\r\n", "hw.ipynb", "name-disagrees"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "hw.ipynb", "name-disagrees"),
        (zip_files({"hw.ipynb": notebook()}), "hw.ipynb", "name-disagrees"),
        (notebook(), "hw.zip", "name-disagrees"),
        (b"Rar!\x1a\x07\x00", "hw.zip", "other-packer"),
        (b"EGGA", "hw.egg", "other-packer"),
        (b"7z\xbc\xaf\x27\x1c", "hw.ipynb", "other-packer"),
        (notebook(), "hw.py", "other-kind"),
        (b"text", "hw.hwp", "other-kind"),
        (notebook(), "hw", "other-kind"),
        (b"", "hw.ipynb", "empty"),
        (b" \n", "hw.zip", "empty"),
        ("{}".encode("utf-16"), "hw.ipynb", "not-utf8"),
        (b'{"cells": "' + "한글".encode("cp949") + b'"}', "hw.ipynb", "not-utf8"),
        (notebook()[:50], "hw.ipynb", "not-json"),
        (notebook() + b"%PDF", "hw.ipynb", "not-json"),
        (notebook() + zip_files({"a": b"b"}), "hw.ipynb", "not-utf8"),
        (b"[" * 1_000_000, "hw.ipynb", "too-deep"),
        (b'{"nbformat":' + b"9" * 100_000 + b"}", "hw.ipynb", "not-json"),
        (b"NaN", "hw.ipynb", "not-a-notebook"),
        (b"[]", "hw.ipynb", "not-a-notebook"),
        (b'{"nbformat": 7}', "hw.ipynb", "too-new"),
        (zip_files({"a.csv": b"1"}), "hw.zip", "no-notebook"),
        (zip_files({"x/../../hw.ipynb": notebook()}), "hw.zip", "archive-outside"),
        (
            zip_files({"inner.zip": zip_files({"a": b"b"}), "hw.ipynb": notebook()}),
            "hw.zip",
            "archive-nested",
        ),
        (zip_files({"a": b"\0" * 5_000_000, "hw.ipynb": notebook()}), "hw.zip", "archive-bomb"),
        (b"%PDF-1.7\n" + zip_files({"hw.ipynb": notebook()}), "hw.zip", "archive-extra-bytes"),
        (zip_files({"hw.ipynb": notebook()})[:-1], "hw.zip", "archive-truncated"),
    ],
)
def test_everything_else_is_turned_away_with_its_reason(content: bytes, name: str, reason: str) -> None:
    """Each refusal has an id for staff and says in both languages what to do next."""
    away = refuse(content, name)
    assert away.reason == reason
    assert len(away.text.ko) > 30
    assert len(away.text.en) > 60
    assert "{" not in away.text.ko + away.text.en


def test_too_much_is_refused_before_it_is_read() -> None:
    """The limit counts first."""
    away = refuse(b"x" * 2000, limits=DoorLimits(max_bytes=1000))
    assert (away.reason, away.detail) == ("too-big", "2,000 bytes; the limit is 1,000")
    small = DoorLimits(archive=ArchiveLimits(entries=1))
    assert refuse(zip_files({"a": b"", "b": b""}), "hw.zip", limits=small).reason == "archive-too-many"


def _leaky() -> bytes:
    """A notebook whose running left a patient's number in every place that keeps results."""
    output = {"output_type": "stream", "name": "stdout", "text": [f"{SECRET}\n"]}
    cells = (cell("task-1", outputs=[output], execution_count=3), cell("test-1", extra=SECRET))
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": SECRET}}
    value = json.loads(notebook(*cells)) | {"metadata": {"widgets": widgets, "note": SECRET}}
    value["cells"][1]["metadata"]["editor"] = SECRET
    return json.dumps(value).encode()


@pytest.mark.parametrize("packed", [False, True])
def test_outputs_go_when_asked_and_nothing_keeps_them(packed: bool) -> None:
    """What is kept holds no result anywhere; both digests remain; grading reads the very same cells."""
    plain = _leaky()
    beside = {
        "old.ipynb": plain.replace(b"task-1", b"task-9").replace(b"test-1", b"x"),
        "bad.ipynb": b'{"a": "900101-1234567"',
    }
    sent = zip_files({"hw.ipynb": plain, **beside}) if packed else plain
    taken = take(sent, "hw.zip" if packed else "hw.ipynb", strip_outputs=True)
    assert taken.original is None
    assert taken.digest == hashlib.sha256(sent).hexdigest() != taken.notebook.digest
    assert not any(SECRET.encode() in file.content for file in taken.files)
    assert [file.path for file in taken.files] == (["hw.ipynb", "old.ipynb"] if packed else ["e1.ipynb"])
    assert kinds(taken)[-1] is NoteKind.OUTPUTS_REMOVED
    assert (NoteKind.UNREADABLE_LEFT_OUT in kinds(taken)) is packed
    before, after = parse_notebook(plain), parse_notebook(taken.notebook.content)
    assert isinstance(before, Opened)
    assert isinstance(after, Opened)
    assert [one["source"] for one in after.notebook["cells"]] == [
        one["source"] for one in before.notebook["cells"]
    ]
    assert [one["metadata"] for one in after.notebook["cells"]] == [
        one["metadata"] for one in before.notebook["cells"]
    ]
    assert take(taken.notebook.content).notes == ()


@pytest.mark.parametrize(
    "content",
    [
        notebook(
            cell("task-1", source="x = '\ud800'".encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
        ),
        notebook().replace(b"x = 1", rb"x = \ud800"),
        notebook().replace(b'"nbformat_minor": 5', b'"nbformat_minor": NaN'),
        notebook().replace(b'"nbformat_minor": 5', b'"nbformat_minor": 1e400'),
        notebook().replace(b'"nbformat_minor": 5', b'"nbformat_minor": ' + b"9" * 4000),
        notebook().replace(b'"metadata": {}', b'"metadata": {"a": NaN, "a": Infinity}', 1),
        notebook(cell("task-1", id="\u0000"), cell("test-1", id=None)),
        notebook().replace(b'"grade_id": "test-1"', rb'"grade_id": "\ud83d"'),
        b"\xef\xbb\xbf" + notebook(),
    ],
)
@pytest.mark.parametrize("strip", [False, True])
def test_odd_values_neither_break_the_door_nor_pass_on(content: bytes, strip: bool) -> None:
    """Lone surrogates, NaN, huge numbers and keys that stand twice are taken and become harmless."""
    taken = take(content, strip_outputs=strip)
    assert json.dumps([note.as_dict() for note in taken.notes], ensure_ascii=False).encode()
    assert isinstance(parse_notebook(taken.notebook.content), Opened)


@given(st.binary(max_size=200), st.text(max_size=30), st.booleans())
def test_no_bytes_break_the_door(content: bytes, name: str, packed: bool) -> None:
    """Whatever is sent, there is an answer."""
    for ending in ("", ".ipynb", ".zip"):
        sent = zip_files({"hw.ipynb": content}) if packed else content
        assert isinstance(check_hand_in(sent, name + ending, IDS, "e1"), TurnedAway)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\fakepath\\과제.ipynb", "과제.ipynb"),
        ("../../etc/passwd.ipynb", "passwd.ipynb"),
        ("a\u202eb.ipynb", "a\ufffdb.ipynb"),
        ("a\ud800.ipynb", "a?.ipynb"),
        ("a\r\nSet-Cookie: x.ipynb", "a\ufffd\ufffdSet-Cookie: x.ipynb"),
        ("\u1100\u1161.ipynb", "가.ipynb"),
        ("", "notebook.ipynb"),
        ("x" * 300 + ".ipynb", "x" * 180 + "…" + "x" * 12 + ".ipynb"),
    ],
)
def test_file_names_are_shown_safely(sent: str, shown: str) -> None:
    """A name never carries folders, line ends or letters that turn others around."""
    assert clean_name(sent) == shown


def test_every_reason_and_note_has_words() -> None:
    """No id without a text."""
    assert FAULTS.keys() == set(Fault)
    assert REASONS.keys() == set(DoorReason)
    assert NOTES.keys() == set(NoteKind)


def test_notebooks_under_any_name_lose_their_outputs() -> None:
    """Browsers and exports name them otherwise; what is no notebook stays as it is."""
    plain, data = _leaky(), b'{"readings": [1, 2]}'
    beside = {
        "old.ipynb.txt": plain,
        "OLD.IPYNB.JSON": plain,
        "copy.json": plain,
        "broken.json": plain[:-1],
        "broken.ipynb.json": data,
        "page.html": b"<p>" + SECRET.encode(),
        "data.json": data,
        "picture.png": b"\x89PNG",
    }
    taken = take(zip_files({"hw.ipynb": notebook(), **beside}), "hw.zip", strip_outputs=True)
    assert not any(SECRET.encode() in file.content for file in taken.files)
    left_out = {"broken.json", "broken.ipynb.json", "page.html"}
    assert {file.path for file in taken.files} == {"hw.ipynb", *beside} - left_out
    assert {file.path: file.content for file in taken.files}["data.json"] == data
    [told] = [note.about for note in taken.notes if note.kind is NoteKind.UNREADABLE_LEFT_OUT]
    assert set(told.split(", ")) == left_out
