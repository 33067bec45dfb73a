"""Ids: every id names something, once, and nothing needs itself.

Knows which YAML key refers to what. Fact ids in prose are in `citations`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from grader.errors import Problem
from grader.manifest.material import Material
from grader.manifest.yamltext import Document, YamlPath
from grader.model.course import Cohort, Module, Programme

PROGRAMME = "course/course.yml"
FACTS = "course/facts.yml"
GLOSSARY = "course/glossary.csv"


class HasId(Protocol):
    """Anything that is named by an id."""

    @property
    def id(self) -> str:
        """The id."""


def check_ids(material: Material) -> list[Problem]:
    """Find ids that name nothing, stand twice, or disagree with their directory."""
    rules: tuple[Callable[[Material], Iterator[Problem]], ...] = (
        _programme,
        _modules,
        _assignments,
        _prerequisite_cycles,
        _quizzes,
        _facts,
        _glossary,
    )
    return [problem for rule in rules for problem in rule(material)]


def _programme(material: Material) -> Iterator[Problem]:
    programme, document = material.programme, material.document(PROGRAMME)
    if programme is None:
        return
    for key in ("roles", "sites", "tracks", "cohorts"):
        yield from _unique(getattr(programme, key), document, (key,), key.removesuffix("s"))
    for number, track in enumerate(programme.tracks):
        at: YamlPath = ("tracks", number, "modules")
        yield from _known(track.modules, material.modules, document, at, "module", "course/modules/")
        yield from _listed_once(track.modules, document, at)
    track_ids = [track.id for track in programme.tracks]
    site_ids = [site.id for site in programme.sites]
    for number, cohort in enumerate(programme.cohorts):
        at = ("cohorts", number)
        yield from _known([cohort.track], track_ids, document, (*at, "track"), "track", PROGRAMME)
        yield from _known(cohort.sites, site_ids, document, (*at, "sites"), "site", PROGRAMME)
        yield from _listed_once(cohort.sites, document, (*at, "sites"))
        yield from _schedule(programme, cohort, document, at)


def _schedule(programme: Programme, cohort: Cohort, document: Document, at: YamlPath) -> Iterator[Problem]:
    taught = next((track.modules for track in programme.tracks if track.id == cohort.track), None)
    yield from _listed_once([entry.module for entry in cohort.schedule], document, (*at, "schedule"))
    for number, entry in enumerate(cohort.schedule):
        line = document.line(*at, "schedule", number, "module")
        if taught is not None and entry.module not in taught:
            yield Problem(
                PROGRAMME,
                line,
                "dangling-id",
                f"the schedule names `{entry.module}`, which is not a module of the track `{cohort.track}`",
                f"Use one of: {', '.join(taught)}.",
            )
        if entry.opens < cohort.starts or entry.due.date() > cohort.ends:
            yield Problem(
                PROGRAMME,
                line,
                "schedule-outside-cohort",
                f"`{entry.module}` runs {entry.opens}–{entry.due.date()}, "
                f"but the cohort only {cohort.starts}–{cohort.ends}",
                "Correct the dates of the entry or of the cohort.",
            )


def _modules(material: Material) -> Iterator[Problem]:
    codes: dict[str, str] = {}
    role_ids = [role.id for role in material.programme.roles] if material.programme else None
    for name, files in material.modules.items():
        module = files.module
        if module is None:
            continue
        document = material.document(f"{files.path}/module.yml")
        yield from _same_as_folder(module, name, document)
        if role_ids is not None:
            yield from _known(module.roles, role_ids, document, ("roles",), "role", PROGRAMME)
        yield from _known(
            module.prerequisites, material.modules, document, ("prerequisites",), "module", "course/modules/"
        )
        if module.code in codes:
            yield Problem(
                document.path,
                document.line("code"),
                "duplicate-id",
                f"the code {module.code} is already that of {codes[module.code]}",
                "Give every module its own code.",
            )
        codes.setdefault(module.code, name)
        yield from _assignment_of(module, material, document)


def _assignment_of(module: Module, material: Material, document: Document) -> Iterator[Problem]:
    if module.assignment is None:
        return
    wanted = [module.assignment]
    yield from _known(wanted, material.assignments, document, ("assignment",), "assignment", "assignments/")
    files = material.assignments.get(module.assignment)
    if files and files.assignment and files.assignment.module != module.id:
        yield Problem(
            document.path,
            document.line("assignment"),
            "id-mismatch",
            f"the assignment `{module.assignment}` says that it belongs to `{files.assignment.module}`",
            f"Make `module` in {files.path}/assignment.yml and `assignment` here name each other.",
        )


def _assignments(material: Material) -> Iterator[Problem]:
    for name, files in material.assignments.items():
        assignment = files.assignment
        if assignment is None:
            continue
        document = material.document(f"{files.path}/assignment.yml")
        yield from _same_as_folder(assignment, name, document)
        at: YamlPath = ("module",)
        yield from _known([assignment.module], material.modules, document, at, "module", "course/modules/")
        owner = material.modules.get(assignment.module)
        if owner and owner.module and owner.module.assignment is None:
            yield Problem(
                document.path,
                document.line(*at),
                "id-mismatch",
                f"the module `{assignment.module}` does not name this assignment",
                f"Add `assignment: {name}` to {owner.path}/module.yml.",
            )


def _prerequisite_cycles(material: Material) -> Iterator[Problem]:
    needs = {
        name: files.module.prerequisites if files.module else () for name, files in material.modules.items()
    }
    reported: set[frozenset[str]] = set()
    for start in sorted(needs):
        cycle = _cycle_from(start, needs)
        if cycle is None or frozenset(cycle) in reported:
            continue
        reported.add(frozenset(cycle))
        document = material.document(f"{material.modules[start].path}/module.yml")
        yield Problem(
            document.path,
            document.line("prerequisites"),
            "prerequisite-cycle",
            f"these modules need each other: {' → '.join([*cycle, start])}",
            "Remove one of these prerequisites.",
        )


def _cycle_from(start: str, needs: dict[str, tuple[str, ...]]) -> list[str] | None:
    """Return a shortest way from `start` back to itself, or None."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        for need in needs.get(way[-1], ()):
            if need == start:
                return way
            if need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return None


def _quizzes(material: Material) -> Iterator[Problem]:
    for files in material.modules.values():
        if files.quiz is None:
            continue
        document = material.document(f"{files.path}/quiz.yml")
        yield from _unique(files.quiz.questions, document, ("questions",), "question")
        for number, question in enumerate(files.quiz.questions):
            yield from _unique(question.choices, document, ("questions", number, "choices"), "choice")


def _facts(material: Material) -> Iterator[Problem]:
    document = material.document(FACTS)
    entries = document.value.get("facts") if isinstance(document.value, dict) else None
    if not isinstance(entries, list):
        return
    ids = [str(entry.get("id")) if isinstance(entry, dict) else "" for entry in entries]
    for number, name in enumerate(ids):
        if name and name in ids[:number]:
            yield _twice(document, document.line("facts", number, "id"), "fact", name)


def _glossary(material: Material) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for row in material.glossary:
        for language, word in (("ko", row.term.ko), ("en", row.term.en)):
            first = seen.setdefault((language, word.casefold()), row.line)
            if first != row.line:
                yield Problem(
                    GLOSSARY,
                    row.line,
                    "duplicate-id",
                    f"`{word}` stands in the glossary already, on line {first}",
                    "Keep one row for each term.",
                )


def _unique(items: Sequence[HasId], document: Document, at: YamlPath, noun: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, item in enumerate(items):
        if item.id in seen:
            yield _twice(document, document.line(*at, number, "id"), noun, item.id)
        seen.add(item.id)


def _twice(document: Document, line: int, noun: str, name: str) -> Problem:
    return Problem(
        document.path,
        line,
        "duplicate-id",
        f"there are two of the {noun} id `{name}`",
        "Rename one of them; the older one keeps its id.",
    )


def _listed_once(names: Sequence[str], document: Document, at: YamlPath) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name in names[:number]:
            line = document.line(*at, number)
            yield Problem(document.path, line, "duplicate-id", f"`{name}` is listed twice", "List it once.")


def _known(
    names: Sequence[str], known: Collection[str], document: Document, at: YamlPath, noun: str, where: str
) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name not in known:
            line = document.line(*at, number)
            hint = f"Correct the id, or add the {noun} to {where}."
            yield Problem(document.path, line, "dangling-id", f"there is no {noun} `{name}`", hint)


def _same_as_folder(item: HasId, folder: str, document: Document) -> Iterator[Problem]:
    if item.id != folder:
        yield Problem(
            document.path,
            document.line("id"),
            "id-mismatch",
            f"the id is `{item.id}`, but the directory is `{folder}`",
            "Give both the same name.",
        )
