"""Plots of the practice notebook on other pages."""

from __future__ import annotations

import pytest

from grader.manifest.plots import find_plots

LESSONS = [f"course/modules/e0-start/lesson.{language}.md" for language in ("ko", "en")]
NOTES = [f"course/modules/e0-start/instructor.{language}.md" for language in ("ko", "en")]
PRACTICE = "course/modules/e0-start/practice.md"
DRAWING = """
```{code-cell} ipython3
---
medai:
  id: curve
  alt: {ko: 혈당이 오르는 선, en: A line of rising glucose}
---
import matplotlib.pyplot as plt
plt.plot([1, 2])
```
"""


def show(course, link: str, pages: list[str] = LESSONS) -> None:
    """Show a plot at the end of pages; the practice notebook has a cell `curve` that draws one."""
    if "id: curve" not in course.read(PRACTICE):
        course.write(PRACTICE, course.read(PRACTICE) + DRAWING)
    for path in pages:
        course.write(path, course.read(path) + f"\n{link}\n")
    course.refresh()


def codes(course) -> list[tuple[str, str]]:
    return [(path, code) for path, _, code in course.found()]


@pytest.mark.parametrize("pages", [LESSONS, NOTES])
@pytest.mark.parametrize("target", ["practice:curve", "practice:curve#2", "practice:curve){width=400"])
def test_plot_of_a_drawing_cell(course, pages: list[str], target: str) -> None:
    """Lessons and instructor notes may show what a practice cell draws."""
    brace = "" if "{" not in target else "}"
    show(course, f"![혈당 곡선]({target}{brace or ')'}", pages)
    assert course.found() == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("practice:curves", "plot-unknown"),
        ("practice:", "plot-unknown"),
        ("practice:curve#0", "plot-unknown"),
        ("practice:curve#last", "plot-unknown"),
        ("practice:show", "plot-without-alt"),
        ("practice:intro", "plot-unknown"),
    ],
)
def test_plot_that_no_cell_draws(course, target: str, code: str) -> None:
    """The cell must exist, be code, and say in its `alt` that it draws."""
    show(course, f"![혈당 곡선]({target})")
    line = course.line(LESSONS[0], target)
    assert course.found() == [(path, line + 3 * (".en." in path), code) for path in sorted(LESSONS)]


def test_a_misspelt_cell_is_guessed(course) -> None:
    """The hint names the nearest cell that draws."""
    show(course, "![혈당 곡선](practice:curvo)")
    assert {problem.hint for problem in course.problems()} == {"Did you mean `curve`?"}


def test_plot_without_alternative_text(course) -> None:
    """A plot in a lesson says what it shows, as every picture does."""
    show(course, "![](practice:curve)")
    assert codes(course) == [(path, "missing-alt") for path in sorted(LESSONS)]


def test_plot_without_a_notebook(course) -> None:
    """A module without a practice notebook has no plots to show."""
    show(course, "![혈당 곡선](practice:curve)")
    course.remove(PRACTICE)
    assert (LESSONS[0], "plot-unknown") in codes(course)


def test_broken_notebook_is_reported_once(course) -> None:
    """Of a notebook that cannot be read nothing is known about its plots."""
    show(course, "![혈당 곡선](practice:curve)")
    course.write(PRACTICE, course.read(PRACTICE).replace("---\njupytext", "---\n: [jupytext", 1))
    assert {path for path, _ in codes(course)} == {PRACTICE}


def test_link_to_a_plot(course) -> None:
    """A plot is shown, never linked to."""
    show(course, "[혈당 곡선](practice:curve)을 봅니다.")
    assert codes(course) == [(path, "plot-misplaced") for path in sorted(LESSONS)]


@pytest.mark.parametrize("page", ["docs/{}/index.md", PRACTICE, "course/modules/e0-start/module.yml"])
def test_plot_where_none_can_be_shown(course, page: str) -> None:
    """Hand-written pages, notebooks and YAML texts show no plots."""
    show(course, "", [])
    link = "![혈당 곡선](practice:curve)"
    if page.startswith("docs"):
        show(course, link, [page.format("ko"), page.format("en")])
    elif page.endswith(".yml"):
        course.edit(page, "{ko: 값을 봅니다., en: Look at values.}", f'{{ko: "{link}", en: "{link}"}}')
    else:
        for text in ("수검자 3명의 값을 봅니다.", "Look at the values of 3 examinees."):
            course.edit(page, text, f"{text}\n\n{link}")
    assert {code for _, code in codes(course)} == {"plot-misplaced"}


def test_plot_in_code_is_an_example(course) -> None:
    """Code that explains how plots are written shows none."""
    show(course, "`![그림](practice:no-such-cell)`처럼 씁니다.")
    assert course.found() == []


def test_find_plots() -> None:
    """Text, cell, number and attributes come out as written; code in the text stays readable."""
    text = "앞 ![`x`의 곡선 (가)](practice:curve#2){.wide} `![a](practice:b)` ![c](figures/c.svg)"
    (plot,) = find_plots(text)
    assert text[plot.start : plot.end] == "![`x`의 곡선 (가)](practice:curve#2){.wide}"
    assert (plot.alt, plot.cell, plot.number, plot.attributes) == ("`x`의 곡선 (가)", "curve", 2, ".wide")
