"""Pages that people look things up in: schedule, glossary, facts.

Knows the course model; must not know MkDocs.
"""

from __future__ import annotations

from grader.model.content import Course
from grader.model.course import Cohort, Fact, FactKind, FactStatus, Region, Term
from grader.site import words
from grader.site.citations import source_line, verify_chip
from grader.site.markup import Html, element, inline, join
from grader.site.module_page import module_link, wide_table
from grader.site.page import SitePage
from grader.text import Language


def render_schedule(course: Course, language: Language) -> SitePage:
    """Return the schedule of every cohort."""
    parts: list[str] = [words.SEOUL_TIME[language]]
    for cohort in course.programme.cohorts:
        parts.append(f"## {cohort.title[language]} {{#{cohort.id}}}")
        parts.append(_cohort(course, cohort, language))
    if not course.programme.cohorts:
        parts.append(words.NO_SCHEDULE[language])
    return SitePage(path="schedule.md", title=words.SCHEDULE[language], parts=tuple(parts))


def _cohort(course: Course, cohort: Cohort, language: Language) -> Html:
    track = next((track for track in course.programme.tracks if track.id == cohort.track), None)
    dates = f"{words.day(cohort.starts, language)} – {words.day(cohort.ends, language)}"
    pairs: list[tuple[str, str]] = [(words.PERIOD[language], dates)]
    if track:
        link = element("a", track.title[language], href=f"medai:tracks/{track.id}.md")
        pairs.insert(0, (words.TRACK[language], link))
    for region in Region:
        names = [
            site.title[language]
            for site in course.programme.sites
            if site.id in cohort.sites and site.region is region
        ]
        if names:
            pairs.append((f"{words.SITES[language]} – {words.REGION[region][language]}", ", ".join(names)))
    about = element(
        "dl",
        *(element("div", element("dt", term), element("dd", value)) for term, value in pairs),
        class_="module-facts",
    )
    rows: list[list[str]] = [
        [
            module_link(course.modules[entry.module].module, language)
            if entry.module in course.modules
            else entry.module,
            words.day(entry.opens, language),
            element(
                "time",
                words.moment(entry.due, course.programme.timezone, language),
                datetime=entry.due.isoformat(),
            ),
        ]
        for entry in cohort.schedule
    ]
    head = [words.MODULE[language], words.OPENS[language], words.DUE[language]]
    return join(about, wide_table(cohort.title[language], head, rows))


def render_glossary(course: Course, language: Language) -> SitePage:
    """Return every term in both languages, in the order of the reader's language."""
    terms = sorted(
        course.glossary, key=lambda term: (term.ko if language is Language.KO else term.en).casefold()
    )
    head = [words.TERM_KO[language], words.TERM_EN[language], words.NOTE[language], words.AVOID[language]]
    if language is Language.EN:
        head[0], head[1] = head[1], head[0]
    rows = [_term(term, language) for term in terms]
    return SitePage(
        path="glossary.md",
        title=words.GLOSSARY[language],
        parts=(words.GLOSSARY_INTRO[language], wide_table(words.GLOSSARY[language], head, rows)),
        hide=("toc",),
    )


def _term(term: Term, language: Language) -> list[str]:
    """Each word carries its own language, so that a screen reader pronounces it."""
    ko, en = element("span", term.ko, lang="ko"), element("span", term.en, lang="en")
    first, second = (ko, en) if language is Language.KO else (en, ko)
    note, avoid = (term.note_ko, term.avoid_ko) if language is Language.KO else (term.note_en, term.avoid_en)
    return [first, second, inline(note), ", ".join(avoid)]


def render_facts(course: Course, language: Language) -> SitePage:
    """Return every fact with statement, status, sources, dates and caution, grouped by kind."""
    parts: list[str] = [words.FACTS_INTRO[language]]
    for kind in FactKind:
        facts = [fact for fact in course.facts.values() if fact.kind is kind]
        if facts:
            parts.append(f"## {words.FACT_KIND[kind][language]} {{#{kind.value}}}")
        for fact in facts:
            parts.append(_fact(fact, language))
    return SitePage(path="facts.md", title=words.FACTS[language], parts=tuple(parts))


def _fact(fact: Fact, language: Language) -> Html:
    settled = fact.status is not FactStatus.VERIFY
    status = words.FACT_STATUS[fact.status][language] if settled else verify_chip(language)
    pairs: list[tuple[str, str]] = [(words.STATUS_OF_FACT[language], status)]
    sources = [element("li", source_line(source, language)) for source in fact.sources]
    pairs.append((words.SOURCE[language], element("ul", *sources)))
    pairs.append(
        (
            words.REVIEW_BY[language],
            element("time", words.day(fact.review_by, language), datetime=str(fact.review_by)),
        )
    )
    if fact.caution:
        pairs.append((words.CAUTION[language], inline(fact.caution[language])))
    rows = [element("div", element("dt", term), element("dd", value)) for term, value in pairs]
    return element(
        "div",
        _statement(fact, language),
        element("dl", *rows, class_="module-facts"),
        class_="fact" if settled else "fact fact--verify",
    )


def _statement(fact: Fact, language: Language) -> Html:
    """The statement is the fact's heading: search finds it as a title, the table of contents stays short."""
    anchor = f"fact-{fact.id}"
    link = element("a", "#", class_="headerlink", href=f"#{anchor}", title=words.PERMALINK[language])
    return element("h3", inline(fact.statement[language]), link, id=anchor, class_="fact__statement")
