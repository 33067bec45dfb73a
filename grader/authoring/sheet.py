"""Sheets: the bilingual Markdown notebook that an author writes, to cells and back.

Knows which metadata a cell of which role may have; must not know assignments, builds or files.

A sheet's normal form is what `format_sheet` writes and what Jupytext writes for the same notebook,
except that Jupytext adds its own version numbers to the front matter when JupyterLab saves:

- every cell has a `medai` mapping, its keys in the order of `METADATA_KEYS`, defaults left out;
- prose and manual cells open with a `+++` line, also after a code cell;
- white space around a cell's text is not content.

Metadata of other tools (tags, slide show) may stand in the text and survive JupyterLab; a `Sheet`
does not hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from grader.authoring.myst import Block, BlockKind, read_myst, write_myst
from grader.errors import InvalidContent, Problem
from grader.model.assignment import Cell, CellRole, Sheet
from grader.text import Language

METADATA_KEYS = ("id", "role", "lang", "source_hash", "task", "points", "isolated", "raises", "alt")

FRONT_MATTER: Mapping[str, Any] = {
    "jupytext": {"text_representation": {"extension": ".md", "format_name": "myst"}},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
}

MARKDOWN_ROLES = frozenset({CellRole.PROSE, CellRole.MANUAL})
_ROLES_WITH: Mapping[str, frozenset[CellRole]] = {
    "lang": frozenset({CellRole.PROSE}),
    "source_hash": frozenset({CellRole.PROSE}),
    "points": frozenset({CellRole.TEST, CellRole.MANUAL}),
    "isolated": frozenset({CellRole.TEST}),
    "raises": frozenset({CellRole.CODE}),
    "alt": frozenset({CellRole.CODE, CellRole.FIXED}),
}
"""Keys that only some roles may have."""


def parse_sheet(text: str, path: str) -> tuple[Sheet, list[Problem]]:
    """Read a sheet; the second value lists everything wrong with it and is empty if all is well.

    With problems, the sheet holds the cells that could be read; do not build from it.
    """
    read = read_myst(text, path)
    problems = list(read.problems)
    cells = []
    for block in read.blocks:
        cell, found = _read_cell(block, path)
        problems += found
        if cell is not None:
            cells.append(cell)
    problems += _check_pairs(cells, path)
    problems += _check_unique(cells, path)
    return Sheet(cells=tuple(cells)), sorted(problems)


def _read_cell(block: Block, path: str) -> tuple[Cell | None, list[Problem]]:
    def problem(code: str, message: str, hint: str) -> Problem:
        return Problem(path, block.start_line, code, message, hint)

    if block.kind is BlockKind.RAW:
        return None, [problem("cell-raw", "raw cells have no place in a sheet", "make it Markdown or code")]
    if not block.sound:
        return None, []
    medai = block.metadata.get("medai")
    if not isinstance(medai, dict) or "id" not in medai:
        return None, [problem("cell-without-id", *_missing_id_advice(block))]
    problems = [
        problem("metadata-unknown", f"unknown key `{key}` in medai", f"known: {', '.join(METADATA_KEYS)}")
        for key in medai
        if key not in METADATA_KEYS
    ]
    known = {key: value for key, value in medai.items() if key in METADATA_KEYS}
    default = CellRole.PROSE if block.kind is BlockKind.MARKDOWN else CellRole.CODE
    fields = {"role": default, **known, "source": block.source, "line": block.source_line}
    if "lang" in fields:
        fields["language"] = fields.pop("lang")
    try:
        cell = Cell(**fields)
    except ValidationError as error:
        return None, problems + [problem("metadata-invalid", *_describe(e)) for e in error.errors()]
    return cell, problems + [problem(*finding) for finding in _check_role(cell, block.kind, known)]


def _missing_id_advice(block: Block) -> tuple[str, str]:
    if block.kind is BlockKind.CODE:
        return "this code cell has no id", "open it with `---`, `medai:` with `id:` and `role:`, `---`"
    return (
        "this text has no cell id",
        'start the cell with +++ {"medai": {"id": "…", "lang": "ko"}}; text after a code cell needs it too, '
        "and a `+++` line within a text splits it",
    )


def _describe(error: Any) -> tuple[str, str]:
    """Return message and hint for one of pydantic's findings."""
    names = ["lang" if part == "language" else str(part) for part in error["loc"]]
    name, given = ".".join(names), error.get("input")
    if error["type"] == "enum":
        return f"`{name}` cannot be {given!r}", f"choose {error['ctx']['expected']}"
    if error["type"] == "string_pattern_mismatch":
        return f"`{name}` cannot be {given!r}", "use lower-case letters, digits and single hyphens"
    if error["type"] == "string_type":
        return f"`{name}` is not text: {given!r}", "put it in quotes"
    return f"`{name}`: {error['msg']}", "correct the cell's metadata"


def _check_role(cell: Cell, kind: BlockKind, given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    if (cell.role in MARKDOWN_ROLES) is not (kind is BlockKind.MARKDOWN):
        allowed = "prose and manual" if kind is BlockKind.MARKDOWN else "code, fixed, answer and test"
        return [("role-wrong-kind", f"a {kind} cell cannot be `{cell.role}`", f"its roles are {allowed}")]
    findings = []
    for key, roles in _ROLES_WITH.items():
        if key in given and cell.role not in roles:
            allowed = " and ".join(sorted(roles))
            message = f"a {cell.role} cell cannot have `{key}`"
            findings.append(("metadata-misplaced", message, f"remove it; only {allowed} cells have it"))
    if cell.role is CellRole.PROSE and cell.language is None:
        findings.append(("prose-without-language", "this text does not say its language", "add `lang`"))
    if cell.language is Language.KO and cell.source_hash is not None:
        findings.append(
            ("metadata-misplaced", "a Korean text cannot have `source_hash`", "put it on its English cell")
        )
    return findings


def _check_pairs(cells: list[Cell], path: str) -> list[Problem]:
    """Report Korean prose without its English directly behind it, and the reverse."""
    problems = []
    expected: Cell | None = None
    """The Korean cell whose English must come now."""
    for cell in [*cells, None]:
        is_partner = (
            cell is not None
            and expected is not None
            and (cell.role, cell.language, cell.id) == (CellRole.PROSE, Language.EN, expected.id)
        )
        if expected is not None and not is_partner:
            problems.append(
                Problem(path, expected.line, "prose-without-english",
                        f"the Korean text `{expected.id}` has no English cell directly behind it",
                        f'write it under +++ {{"medai": {{"id": "{expected.id}", "lang": "en"}}}}')
            )  # fmt: skip
        if cell is not None and cell.language is Language.EN and not is_partner:
            problems.append(
                Problem(path, cell.line, "prose-without-korean",
                        f"the English text `{cell.id}` does not directly follow its Korean cell",
                        "put it behind the Korean cell with the same id")
            )  # fmt: skip
        expected = cell if cell is not None and cell.language is Language.KO else None
    return problems


def _check_unique(cells: list[Cell], path: str) -> list[Problem]:
    """Report ids that stand twice; the two languages of one text share theirs."""
    problems = []
    first_lines: dict[tuple[str, Language | None], int] = {}
    for cell in cells:
        others = (None, cell.language) if cell.language else (None, Language.KO, Language.EN)
        lines = [first_lines[cell.id, other] for other in others if (cell.id, other) in first_lines]
        if lines:
            problems.append(
                Problem(path, cell.line, "duplicate-id",
                        f"the id `{cell.id}` stands at line {min(lines)} already",
                        "give one of the cells another id; JupyterLab copies it with a copied or split cell")
            )  # fmt: skip
        first_lines.setdefault((cell.id, cell.language), cell.line)
    return problems


def format_sheet(sheet: Sheet) -> str:
    """Write a sheet in normal form.

    Raises InvalidContent if it breaks a rule of sheets or the format cannot carry a text, such as a
    prose line that starts with `+++`: nothing is ever lost without a word.
    """
    blocks = [
        Block(
            BlockKind.MARKDOWN if cell.role in MARKDOWN_ROLES else BlockKind.CODE,
            cell.source, {"medai": _metadata(cell)}, start_line=cell.line, source_line=cell.line,
        )
        for cell in sheet.cells
    ]  # fmt: skip
    text = write_myst(FRONT_MATTER, blocks)
    again, problems = parse_sheet(text, "sheet")
    if not problems and without_lines(again) != without_lines(sheet):
        problems = [
            Problem("sheet", 0, "not-carried", "a cell of the sheet does not come back as it was",
                    "look for empty texts and lines that start with +++ or a code cell's fence")
        ]  # fmt: skip
    if problems:
        raise InvalidContent(problems)
    return text


def _metadata(cell: Cell) -> dict[str, Any]:
    values = {
        "id": cell.id,
        "role": None if cell.role is CellRole.PROSE else cell.role.value,
        "lang": cell.language.value if cell.language else None,
        "source_hash": cell.source_hash,
        "task": cell.task,
        "points": cell.points or None,
        "isolated": None if cell.isolated else False,
        "raises": cell.raises or None,
        "alt": cell.alt.model_dump() if cell.alt else None,
    }
    return {key: values[key] for key in METADATA_KEYS if values[key] is not None}


def without_lines(sheet: Sheet) -> Sheet:
    """Return the sheet with all line numbers 0, to compare content."""
    return Sheet(cells=tuple(cell.model_copy(update={"line": 0}) for cell in sheet.cells))
