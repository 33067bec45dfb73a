"""Write the table of modules in docs/*/reference/modules.md: run it after `medai try --mutants`.

Knows the course as read, and the figures of mutants that `medai try --mutants` left in build/mutants.json;
where it left none, the page's own stay. The page is the record: with --check nothing is written, and a
figure that differs from the last run is an error. `--times` also records what `make track` measured.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from page_tables import TABLE, Row, fill_tables, write_pages
from tracks import tracks_of

from grader.authoring.marks import Mark, marked_lines
from grader.authoring.messages import find_asserts
from grader.manifest.markdown import scan
from grader.manifest.read import load_course
from grader.manifest.reading import reading_level
from grader.model.assignment import CellRole, Sheet
from grader.model.content import Course, ModuleContent
from grader.text import Language

ROOT = Path(__file__).parents[1]
PAGE = "reference/modules.md"
MUTANTS = ROOT / "build" / "mutants.json"
TIMES = ROOT / "build" / "track.json"
UNKNOWN = "–"
NEEDED_PERCENT = 90

_WORD = re.compile(r"[^\W_]")

_HEADS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "modules": (
        ("모듈", "Module"),
        ("한국어 어절", "Korean words"),
        ("문장당 어절", "Korean words per sentence"),
        ("영어 단어", "English words"),
        ("시간(분)<br>읽기 + 실습 + 퀴즈 + 과제", "Minutes<br>reading + practice + quiz + assignment"),
        ("그림", "Figures"),
        ("퀴즈 문항", "Quiz items"),
        ("채점 셀<br>(숨긴 `assert`)", "Test cells<br>(hidden `assert`s)"),
        ("잡아낸 틀린 답", "Wrong answers caught"),
        ("잡은 변이", "Mutants killed"),
    ),
    "track": (("실행하는 것", "What runs"), ("개수", "Number"), ("초", "Seconds")),
}
_TOTAL = ("합계", "Total")
_PARTS: Mapping[str, tuple[str, str]] = {
    "practice": ("실습 노트북(두 언어)", "Practice notebooks (both languages)"),
    "trials": ("기준 답안, 빈 배포본, 틀린 답", "References, untouched releases, wrong answers"),
    "mutants": ("변이", "Mutants"),
}

Mutants = Mapping[str, tuple[int, int]]
"""Code of a module → killed, tried."""


def fill_page(text: str, language: Language, course: Course, mutants: Mutants, times: object = None) -> str:
    """Return the page with its tables written anew; without `times` the measured ones stay."""

    def rows_of(table: str) -> Iterable[Row] | None:
        if table == "track" and times is None:
            return None
        rows = _modules(course, mutants, language) if table == "modules" else _times(times, language)
        return [tuple(head[_index(language)] for head in _HEADS[table]), *rows]

    return fill_tables(text, rows_of)


def read_mutants(text: str) -> dict[str, tuple[int, int]]:
    """Return the figures of mutants that stand in a page: code of the module → killed, tried."""
    found = {}
    for table in TABLE.finditer(text):
        for line in table["body"].splitlines() if table[1] == "modules" else ():
            code = re.match(r"\| \[?([EGA]\d)\b", line)
            figures = re.search(r"\| (\d+)/(\d+) \(", line)
            if code and figures:
                found[code[1]] = int(figures[1]), int(figures[2])
    return found


def measured_mutants(course: Course, path: Path = MUTANTS) -> dict[str, tuple[int, int]]:
    """Return the figures of the last runs, for modules whose assignment was run."""
    runs = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {
        content.module.code: (runs[name]["killed"], runs[name]["tried"])
        for content in course.modules.values()
        if (name := content.module.assignment) in runs
    }


def _index(language: Language) -> int:
    return 0 if language is Language.KO else 1


def _modules(course: Course, mutants: Mutants, language: Language) -> Iterable[tuple[str, ...]]:
    every = []
    for letter, modules in tracks_of(course).items():
        counted = [_count(course, content, mutants) for content in modules]
        for content, counts in zip(modules, counted, strict=True):
            module = content.module
            link = f"[{module.code}](../modules/{module.id}/index.md) {module.title[language]}"
            sentence = reading_level(content.lesson[Language.KO].body).words_per_sentence
            yield _row(link, counts, f"{sentence:.1f}")
        yield _row(f"**{letter} {_TOTAL[_index(language)]}**", _sums(counted), "")
        every += counted
    yield _row(f"**{_TOTAL[_index(language)]}**", _sums(every), "")


def _sums(counted: list[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*counted, strict=True)]


def _count(course: Course, content: ModuleContent, mutants: Mutants) -> list[int]:
    minutes = content.module.minutes
    assignment = course.assignments.get(content.module.assignment or "")
    lesson = content.lesson[Language.KO].body
    return [
        count_words(lesson),
        count_words(content.lesson[Language.EN].body),
        minutes.read,
        minutes.practice,
        minutes.quiz,
        minutes.assignment,
        sum(link.image for link in scan(lesson).links),
        len(content.quiz.questions),
        *(_count_tests(assignment.sheet) if assignment else (0, 0)),
        len(assignment.wrong) if assignment else 0,
        *mutants.get(content.module.code, (0, 0)),
    ]


def _row(name: str, counts: list[int], sentence: str) -> tuple[str, ...]:
    korean, english, *minutes, figures, items, tests, hidden, wrong, killed, tried = counts
    percent = f"{killed * 1000 // tried / 10:.1f}" if tried else ""
    return (
        name,
        f"{korean:,}",
        sentence,
        f"{english:,}",
        f"{sum(minutes)}<br>{' + '.join(map(str, minutes))}",
        str(figures),
        str(items),
        f"{tests} ({hidden})",
        str(wrong),
        f"{killed}/{tried} ({percent} %)" if tried else UNKNOWN,
    )


def count_words(text: str) -> int:
    """Return the number of words of a Markdown text: what stands between spaces and holds a letter or digit.

    Code, addresses and citations are none. A Korean word is an eojeol.
    """
    return sum(bool(_WORD.search(word)) for word in scan(text).prose.split())


def _count_tests(sheet: Sheet) -> tuple[int, int]:
    """Return the number of test cells and of the asserts that trainees do not see."""
    tests = [cell for cell in sheet.cells if cell.role is CellRole.TEST]
    hidden = 0
    for cell in tests:
        lines = dict(marked_lines(cell.source, Mark.HIDDEN_TESTS))
        hidden += sum(note.line in lines for note in find_asserts(cell.source))
    return len(tests), hidden


def _times(times: object, language: Language) -> Iterable[tuple[str, ...]]:
    measured = times if isinstance(times, dict) else {}
    for letter, parts in measured.items():
        for name, words in _PARTS.items():
            label = f"{letter} · {words[_index(language)]}"
            yield label, f"{parts[name]['runs']:,}", f"{parts[name]['seconds']:.0f}"
        runs, seconds = (sum(parts[name][key] for name in _PARTS) for key in ("runs", "seconds"))
        yield f"**{letter} {_TOTAL[_index(language)]}**", f"{runs:,}", f"{seconds:.0f}"


def find_faults(course: Course, page: Mutants, measured: Mutants) -> list[str]:
    """Return what does not hold of the figures of mutants: on the page, and of the last run."""
    faults = []
    for content in course.modules.values():
        code, assignment = content.module.code, content.module.assignment
        if assignment is None:
            continue
        if code not in measured:
            faults.append(f"{code}: its mutants were not tried: run `medai try --mutants {assignment}`")
            continue
        killed, tried = measured[code]
        if killed * 100 < tried * NEEDED_PERCENT:
            faults.append(
                f"{code}: the tests kill {killed} of {tried} mutants, fewer than {NEEDED_PERCENT} %"
            )
        if page.get(code) != (killed, tried):
            shown = "{}/{}".format(*page[code]) if code in page else "nothing"
            faults.append(
                f"{code}: the page says {shown}, the run {killed}/{tried}: "
                "run `python tools/module_numbers.py`"
            )
    return faults


def main() -> int:
    """Write the page in both languages, or compare it with the last run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a figure differs")
    parser.add_argument("--times", action="store_true", help="also record what `make track` measured")
    options = parser.parse_args()
    course = load_course(ROOT)
    old = (ROOT / "docs" / Language.KO / PAGE).read_text(encoding="utf-8")
    measured = measured_mutants(course)
    if options.check:
        faults = find_faults(course, read_mutants(old), measured)
        click.echo("\n".join(faults) or "the table of modules agrees with the run", err=True)
        return 1 if faults else 0
    mutants = read_mutants(old) | measured
    times = json.loads(TIMES.read_text(encoding="utf-8")) if options.times else None
    write_pages(PAGE, lambda text, language: fill_page(text, language, course, mutants, times))
    return 0


if __name__ == "__main__":
    sys.exit(main())
