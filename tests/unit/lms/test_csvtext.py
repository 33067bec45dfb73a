"""Single cells of a CSV file change; every other byte stays."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.lms.csvtext import CsvText

PIECES = st.lists(st.sampled_from([",", '"', '""', "\r\n", "\n", "a", "가", " ", ";"]), max_size=40).map(
    "".join
)


@given(PIECES, st.booleans())
def test_a_file_that_nobody_changed_is_the_same_file(text: str, bom: bool) -> None:
    """Whatever can be read is written back byte for byte."""
    content = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    try:
        table = CsvText(content, "a.csv")
    except UsageError:
        return
    assert table.write() == content


@given(st.lists(st.lists(st.text('a,"\r\n 가;', max_size=6), min_size=2, max_size=4), min_size=1, max_size=5))
def test_values_are_read_as_the_csv_module_writes_them(rows: list[list[str]]) -> None:
    """Quotes, delimiters and line ends inside values survive."""
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    assert CsvText(stream.getvalue().encode(), "a.csv").rows == rows


@given(st.text('a,"\n 가;0', max_size=8))
def test_a_replaced_cell_reads_back(value: str) -> None:
    """The new value is quoted where it must be; its neighbours keep their bytes."""
    table = CsvText(b'h1,h2,h3\r\nx,"old, one" ,z\r\n'.replace(b'" ', b'"'), "a.csv")
    table.replace(1, 1, value)
    table.replace(1, 2, "new")
    written = table.write()
    assert written.startswith(b"h1,h2,h3\r\nx,")
    assert written.endswith(b",new\r\n")
    assert CsvText(written, "a.csv").rows[1] == ["x", value, "new"]


def test_quotes_are_kept_where_the_platform_wrote_them() -> None:
    """A cell in quotes stays in quotes, a bare one bare."""
    table = CsvText(b'a;b\n"1";2\n', "a.csv")
    assert table.delimiter == ";"
    assert table.replace(1, 0, "3")
    assert table.replace(1, 1, "4")
    assert not table.replace(0, 0, "a")
    assert table.write() == b'a;b\n"3";4\n'
    assert table.rows is table.rows, "whoever goes through lines does not build the table for each of them"


@pytest.mark.parametrize(
    ("content", "said"),
    [("이름".encode("cp949"), "UTF-8"), (b'a,b\n"open,1\n', "line 2"), (b'a,b\n"x"y,1\n', "line 2")],
)
def test_what_is_no_csv_is_explained(content: bytes, said: str) -> None:
    """Files that a spreadsheet or an editor spoiled are refused with a hint."""
    with pytest.raises(UsageError, match=said) as caught:
        CsvText(content, "a.csv")
    assert "download it again" in caught.value.hint
