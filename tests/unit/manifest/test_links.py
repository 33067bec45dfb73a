"""Links, pictures and anchors lead somewhere on the site that is published."""

from __future__ import annotations

import pytest

from grader.manifest.addresses import resolve, site_addresses
from grader.manifest.markdown import scan
from grader.manifest.read import load_course, read_material
from grader.site.render import Prepared, render_site
from grader.text import Language

LESSON = "course/modules/e0-start/lesson.ko.md"
DOCS = "docs/ko/index.md"


def plant(course, path: str, text: str) -> int:
    """Add a line of text to a Korean page and its like to the English one; return its line."""
    english = path.replace(".ko.md", ".en.md").replace("docs/ko", "docs/en")
    for page in (path, english):
        course.write(page, course.read(page) + f"\n{text}\n")
    course.refresh()
    return len(course.read(path).rstrip("\n").split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://example.org/x#y) and <mailto:a@example.org>",
        "[a](#why), [b](../e1-next/index.md), [c](../e1-next/lesson.ko.md#table)",
        "[a](practice.md#intro), [b](practice.md#spreadsheet), [c](quiz.md#q-unit), [d](instructor.md#time)",
        "[a](assignment.md#tasks), [b](../../facts.md#fact-new-law), [c](../../facts.md#cutoff)",
        "[a](../../glossary.md), [b](../../schedule.md#spring), [c](../../index.md#steps)",
        "[a](../../tracks/basics.md#modules), [b](../../roles/clinician.md#path)",
        "[a](e0-start-practice.ko.zip), [b](e0-start.ko.zip)",
        "[a][why] and [why][]\n\n[why]: quiz.md",
        '<a href="quiz.md">a</a> <span id="here"></span> [b](#here)',
        "`[a](nowhere.md)` and \\[a](https://example.org)",
        "[a](<quiz.md>) and [b](quiz.md 'title')",
    ],
)
def test_good_links(course, text: str) -> None:
    """Pages, generated pages, downloads and anchors that exist can be linked."""
    for language in ("ko", "en"):
        path = f"course/modules/e0-start/lesson.{language}.md"
        words = text.replace(".ko.ipynb", f".{language}.ipynb").replace(".ko.zip", f".{language}.zip")
        course.write(path, course.read(path) + f"\n{words}\n")
    course.refresh()
    assert course.found() == []


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("[a](quizz.md)", "dangling-link", "Did you mean `modules/e0-start/quiz.md`?"),
        ("[a](quiz.md#q-gone)", "dangling-anchor", ""),
        ("[a](#wy)", "dangling-anchor", "Did you mean `#why`?"),
        ("[a](../e1-next/index.md#gone)", "dangling-anchor", ""),
        ("[a](../e1-next/assignment.md)", "dangling-link", ""),
        ("[a](../e1-next/)", "dangling-link", "ends in `.md`"),
        ("[a](../../facts.md#fact-gone)", "dangling-anchor", ""),
        ("[a](../../tracks/gone.md)", "dangling-link", ""),
        ("[a](../../../README.md)", "dangling-link", "full address"),
        ("[a](/index.md)", "absolute-link", ""),
        ("![그림 하나](figures/gone.svg)", "dangling-link", ""),
        ("![그림 하나](figures/bars.en.svg)", "dangling-link", ""),
        ("[a][gone]", "dangling-link", "Add a line `[gone]: …`"),
        ("[a][r]\n\n[r]: gone.md", "dangling-link", ""),
        ('<a href="gone.md">a</a>', "dangling-link", ""),
        ('<img src="gone.png" alt="그림 하나">', "dangling-link", ""),
    ],
)
def test_bad_links(course, text: str, code: str, hint: str) -> None:
    """What leads nowhere is found on its line."""
    line = plant(course, LESSON, text)
    problems = [problem for problem in course.problems() if problem.path == LESSON]
    assert [(problem.line, problem.code) for problem in problems] == [(line, code)]
    assert hint in problems[0].hint


def test_links_between_docs_pages(course) -> None:
    """Pages under docs/ link each other and the generated pages by their source paths."""
    course.write("docs/ko/guide/one.md", "# 하나\n\n[1](../index.md#steps), [2](two.md), [3](../facts.md)\n")
    course.write("docs/ko/guide/two.md", "# 둘\n\n[하나](one.md#gone)\n")
    course.write("docs/en/guide/one.md", "# One\n\n[1](../index.md#steps), [2](two.md), [3](../facts.md)\n")
    course.write("docs/en/guide/two.md", "# Two\n\n[One](one.md)\n")
    course.refresh()
    found = [item for item in course.found() if item[2].startswith("dangling")]
    assert found == [("docs/ko/guide/two.md", 3, "dangling-anchor")]


def test_links_in_yaml_texts(course) -> None:
    """Links in a quiz are followed as well."""
    path = "course/modules/e0-start/quiz.yml"
    course.edit(path, "ko: 맞습니다., en: Right.", 'ko: "[표](gone.md)", en: "[Table](index.md#table)"')
    assert course.found() == [(path, 6, "dangling-link")]


def test_links_in_practice(course) -> None:
    """A practice sheet is a page beside the lesson."""
    path = "course/modules/e0-start/practice.md"
    course.edit(path, "값을 봅니다.", "값을 [여기](index.md)와 [저기](gone.md)에서 봅니다.")
    assert course.found() == [(path, course.line(path, "gone.md"), "dangling-link")]


def test_office_templates_can_be_linked(course) -> None:
    """Templates that staff edit are published, those of the other language only on its own pages."""
    for name in ("letter.ko.docx", "letter.en.docx", "form.hwpx"):
        course.write(f"course/medai_lab/data/templates/{name}", "")
    path = "course/modules/e0-start/lesson.ko.md"
    links = "[가](../../templates/form.hwpx) [나](../../templates/letter.ko.docx)"
    body = (course.root / path).read_text(encoding="utf-8")
    course.write(path, f"{body}\n{links} [다](../../templates/letter.en.docx)\n")
    found = [one for one in course.found() if one[2] == "dangling-link"]
    assert found == [(path, course.line(path, "letter.en.docx"), "dangling-link")]


def test_links_in_a_graded_sheet(course) -> None:
    """Beside a trainee's notebook there are its data files and nothing else."""
    path = "assignments/e0-start/sheet.md"
    course.write("assignments/e0-start/data/rows.csv", "a\n1\n")
    course.edit(path, "씁니다.", "씁니다. [자료](rows.csv) [수업](../lesson.ko.md)")
    assert course.found() == [(path, course.line(path, "rows.csv"), "dangling-link")]


def test_readme_links(course) -> None:
    """A README links to files and folders of the repository and to its own headings."""
    course.write("CONTRIBUTING.md", "# Contributing\n\n## A `new` module!\n")
    course.write(
        "README.md",
        "# Small\n\n[a](docs/ko/index.md) [b](course/) [c](CONTRIBUTING.md#a-new-module)\n"
        "[d](gone.md) [e](#nope) [f](CONTRIBUTING.md#gone)\n",
    )
    assert course.found() == [
        ("README.md", 4, "dangling-anchor"),
        ("README.md", 4, "dangling-anchor"),
        ("README.md", 4, "dangling-link"),
    ]


def test_resolve_follows_the_sites_names() -> None:
    """A lesson's file is published as the module's index page."""
    assert resolve("../b/lesson.en.md#x", "modules/a/index.md").path == "modules/b/index.md"
    assert resolve("../b/instructor.ko.md", "modules/a/index.md").path == "modules/b/instructor.md"
    assert resolve("?a=1#x", "modules/a/index.md").path == "modules/a/index.md"
    assert resolve("%EA%B0%80.md", "index.md").path == "가.md"


@pytest.mark.parametrize("language", Language)
def test_addresses_are_what_the_site_renders(course, language: Language) -> None:
    """The generated pages that links may use are those that the site really writes, anchors included."""
    course.write(
        "course/modules/e0-start/spreadsheet.yml",
        "title: {ko: 표, en: Table}\nnote: {ko: 표, en: Table}\n"
        "columns: [{title: {ko: 값, en: Value}}]\nrows: [[1]]\n",
    )
    course.remove("course/modules/e1-next/practice.md")  # only run practice has a page
    prepared = Prepared(spreadsheets={"e0-start": b""}, packages={"e0-start": b""})
    loaded = load_course(course.root)
    material, _ = read_material(course.root)
    addresses = site_addresses(material, language)
    rendered = render_site(loaded, prepared, language)
    assert set(rendered.pages) == set(addresses.pages) - {"index.md"}
    assert set(rendered.files) <= addresses.files
    for path, page in rendered.pages.items():
        anchors = scan(page.markdown + "".join(page.pieces)).anchors
        known = addresses.pages[path]
        assert known is not None
        own = {"intro"} if path.endswith("practice.md") else set()  # of cells that were not run here
        optional = {"sources", "samples", "download", "rubric"}
        kinds = {"law", "cutoff", "formula", "study", "survey", "guideline"}
        assert known - own - optional - kinds <= anchors, path
