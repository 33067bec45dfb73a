"""What the reader found: as much of the course as could be read, with the texts and their lines.

Knows values only. A `Course` exists only when every file is sound; the rules work on this instead,
so that one broken file does not hide what is wrong in the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from grader.manifest.markdown import scan
from grader.manifest.yamltext import Document, YamlPath
from grader.model.assignment import Assignment, Sheet, WrongAnswer
from grader.model.content import AssignmentContent, Course, ModuleContent, Page, Spreadsheet
from grader.model.course import Fact, Module, Programme, Quiz, Term
from grader.text import Language


class Kind(Enum):
    """What a page is; decides how it is published and what it may contain."""

    LESSON = "lesson"
    INSTRUCTOR = "instructor"
    DOCS = "docs"
    ROOT = "root"
    """A Markdown file at the top, such as README.md: read on a code host, not on the site."""


@dataclass(frozen=True)
class PageFile:
    """A Markdown page with its place in the course."""

    kind: Kind
    language: Language
    page: Page
    site_path: str
    """Where the page is published inside its language's tree, e.g. `modules/e0/index.md`."""


@dataclass(frozen=True)
class SheetFile:
    """A sheet or practice notebook with its place in the course."""

    path: str
    owner: str
    """Module or assignment id."""
    graded: bool
    sheet: Sheet


@dataclass(frozen=True)
class ModuleFiles:
    """What could be read of a module's directory; None where a file is missing or broken."""

    id: str
    path: str
    module: Module | None
    quiz: Quiz | None
    practice: Sheet | None
    spreadsheet: Spreadsheet | None
    figures: Mapping[str, str]


@dataclass(frozen=True)
class AssignmentFiles:
    """What could be read of an assignment's directory."""

    id: str
    path: str
    assignment: Assignment | None
    sheet: Sheet | None
    wrong: Mapping[str, WrongAnswer]
    data: Mapping[str, bytes]

    @property
    def content(self) -> AssignmentContent | None:
        """The whole assignment, when all of it could be read."""
        if self.assignment is None or self.sheet is None:
            return None
        return AssignmentContent(self.assignment, self.path, self.sheet, self.wrong, self.data)


@dataclass(frozen=True)
class GlossaryRow:
    """A term and the line it stands on."""

    line: int
    term: Term


class Where(Enum):
    """What sort of place a passage stands in."""

    PAGE = "page"
    CELL = "cell"
    VALUE = "value"
    """A text in YAML or CSV."""


@dataclass(frozen=True)
class Passage:
    """A Markdown text in one language, wherever it stands."""

    path: str
    line: int
    """1-based line of its first character."""
    language: Language
    text: str
    where: Where
    document: Document | None = None
    at: YamlPath = ()
    label: str = ""
    """Id of a cell, or the place in a YAML file; empty for pages."""

    @property
    def prose(self) -> str:
        """The text a reader reads, everything else blanked out."""
        return scan(self.text).prose

    def line_at(self, offset: int, needle: str = "") -> int:
        """Return the line in the file of a character of the text.

        YAML folds and quotes, so a text there does not keep its lines: `needle` is looked up.
        """
        if self.document is not None:
            return self.document.line_of(needle, self.at)
        if self.where is Where.VALUE:
            return self.line
        return self.line + self.text.count("\n", 0, offset)


@dataclass(frozen=True)
class Pair:
    """The same text in both languages."""

    ko: Passage
    en: Passage

    def __iter__(self) -> Iterator[Passage]:
        return iter((self.ko, self.en))


@dataclass(frozen=True)
class Material:
    """Everything under `course/`, `assignments/`, `docs/` and the Markdown files at the top."""

    programme: Programme | None
    modules: Mapping[str, ModuleFiles]
    assignments: Mapping[str, AssignmentFiles]
    facts: Mapping[str, Fact] | None
    """None when `facts.yml` cannot be used: then no citation can be judged."""
    fact_ids: frozenset[str]
    """Also of facts that are broken."""
    glossary: tuple[GlossaryRow, ...]
    pages: tuple[PageFile, ...]
    sheets: tuple[SheetFile, ...]
    documents: Mapping[str, Document]
    texts: Mapping[str, str]
    """Path → text of every text file, data files included."""
    files: frozenset[str]
    """Every file of the repository, for links."""
    pairs: tuple[Pair, ...] = field(default=())

    def document(self, path: str) -> Document:
        """Return the YAML file at `path`; an empty one if it could not be read."""
        return self.documents.get(path) or Document(path, "", None, {})

    @property
    def course(self) -> Course | None:
        """The whole course, when all of it could be read."""
        modules: dict[str, ModuleContent] = {}
        for module_id in self._in_teaching_order():
            module = self._module_content(self.modules[module_id])
            if module is None:
                return None
            modules[module_id] = module
        assignments = {key: files.content for key, files in self.assignments.items()}
        if self.programme is None or self.facts is None:
            return None
        whole = {key: content for key, content in assignments.items() if content is not None}
        if len(whole) < len(assignments):
            return None
        return Course(self.programme, modules, whole, self.facts, tuple(row.term for row in self.glossary))

    def _in_teaching_order(self) -> list[str]:
        tracks = self.programme.tracks if self.programme else ()
        taught = [module for track in tracks for module in track.modules]
        known = [module for module in [*taught, *sorted(self.modules)] if module in self.modules]
        return list(dict.fromkeys(known))

    def _module_content(self, files: ModuleFiles) -> ModuleContent | None:
        def of_kind(kind: Kind) -> dict[Language, Page]:
            return {
                item.language: item.page
                for item in self.pages
                if item.kind is kind and item.page.path.startswith(files.path + "/")
            }

        lesson, instructor = of_kind(Kind.LESSON), of_kind(Kind.INSTRUCTOR)
        if files.module is None or files.quiz is None or len(lesson) < 2 or len(instructor) < 2:
            return None
        return ModuleContent(
            files.module,
            files.path,
            lesson,
            instructor,
            files.quiz,
            files.practice,
            files.spreadsheet,
            files.figures,
        )
