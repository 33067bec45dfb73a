"""Every page type, in both languages, against a golden file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from grader.errors import InvalidContent
from grader.model.assignment import CellRole, Gate
from grader.model.content import Course, Spreadsheet
from grader.model.course import ModuleStatus
from grader.model.work import CellResult, Outcome, Verdict
from grader.site import words
from grader.site.assignment_page import render_assignment
from grader.site.checklist_page import render_checklist
from grader.site.citations import SourceNumbers
from grader.site.home_pages import home_pieces, modules_in_order, render_role, render_track
from grader.site.module_page import render_instructor_notes, render_lesson
from grader.site.page import SitePage, anchors_in
from grader.site.practice_page import practice_job, render_practice
from grader.site.quiz_page import render_quiz
from grader.site.reference_pages import render_facts, render_glossary, render_schedule
from grader.site.render import Practised, Prepared, render_site
from grader.site.slides_page import render_slides
from grader.text import Language

Golden = Callable[[str, str], None]


def shown(page: SitePage) -> str:
    """The page with its pieces in place, tags on lines of their own where that helps a reader."""
    text = page.fill(page.markdown)
    for tag in ("<li", "<div", "<tr", "<section", "<fieldset", "<dl", "<details", "<button"):
        text = text.replace(f"><{tag[1:]}", f">\n{tag}")
    return text


def page_of(course: Course, outcome: Outcome, kind: str, language: Language) -> SitePage:
    content = course.modules["e0-sample"]
    sources = SourceNumbers(course.facts, language)
    pages: dict[str, Callable[[], SitePage | None]] = {
        "lesson": lambda: render_lesson(course, content, language),
        "lesson-bare": lambda: render_lesson(course, course.modules["e1-bare"], language),
        "instructor": lambda: render_instructor_notes(course, content, language),
        "checklist": lambda: render_checklist(course, content, language, {}),
        "slides": lambda: render_slides(course, content, language, {}),
        "quiz": lambda: render_quiz(content, sources, language),
        "practice": lambda: render_practice(course, content, outcome, language)[0],
        "assignment": lambda: render_assignment(
            course, content, course.assignments["e0-sample"], language, has_package=True
        ),
        "schedule": lambda: render_schedule(course, language),
        "glossary": lambda: render_glossary(course, language),
        "facts": lambda: render_facts(course, language),
        "track": lambda: render_track(course, course.programme.tracks[0], language),
        "role": lambda: render_role(course, course.programme.roles[0], language),
    }
    page = pages[kind]()
    assert page is not None
    return page


@pytest.mark.parametrize(
    "kind",
    [
        *("lesson", "lesson-bare", "instructor", "quiz", "practice", "assignment"),
        *("checklist", "slides"),
        *("schedule", "glossary", "facts", "track", "role"),
    ],
)
def test_page(kind: str, course: Course, outcome: Outcome, language: Language, golden: Golden) -> None:
    """The page says exactly this."""
    page = page_of(course, outcome, kind, language)
    assert page.warnings == ()
    golden(f"{kind}.{language}.md", shown(page))


def test_home_pieces(course: Course, language: Language, golden: Golden) -> None:
    """Cards for roles, tracks and modules stand ready for hand-written pages."""
    pieces = home_pieces(course, language)
    golden(f"home.{language}.md", "\n\n".join(f"{name}\n{piece}" for name, piece in pieces.items()) + "\n")


def test_both_languages_have_the_same_pages(course: Course, outcome: Outcome) -> None:
    """The language switch finds its counterpart on every page, and downloads exist in both."""
    prepared = Prepared({"e0-sample": Practised(b"{}", outcome)}, {}, {"e0-sample": b"zip"})
    ko, en = (render_site(course, prepared, language) for language in Language)
    assert list(ko.pages) == list(en.pages)
    assert [path.replace(".ko.", ".en.") for path in ko.files] == list(en.files)
    assert "modules/e0-sample/e0-sample.ko.zip" in ko.files
    assert "modules/e0-sample/e0-sample-practice.ko.zip" in ko.files


def test_checklist_is_linked_only_where_there_is_one(course: Course, language: Language) -> None:
    """Notes without a checklist have no page for it, and no page leads to it."""
    bare = course.modules["e1-bare"]
    assert render_checklist(course, bare, language, {}) is None
    assert "checklist.md" not in shown(render_lesson(course, bare, language))
    assert "checklist.md" in shown(render_lesson(course, course.modules["e0-sample"], language))


@pytest.mark.parametrize("language", Language)
def test_gates_stand_in_the_pass_line(course: Course, language: Language) -> None:
    """An assignment with safety gates says that they have to be passed; one without says nothing of them."""
    content, plain = course.modules["e0-sample"], course.assignments["e0-sample"]
    test = next(cell for cell in plain.sheet.cells if cell.role is CellRole.TEST)
    assignment = plain.assignment.model_copy(update={"gates": (Gate(cell=test.id),)})
    gated = dataclasses.replace(plain, assignment=assignment)
    for one, expected in ((gated, True), (plain, False)):
        page = render_assignment(course, content, one, language, has_package=True)
        assert (words.PASS_GATES[language] in shown(page)) is expected


@pytest.mark.parametrize("language", Language)
def test_missing_parts_are_left_out(course: Course, language: Language) -> None:
    """A module without lesson, practice, spreadsheet or assignment still gets its pages."""
    whole = course.modules["e0-sample"]
    bare = dataclasses.replace(whole, lesson={}, instructor={}, practice=None, spreadsheet=None)
    course = dataclasses.replace(course, modules={"e0-sample": bare}, assignments={}, glossary=())
    rendered = render_site(course, Prepared(), language)
    assert "modules/e0-sample/index.md" in rendered.pages
    assert "modules/e0-sample/practice.md" not in rendered.pages
    assert "modules/e0-sample/assignment.md" not in rendered.pages
    assert "modules/e0-sample/instructor.md" not in rendered.pages
    assert "practice.md" not in rendered.pages["modules/e0-sample/index.md"].fill("<!-- medai:piece-0 -->")


def test_lesson_in_one_language_is_marked(course: Course) -> None:
    """Text that exists only in Korean is shown on the English page, says so, and keeps its language."""
    content = course.modules["e0-sample"]
    content = dataclasses.replace(content, lesson={Language.KO: content.lesson[Language.KO]})
    text = shown(render_lesson(course, content, Language.EN))
    assert '<div lang="ko" markdown="1">' in text
    assert "has not been translated" in text


def test_quiz_shows_tags_that_it_speaks_of(course: Course) -> None:
    """A question about `<form>` shows it, and sources keep their numbers beside it."""
    content = course.modules["e0-sample"]
    first, *others = content.quiz.questions
    prompt = first.prompt.model_copy(update={"ko": f"왜 <form> 사이에 둡니까? [@{next(iter(course.facts))}]"})
    asked = (first.model_copy(update={"prompt": prompt}), *others)
    content = dataclasses.replace(content, quiz=content.quiz.model_copy(update={"questions": asked}))
    text = shown(render_quiz(content, SourceNumbers(course.facts, Language.KO), Language.KO))
    assert "왜 &lt;form&gt; 사이에 둡니까?" in text
    assert '<sup class="cite' in text


def test_unknown_citation_is_visible_and_warned_about(course: Course) -> None:
    """A citation of a fact that does not exist never disappears silently."""
    content = course.modules["e0-sample"]
    lesson = dataclasses.replace(content.lesson[Language.KO], body="글 [@no-such-fact]")
    page = render_lesson(course, dataclasses.replace(content, lesson={Language.KO: lesson}), Language.KO)
    assert page.warnings == ("no fact has the id 'no-such-fact'",)
    assert "출처를 찾을 수 없음: no-such-fact" in page.markdown


def with_result(outcome: Outcome, result: CellResult) -> Outcome:
    cells = tuple(result if cell.id == result.id else cell for cell in outcome.cells)
    return Outcome(job_digest=outcome.job_digest, cells=cells)


def test_failed_cell_stops_the_build(course: Course, outcome: Outcome) -> None:
    """An error that the author did not announce names file, line, cell and message."""
    failed = CellResult(id="number", verdict=Verdict.FAILED, error_name="NameError", error_message="no 'x'")
    with pytest.raises(InvalidContent) as caught:
        render_practice(course, course.modules["e0-sample"], with_result(outcome, failed), Language.KO)
    (problem,) = caught.value.problems
    assert problem.path == "course/modules/e0-sample/practice.md"
    assert problem.line > 0
    assert problem.code == "practice-error"
    assert "`number` stopped: NameError: no 'x'" in problem.message


@pytest.mark.parametrize(
    "verdict", [Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.KERNEL_DIED, Verdict.NOT_RUN]
)
def test_cell_that_never_ended_stops_the_build(course: Course, outcome: Outcome, verdict: Verdict) -> None:
    """Even a cell that is meant to fail must not hang, die or go unrun."""
    with pytest.raises(InvalidContent, match=verdict.value):
        render_practice(
            course,
            course.modules["e0-sample"],
            with_result(outcome, CellResult(id="oops", verdict=verdict)),
            Language.KO,
        )


def test_announced_error_that_never_came_stops_the_build(course: Course, outcome: Outcome) -> None:
    """A cell marked `raises` must raise."""
    quiet = CellResult(id="oops", verdict=Verdict.PASSED)
    with pytest.raises(InvalidContent, match="practice-no-error"):
        render_practice(course, course.modules["e0-sample"], with_result(outcome, quiet), Language.KO)


def test_plot_without_alternative_text_stops_the_build(course: Course, outcome: Outcome) -> None:
    """Every picture says what it shows."""
    plot = next(cell for cell in outcome.cells if cell.id == "plot")
    unexpected = CellResult(id="number", verdict=Verdict.PASSED, outputs=plot.outputs)
    with pytest.raises(InvalidContent, match="practice-no-alt"):
        render_practice(course, course.modules["e0-sample"], with_result(outcome, unexpected), Language.KO)


def test_practice_job_holds_only_what_runs(course: Course) -> None:
    """The job depends on code and language, so that rewording prose runs nothing again."""
    content = course.modules["e0-sample"]
    assert content.practice is not None
    ko, en = (practice_job(content, content.practice, language) for language in Language)
    assert [cell.id for cell in ko.cells] == ["number", "frame", "plot", "oops"]
    assert ko.digest != en.digest
    prose = tuple(cell for cell in content.practice.cells if cell.language is not Language.KO)
    reworded = content.practice.model_copy(update={"cells": prose})
    assert practice_job(content, reworded, Language.KO).digest == ko.digest


def test_every_module_once_in_track_order(course: Course) -> None:
    """Modules of tracks come first; a module that no track has is still found."""
    assert [module.id for module in modules_in_order(course)] == ["e0-sample", "e1-bare"]


def test_anchors_of_pieces_are_known(course: Course) -> None:
    """Links to a fact or a question can be checked although the generator never parses them."""
    assert "fact-bmi-limit" in anchors_in(shown(render_facts(course, Language.KO)))


def test_spreadsheet_text_is_not_markup(course: Course) -> None:
    """What stands in a cell of a spreadsheet is shown, not interpreted."""
    content = course.modules["e0-sample"]
    assert isinstance(content.spreadsheet, Spreadsheet)
    risky = content.spreadsheet.model_copy(update={"rows": (("=A1<B1", 1, "<b>x</b>"),)})
    page, _ = render_practice(
        course, dataclasses.replace(content, practice=None, spreadsheet=risky), None, Language.KO
    )
    assert "<code>=A1&lt;B1</code>" in shown(page)


def test_beta_is_explained_where_it_is_shown(course: Course, language: Language) -> None:
    """A page with a module on trial says what that means, others say nothing of it."""
    note = words.STATUS_NOTE[ModuleStatus.BETA][language]
    for status, expected in ((ModuleStatus.BETA, 1), (ModuleStatus.STABLE, 0)):
        modules = {
            name: dataclasses.replace(content, module=content.module.model_copy(update={"status": status}))
            for name, content in course.modules.items()
        }
        track = course.programme.tracks[0]
        page = render_track(dataclasses.replace(course, modules=modules), track, language)
        assert shown(page).count(note) == expected


def test_task_of_a_text_alone_is_called_written(course: Course) -> None:
    """Whatever its tier, such a task is neither run nor filled in; a task with code keeps its tier."""
    page = render_assignment(
        course, course.modules["e0-sample"], course.assignments["e0-sample"], Language.EN, has_package=True
    )
    text = shown(page)
    assert 'class="chip chip--written">Written</span>' in text
    assert 'class="chip chip--fill">Fill in</span>' in text
    assert "chip--run" not in text
