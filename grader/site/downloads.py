"""Downloads with the same bytes on every machine: spreadsheets, assignment and practice packages.

Knows values and file formats; must not know the disk, the clock or MkDocs.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime

from grader.authoring.lab import for_notebook
from grader.model.content import Spreadsheet
from grader.text import Language, LocalText

FORMAT = 1
"""Raise it when the same spreadsheet shall give other bytes."""
_DAWN = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip archive can hold: entries carry no clock."""
_STAMP_TIME = datetime(2026, 1, 1)  # noqa: DTZ001  openpyxl wants times without a zone
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of `files` by name, independent of clock and order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DAWN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def practice_files(
    module_id: str, notebook: bytes, lab: Mapping[str, bytes], language: Language
) -> dict[str, bytes]:
    """Return what running a practice notebook needs, by path in the archive."""
    name = f"{module_id}-practice"
    return in_folder(name, {f"{name}.ipynb": notebook, **for_notebook(lab, notebook, language)})


def in_folder(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files moved into one folder, so that unpacking scatters nothing."""
    return {f"{folder}/{name}": content for name, content in files.items()}


def is_archive(content: bytes) -> bool:
    """Whether these bytes are a whole zip archive (as workbooks are)."""
    return zipfile.is_zipfile(io.BytesIO(content))


def spreadsheet_bytes(spreadsheet: Spreadsheet, language: Language) -> bytes:
    """Return the spreadsheet twin as .xlsx: head row, data from row 2, the note below."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", spreadsheet.title[language])[:31]
    for number, column in enumerate(spreadsheet.columns, 1):
        cell = sheet.cell(row=1, column=number, value=column.title[language])
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E3F1F1")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    for row, values in enumerate(spreadsheet.rows, 2):
        for number, value in enumerate(values, 1):
            sheet.cell(
                row=row, column=number, value=value[language] if isinstance(value, LocalText) else value
            )
    note_row = len(spreadsheet.rows) + 3
    note = sheet.cell(row=note_row, column=1, value=spreadsheet.note[language])
    note.font = Font(italic=True)
    note.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(
        start_row=note_row, end_row=note_row, start_column=1, end_column=len(spreadsheet.columns)
    )
    width = sum(column.width for column in spreadsheet.columns)
    sheet.row_dimensions[note_row].height = 18 * (2 * len(spreadsheet.note[language]) // width + 1)
    sheet.freeze_panes = "A2"
    book.properties.created = _STAMP_TIME
    book.properties.creator = ""
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_clock(buffer.getvalue())


def _without_clock(workbook: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    files[core] = _STAMP.sub(rb"\g<1>2026-01-01T00:00:00Z\g<2>", files[core])
    return zip_files(files)
