"""Broken files: each gets its own problem, and none hides the others."""

from __future__ import annotations

import random

import pytest

from grader.errors import InvalidContent
from grader.manifest.read import load_course, read_course

MODULE = "course/modules/e0-start/module.yml"
QUIZ = "course/modules/e0-start/quiz.yml"
GLOSSARY = "course/glossary.csv"
HEADER = "ko,en,avoid_ko,avoid_en,note_ko,note_en\n"


def test_every_file_can_be_missing_at_once(course) -> None:
    """Each required file that is missing is named; nothing raises."""
    required = [
        "course/course.yml",
        "course/facts.yml",
        GLOSSARY,
        MODULE,
        QUIZ,
        "course/modules/e0-start/lesson.ko.md",
        "course/modules/e0-start/lesson.en.md",
        "course/modules/e0-start/instructor.ko.md",
        "course/modules/e0-start/instructor.en.md",
        "assignments/e0-start/assignment.yml",
        "assignments/e0-start/sheet.md",
    ]
    for path in required:
        course.remove(path)
    missing = {path for path, line, code in course.found() if code == "missing-file" and line == 0}
    assert missing == set(required)


def test_an_empty_directory_is_no_crash(tmp_path) -> None:
    """Where there is no course at all, the three top files are missing."""
    course, problems = read_course(tmp_path)
    assert course is None
    assert [(problem.path, problem.code) for problem in problems] == [
        ("course/course.yml", "missing-file"),
        ("course/facts.yml", "missing-file"),
        ("course/glossary.csv", "missing-file"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b"", 0, "empty-file"),
        (b"# only a comment\n", 0, "empty-file"),
        (b"id: e0-start\n\tcode: E0\n", 2, "broken-yaml"),
        (b"id: e0-start\ntitle: {ko: a, en: b\ncode: E0\n", 2, "broken-yaml"),
        (b'id: "e0-start\ncode: E0\n', 1, "broken-yaml"),
        (b"id: a: b\n", 1, "broken-yaml"),
        (b"id: e0-start\n---\nid: e0-start\n", 2, "broken-yaml"),
        (b"id: \x00\n", 1, "broken-yaml"),
        (b"id: !!python/object:os.system x\n", 1, "broken-yaml"),
        (b"id: &a {b: 1}\ncode: *a\n", 1, "broken-yaml"),
        (b"<<: {id: e0-start}\n", 1, "broken-yaml"),
        (b"[" * 100_000, 0, "broken-yaml"),
        (b"on: 1\n", 1, "key-not-text"),
        (b"- id: e0-start\n", 1, "wrong-type"),
        (b"just text\n", 1, "wrong-type"),
        ("id: 시작\n".encode("cp949"), 1, "not-utf8"),
        ("id: x\ntitle: 시작\n".encode("cp949"), 2, "not-utf8"),
        ("id: e0-start\n".encode("utf-16"), 1, "not-utf8"),
    ],
)
def test_broken_yaml_is_explained(course, content: bytes, line: int, code: str) -> None:
    """Whatever stands in a YAML file, the answer is a problem on the right line."""
    course.write(MODULE, content)
    assert (MODULE, line, code) in course.found()


def test_a_tab_is_named(course) -> None:
    """The message says that a tab is the trouble."""
    course.write(MODULE, "id: e0-start\ntitle:\n\tko: a\n")
    (problem,) = [problem for problem in course.problems() if problem.code == "broken-yaml"]
    assert (problem.line, problem.message) == (3, "a tab stands where YAML wants spaces")


def test_duplicate_key(course) -> None:
    """Two equal keys are a problem on the second, which names the first."""
    course.edit(MODULE, "revision: 1\n", "revision: 1\ncode: E5\n")
    (problem,) = course.problems()
    assert (problem.line, problem.code) == (4, "duplicate-key")
    assert "line 2" in problem.message


def test_byte_order_mark_is_found_and_the_rest_still_read(course) -> None:
    """A file with a BOM is read, and said to have one."""
    course.write(MODULE, b"\xef\xbb\xbf" + course.read(MODULE).encode())
    assert course.found() == [(MODULE, 1, "byte-order-mark")]


def test_windows_line_ends_are_fine(course) -> None:
    """Line ends of Windows change nothing, hashes included."""
    for path in (MODULE, "course/modules/e0-start/lesson.ko.md", GLOSSARY, "assignments/e0-start/sheet.md"):
        course.write(path, course.read(path).replace("\n", "\r\n"))
    assert course.found() == []


def test_a_directory_instead_of_a_file(course) -> None:
    """A directory with a file's name counts as a missing file."""
    course.remove(QUIZ)
    (course.root / QUIZ).mkdir()
    (problem,) = [problem for problem in course.problems() if problem.path == QUIZ]
    assert problem.code == "missing-file"
    assert "directory" in problem.message


def test_a_link_to_nowhere(course) -> None:
    """A broken symbolic link is unreadable, not a crash."""
    course.remove(QUIZ)
    (course.root / QUIZ).symlink_to("nowhere.yml")
    assert (QUIZ, 0, "unreadable-file") in course.found()


def test_an_empty_page(course) -> None:
    """A page without text is a problem, with front matter or without."""
    course.write("course/modules/e0-start/instructor.en.md", "---\nsource_hash: 0\n---\n\n")
    assert ("course/modules/e0-start/instructor.en.md", 0, "empty-file") in course.found()


def test_an_empty_sheet(course) -> None:
    """A sheet without text is a problem."""
    course.write("assignments/e0-start/sheet.md", "\n")
    assert ("assignments/e0-start/sheet.md", 0, "empty-file") in course.found()


@pytest.mark.parametrize(
    ("front", "line", "code"),
    [
        ("---\nsource_hash: [1\n---\n", 2, "broken-yaml"),
        ("---\nsource_hash: 1\nsource_hash: 2\n---\n", 3, "duplicate-key"),
        ("---\n- a\n---\n", 2, "wrong-type"),
        ("---\nsource_hash: 1\n", 1, "broken-yaml"),
    ],
)
def test_broken_front_matter(course, front: str, line: int, code: str) -> None:
    """Front matter is YAML and is held to it, with lines counted from the top of the file."""
    path = "course/modules/e0-start/instructor.en.md"
    course.write(path, front + "## Time {#time}\n\nTake 20 minutes.\n")
    assert (path, line, code) in course.found()


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        ("", 0, "empty-file"),
        ("ko,en\n혈압,blood pressure\n", 1, "csv-header"),
        (HEADER + "혈압,blood pressure\n", 2, "csv-row"),
        (HEADER + "혈압,blood pressure,,,,,\n", 2, "csv-row"),
        (HEADER + '"혈압\n고혈압",b,,,,\n맥박,pulse\n', 4, "csv-row"),
        (HEADER + '혈압,"blood" pressure,,,,\n', 2, "csv-row"),
        (HEADER + "혈압,,,,,\n", 2, "missing-language"),
        (HEADER + "혈압,a,,,,\n맥박,A,,,,\n", 3, "duplicate-id"),
    ],
)
def test_broken_glossary(course, content: str, line: int, code: str) -> None:
    """A wrong header, ragged rows and missing words are found, on their lines."""
    course.write(GLOSSARY, content)
    assert (GLOSSARY, line, code) in course.found()


@pytest.mark.parametrize(
    "path",
    [
        "course/modules/e0-start/practise.md",
        "course/modules/e0-start/quiz.yaml",
        "course/modules/notes.txt",
        "assignments/e0-start/wrong/one.yaml",
        "assignments/e0-start/sheet.ko.md",
    ],
)
def test_a_file_that_nothing_reads(course, path: str) -> None:
    """A misspelt file name is a problem, not silence."""
    course.write(path, "x\n")
    assert course.found() == [(path, 0, "unknown-file")]


def test_broken_files_do_not_hide_each_other(course) -> None:
    """All problems come at once: one of every kind, planted together, is found."""
    course.write("course/facts.yml", "facts: [\n")
    course.write(GLOSSARY, "a,b\n")
    course.write(QUIZ, course.read(QUIZ).replace("level: recall", "levle: recall"))
    course.write("course/modules/e1-next/module.yml", "title: x\n")
    course.write("course/modules/e1-next/lesson.en.md", b"\xff\xfe")
    course.write("assignments/e0-start/sheet.md", "no front matter\n")
    course.write("docs/ko/index.md", course.read("docs/ko/index.md").replace("schedule.md", "shedule.md"))
    found = set(course.found())
    assert found >= {
        ("course/facts.yml", 1, "broken-yaml"),
        (GLOSSARY, 1, "csv-header"),
        (QUIZ, 2, "missing-key"),
        (QUIZ, 3, "unknown-key"),
        ("course/modules/e1-next/module.yml", 1, "missing-key"),
        ("course/modules/e1-next/module.yml", 1, "wrong-type"),
        ("course/modules/e1-next/lesson.en.md", 1, "not-utf8"),
        ("assignments/e0-start/sheet.md", 1, "front-matter-missing"),
        ("docs/ko/index.md", 8, "dangling-link"),
        ("docs/en/index.md", 2, "translation-stale"),
    }


def test_load_course_raises_with_all_problems(course) -> None:
    """Who needs a whole course gets an exception that carries every problem of the files."""
    course.write(QUIZ, "")
    course.write(GLOSSARY, "")
    with pytest.raises(InvalidContent) as caught:
        load_course(course.root)
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [
        (GLOSSARY, "empty-file"),
        (QUIZ, "empty-file"),
    ]
    assert "→" in str(caught.value)


def test_a_course_whose_ids_dangle_does_not_load(course) -> None:
    """A loaded course holds every module, role and assignment that it names."""
    course.edit("course/course.yml", "[e0-start, e1-next]", "[e0-start, e1-next, e2-gone]")
    with pytest.raises(InvalidContent) as caught:
        load_course(course.root)
    assert [problem.code for problem in caught.value.problems] == ["dangling-id"]


@pytest.mark.parametrize("seed", range(20))
def test_no_damage_makes_the_check_fail(course, seed: int) -> None:
    """Whatever happens to files, the answer is a list of problems that say what to do."""
    dice = random.Random(seed)
    junk = (
        b"\t",
        b"\x00",
        b"\xff",
        b"{",
        b"]",
        b"---\n",
        b"+++ ",
        b"```\n",
        b": ",
        b"*a",
        b"'",
        b"[@",
        b"\r",
    )
    files = [path for path in sorted(course.root.rglob("*")) if path.is_file()]
    for path in dice.sample(files, 8):
        content = path.read_bytes()
        for _ in range(3):
            at = dice.randrange(len(content) + 1)
            cut = at + dice.choice([0, 0, 1, 50])
            content = content[:at] + dice.choice(junk) + content[cut:]
        path.write_bytes(content)
    problems = course.problems()
    assert problems == sorted(problems)
    assert problems, "eight damaged files are noticed"
    assert all(problem.message and problem.hint and problem.line >= 0 for problem in problems)
