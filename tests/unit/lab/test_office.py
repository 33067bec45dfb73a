"""Letters, worklists and approval forms: what is in them, and what they refuse."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any

import openpyxl
import pytest
from docx import Document
from medai_lab import office

LETTER: dict[str, Any] = {
    "language": "ko",
    "centre": "가온센터",
    "name": "김가온",
    "date": "2026-05-11",
    "items": [{"item": "공복혈당", "value": "1,126", "unit": "mg/dL", "judgement": "질환의심"}],
    "paragraphs": ["의사와 상담하십시오.", 'a < b & "c" {{ x }} #strong[별] \\ *d*'],
    "signer": None,
}
FORM = {"title": "5월 결과 안내문", "month": "2026-05", "made": 12, "held": 3, "manifest": "ab" * 32}


def test_a_letter_in_word_says_what_it_was_given() -> None:
    """Every field stands in the document as text; signs that mean something elsewhere stay as they are."""
    made = office.letter_docx(LETTER)
    text = office.read_docx(made)
    for piece in (
        "가온센터",
        "김가온 님",
        "2026-05-11",
        "공복혈당",
        "1,126",
        "질환의심",
        *LETTER["paragraphs"],
    ):
        assert piece in text, piece
    assert text == "\n".join(_word_text(made))


def _word_text(content: bytes) -> list[str]:
    """Text as python-docx reads it: paragraphs and table cells in the order of the page."""
    body = Document(io.BytesIO(content))
    return [p.text for part in body.iter_inner_content() for p in _paragraphs(part) if p.text]


def _paragraphs(part: Any) -> list[Any]:
    if hasattr(part, "rows"):
        return [p for row in part.rows for cell in row.cells for p in cell.paragraphs]
    return [part]


@pytest.mark.parametrize(("language", "signed"), [("ko", "확인한 의사"), ("en", "Confirmed by physician")])
def test_an_unsigned_letter_is_a_draft(language: str, signed: str) -> None:
    """Without a physician the fixed phrase stands on it, with one the name."""
    fields = {**LETTER, "language": language}
    draft, final = (
        office.read_docx(office.letter_docx({**fields, "signer": who})) for who in (None, "오한별")
    )
    assert office.DRAFT[language] in draft
    assert office.DRAFT[language] not in final
    assert f"{signed}: 오한별" in final


def test_staff_may_bring_their_own_template() -> None:
    """A template edited in Word is used; a place in it that has no value is named."""
    own = Document()
    own.add_paragraph("{{ name }} / {{ status }}")
    assert office.read_docx(office.letter_docx(LETTER, _saved(own))) == f"김가온 / {office.DRAFT['ko']}"
    own.add_paragraph("{{ nmae }}")
    with pytest.raises(office.OfficeFieldError, match="nmae"):
        office.letter_docx(LETTER, _saved(own))


def test_a_template_runs_no_code() -> None:
    """A template comes from elsewhere: what reaches into Python is refused."""
    own = Document()
    own.add_paragraph("{{ name.__class__.__mro__ }}")
    with pytest.raises(office.OfficeFieldError):
        office.letter_docx(LETTER, _saved(own))


def _saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "named"),
    [({"nmae": 1}, "nmae"), ({"items": [{"item": "a"}]}, "value"), ({"language": "fr"}, "fr")],
)
@pytest.mark.parametrize("write", [office.letter_docx, office.letter_pdf])
def test_wrong_fields_are_named(write: Any, change: dict[str, Any], named: str) -> None:
    """Unknown, missing and impossible fields."""
    with pytest.raises(office.OfficeFieldError, match=named):
        write({**LETTER, **change})
    with pytest.raises(office.OfficeFieldError, match="centre"):
        write({name: value for name, value in LETTER.items() if name != "centre"})


def test_a_pdf_is_made_and_no_letter_becomes_a_box() -> None:
    """A PDF is a PDF; a character that the font lacks is refused, not drawn as a box."""
    assert office.letter_pdf(LETTER).startswith(b"%PDF-")
    with pytest.raises(office.OfficeFieldError, match="뷁"):
        office.letter_pdf({**LETTER, "name": "뷁"})


def test_a_form_in_hangul_is_filled_beside_its_labels() -> None:
    """Values stand right of their labels; what is not given stays empty; the file is a sound HWPX."""
    made = office.approval_hwpx(FORM)
    lines = office.read_hwpx(made).split("\n")
    assert "만든 글 수\t12" in lines
    assert f"목록 지문(SHA-256)\t{'ab' * 32}" in lines
    assert "확인한 의사\t" in lines
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/hwp+zip"
    from hwpx import HwpxDocument

    assert HwpxDocument.open(made).validate().ok


def test_a_form_without_its_labels_is_refused() -> None:
    """A renamed label would leave a value out silently; it is an error instead. So is an unknown field."""
    from hwpx import HwpxDocument

    form = HwpxDocument.open(office.TEMPLATES.joinpath("approval.hwpx").read_bytes())
    form.tables[0].set_cell_text(1, 0, "달")
    with pytest.raises(office.OfficeFieldError, match="검진 월"):
        office.approval_hwpx(FORM, form.to_bytes())
    with pytest.raises(office.OfficeFieldError, match="mnoth"):
        office.approval_hwpx({"mnoth": 1})


def test_a_worklist_keeps_data_as_data() -> None:
    """Text that begins like a formula stays text; numbers stay numbers; the last column offers choices."""
    rows = [{"id": "=1+1", "value": 3.5}, {"id": "@x", "value": float("nan")}, {"value": True}]
    made = office.worklist_xlsx(rows, {"id": "번호", "value": "값"}, approval="결정")
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["번호", "값", "결정"],
        ["=1+1", 3.5, None],
        ["@x", None, None],
        [None, "True", None],
    ]
    assert sheet["A2"].data_type == "s"
    (choice,) = sheet.data_validations.dataValidation
    assert str(choice.sqref) == "C2:C4"
    assert all(word in str(choice.formula1) for word in office.APPROVALS)
    with pytest.raises(office.OfficeFieldError):
        office.worklist_xlsx(rows, {})


@pytest.mark.parametrize(
    "make",
    [
        lambda: office.letter_docx(LETTER),
        lambda: office.letter_pdf(LETTER),
        lambda: office.approval_hwpx(FORM),
        lambda: office.worklist_xlsx([{"a": 1}], {"a": "가"}),
    ],
    ids=["docx", "pdf", "hwpx", "xlsx"],
)
def test_equal_input_gives_equal_bytes(make: Any) -> None:
    """A batch that runs twice must not seem to have changed a letter."""
    assert make() == make()


def test_control_characters_do_not_break_a_document() -> None:
    """What XML cannot hold is left out."""
    assert "김온" in office.read_docx(office.letter_docx({**LETTER, "name": "김\x00\x0b온"}))


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a Python that lacks the writer of a format, the message says which and what to do."""
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(office.OfficeProgramMissingError, match="typst"):
        office.letter_pdf(LETTER)
