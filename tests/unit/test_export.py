"""CSV export: opens right in spreadsheets, and nothing that people typed becomes a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from grader.export import BOM, GradeRow, RowStatus, Standing, grades_csv, harmless
from grader.model.course import Programme
from grader.model.work import Trainee
from grader.text import Language, LocalText

SEOUL = ZoneInfo("Asia/Seoul")
TITLE = LocalText(ko="첫 노트북", en="First notebook")


def row(name: str = "강한별", trainee: str = "hq-001", **fields: object) -> GradeRow:
    person = Trainee(id=trainee, name=name, site="daegu", role="it")
    values: dict[str, object] = {"status": RowStatus.GRADED, "score": 8.0, "max_score": 12.0, **fields}
    return GradeRow(person, "e0", TITLE, **values)  # type: ignore[arg-type]


def cells(text: str) -> list[list[str]]:
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))


def test_a_full_row() -> None:
    """Scores, pass, local time and lateness stand in their columns, in the chosen language."""
    one = row(
        auto_score=6.0,
        auto_max=8.0,
        written_score=2.0,
        written_max=4.0,
        standing=Standing.PASSED,
        handed_in_at=datetime(2026, 4, 24, 9, 30, tzinfo=UTC),
        late_s=1800.0,
        penalty=0.8,
    )
    header, values = cells(grades_csv([one], Language.EN, SEOUL))
    assert dict(zip(header, values, strict=True)) == {
        "Trainee id": "hq-001",
        "Name": "강한별",
        "Site": "daegu",
        "Role": "it",
        "Assignment": "e0",
        "Assignment title": "First notebook",
        "Status": "graded",
        "Score": "7.2",
        "Max score": "12",
        "Percent": "60",
        "Automatic score": "6",
        "Automatic max": "8",
        "Written score": "2",
        "Written max": "4",
        "Passed": "yes",
        "Handed in": "2026-04-24 18:30",
        "Late": "yes",
        "Minutes late": "30",
        "Late penalty": "0.8",
    }
    told = one.as_dict()
    assert (told["score"], told["percent"], told["late_penalty"]) == (7.2, 60.0, 0.8)
    assert row(penalty=9.0).total == 0, "never less than nothing"


def test_a_row_without_work() -> None:
    """Who handed in nothing has a row with a status and empty scores, not zeros."""
    one = row(status=RowStatus.MISSING, score=None, max_score=None)
    assert cells(grades_csv([one], Language.KO, SEOUL))[1][6:] == ["제출하지 않음", *[""] * 12]


def test_commas_quotes_and_line_ends_are_quoted() -> None:
    """Any text comes back from a CSV reader as it was."""
    name = 'A, "B"\r\n가'
    text = grades_csv([row(name)], Language.KO, SEOUL)
    assert cells(text)[1][1] == name
    assert text.endswith("\r\n")


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠A1",
        " =1+1",
        "\u3000=1",
        "\u200b=1",
        "\ufeff=1",
        '=HYPERLINK("https://example.org")',
        "|calc",
    ],
)
def test_formulas_are_text(typed: str) -> None:
    """Whatever a spreadsheet might run is marked as text, also after invisible characters."""
    assert harmless(typed) == f"'{typed}"
    shown = cells(grades_csv([row(typed, trainee="=id")], Language.KO, SEOUL))[1]
    assert shown[0] == "'=id"
    assert shown[1].startswith("'")


@pytest.mark.parametrize("typed", ["강한별", "A-B", "a=b", "", "대구 003", "1+1"])
def test_ordinary_text_stays(typed: str) -> None:
    """Names and ids that are no formulas are not touched."""
    assert harmless(typed) == typed


def test_sites_and_roles_by_title() -> None:
    """With the programme at hand, codes become the titles people know."""
    text = {"ko": "대구센터", "en": "Daegu Centre"}
    programme = Programme.model_validate(
        {
            "id": "p",
            "title": text,
            "summary": text,
            "roles": [{"id": "it", "title": {"ko": "전산", "en": "IT staff"}, "summary": text}],
            "sites": [{"id": "daegu", "title": text, "region": "outside-capital"}],
            "tracks": [{"id": "t", "title": text, "summary": text, "modules": ["m"]}],
        }
    )
    assert cells(grades_csv([row()], Language.EN, SEOUL, programme))[1][2:4] == ["Daegu Centre", "IT staff"]


def test_rows_as_json() -> None:
    """The JSON shape carries the same values under stable English names."""
    assert row(standing=Standing.PENDING).as_dict()["standing"] == "pending"
    assert row().as_dict()["percent"] == 66.7
