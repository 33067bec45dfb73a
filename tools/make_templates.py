"""Make the office templates anew: result letters for Word and an approval form for Hangul.

Run it only to start over: the files in course/medai_lab/data/templates are meant to be edited in Word and
Hangul, and what was edited there would be lost. It writes nothing over an existing file without --force.
"""

from __future__ import annotations

from pathlib import Path

import click
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from hwpx import HwpxDocument

TEMPLATES = Path(__file__).resolve().parents[1] / "course" / "medai_lab" / "data" / "templates"
WORDS = {
    "ko": ("건강검진 결과 안내", "검진일", ("항목", "결과", "단위", "판정"), "님"),
    "en": ("Screening results", "Examined on", ("Item", "Result", "Unit", "Judgement"), ""),
}
FORM = (
    *("문서 제목", "검진 월", "만든 글 수", "보류한 수", "목록 지문(SHA-256)"),
    *("만든 사람", "확인한 의사", "결정", "결정한 날", "비고"),
)


def letter_template(language: str, path: Path) -> None:
    """Write a letter with `{{ }}` places, one table row per item and one paragraph per piece of text."""
    title, examined, heads, honorific = WORDS[language]
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Malgun Gothic" if language == "ko" else "Calibri", Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Malgun Gothic")
    for section in document.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(25)
    document.add_heading(title, level=1).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{{ centre }}")
    document.add_paragraph("{{ name }}" + (f" {honorific}" if honorific else ""))
    document.add_paragraph(f"{examined}: " + "{{ date }}")
    table = document.add_table(rows=4, cols=4, style="Table Grid")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.text = head
    table.rows[1].cells[0].text = "{%tr for item in items %}"
    names = ("item.item", "item.value", "item.unit", "item.judgement")
    for cell, name in zip(table.rows[2].cells, names, strict=True):
        cell.text = "{{ " + name + " }}"
    table.rows[3].cells[0].text = "{%tr endfor %}"
    document.add_paragraph("{%p for paragraph in paragraphs %}")
    document.add_paragraph("{{ paragraph }}").paragraph_format.space_before = Pt(10)
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{{ status }}").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.save(str(path))


def approval_form(path: Path) -> None:
    """Write a form of two columns: labels on the left, empty cells on the right."""
    document = HwpxDocument.new()
    document.add_heading("검진 결과 안내문 발송 승인 의뢰서", level=1)
    document.add_paragraph("아래 글은 모두 판정 초안이며, 의사가 확인하기 전에는 보내지 않습니다.")
    table = document.add_table(len(FORM), 2)
    for row, label in enumerate(FORM):
        table.set_cell_text(row, 0, label)
        table.set_cell_shading(row, 0, "#E3F1F1")
    table.set_column_widths([13000, 29500])
    document.add_paragraph("서명:")
    path.write_bytes(document.to_bytes())


@click.command()
@click.option("--force", is_flag=True, help="Write over templates that are there.")
def main(force: bool) -> None:
    """Write the templates that are missing."""
    TEMPLATES.mkdir(exist_ok=True)
    makers = {
        "result-letter.ko.docx": lambda path: letter_template("ko", path),
        "result-letter.en.docx": lambda path: letter_template("en", path),
        "approval.hwpx": approval_form,
    }
    for name, make in makers.items():
        if force or not (TEMPLATES / name).exists():
            make(TEMPLATES / name)
            click.echo(name)


if __name__ == "__main__":
    main()
