"""Module pages: head with what, how long and for whom; the lesson; what to do next; instructor notes.

Knows the course model and Markdown; must not know MkDocs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.errors import InvalidContent
from grader.manifest.markdown import scan
from grader.model.content import Course, ModuleContent, Page
from grader.model.course import Module
from grader.site import words
from grader.site.citations import SourceNumbers
from grader.site.markup import Html, element, inline, join, table
from grader.site.page import SitePage
from grader.site.plots import Drawn, place_plots
from grader.text import Language, LocalText

_SOURCE_LINK = re.compile(
    r"(\]\((?:\.\./)*(?:[\w-]+/)*)(?P<page>lesson|instructor)(?:\.(?:ko|en))?\.md(?=[)#\s])"
)
"""Authors link to the files they see; the site calls a lesson `index.md`."""
_NOTES_BOOST = 0.5
"""Notes use the lesson's words; who searches usually wants the lesson or a guide."""
CHECKLIST = "checklist"
"""Anchor of the instructor notes' section that is a page of its own."""
_NOTHING_DRAWN: Drawn = {}


def render_lesson(
    course: Course, content: ModuleContent, language: Language, drawn: Drawn = _NOTHING_DRAWN
) -> SitePage:
    """Return a module's main page; raise InvalidContent when it shows a plot that is not in `drawn`."""
    module = content.module
    sources = SourceNumbers(course.facts, language)
    # In the order of the page: sources are numbered as they are met.
    parts: list[str] = [
        _head(course, content, sources, language),
        f"## {words.OBJECTIVES[language]} {{#objectives}}",
        _bullets(module.objectives, sources, language),
        *_body(content.lesson, sources, language, drawn),
        f"## {words.KEY_POINTS[language]} {{#keypoints}}",
        _bullets(module.keypoints, sources, language),
        f"## {words.NEXT_STEPS[language]} {{#next}}",
        _steps(content, language, with_lesson=False),
        *materials(content, language),
        *sources.listing(),
    ]
    return SitePage(
        path=f"modules/{module.id}/index.md",
        title=module.title[language],
        nav_title=f"{module.code} {module.title[language]}",
        description=module.summary[language],
        keywords=(module.code, *(keyword[language] for keyword in module.keywords)),
        parts=tuple(parts),
        warnings=tuple(sources.warnings),
    )


def _bullets(texts: tuple[LocalText, ...], sources: SourceNumbers, language: Language) -> str:
    return "\n".join(f"- {sources.number(text[language])}" for text in texts)


def render_instructor_notes(
    course: Course, content: ModuleContent, language: Language, drawn: Drawn = _NOTHING_DRAWN
) -> SitePage | None:
    """Return a module's instructor notes, or None when nobody wrote any."""
    if not content.instructor:
        return None
    module = content.module
    sources = SourceNumbers(course.facts, language)
    samples = _graded_samples(course, content, sources, language)
    parts = (
        back_link(module, language),
        *materials(content, language),
        *_body(content.instructor, sources, language, drawn),
        *samples,
        *sources.listing(),
    )
    return SitePage(
        path=f"modules/{module.id}/instructor.md",
        title=f"{words.INSTRUCTOR_NOTES[language]}: {module.title[language]}",
        nav_title=f"{module.code} {module.title[language]}",
        description=f"{words.INSTRUCTOR_NOTES[language]} – {module.summary[language]}",
        boost=_NOTES_BOOST,
        parts=parts,
        warnings=tuple(sources.warnings),
    )


def _graded_samples(
    course: Course, content: ModuleContent, sources: SourceNumbers, language: Language
) -> tuple[str, ...]:
    """Sample answers stand with the instructor's notes, so that trainees write their own first."""
    assignment = course.assignments.get(content.module.assignment or "")
    samples = (
        [sample for rubric in assignment.assignment.rubrics for sample in rubric.samples]
        if assignment
        else []
    )
    if not samples:
        return ()
    rows = [
        [
            words.LEVEL_NAMES[sample.level][language],
            inline(sample.text[language], sources.number),
            inline(sample.comment[language], sources.number),
        ]
        for sample in samples
    ]
    head = [words.SAMPLE_LEVEL[language], words.SAMPLE_ANSWER[language], words.SAMPLE_REASON[language]]
    return f"## {words.SAMPLES[language]} {{#samples}}", wide_table(words.SAMPLES[language], head, rows)


def wide_table(label: str, head: list[str], rows: list[list[str]]) -> Html:
    """return a table in a box that scrolls sideways on a phone and can be reached by keyboard."""
    return element(
        "div", table(None, head, rows), class_="wide-table", tabindex=0, role="group", aria_label=label
    )


def _body(
    pages: Mapping[Language, Page], sources: SourceNumbers, language: Language, drawn: Drawn
) -> tuple[str, ...]:
    page = pages.get(language) or pages.get(language.other)
    if page is None:
        return (f'!!! note ""\n    {words.NO_LESSON[language]}',)
    text = sources.number(lesson_text(page, drawn))
    if language in pages:
        return (text,)
    notice = element("p", words.NO_TRANSLATION[language], class_="lang-notice")
    opening = f'<div lang="{language.other}" markdown="1">'
    return notice, f"{opening}\n\n{text}\n\n</div>"


def lesson_text(page: Page, drawn: Drawn) -> str:
    """Return a written page's Markdown as the site has it: with plots, and links that lead to pages."""
    placed, problems = place_plots(page, drawn)
    if problems:
        raise InvalidContent(problems)
    return _SOURCE_LINK.sub(_site_name, placed)


def _site_name(match: re.Match[str]) -> str:
    return f"{match[1]}{'index' if match['page'] == 'lesson' else 'instructor'}.md"


def _head(course: Course, content: ModuleContent, sources: SourceNumbers, language: Language) -> Html:
    module = content.module
    status = words.STATUS[module.status][language]
    code = element(
        "p",
        module.code,
        Html(" "),
        element("span", status, class_=f"chip chip--{module.status.value}"),
        class_="module-head__code",
    )
    question = element(
        "p",
        element("span", words.QUESTION_FROM_WORK[language], class_="module-head__label"),
        Html(" "),
        inline(module.question[language], sources.number),
        class_="module-head__question",
    )
    summary = element("p", inline(module.summary[language], sources.number), class_="module-head__summary")
    return element(
        "div",
        code,
        question,
        summary,
        _facts(course, module, language),
        _steps(content, language),
        class_="module-head",
    )


def _facts(course: Course, module: Module, language: Language) -> Html:
    """Time, roles and prerequisites as a description list."""
    return element(
        "dl",
        _pair(words.WORKING_TIME[language], words.duration(module.minutes.total, language)),
        _pair(words.FOR_WHOM[language], role_names(course, module, language)),
        _pair(words.PREREQUISITES[language], _prerequisites(course, module, language)),
        class_="module-facts",
    )


def _pair(term: str, description: str) -> Html:
    return element("div", element("dt", term), element("dd", description))


def role_names(course: Course, module: Module, language: Language) -> str:
    """Return the roles a module is for, or `all roles`."""
    roles = [role for role in course.programme.roles if role.id in module.roles]
    if len(roles) == len(course.programme.roles):
        return words.EVERYONE[language]
    return ", ".join(role.title[language] for role in roles)


def _prerequisites(course: Course, module: Module, language: Language) -> Html:
    links = [
        module_link(course.modules[module_id].module, language)
        for module_id in module.prerequisites
        if module_id in course.modules
    ]
    return join(*links, by=", ") if links else Html(words.NO_PREREQUISITES[language])


def module_link(module: Module, language: Language) -> Html:
    """Return a link to a module's page with its code and title."""
    return element("a", f"{module.code} {module.title[language]}", href=f"medai:modules/{module.id}/index.md")


def _steps(content: ModuleContent, language: Language, with_lesson: bool = True) -> Html:
    """The way through a module: read, practise, check yourself, hand in."""
    module, home = content.module, f"medai:modules/{content.module.id}"
    steps: list[Html] = []
    if with_lesson:
        steps.append(_step(words.MINUTES_OF["read"][language], "#objectives", module.minutes.read, language))
    if content.practice is not None or content.spreadsheet is not None:
        steps.append(
            _step(words.PRACTICE[language], f"{home}/practice.md", module.minutes.practice, language)
        )
    summary = element(
        "span",
        data_quiz_summary=module.id,
        data_text=words.QUIZ_SUMMARY[language],
        data_total=len(content.quiz.questions),
        class_="module-steps__done",
        hidden=True,
    )
    steps.append(_step(words.QUIZ[language], f"{home}/quiz.md", module.minutes.quiz, language, summary))
    if module.assignment:
        steps.append(
            _step(words.ASSIGNMENT[language], f"{home}/assignment.md", module.minutes.assignment, language)
        )
    return element("ol", *steps, class_="module-steps")


def _step(name: str, href: str, minutes: int, language: Language, extra: Html | None = None) -> Html:
    time = (
        element("span", words.duration(minutes, language), class_="module-steps__time") if minutes else None
    )
    return element("li", element("a", name, href=href), Html(" ") if time else None, time, extra)


def checklist_path(module_id: str) -> str:
    """Return where the checklist of a module lies below the language's root."""
    return f"modules/{module_id}/checklist.md"


def slides_path(module_id: str) -> str:
    """Return where the slides of a module lie below the language's root."""
    return f"modules/{module_id}/slides.md"


def has_checklist(content: ModuleContent, language: Language) -> bool:
    """Whether the instructor notes hold a checklist in this language."""
    page = content.instructor.get(language)
    return page is not None and any(heading.anchor == CHECKLIST for heading in scan(page.body).headings)


def materials(content: ModuleContent, language: Language) -> tuple[Html, ...]:
    """Return one line with what goes with a module: its checklist and its slides."""
    links = []
    if has_checklist(content, language):
        path = checklist_path(content.module.id)
        links.append(element("a", words.CHECKLIST_ONE_PAGE[language], href=f"medai:{path}"))
    if language in content.lesson:
        path = slides_path(content.module.id)
        links.append(element("a", words.SLIDES_OF_LESSON[language], href=f"medai:{path}"))
    return (element("p", join(*links, by=" · "), class_="materials"),) if links else ()


def back_link(module: Module, language: Language) -> Html:
    """Return the way back from a page of a module to its lesson."""
    link = element("a", f"← {words.BACK_TO_LESSON[language]}", href=f"medai:modules/{module.id}/index.md")
    return element("p", link, class_="back-link")
