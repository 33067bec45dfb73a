"""What travels: what the trainee made, nothing that was handed out, nothing that leads elsewhere."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from nbgrader.utils import ignore_patterns

from grader.exchange.packing import digest_files, pack_hand_in, read_folder, unzip_files, zip_files
from grader.exchange.portable import is_portable_name
from grader.exchange.troubles import BrokenAnswer, PortalTrouble

IGNORE = ignore_patterns([".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"], ["*"], 100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "e1"
    for name, content in {
        "e1.ipynb": b"{}",
        "data/people.csv": b"a,b\n",
        "medai_lab/__init__.py": b"",
        "medai_lab/__pycache__/x.pyc": b"x",
        ".ipynb_checkpoints/e1-checkpoint.ipynb": b"{}",
        "feedback/attempt-1/e1.html": b"<p>",
        "big.bin": b"0" * 100_001,
    }.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made


def test_settings_of_the_course_directory_are_honoured(folder) -> None:
    assert sorted(read_folder(folder, IGNORE)) == ["data/people.csv", "e1.ipynb", "medai_lab/__init__.py"]


def test_links_are_not_followed(folder, tmp_path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("k")
    (folder / "linked").symlink_to(tmp_path / "secret")
    (folder / "key.txt").symlink_to(tmp_path / "secret" / "key")
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    assert not {"linked/key", "key.txt", "gone"} & set(read_folder(folder, IGNORE))


def test_too_much_is_refused_before_it_is_read(folder) -> None:
    with pytest.raises(PortalTrouble, match="제출되지 않았습니다") as caught:
        read_folder(folder, IGNORE, max_bytes=3)
    assert "3 bytes" in str(caught.value)


def test_what_was_handed_out_stays_here(folder) -> None:
    files = read_folder(folder, IGNORE)
    handed_out = set(digest_files(files).items())
    alone = pack_hand_in(files, handed_out)
    assert (alone.file_name, alone.content) == ("e1.ipynb", b"{}")
    changed = {**files, "data/people.csv": b"mine", "extra.csv": b"1"}
    packed = pack_hand_in(changed, handed_out)
    assert packed.file_name == "hand-in.zip"
    assert unzip_files(packed.content) == {
        "e1.ipynb": b"{}",
        "data/people.csv": b"mine",
        "extra.csv": b"1",
    }


def test_the_same_folder_gives_the_same_bytes(folder) -> None:
    first = pack_hand_in(read_folder(folder, IGNORE), ()).content
    (folder / "data/people.csv").touch()
    assert pack_hand_in(read_folder(folder, IGNORE), ()).content == first


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"no zip", archive("../x"), archive("/etc/x"), archive("C:/x"), archive("a\\..\\x")),
        *(archive("aux.txt"), archive("a:b"), archive("A.txt", "a.txt"), archive("x.")),
        zip_files({"a": b"b"})[:-5],
        zip_files({"bomb": b"0" * 50_000_000}),
    ],
)
def test_archives_that_could_harm_are_not_unpacked(content) -> None:
    with pytest.raises(BrokenAnswer, match="archive"):
        unzip_files(content)


@pytest.mark.parametrize("name", ["e1-x", "1234", "김민수", "a b", "kim.ms@x.kr"])
def test_names_for_every_system(name: str) -> None:
    assert is_portable_name(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "a\\b", "C:", "con", "NUL.txt", "a:b", "x ", "x.", "a\n", "a\0", "*", "x" * 300],
)
def test_names_that_some_system_refuses(name: str) -> None:
    assert not is_portable_name(name)
