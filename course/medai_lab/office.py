"""Office documents that a screening centre uses: letters, worklists and approval forms, as bytes.

Knows the templates in `data/templates`, which staff may change in Word or Hangul, and which program writes
which format; must not decide what a letter says or whether it may leave. Equal input gives equal bytes: no
clock, no random ids. The programs that write the formats are imported when needed. A browser's Python has not
all of them; then `OfficeProgramMissingError` says so.

worklist_xlsx needs openpyxl, letter_docx docxtpl, letter_pdf typst, approval_hwpx python-hwpx.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

TEMPLATES = Path(__file__).with_name("data") / "templates"
FONT = Path(__file__).with_name("data") / "medai-sans-kr.ttf"
DRAFT = {"ko": "판정 초안 – 의사 확인 필요", "en": "draft – physician to confirm"}
APPROVALS = ("승인 · approve", "보류 · hold", "반려 · reject")
"""What the approval column of a worklist offers."""

_LETTER_FIELDS = {"language", "centre", "name", "date", "items", "paragraphs", "signer"}
_ITEM_FIELDS = {"item", "value", "unit", "judgement"}
_FORM_LABELS = {
    "title": "문서 제목",
    "month": "검진 월",
    "made": "만든 글 수",
    "held": "보류한 수",
    "manifest": "목록 지문(SHA-256)",
    "prepared_by": "만든 사람",
    "approved_by": "확인한 의사",
    "decision": "결정",
    "decided_on": "결정한 날",
    "note": "비고",
}
_DAWN = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class OfficeProgramMissingError(RuntimeError):
    """This Python cannot write the format."""


class OfficeFieldError(ValueError):
    """A document cannot be made from these fields; the message says which."""


def worklist_xlsx(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, approval: str | None = None
) -> bytes:
    """Return a worklist as an Excel workbook: one row each, `columns` maps field names to titles.

    표를 엑셀 파일로 만듭니다. `approval` is the title of a last column in which a person chooses one of
    `APPROVALS`; it is empty at first. Text that begins with "=" stays text: data never become formulas.
    """
    openpyxl = _load("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    titles = [*columns.values(), *([approval] if approval else [])]
    if not titles:
        raise OfficeFieldError("columns에 열이 하나도 없습니다. · columns names no column.")
    sheet.append([_plain(title) for title in titles])
    number = 1
    for number, row in enumerate(rows, 2):
        for place, field in enumerate(columns, 1):
            cell = sheet.cell(row=number, column=place, value=_cell_value(row.get(field)))
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = import_module("openpyxl.styles").Font(bold=True)
    for place, title in enumerate(titles, 1):
        letter = import_module("openpyxl.utils").get_column_letter(place)
        sheet.column_dimensions[letter].width = max(12, 2 * len(title))
    if approval:
        choice = import_module("openpyxl.worksheet.datavalidation").DataValidation(
            type="list", formula1='"' + ",".join(APPROVALS) + '"', allow_blank=True
        )
        sheet.add_data_validation(choice)
        letter = import_module("openpyxl.utils").get_column_letter(len(titles))
        choice.add(f"{letter}2:{letter}{max(number, 2)}")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    book.properties.creator = ""
    return _saved(book.save)


def letter_docx(fields: Mapping[str, Any], template: bytes | None = None) -> bytes:
    """Return a result letter as a Word document, made from a template that staff can edit in Word.

    결과 안내문을 워드 문서로 만듭니다. 양식은 워드에서 고칠 수 있습니다.
    `fields`: language ("ko" or "en"), centre, name, date, items (each item, value, unit, judgement),
    paragraphs (list of text) and signer (None: the draft phrase stands on the letter). `template` is a .docx
    file with `{{ name }}`-like places; without one the course's own template of that language is used.
    """
    docxtpl = _load("docxtpl")
    letter = _check_letter(fields)
    source = template if template is not None else _template(f"result-letter.{letter['language']}.docx")
    document = docxtpl.DocxTemplate(io.BytesIO(source))
    # Escaped, so that "<" in a value is text and no markup; sandboxed, since a template comes from elsewhere.
    environment = import_module("jinja2.sandbox").SandboxedEnvironment(
        autoescape=True, undefined=import_module("jinja2").StrictUndefined
    )
    try:
        document.render(letter, environment)
    except import_module("jinja2").TemplateError as error:
        raise OfficeFieldError(
            f"양식에 채울 수 없는 자리가 있습니다({error}). · "
            f"The template has a place without a value ({error})."
        ) from error
    return _saved(document.save)


def letter_pdf(fields: Mapping[str, Any]) -> bytes:
    """Return a result letter as a PDF; the same `fields` as `letter_docx`.

    결과 안내문을 PDF로 만듭니다.

    Raises:
        OfficeFieldError: a field is missing, or the font lacks a character (it would silently be a box).
    """
    typst = _load("typst")
    letter = _check_letter(fields)
    missing = sorted({sign for sign in _all_text(letter) if sign not in "\n\t" and not _has_glyph(sign)})
    if missing:
        shown = " ".join(missing)
        raise OfficeFieldError(f"글꼴에 없는 글자가 있습니다: {shown} · The font lacks: {shown}")
    made: bytes = typst.compile(
        _typst_source(letter).encode(),
        font_paths=[str(FONT.parent)],
        ignore_system_fonts=True,
        format="pdf",
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return made


def approval_hwpx(fields: Mapping[str, Any], template: bytes | None = None) -> bytes:
    """Return an approval request as a Hangul document (HWPX): cells right of the form's labels are filled.

    승인 의뢰서를 한글 문서(HWPX)로 만듭니다. 양식은 한글에서 고칠 수 있으나 표의 항목 이름은 그대로 둡니다.
    `fields`: any of title, month, made, held, manifest, prepared_by, approved_by, decision, decided_on, note;
    what is not given stays empty for a person to write.
    """
    hwpx = _load("hwpx")
    unknown = sorted(set(fields) - set(_FORM_LABELS))
    if unknown:
        raise _fields_wrong(unknown, [], _FORM_LABELS)
    document = hwpx.HwpxDocument.open(template if template is not None else _template("approval.hwpx"))
    wanted = {f"{_FORM_LABELS[name]} > right": _plain(value) for name, value in fields.items()}
    result = document.tables.fill_by_path(wanted)
    if result["failed_count"]:
        raise OfficeFieldError(
            "양식의 표에 있어야 할 항목 이름이 바뀌었거나 없습니다. 양식의 왼쪽 칸을 "
            f"확인하십시오: {', '.join(_FORM_LABELS.values())} · "
            "A label of the form is missing or was renamed."
        )
    return _without_clock(document.to_bytes())


def read_hwpx(content: bytes) -> str:
    """Return the text of a Hangul document, so that a program can check what was written.

    한글 문서의 글을 꺼냅니다.
    """
    text: str = _load("hwpx").HwpxDocument.open(content).text.plain()
    return text


def read_docx(content: bytes) -> str:
    """Return the text of a Word document in reading order, tables included; standard library only.

    워드 문서의 글을 꺼냅니다.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))  # noqa: S314  our own output
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    lines = ("".join(piece.text or "" for piece in part.iter(f"{space}t")) for part in root.iter(f"{space}p"))
    return "\n".join(line for line in lines if line)


def _load(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise OfficeProgramMissingError(
            f"이 환경에는 {name} 프로그램이 없어 이 형식의 파일을 만들 수 없습니다. "
            "과정의 실습 서버나 담당자의 컴퓨터에서 실행하십시오. · "
            f"This Python lacks {name}; run it on the course's server or a computer that has it."
        ) from error


def _template(name: str) -> bytes:
    return (TEMPLATES / name).read_bytes()


def _fields_wrong(unknown: Sequence[str], missing: Sequence[str], known: Iterable[str]) -> OfficeFieldError:
    parts = [*(f"{name}?" for name in unknown), *(f"{name}: 없음 · missing" for name in missing)]
    return OfficeFieldError(
        f"항목이 맞지 않습니다({', '.join(parts)}). 쓸 수 있는 항목: {', '.join(known)} · "
        "The fields do not fit."
    )


def _check_letter(fields: Mapping[str, Any]) -> dict[str, Any]:
    needed = _LETTER_FIELDS - {"signer"}
    unknown, missing = sorted(set(fields) - _LETTER_FIELDS), sorted(needed - set(fields))
    for item in fields.get("items", ()):
        unknown += sorted(set(item) - _ITEM_FIELDS)
        missing += sorted(_ITEM_FIELDS - set(item))
    if unknown or missing:
        raise _fields_wrong(unknown, missing, sorted(_LETTER_FIELDS | _ITEM_FIELDS))
    language = fields["language"]
    if language not in DRAFT:
        raise OfficeFieldError(f'language={language}: "ko", "en"')
    signer = _plain(fields.get("signer"))
    confirmed = {"ko": f"확인한 의사: {signer}", "en": f"Confirmed by physician: {signer}"}
    return {
        "language": language,
        **{name: _plain(fields[name]) for name in ("centre", "name", "date")},
        "items": [{name: _plain(item[name]) for name in sorted(_ITEM_FIELDS)} for item in fields["items"]],
        "paragraphs": [_plain(paragraph) for paragraph in fields["paragraphs"]],
        "status": confirmed[language] if signer else DRAFT[language],
    }


def _plain(value: Any) -> str:
    """Text as the formats can hold it: no control characters, empty for None."""
    return "" if value is None else _NOT_IN_XML.sub("", str(value))


def _cell_value(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return None if value is None else str(value)
    if isinstance(value, int | float) and value == value:
        return value
    return None if isinstance(value, float) else _plain(value)


def _all_text(letter: Mapping[str, Any]) -> str:
    rows = (value for item in letter["items"] for value in item.values())
    return "".join(
        [*(letter[name] for name in ("centre", "name", "date", "status")), *letter["paragraphs"], *rows]
    )


def _has_glyph(sign: str) -> bool:
    return ord(sign) in _glyphs()


def _glyphs() -> frozenset[int]:
    if not _KNOWN:
        from matplotlib.ft2font import FT2Font  # the font reader that the notebooks have anyway

        _KNOWN.append(frozenset(FT2Font(str(FONT)).get_charmap()))
    return _KNOWN[0]


_KNOWN: list[frozenset[int]] = []


def _typst_source(letter: Mapping[str, Any]) -> str:
    """Values travel as string literals, so that no sign in them is markup."""
    heads = {
        "ko": ("항목", "결과", "단위", "판정", "건강검진 결과 안내", "검진일"),
        "en": ("Item", "Result", "Unit", "Judgement", "Screening results", "Examined on"),
    }[letter["language"]]
    honorific = " 님" if letter["language"] == "ko" else ""
    cells = [item[name] for item in letter["items"] for name in ("item", "value", "unit", "judgement")]
    return "\n".join(
        [
            '#set page(paper: "a4", margin: 25mm)',
            f'#set text(font: "Medai Sans KR", size: 11pt, lang: "{letter["language"]}")',
            "#set par(leading: 0.9em, spacing: 1.2em)",
            f"#align(center, text(size: 16pt, {_quote(heads[4])}))",
            f"#text({_quote(letter['centre'])})",
            f"#linebreak()#text({_quote(letter['name'] + honorific)})",
            f"#linebreak()#text({_quote(heads[5] + ': ' + letter['date'])})",
            f"#table(columns: 4, {', '.join(_quote(text) for text in (*heads[:4], *cells))})",
            *(f"#par(text({_quote(paragraph)}))" for paragraph in letter["paragraphs"]),
            f"#v(1em)#align(right, strong(text({_quote(letter['status'])})))",
        ]
    )


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", " ")
    return f'"{escaped}"'


def _saved(save: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return _without_clock(buffer.getvalue())


def _without_clock(archive: bytes) -> bytes:
    """Return the archive with its files in the same order, without any time of writing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>2026-01-01T00:00:00Z\g<2>", content)
            entry = zipfile.ZipInfo(info.filename, _DAWN)
            entry.compress_type = info.compress_type
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            new.writestr(entry, content)
    return buffer.getvalue()
