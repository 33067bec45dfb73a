"""Plots of the practice notebook in lessons and instructor notes."""

from __future__ import annotations

import dataclasses

import pytest

from grader.errors import InvalidContent
from grader.model.content import Course, ModuleContent, Page
from grader.model.work import Outcome
from grader.site.module_page import render_instructor_notes, render_lesson
from grader.site.plots import plots_of
from grader.site.practice_page import render_practice
from grader.site.render import Practised, Prepared, render_site
from grader.text import Language


def with_text(content: ModuleContent, text: str) -> ModuleContent:
    """The module with another lesson and other notes; their files start with front matter."""
    pages = {language: Page("lesson.md", text, 4) for language in Language}
    return dataclasses.replace(content, lesson=pages, instructor=pages)


def written(course: Course, outcome: Outcome, text: str) -> str:
    content = with_text(course.modules["e0-sample"], text)
    page = render_lesson(course, content, Language.KO, plots_of("e0-sample", outcome))
    return page.markdown


def twice(outcome: Outcome) -> Outcome:
    """The same run, with two pictures in the cell that draws."""
    cells = [
        cell.model_copy(update={"outputs": cell.outputs * 2}) if cell.id == "plot" else cell
        for cell in outcome.cells
    ]
    return outcome.model_copy(update={"cells": tuple(cells)})


def test_plot_becomes_a_picture_beside_the_page(course: Course, outcome: Outcome) -> None:
    """It comes when it is near, and keeps its place free until then."""
    text = written(course, outcome, "앞 ![선 (가)](practice:plot) 뒤")
    sized = "{.plot width=1 height=1 loading=lazy decoding=async}"
    assert f"앞 ![선 (가)](practice-plot-1.png){sized} 뒤" in text


def test_second_picture_of_a_cell(course: Course, outcome: Outcome) -> None:
    """A number behind # chooses among the pictures of a cell; the author's own size is kept."""
    text = written(course, twice(outcome), "![선](practice:plot#2){width=300}")
    assert "![선](practice-plot-2.png){.plot loading=lazy decoding=async width=300}" in text


def test_code_that_shows_how_to_write_a_plot(course: Course, outcome: Outcome) -> None:
    """Code stays as it is."""
    assert "`![선](practice:none)`" in written(course, outcome, "`![선](practice:none)`")


def test_every_plot_is_a_file_of_the_practice_page(
    course: Course, outcome: Outcome, language: Language
) -> None:
    """Lesson, notes and practice page share one file: there is no second copy."""
    content = course.modules["e0-sample"]
    _, files = render_practice(course, content, twice(outcome), language)
    plots = [plot for drawn in plots_of("e0-sample", twice(outcome)).values() for plot in drawn]
    assert [plot.path for plot in plots] == [file.path for file in files]
    assert {(plot.width, plot.height) for plot in plots} == {(1, 1)}


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("plot#2", "the practice cell `plot` drew one picture"),
        ("number", "the practice cell `number` drew no picture"),
        ("gone", "the practice cell `gone` drew no picture"),
    ],
)
def test_plot_that_was_not_drawn_stops_the_build(
    course: Course, outcome: Outcome, target: str, told: str
) -> None:
    """The message names page, line and cell."""
    content = with_text(course.modules["e0-sample"], f"앞\n\n![선](practice:{target})")
    drawn = plots_of("e0-sample", outcome)
    for render in (render_lesson, render_instructor_notes):
        with pytest.raises(InvalidContent) as caught:
            render(course, content, Language.KO, drawn)
        (problem,) = caught.value.problems
        assert (problem.path, problem.line, problem.code) == ("lesson.md", 6, "plot-not-drawn")
        assert told in problem.message


def test_site_hands_plots_to_pages(course: Course, outcome: Outcome, language: Language) -> None:
    """What a practice sheet drew reaches the lesson and the instructor notes of its module."""
    content = with_text(course.modules["e0-sample"], "![선](practice:plot)")
    course = dataclasses.replace(course, modules={**course.modules, "e0-sample": content})
    rendered = render_site(course, Prepared({"e0-sample": Practised(b"", outcome)}), language)
    for name in ("index", "instructor"):
        assert "practice-plot-1.png" in rendered.pages[f"modules/e0-sample/{name}.md"].markdown
    assert "modules/e0-sample/practice-plot-1.png" in rendered.files
