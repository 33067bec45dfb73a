"""The door lets readable notebooks in and names a reason for everything else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading import door
from grader.grading.door import Opened, open_notebook, parse_notebook, read_regular_file
from grader.grading.reasons import Reason, Refusal

CELL = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}


def notebook(*cells: object, **fields: object) -> bytes:
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **fields}
    ).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \n\x00\t", Reason.EMPTY),
        ('{"cells": "한글"}'.encode("cp949"), Reason.NOT_UTF8),
        ('{"cells": []}'.encode("utf-16"), Reason.NOT_UTF8),
        (notebook(CELL)[:40], Reason.NOT_JSON),
        (b"<html>", Reason.NOT_JSON),
        (b'{"nbformat": 4' + b"9" * 6000 + b"}", Reason.NOT_JSON),
        (b"[" * 100_000, Reason.TOO_DEEP),
        (b'{"a":' * 200 + b"1" + b"}" * 200, Reason.TOO_DEEP),
        (b"[]", Reason.NOT_A_NOTEBOOK),
        (b'"text"', Reason.NOT_A_NOTEBOOK),
        (b"{}", Reason.NOT_A_NOTEBOOK),
        (b'{"nbformat": true, "cells": []}', Reason.NOT_A_NOTEBOOK),
        (b'{"nbformat": 4, "cells": {}}', Reason.NOT_A_NOTEBOOK),
        (notebook("no cell"), Reason.NOT_A_NOTEBOOK),
        (notebook({"cell_type": "slide", "source": ""}), Reason.NOT_A_NOTEBOOK),
        (notebook({"cell_type": "code", "source": 5}), Reason.NOT_A_NOTEBOOK),
        (b'{"nbformat": 2, "worksheets": []}', Reason.NOT_A_NOTEBOOK),
        (b'{"nbformat": 5, "cells": []}', Reason.TOO_NEW),
        (notebook(*[CELL] * 2001), Reason.TOO_MANY_CELLS),
        (notebook({**CELL, "source": "x" * 500_001}), Reason.TOO_MANY_CELLS),
    ],
)
def test_bad_bytes_get_their_reason(content: bytes, reason: Reason) -> None:
    """Every kind of unusable file is refused with the reason that fits."""
    refusal = parse_notebook(content)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


@pytest.mark.parametrize(
    "content", [b'"' + b'\\"' * 500_000, b'"' + b'\\"' * 500_000 + b"\\", b'{"a": "' + b"x" * 1_000_000]
)
def test_hostile_strings_are_refused_in_linear_time(content: bytes) -> None:
    """A string that never closes does not send the nesting check into quadratic time."""
    refusal = parse_notebook(content)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_JSON


def test_brackets_inside_strings_do_not_count() -> None:
    """Code full of brackets is not deep nesting."""
    opened = parse_notebook(notebook({**CELL, "source": "[" * 500 + '\\"' + "{" * 500}))
    assert isinstance(opened, Opened)


def test_a_notebook_comes_in_with_what_grading_needs() -> None:
    """Sources become text, outputs stay as they are, foreign metadata stay outside."""
    cell = {
        **CELL,
        "id": "a",
        "source": ["x = 1\r\n", "y = 2"],
        "metadata": {"nbgrader": {"grade_id": "a"}, "collapsed": True},
        "outputs": [{"output_type": "stream"}],
    }
    opened = parse_notebook(
        b"\xef\xbb\xbf" + notebook(cell, metadata={"medai": {"assignment": "sample"}, "x": 1})
    )
    assert isinstance(opened, Opened)
    assert opened.notebook == {
        "cells": [
            {
                "cell_type": "code",
                "id": "a",
                "source": "x = 1\ny = 2",
                "metadata": {"nbgrader": {"grade_id": "a"}},
                "outputs": [{"output_type": "stream"}],
            }
        ],
        "metadata": {"medai": {"assignment": "sample"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    assert not opened.upgraded


def test_text_that_utf8_cannot_hold_is_replaced() -> None:
    """Half a surrogate pair, which JSON can carry, cannot stop a later write."""
    opened = parse_notebook(b'{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "a\\ud800b"}]}')
    assert isinstance(opened, Opened)
    assert opened.notebook["cells"][0]["source"] == "a\ufffdb"


def test_an_old_notebook_is_upgraded() -> None:
    """Format 3 with its worksheets and headings is read, and marked as upgraded."""
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": ["Title"], "metadata": {}},
                    {"cell_type": "code", "input": ["x = 1"], "metadata": {"nbgrader": {"grade_id": "a"}}},
                ]
            }
        ],
    }
    opened = parse_notebook(json.dumps(old).encode())
    assert isinstance(opened, Opened)
    assert opened.upgraded
    assert [(cell["cell_type"], cell["source"]) for cell in opened.notebook["cells"]] == [
        ("markdown", "## Title"),
        ("code", "x = 1"),
    ]


def test_pasted_pictures_come_in_within_limits() -> None:
    """A written answer keeps its pasted pictures; other attachments and too big ones do not."""
    small, big = {"image/png": "aGk="}, {"image/png": "A" * 3_000_001}
    attachments: dict[str, Any] = {
        "a.png": small,
        "b.png": big,
        "c.svg": {"image/svg+xml": "<svg/>"},
        "d": "x",
    }
    opened = parse_notebook(notebook({"cell_type": "markdown", "source": "", "attachments": attachments}))
    assert isinstance(opened, Opened)
    assert opened.notebook["cells"][0]["attachments"] == {"a.png": small}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A symbolic link is refused, whether it leads to a notebook, nowhere or to itself."""
    (tmp_path / "real.ipynb").write_bytes(notebook(CELL))
    for name, target in (("a", "real.ipynb"), ("b", "nowhere"), ("c", "c")):
        (tmp_path / name).symlink_to(target)
        assert open_notebook(tmp_path / name) == Refusal(Reason.LINK)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    """A folder, a pipe that nobody writes to and a missing file are refused without waiting."""
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert open_notebook(tmp_path / "folder.ipynb") == Refusal(Reason.FOLDER)
    assert open_notebook(tmp_path / "pipe") == Refusal(Reason.NOT_A_FILE)
    missing = open_notebook(tmp_path / "missing")
    assert isinstance(missing, Refusal)
    assert missing.reason is Reason.UNREADABLE


def test_a_link_put_there_after_the_look_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and opening a file may be swapped for a link: opening refuses as well."""
    (tmp_path / "secret").write_text("secret")
    path = tmp_path / "a.ipynb"
    path.symlink_to("secret")
    real = os.lstat(tmp_path / "secret")
    monkeypatch.setattr(Path, "lstat", lambda self: real)
    refusal = read_regular_file(path)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.UNREADABLE


def test_60_megabytes_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is refused by its size, before a byte of it is read."""
    path = tmp_path / "big.ipynb"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    monkeypatch.setattr(door, "parse_notebook", lambda content: pytest.fail("it was read"))
    refusal = open_notebook(path)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.TOO_BIG
    assert "60,000,000" in refusal.detail


def test_a_good_submission_opens(
    full: dict[str, Any], as_bytes: Callable[..., bytes], tmp_path: Path
) -> None:
    """What a trainee normally hands in comes through the door."""
    path = tmp_path / "any name.ipynb"
    path.write_bytes(as_bytes(full))
    opened = open_notebook(path)
    assert isinstance(opened, Opened)
    assert len(opened.notebook["cells"]) == len(full["cells"])


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_to_both_in_both_languages(reason: Reason) -> None:
    """Trainees read that no points are lost and what to do; graders read what happened."""
    told = Refusal(reason, "detail").as_dict()
    assert "깎인 점수는 없습니다" in told["trainee"]["ko"]
    assert "no points were taken off" in told["trainee"]["en"]
    assert told["grader"]["ko"]
    assert told["grader"]["en"]
