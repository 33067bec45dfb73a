"""The reader: course, assignments and pages become values, and every file's own faults become problems.

Knows where each file of a course stands. Only this module and `files` touch the file system; the
rules across files are in `rules/`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from grader.authoring.embed import embed_records
from grader.authoring.sheet import parse_sheet
from grader.errors import InvalidContent, Problem
from grader.manifest.files import COURSE_FOLDERS, Tree
from grader.manifest.markdown import split_front_matter
from grader.manifest.material import (
    AssignmentFiles,
    GlossaryRow,
    Kind,
    Material,
    ModuleFiles,
    PageFile,
    SheetFile,
)
from grader.manifest.passages import pair_up
from grader.manifest.rules.ids import check_ids
from grader.manifest.tables import parse_glossary
from grader.manifest.wording import validate
from grader.manifest.yamltext import Document, parse_yaml
from grader.model.assignment import Assignment, Sheet, WrongAnswer
from grader.model.content import Course, Page, Spreadsheet
from grader.model.course import Fact, FactSheet, Module, Programme, Quiz
from grader.text import Language

T = TypeVar("T", bound=BaseModel)

PROGRAMME = "course/course.yml"
FACTS = "course/facts.yml"
GLOSSARY = "course/glossary.csv"
MODULES = "course/modules/"
ASSIGNMENTS = "assignments/"
HELD_BACK = "course/texts/held-back/"


def read_course(root: Path) -> tuple[Course | None, list[Problem]]:
    """Return the course under `root`, and everything wrong in single files.

    Never raises for bad content. There is a course only when there is no problem; then every module,
    role, assignment and site that it names is there.
    """
    material, problems = read_material(root)
    problems = problems or sorted(check_ids(material))
    return (None if problems else material.course), problems


def load_course(root: Path) -> Course:
    """Return the course under `root`; raise InvalidContent with every problem found."""
    course, problems = read_course(root)
    if course is None:
        raise InvalidContent(problems)
    return course


def read_material(root: Path) -> tuple[Material, list[Problem]]:
    """Return all that can be read under `root`, and everything wrong in single files."""
    reader = _Reader(Tree(root))
    material = reader.read()
    return material, sorted({*reader.tree.problems, *reader.problems})


class _Reader:
    """Reads one course; collects what it finds wrong on the way."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.pages: list[PageFile] = []
        self.sheets: list[SheetFile] = []

    def read(self) -> Material:
        programme = self._yaml(PROGRAMME, Programme)
        facts = self._yaml(FACTS, FactSheet)
        modules = {name: self._module(name) for name in self.tree.folders(MODULES)}
        assignments = {name: self._assignment(name) for name in self.tree.folders(ASSIGNMENTS)}
        self._docs()
        return Material(
            programme=programme,
            modules=modules,
            assignments=assignments,
            facts=_by_id(facts.facts) if facts else None,
            fact_ids=_raw_ids(self.documents.get(FACTS)),
            glossary=self._glossary(),
            pages=tuple(self.pages),
            sheets=tuple(self.sheets),
            documents=self.documents,
            texts=self._texts(),
            files=self.tree.paths,
            pairs=tuple(pair_up(self.pages, self.sheets, self.documents.values())),
        )

    def _glossary(self) -> tuple[GlossaryRow, ...]:
        text = self.tree.read_text(GLOSSARY)
        if text is None:
            return ()
        rows, problems = parse_glossary(text, GLOSSARY)
        self.problems += problems
        return tuple(rows)

    def _module(self, name: str) -> ModuleFiles:
        path = f"{MODULES}{name}"
        module = self._yaml(f"{path}/module.yml", Module)
        quiz = self._yaml(f"{path}/quiz.yml", Quiz)
        for language in Language:
            lesson, instructor = f"{path}/lesson.{language}.md", f"{path}/instructor.{language}.md"
            self._page(lesson, Kind.LESSON, language, f"modules/{name}/index.md")
            self._page(instructor, Kind.INSTRUCTOR, language, f"modules/{name}/instructor.md")
        practice = self._sheet(f"{path}/practice.md", name, graded=False, required=False)
        spreadsheet_path = f"{path}/spreadsheet.yml"
        has_spreadsheet = self.tree.exists(spreadsheet_path)
        figures = self.tree.under(f"{path}/figures/")
        return ModuleFiles(
            id=name,
            path=path,
            module=module,
            quiz=quiz,
            practice=practice,
            spreadsheet=self._yaml(spreadsheet_path, Spreadsheet) if has_spreadsheet else None,
            figures={figure.removeprefix(f"{path}/figures/"): figure for figure in figures},
        )

    def _assignment(self, name: str) -> AssignmentFiles:
        path = f"{ASSIGNMENTS}{name}"
        wrong = {
            Path(item).stem: self._yaml(item, WrongAnswer)
            for item in self.tree.under(f"{path}/wrong/", ".yml")
        }
        data = {
            item.removeprefix(f"{path}/data/"): self.tree.read_bytes(item)
            for item in self.tree.under(f"{path}/data/")
        }
        return AssignmentFiles(
            id=name,
            path=path,
            assignment=self._yaml(f"{path}/assignment.yml", Assignment),
            sheet=self._sheet(f"{path}/sheet.md", name, graded=True, required=True),
            wrong={key: value for key, value in wrong.items() if value is not None},
            data={key: content for key, content in data.items() if content is not None},
        )

    def _docs(self) -> None:
        for language in Language:
            folder = f"docs/{language}/"
            for path in self.tree.under(folder, ".md"):
                self._page(path, Kind.DOCS, language, path.removeprefix(folder))
        for path in sorted(self.tree.paths):
            if "/" not in path and path.endswith(".md"):
                language = Language.KO if path.endswith(".ko.md") else Language.EN
                self._page(path, Kind.ROOT, language, path)

    def _yaml(self, path: str, model: type[T]) -> T | None:
        text = self.tree.read_text(path)
        if text is None:
            return None
        document, problems = parse_yaml(text, path)
        self.problems += problems
        if document is None:
            return None
        self.documents[path] = document
        value, problems = validate(model, document)
        self.problems += problems
        return value

    def _page(self, path: str, kind: Kind, language: Language, site_path: str) -> None:
        text = self.tree.read_text(path)
        if text is None:
            return
        front, body = split_front_matter(text)
        page = Page(
            path, body, text.count("\n", 0, len(text) - len(body)) + 1, self._front_matter(path, text, front)
        )
        if not body.strip():
            self.problems.append(
                Problem(path, 0, "empty-file", "the page is empty", "Write it, or restore it from Git.")
            )
        self.pages.append(PageFile(kind, language, page, site_path))

    def _front_matter(self, path: str, text: str, front: str) -> dict[str, object]:
        if text.startswith("---\n") and not front and "\n---" not in text[3:]:
            self.problems.append(
                Problem(path, 1, "broken-yaml", "the front matter is not closed", "End it with a line `---`.")
            )
        if not front.strip():
            return {}
        # The blank line stands for the opening mark, so that lines count from the top of the file.
        document, problems = parse_yaml("\n" + front, path)
        self.problems += problems
        if document is None or isinstance(document.value, dict):
            return dict(document.value) if document else {}
        self.problems.append(
            Problem(
                path,
                2,
                "wrong-type",
                "the front matter is not a mapping",
                "Write lines such as `source_hash: …`.",
            )
        )
        return {}

    def _sheet(self, path: str, owner: str, *, graded: bool, required: bool) -> Sheet | None:
        """Return the sheet when it is sound; keep its prose for the rules in any case."""
        if not required and not self.tree.exists(path):
            return None
        text = self.tree.read_text(path)
        if text is None:
            return None
        if not text.strip():
            self.problems.append(
                Problem(path, 0, "empty-file", "the sheet is empty", "Write it, or restore it from Git.")
            )
            return None
        sheet, problems = parse_sheet(text, path)
        sheet, not_embedded = embed_records(sheet, self._held_back, path)
        problems += not_embedded
        self.problems += problems
        self.sheets.append(SheetFile(path, owner, graded, sheet))
        return None if problems else sheet

    @cached_property
    def _held_back(self) -> dict[str, str]:
        """Texts of the files that hidden tests embed, by name."""
        paths = self.tree.under(HELD_BACK, ".jsonl")
        texts = {path.removeprefix(HELD_BACK): self.tree.read_text(path) for path in paths}
        return {name: text for name, text in texts.items() if text is not None}

    def _texts(self) -> dict[str, str]:
        found = {}
        for path in sorted(self.tree.paths):
            if path.startswith(COURSE_FOLDERS) or ("/" not in path and path.endswith(".md")):
                text = self.tree.loose_text(path)
                if text is not None:
                    found[path] = text
        return found


def _by_id(facts: tuple[Fact, ...]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for fact in facts:
        found.setdefault(fact.id, fact)
    return found


def _raw_ids(document: Document | None) -> frozenset[str]:
    """Return the ids that a facts file names, even when its facts are not sound."""
    value = document.value if document else None
    entries = value.get("facts") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        return frozenset()
    return frozenset(str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry)
