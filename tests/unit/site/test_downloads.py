"""Downloads: right content, and the same bytes every time."""

from __future__ import annotations

import io
import zipfile

from openpyxl import load_workbook

from grader.model.content import Course
from grader.site.assemble import package_files
from grader.site.downloads import practice_files, spreadsheet_bytes, zip_files
from grader.text import Language


def test_archives_ignore_order_and_clock() -> None:
    """Equal files give equal bytes; names and contents come back."""
    one = zip_files({"b.txt": b"2", "가/a.txt": b"1"})
    assert one == zip_files({"가/a.txt": b"1", "b.txt": b"2"})
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"b.txt": b"2", "가/a.txt": b"1"}


def test_spreadsheet_holds_head_values_formulas_and_note(course: Course) -> None:
    """Titles in row 1, data from row 2, text that begins with `=` is a formula, the note below."""
    spreadsheet = course.modules["e0-sample"].spreadsheet
    assert spreadsheet is not None
    content = spreadsheet_bytes(spreadsheet, Language.EN)
    assert content == spreadsheet_bytes(spreadsheet, Language.EN)
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(max_row=5, max_col=3)]
    assert rows[0] == ["Name", "Height (cm)", "Twice"]
    assert rows[1] == ["Garam", 172.5, "=B2*2"]
    assert rows[2] == ["Naru", None, "=B3*2"]
    assert rows[4][0] == "Look at the formula in column C."
    assert sheet["C2"].data_type == "f"


def test_package_holds_what_the_notebook_needs_and_no_answer(course: Course, language: Language) -> None:
    """Release notebook, data and lab package; neither reference nor hidden test."""
    files = package_files(course.assignments["e0-sample"], {"medai_lab/__init__.py": b"x"}, language)
    assert set(files) == {
        "e0-sample/e0-sample.ipynb",
        "e0-sample/people.csv",
        "e0-sample/medai_lab/__init__.py",
        "e0-sample/medai_lab/language.txt",
    }
    notebook = files["e0-sample/e0-sample.ipynb"].decode()
    assert "return number * 2" not in notebook
    assert "double(-3)" not in notebook


def test_practice_package_unpacks_into_one_folder(language: Language) -> None:
    """Beside the notebook lies what it imports, and the language that its labels are drawn in."""
    lab = {"medai_lab/__init__.py": b"x"}
    assert practice_files("e0-sample", b"{}", lab, language) == {
        "e0-sample-practice/e0-sample-practice.ipynb": b"{}",
        "e0-sample-practice/medai_lab/__init__.py": b"x",
        "e0-sample-practice/medai_lab/language.txt": f"{language}\n".encode(),
    }
