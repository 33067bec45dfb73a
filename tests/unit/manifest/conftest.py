"""A small course without any problem, in which tests plant one fault at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from grader.errors import Problem
from grader.manifest.check import check_course
from grader.manifest.translations import mark_sheet_translated, mark_translated

TODAY = date(2026, 5, 1)

COURSE = """\
id: small
title: {ko: 작은 과정, en: Small course}
summary: {ko: 시험용 과정입니다., en: A course for tests.}
roles:
  - id: clinician
    title: {ko: 의료진, en: Clinicians}
    summary: {ko: 값을 확인합니다., en: They check values.}
sites:
  - {id: north, title: {ko: 북부센터, en: North Centre}, region: capital}
tracks:
  - id: basics
    title: {ko: 기초, en: Basics}
    summary: {ko: 기초를 배웁니다., en: Learn the basics.}
    modules: [e0-start, e1-next]
cohorts:
  - id: spring
    title: {ko: 봄 기수, en: Spring cohort}
    track: basics
    sites: [north]
    starts: 2026-04-01
    ends: 2026-06-30
    schedule:
      - {module: e0-start, opens: 2026-04-06, due: "2026-04-24T18:00:00+09:00"}
"""

FACTS = """\
facts:
  - id: glucose-cutoff
    kind: cutoff
    statement:
      ko: 공복혈당 126 mg/dL 이상은 질환의심입니다.
      en: Fasting glucose of 126 mg/dL or more is suspected disease.
    values: {suspected: 126}
    sources: [{title: Screening notice, published: "2026", read: 2026-01-05}]
    status: primary
    review_by: 2027-01-31
  - id: new-law
    kind: law
    statement: {ko: 새 법이 시행됩니다., en: A new law takes effect.}
    caution: {ko: 시행일은 확인해야 합니다., en: Its date is to be verified.}
    sources: [{title: Law portal, read: 2026-01-05}]
    status: verify
    review_by: 2027-01-31
"""

GLOSSARY = """\
ko,en,avoid_ko,avoid_en,note_ko,note_en
혈색소,haemoglobin,헤모글로빈,hemoglobin|Hgb,,
수검자,examinee,,patient,,
"""

MODULE = """\
id: {id}
code: {code}
revision: 1
title: {{ko: 시작 {code}, en: Start {code}}}
question: {{ko: 값이 맞습니까?, en: Is the value right?}}
summary: {{ko: 값을 봅니다., en: Look at values.}}
roles: [clinician]
minutes: {{read: 10, practice: 10, quiz: 5, assignment: 10}}
prerequisites: [{needs}]
objectives:
  - {{ko: 값을 읽습니다., en: Read a value.}}
  - {{ko: 값을 고칩니다., en: Correct a value.}}
keypoints:
  - {{ko: 빈칸도 답입니다., en: A blank is an answer too.}}
  - {{ko: 단위를 봅니다., en: Look at the unit.}}
assignment: {assignment}
review_by: 2027-01-31
"""

QUIZ = """\
questions:
  - id: unit
    level: recall
    prompt: {ko: 공복혈당의 단위는?, en: What is the unit of fasting glucose?}
    choices:
      - {id: mg, text: {ko: mg/dL, en: mg/dL}, correct: true, why: {ko: 맞습니다., en: Right.}}
      - {id: kg, text: {ko: kg, en: kg}, why: {ko: 몸무게의 단위입니다., en: That is for weight.}}
"""

LESSON_KO = """\
## 왜 필요한가 {#why}

공복혈당이 126 mg/dL 이상인 수검자가 5명 있습니다 [@glucose-cutoff]. 새 법도 나왔습니다.
시행일은 확인이 필요합니다 [@new-law].

![공복혈당 막대 그림](figures/bars.ko.svg)

### 표 {#table}

다음 모듈은 [다음](../e1-next/index.md#why)에서, 퀴즈는 [여기](quiz.md)에서 봅니다.

```python
print(126)
```
"""

LESSON_EN = """\
## Why it matters {#why}

There are 5 examinees with a fasting glucose of 126 mg/dL or more [@glucose-cutoff]. There is a new law.
Its date is to be verified [@new-law].

![Bars of fasting glucose](figures/bars.en.svg)

### Table {#table}

The next module is [here](../e1-next/index.md#why), the quiz [there](quiz.md).

```python
print(126)
```
"""

SHEET_HEAD = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""

PRACTICE = (
    SHEET_HEAD
    + """
+++ {"medai": {"id": "intro", "lang": "ko"}}

## 실습 {#intro}

수검자 3명의 값을 봅니다.

+++ {"medai": {"id": "intro", "lang": "en"}}

## Practice {#intro}

Look at the values of 3 examinees.

```{code-cell} ipython3
---
medai:
  id: show
---
from medai_lab import fact

print(fact("glucose-cutoff")["suspected"])
```
"""
)

SHEET = (
    SHEET_HEAD
    + """
+++ {"medai": {"id": "intro", "lang": "ko"}}

## 과제 {#intro}

값을 반으로 나누는 함수를 2줄로 씁니다.

+++ {"medai": {"id": "intro", "lang": "en"}}

## Task {#intro}

Write a function that halves a value in 2 lines.

```{code-cell} ipython3
---
medai:
  id: half
  role: answer
  task: half
---
def half(value):
    ### BEGIN SOLUTION
    return value / 2
    ### END SOLUTION
```

```{code-cell} ipython3
---
medai:
  id: half-even
  role: test
  task: half
  points: 2
---
assert half(4) == 2, "half-even"
### BEGIN HIDDEN TESTS
assert half(5) == 2.5, "half-odd"
### END HIDDEN TESTS
```
"""
)

ASSIGNMENT = """\
id: e0-start
revision: 1
title: {ko: 반으로, en: In half}
module: e0-start
tasks:
  - {id: half, tier: write, title: {ko: 반으로 나누기, en: Halving}}
messages:
  - {id: half-even, text: {ko: 짝수를 확인하십시오., en: Check even values.}}
  - {id: half-odd, text: {ko: 홀수를 확인하십시오., en: Check odd values.}}
"""

WRONG = """\
misconception: {ko: 정수로 나눕니다., en: Divides whole numbers.}
answers:
  half: |
    def half(value):
        return value // 2 NUMBER
caught_by: [half-even]
messages: [half-odd]
"""

PAGE_KO = """\
# 안내

수검자 자료는 없습니다.

## 순서 {#steps}

1. [첫 모듈](modules/e0-start/index.md#table)을 읽습니다.
2. [일정](schedule.md)을 봅니다.
"""

PAGE_EN = """\
# Guide

There are no examinee data.

## Steps {#steps}

1. Read the [first module](modules/e0-start/index.md#table).
2. See the [schedule](schedule.md).
"""

SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" role="img"><title>{title}</title>
<text>126 mg/dL</text></svg>
"""


class SmallCourse:
    """Files of a course under a root; tests change them and ask for problems."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, content: str | bytes) -> None:
        """Create or replace a file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, path: str) -> str:
        """Return a file's text."""
        return (self.root / path).read_bytes().decode()

    def remove(self, path: str) -> None:
        """Delete a file."""
        (self.root / path).unlink()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the one place where `old` stands, and keep translation marks true."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        self.write(path, text.replace(old, new))
        self.refresh()

    def refresh(self) -> None:
        """Mark every English text as translated from what Korean says now."""
        for english in sorted(self.root.rglob("*.md")):
            path = english.relative_to(self.root).as_posix()
            korean = path.replace(".en.md", ".ko.md").replace("docs/en/", "docs/ko/")
            if english.name in ("sheet.md", "practice.md"):
                self.write(path, mark_sheet_translated(self.read(path), path))
            elif korean != path and (self.root / korean).is_file():
                self.write(path, mark_translated(self.read(path), self.read(korean)))

    def line(self, path: str, needle: str) -> int:
        """Return the 1-based line of the one place where `needle` stands."""
        numbers = [number for number, row in enumerate(self.read(path).split("\n"), 1) if needle in row]
        assert len(numbers) == 1, f"{needle!r} stands on the lines {numbers} of {path}"
        return numbers[0]

    def problems(self, today: date = TODAY) -> list[Problem]:
        """Return what the check finds."""
        return check_course(self.root, today)

    def found(self, today: date = TODAY) -> list[tuple[str, int, str]]:
        """Return path, line and code of what the check finds; every message must be a real one."""
        problems = self.problems(today)
        for problem in problems:
            assert problem.message, problem
            assert problem.hint, problem
        return [(problem.path, problem.line, problem.code) for problem in problems]


def write_module(
    course: SmallCourse, name: str, code: str, needs: str = "", assignment: str = "null"
) -> None:
    """Write a whole module."""
    folder = f"course/modules/{name}"
    module = MODULE.format(id=name, code=code, needs=needs, assignment=assignment)
    course.write(f"{folder}/module.yml", module)
    course.write(f"{folder}/quiz.yml", QUIZ)
    course.write(f"{folder}/lesson.ko.md", LESSON_KO)
    course.write(f"{folder}/lesson.en.md", LESSON_EN)
    course.write(f"{folder}/instructor.ko.md", "## 시간 {#time}\n\n20분을 씁니다.\n")
    course.write(f"{folder}/instructor.en.md", "## Time {#time}\n\nTake 20 minutes.\n")
    course.write(f"{folder}/practice.md", PRACTICE)
    course.write(f"{folder}/figures/bars.ko.svg", SVG.format(title="막대"))
    course.write(f"{folder}/figures/bars.en.svg", SVG.format(title="Bars"))


def write_course(root: Path) -> SmallCourse:
    """Write the whole clean course under `root`."""
    course = SmallCourse(root)
    course.write("course/course.yml", COURSE)
    course.write("course/facts.yml", FACTS)
    course.write("course/glossary.csv", GLOSSARY)
    write_module(course, "e0-start", "E0", assignment="e0-start")
    write_module(course, "e1-next", "E1", needs="e0-start")
    course.write("assignments/e0-start/assignment.yml", ASSIGNMENT)
    course.write("assignments/e0-start/sheet.md", SHEET)
    for number in range(3):
        course.write(f"assignments/e0-start/wrong/whole-{number}.yml", WRONG.replace("NUMBER", f"+ {number}"))
    course.write("docs/ko/index.md", PAGE_KO)
    course.write("docs/en/index.md", PAGE_EN)
    course.write("README.md", "# Small\n\nSee [the guide](docs/ko/index.md) and [start](#small).\n")
    course.refresh()
    return course


@pytest.fixture
def course(tmp_path: Path) -> SmallCourse:
    """A clean course."""
    return write_course(tmp_path)


@pytest.fixture
def add_module() -> Callable[..., None]:
    """The function that writes a whole module."""
    return write_module
