"""Archives are unpacked as they are meant or not at all; nothing an archive says is believed."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.archives.fault_names import FAULT_NAMES
from grader.archives.limits import (
    ArchiveLimits,
    BadArchive,
    Fault,
    is_made_by_programs,
    is_packed,
    judge_path,
)
from grader.archives.unpack import open_archive, unpack_all

LIMITS = ArchiveLimits()
ANY_KIND = ArchiveLimits(nested=True)
UTF8 = 1 << 11


def pack(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack files as Python does."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


class Forger:
    """Builds ZIP bytes field by field, so that any of them can lie."""

    def __init__(self) -> None:
        self.body = b""
        self.directory = b""
        self.count = 0

    def add(
        self,
        name: bytes,
        content: bytes = b"x",
        *,
        flags: int = UTF8,
        method: int = 8,
        mode: int = 0o100644,
        packed: bytes | None = None,
        size: int | None = None,
        crc: int | None = None,
        local_name: bytes | None = None,
        offset: int | None = None,
        descriptor: bytes = b"",
    ) -> Forger:
        """Add an entry; what is not given is true."""
        squeeze = zlib.compressobj(9, wbits=-15)
        data = (
            packed
            if packed is not None
            else content
            if method == 0
            else squeeze.compress(content) + squeeze.flush()
        )
        size = len(content) if size is None else size
        crc = zlib.crc32(content) if crc is None else crc
        here = len(self.body) if offset is None else offset
        numbers = (0, 0, 0) if descriptor else (crc, len(data), size)
        local = local_name if local_name is not None else name
        head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, *numbers, len(local), 0)
        if offset is None:
            self.body += head + local + data + descriptor
        where = (
            3 << 8 | 20,
            20,
            flags,
            method,
            0,
            33,
            crc,
            len(data),
            size,
            len(name),
            0,
            0,
            0,
            0,
            mode << 16,
            here,
        )
        self.directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", *where) + name
        self.count += 1
        return self

    def end(
        self, *, count: int | None = None, start: int | None = None, before: bytes = b"", comment: bytes = b""
    ) -> bytes:
        """Return the archive."""
        count = self.count if count is None else count
        start = len(self.body) + len(before) if start is None else start
        fields = (0, 0, count & 0xFFFF, count & 0xFFFF, len(self.directory), start, len(comment))
        return before + self.body + self.directory + struct.pack("<4s4H2LH", b"PK\5\6", *fields) + comment


def fault_of(content: bytes, limits: ArchiveLimits = LIMITS) -> Fault:
    """Return why an archive is refused."""
    with pytest.raises(BadArchive) as caught:
        unpack_all(content, limits)
    return caught.value.fault


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_honest_archive_comes_out_as_it_went_in(method: int) -> None:
    """Files, empty files, folders and Korean names survive."""
    files = {"과제/hw.ipynb": b"{}" * 5000, "과제/data/a.csv": b"", "b.txt": b"x"}
    assert unpack_all(pack({"과제/": b"", **files}, method), LIMITS) == files


@given(
    st.dictionaries(
        st.text("가나다abc 1-_", min_size=1, max_size=12)
        .filter(lambda name: not name.endswith(" "))
        .map(lambda n: f"d/{n}.x"),
        st.binary(max_size=300),
        max_size=6,
    )
)
def test_what_python_packs_is_unpacked(files: dict[str, bytes]) -> None:
    """Any archive that Python's own writer makes is read, also one written to a pipe."""
    assert unpack_all(pack(files), ANY_KIND) == files

    class Pipe(io.RawIOBase):
        """A stream that cannot go back: sizes then follow the data."""

        content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.content += bytes(data)  # type: ignore[call-overload]
            return len(data)  # type: ignore[arg-type]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(content)
    assert unpack_all(pipe.content, ANY_KIND) == files


@settings(max_examples=300)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=3), st.booleans())
def test_a_damaged_archive_is_refused_or_read_right(place: int, noise: bytes, cut: bool) -> None:
    """Whatever bytes change, the answer is the true content or BadArchive: never another error."""
    files = {"hw.ipynb": b'{"cells": []}' * 3, "d/a.csv": b"1,2\n" * 20}
    content = pack(files)
    place %= len(content)
    broken = content[:place] if cut else content[:place] + noise + content[place + len(noise) :]
    try:
        found = unpack_all(broken, LIMITS)
    except BadArchive:
        return
    assert sorted(found.values()) == sorted(files.values())


@given(st.binary(max_size=300).map(lambda noise: b"PK\3\4" + noise + b"PK\5\6" + b"\0" * 18))
def test_noise_is_refused(content: bytes) -> None:
    """Random bytes that look like an archive raise BadArchive only."""
    with pytest.raises(BadArchive):
        unpack_all(content, LIMITS)


OUTSIDE = [
    *("../a", "a/../../b", "..", "a/..", "/etc/passwd", "//host/share/a", "\\\\host\\share", "..\\a"),
    *("a\\..\\..\\b", "C:\\a", "C:/a", "c:a", "\\a"),
]
BAD_NAMES = [
    *(
        "a\\b",
        "a\0b",
        "a\nb",
        "a\u202eb.ipynb",
        "a\u200bb",
        "a\ufeffb",
        "CON",
        "con.ipynb",
        "a/NUL.txt",
        "com1",
        "LPT9.csv",
    ),
    *(
        "COM¹",
        "aux .txt",
        "a.",
        "a ",
        "a/. /b",
        "...",
        "a//b",
        "./a",
        "ab:stream",
        'a"b',
        "a?b",
        "a*b",
        "a|b",
        "a<b>",
        "x" * 201,
    ),
]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *((name, Fault.OUTSIDE) for name in OUTSIDE),
        *((name, Fault.BAD_NAME) for name in BAD_NAMES),
        ("a/b/c/d/e/f/g/h/i", Fault.TOO_DEEP),
    ],
)
def test_names_that_lead_astray_are_refused(name: str, fault: Fault) -> None:
    """Traversal in every spelling, devices, streams and invisible letters never come out as a path."""
    assert fault_of(Forger().add(name.encode()).end()) is fault


@pytest.mark.parametrize(
    "name", ["과제 1.ipynb", "a/b/c.csv", "conn.txt", "comx.txt", "..a", "%2e%2e", "com10"]
)
def test_harmless_names_pass(name: str) -> None:
    """Names that only look a little like bad ones are taken."""
    assert judge_path(name, LIMITS) is None
    assert unpack_all(Forger().add(name.encode()).end(), LIMITS) == {name: b"x"}


@pytest.mark.parametrize(
    ("raw", "flags"),
    [
        ("과제.ipynb".encode(), UTF8),
        ("과제.ipynb".encode(), 0),
        ("과제.ipynb".encode("cp949"), 0),
        (unicodedata.normalize("NFD", "과제.ipynb").encode(), UTF8),
        (unicodedata.normalize("NFD", "과제.ipynb").encode(), 0),
    ],
)
def test_korean_names_of_every_system_are_read(raw: bytes, flags: int) -> None:
    """Windows' code page, macOS's decomposed letters and plain UTF-8 give one name."""
    assert list(unpack_all(Forger().add(raw, flags=flags).end(), LIMITS)) == ["과제.ipynb"]


def _overlapping() -> bytes:
    forger = Forger().add(b"a", b"0" * 1000)
    return forger.add(b"b", b"0" * 1000, offset=0).end()


def _quine() -> bytes:
    """Two lines of the directory share one header's bytes, as bombs without nesting do."""
    forger = Forger().add(b"a", b"0" * 1000)
    return forger.add(b"a2", b"0" * 1000, offset=5).end()


HONEST = Forger().add(b"a.ipynb", b"{}" * 50).end()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", Fault.NOT_ZIP),
        (b"PK", Fault.TRUNCATED),
        (b"%PDF-1.7", Fault.NOT_ZIP),
        (b"7z\xbc\xaf\x27\x1c", Fault.NOT_ZIP),
        (HONEST[:-5], Fault.TRUNCATED),
        (HONEST[:30], Fault.TRUNCATED),
        (HONEST + b"<script>", Fault.EXTRA_BYTES),
        (b"%PDF-1.7\n" + HONEST, Fault.EXTRA_BYTES),
        (Forger().add(b"a").end(before=b"PK\3\4 prefix"), Fault.TRUNCATED),
        (Forger().add(b"a").end(comment=b"c" * 300), Fault.EXTRA_BYTES),
        (Forger().add(b"a").add(b"b").end(count=1), Fault.DISAGREES),
        (Forger().add(b"a").end(count=2), Fault.DISAGREES),
        (Forger().add(b"a").end(start=0), Fault.EXTRA_BYTES),
        (_overlapping(), Fault.EXTRA_BYTES),
        (_quine(), Fault.EXTRA_BYTES),
        (Forger().add(b"a", local_name=b"b").end(), Fault.DISAGREES),
        (Forger().add(b"a", b"long" * 9, size=5).end(), Fault.DISAGREES),
        (Forger().add(b"a", b"long" * 9, size=500).end(), Fault.DISAGREES),
        (Forger().add(b"a", crc=1).end(), Fault.CORRUPT),
        (Forger().add(b"a", packed=b"\xff\xff\xff").end(), Fault.CORRUPT),
        (Forger().add(b"a", packed=b"").end(), Fault.TRUNCATED),
        (Forger().add(b"a", b"x", method=0, packed=b"xy").end(), Fault.DISAGREES),
        (Forger().add(b"a", flags=UTF8 | 8, descriptor=b"PK\7\x08" + b"\0" * 12).end(), Fault.DISAGREES),
        (Forger().add(b"a", flags=UTF8 | 1).end(), Fault.ENCRYPTED),
        (Forger().add(b"a", flags=UTF8 | 1 << 6 | 1).end(), Fault.ENCRYPTED),
        (Forger().add(b"a", method=9).end(), Fault.METHOD),
        (Forger().add(b"a", method=12).end(), Fault.METHOD),
        (Forger().add(b"a", b"/etc/passwd", mode=0o120777).end(), Fault.LINK),
        (Forger().add(b"pipe", mode=0o010644).end(), Fault.LINK),
        (Forger().add(b"dev", mode=0o060644).end(), Fault.LINK),
        (Forger().add(b"a.txt").add(b"A.TXT").end(), Fault.DUPLICATE),
        (Forger().add("가".encode()).add(unicodedata.normalize("NFD", "가").encode()).end(), Fault.DUPLICATE),
        (Forger().add(b"a").add(b"a/b").end(), Fault.DUPLICATE),
        (Forger().add(b"a/b").add(b"a").end(), Fault.DUPLICATE),
        (Forger().add(b"d/", b"content").end(), Fault.DISAGREES),
        (Forger().add(b"inner.zip", HONEST).end(), Fault.NESTED),
        (Forger().add(b"data.csv", HONEST).end(), Fault.NESTED),
        (Forger().add(b"a.gz", b"\x1f\x8b\x08").end(), Fault.NESTED),
        (Forger().add(b"a.tar", b"\0" * 257 + b"ustar\x0000").end(), Fault.NESTED),
        (Forger().add(b"\xff\xfe", flags=0).end(), Fault.BAD_NAME),
        (Forger().add(b"\xb0\xa1", flags=UTF8).end(), Fault.BAD_NAME),
        (Forger().add(b"big", b"\0" * 3_000_000).end(), Fault.BOMB),
        (Forger().add(b"big", b"\0" * 30_000_000).end(), Fault.TOO_BIG),
        (Forger().add(b"big", b"\0" * 30_000_000, size=5).end(), Fault.DISAGREES),
        (pack({f"{n}": b"" for n in range(201)}), Fault.TOO_MANY),
    ],
)
def test_every_trick_has_its_fault(content: bytes, fault: Fault) -> None:
    """Each hostile archive is refused for what is wrong with it."""
    assert fault_of(content) is fault


def test_the_limit_on_everything_counts_what_really_came_out() -> None:
    """Files that are small one by one are refused when they are too much together."""
    limits = ArchiveLimits(total_bytes=1000, file_bytes=600)
    fair = {"a": bytes(range(250)) * 2, "b": bytes(range(250)) * 2}
    assert unpack_all(pack(fair), limits) == fair
    assert fault_of(pack({**fair, "c": b"1"}), limits) is Fault.TOO_BIG
    archive = open_archive(io.BytesIO(pack(fair)), limits)
    for member in archive.members:
        archive.read(member)
    with pytest.raises(BadArchive, match="altogether"):
        archive.read(archive.members[0])


def test_one_bad_file_does_not_hide_the_others() -> None:
    """Of a class's archive every usable file can be read; the bad ones carry their fault."""
    content = Forger().add(b"good.ipynb", b"{}").add(b"CON", b"x").add(b"link", mode=0o120777).end()
    archive = open_archive(io.BytesIO(content), LIMITS)
    assert [member.fault for member in archive.members] == [None, Fault.BAD_NAME, Fault.LINK]
    assert archive.read(archive.members[0]) == b"{}"
    with pytest.raises(BadArchive):
        archive.read(archive.members[1])


def test_documents_are_no_archives() -> None:
    """Word, Hangul and numpy files are ZIP inside and may lie beside a notebook; a plain ZIP may not."""
    inner = pack({"a": b"x"})
    assert unpack_all(pack({"letter.docx": inner, "form.HWPX": inner, "x.npz": inner}), LIMITS).keys()
    assert not is_packed(inner, "x.npz")
    assert unpack_all(pack({"work.zip": inner}), ANY_KIND) == {"work.zip": inner}


def test_every_fault_has_a_name_in_both_languages() -> None:
    """Staff's lists say what is wrong in the reader's language."""
    assert FAULT_NAMES.keys() == set(Fault)


@pytest.mark.parametrize(
    "path", ["a/.DS_Store", "__MACOSX/a", "a/__pycache__/b.pyc", "a/._답.ipynb", "Thumbs.db"]
)
def test_what_programs_make_is_no_work(path: str) -> None:
    """In any folder, in any case of letters; a name that only resembles one is a person's."""
    assert is_made_by_programs(path)
    assert not is_made_by_programs(f"a/my {path.rsplit('/', 1)[-1]}.ipynb")


def test_zip64_is_read_and_its_lies_are_not() -> None:
    """A ZIP64 end that agrees is fine; one that differs from the plain end is refused."""
    forger = Forger().add(b"a", b"hello")
    plain = forger.end()
    start, size = len(forger.body), len(forger.directory)

    def wide(count: int, narrow: tuple[int, int, int], where: int = start + size) -> bytes:
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, where, 1)
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, narrow[0], narrow[0], narrow[1], narrow[2], 0)
        return plain[: start + size] + record + locator + end

    full = (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    assert unpack_all(wide(1, full), LIMITS) == {"a": b"hello"}
    assert unpack_all(wide(1, (1, size, start)), LIMITS) == {"a": b"hello"}
    assert fault_of(wide(1, (2, size, start))) is Fault.DISAGREES
    assert fault_of(wide(1 << 40, full)) is Fault.TOO_MANY
    assert fault_of(wide(1, full, where=3)) is Fault.EXTRA_BYTES


def test_hostile_archives_cost_little_memory(tmp_path: Path) -> None:
    """Ten thousand entries and bombs of a gigabyte are refused within 30 MB and without being unpacked."""
    many = Forger()
    for number in range(10_000):
        many.add(b"%d" % number, b"", method=0)
    squeeze = zlib.compressobj(9, wbits=-15)
    zeros = b"".join(squeeze.compress(b"\0" * 1_000_000) for _ in range(1000)) + squeeze.flush()
    samples = {
        "many": many.end(),
        "many-lying": many.end(count=3),
        "long-name": Forger().add(b"a/" * 32_000).add(b"b/" * 32_000).end(),
        "bomb": Forger().add(b"a", packed=zeros, size=10**9, crc=0).end(),
        "bomb-lying": Forger().add(b"a", packed=zeros, size=10, crc=0).end(),
        "bomb-just-below": Forger().add(b"a", packed=zeros, size=19_000_000, crc=0).end(),
    }
    for name, content in samples.items():
        (tmp_path / name).write_bytes(content)
    code = (
        "import resource, sys, pathlib\n"
        "from grader.archives.limits import ArchiveLimits, BadArchive\n"
        "from grader.archives.unpack import open_archive\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak()\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    with path.open('rb') as stream:\n"
        "        try:\n"
        "            archive = open_archive(stream, ArchiveLimits())\n"
        "            [archive.read(member) for member in archive.members]\n"
        "        except BadArchive as error: print(path.name, error.fault, peak() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert {name: fault for name, fault, _ in lines} == {
        "many": "too-many",
        "many-lying": "disagrees",
        "long-name": "disagrees",
        "bomb": "too-big",
        "bomb-lying": "disagrees",
        "bomb-just-below": "disagrees",
    }
    assert int(lines[-1][2]) < 30_000
