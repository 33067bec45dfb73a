"""The marked parts of a prompt are found whatever the delimiter, once each, outermost first."""

from __future__ import annotations

import pytest
from medai_lab.llm.blocks import cut_blocks, find_blocks


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ('a """b""" c', ["b"]),
        ('marked by """:\n"""\nb\n"""', ["\nb\n"]),
        ("```json\n{}\n``` and ```\nx```", ["{}\n", "x"]),
        ("a `` ` ```b``` c", []),
        ("<t>b</t><u a='1'>c</u>", ["b", "c"]),
        ("<t><u>b</u></t>", ["<u>b</u>"]),
        ("<t>a<t>b</t>", ["b"]),
        ("use <t> and </t>:\n<t>\nb\n</t>", ["\nb\n"]),
        ("</t><t>", []),
        ("<<<a>>> <<<b", ["a"]),
        ('<t>\n"""a"""\n</t>', ['\n"""a"""\n']),
        ("1 < 2 and 3 > 2", []),
    ],
)
def test_marked_parts(text: str, inner: list[str]) -> None:
    """Delimiters that are only named, never closed or inside others are no parts of their own."""
    blocks = find_blocks(text)
    assert [block.inner for block in blocks] == inner
    assert all(block.inner not in cut_blocks(text, blocks) for block in blocks)
