"""Assignment pages: tasks, tiers, points, rubric, pass line, due dates and the package to download.

Knows the course model; never shows a test, a reference answer or a graded sample. Must not know MkDocs.
"""

from __future__ import annotations

from grader.model.assignment import Assignment, CellRole, Rubric, Task, Tier
from grader.model.content import AssignmentContent, Course, ModuleContent
from grader.site import words
from grader.site.citations import SourceNumbers
from grader.site.markup import Html, element, inline, join
from grader.site.module_page import module_link, wide_table
from grader.site.page import SitePage
from grader.text import Language


def package_path(content: AssignmentContent, language: Language) -> str:
    """Return where the release package lies below the language's root."""
    assignment = content.assignment
    return f"modules/{assignment.module}/{assignment.id}.{language.value}.zip"


def render_assignment(
    course: Course, module: ModuleContent, content: AssignmentContent, language: Language, has_package: bool
) -> SitePage:
    """Return the page of an assignment."""
    assignment = content.assignment
    sources = SourceNumbers(course.facts, language)
    parts: list[str] = [_head(course, module, content, language)]
    if has_package:
        parts += [f"## {words.DOWNLOADS[language]} {{#download}}", _downloads(content, language)]
    parts += [
        f"## {words.TASKS[language]} {{#tasks}}",
        _tasks(content, language),
        _tiers(content, language),
    ]
    if assignment.rubrics:
        parts.append(f"## {words.RUBRIC[language]} {{#rubric}}")
        parts += [_rubric(rubric, content, sources, language) for rubric in assignment.rubrics]
    parts += [f"## {words.DUE_DATES[language]} {{#due}}", _due_dates(course, module.module.id, language)]
    parts += sources.listing()
    return SitePage(
        path=f"modules/{module.module.id}/assignment.md",
        title=f"{words.ASSIGNMENT[language]}: {assignment.title[language]}",
        nav_title=words.ASSIGNMENT[language],
        description=module.module.question[language],
        parts=tuple(parts),
        warnings=tuple(sources.warnings),
    )


def task_points(content: AssignmentContent, task: Task) -> int:
    """Return the points of a task: those of its test and manual cells."""
    return sum(cell.points for cell in content.sheet.cells if cell.task == task.id)


def is_written(content: AssignmentContent, task: Task) -> bool:
    """Whether a task asks for a text and nothing else."""
    roles = {cell.role for cell in content.sheet.cells if cell.task == task.id}
    return roles == {CellRole.MANUAL}


def _head(course: Course, module: ModuleContent, content: AssignmentContent, language: Language) -> Html:
    assignment = content.assignment
    total = sum(cell.points for cell in content.sheet.cells)
    pairs = [
        (words.MODULE[language], module_link(module.module, language)),
        (words.WORKING_TIME[language], words.duration(module.module.minutes.assignment, language)),
        (words.POINTS[language], words.POINTS_OF[language].format(n=total)),
        (words.PASS_LINE[language], _pass_line(assignment, language)),
    ]
    facts = [element("div", element("dt", term), element("dd", value)) for term, value in pairs]
    return element("div", element("dl", *facts, class_="module-facts"), class_="module-head")


def _pass_line(assignment: Assignment, language: Language) -> str:
    rule = words.PASS_PERCENT_AND_WRITTEN if assignment.rubrics else words.PASS_PERCENT
    line = rule[language].format(n=assignment.pass_percent)
    return f"{line}, {words.PASS_GATES[language]}" if assignment.gates else line


def _downloads(content: AssignmentContent, language: Language) -> Html:
    path = package_path(content, language)
    link = element("a", words.RELEASE_FILE[language], href=f"medai:{path}", download=path.rsplit("/", 1)[-1])
    item = element("li", link, Html(" – "), words.RELEASE_CONTENTS[language])
    return element("ul", item, class_="downloads")


def _tasks(content: AssignmentContent, language: Language) -> Html:
    rows: list[list[str]] = [
        [
            inline(task.title[language]),
            written_chip(language) if is_written(content, task) else tier_chip(task.tier, language),
            words.POINTS_OF[language].format(n=task_points(content, task)),
        ]
        for task in content.assignment.tasks
    ]
    head = [words.TASK[language], words.TASK_KIND[language], words.POINTS[language]]
    return wide_table(words.TASKS[language], head, rows)


def tier_chip(tier: Tier, language: Language) -> Html:
    """Return the mark of a task's tier."""
    return element("span", words.TIER[tier][language], class_=f"chip chip--{tier.value}")


def written_chip(language: Language) -> Html:
    """Return the mark of a task that asks for a text."""
    return element("span", words.WRITTEN[language], class_="chip chip--written")


def _tiers(content: AssignmentContent, language: Language) -> Html:
    """Say what each mark in the table means."""
    tasks = content.assignment.tasks
    used = {task.tier for task in tasks if not is_written(content, task)}
    marks = [(tier_chip(tier, language), words.TIER_MEANING[tier]) for tier in Tier if tier in used]
    if any(is_written(content, task) for task in tasks):
        marks.append((written_chip(language), words.WRITTEN_MEANING))
    items = [element("li", mark, Html(" "), meaning[language]) for mark, meaning in marks]
    return element("ul", *items, class_="tiers")


def _rubric(rubric: Rubric, content: AssignmentContent, sources: SourceNumbers, language: Language) -> Html:
    cell = next((cell for cell in content.sheet.cells if cell.id == rubric.cell), None)
    task = next(
        (task for task in content.assignment.tasks if cell is not None and task.id == cell.task), None
    )
    label = task.title[language] if task else words.RUBRIC[language]
    rows: list[list[str]] = [
        [
            inline(criterion.title[language]),
            *(inline(level.text[language], sources.number) for level in criterion.levels),
        ]
        for criterion in rubric.criteria
    ]
    head = [words.CRITERION[language], *(name[language] for name in words.LEVEL_NAMES)]
    heading = element("h3", inline(label), id=f"rubric-{rubric.cell}")
    return join(heading, wide_table(label, head, rows))


def _due_dates(course: Course, module_id: str, language: Language) -> Html:
    rows: list[list[str]] = [
        [
            cohort.title[language],
            words.day(entry.opens, language),
            element(
                "time",
                words.moment(entry.due, course.programme.timezone, language),
                datetime=entry.due.isoformat(),
            ),
        ]
        for cohort in course.programme.cohorts
        for entry in cohort.schedule
        if entry.module == module_id
    ]
    if not rows:
        return element("p", words.NO_SCHEDULE[language])
    head = [words.COHORT[language], words.OPENS[language], words.DUE[language]]
    label = words.DUE_DATES[language]
    return join(wide_table(label, head, rows), element("p", words.SEOUL_TIME[language], class_="note"))
