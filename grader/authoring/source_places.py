"""Where the parts of a syntax tree stand in the source, as character offsets.

Knows that Python's syntax tree counts columns in UTF-8 bytes, and nothing else.
"""

from __future__ import annotations

import ast


class SourcePlaces:
    """Finds the text of nodes in one source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = source.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where the node starts and where it ends, without parentheses around it."""
        start = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end = getattr(node, "end_lineno", None) or start[0], getattr(node, "end_col_offset", None) or start[1]
        return self._offset(*start), self._offset(*end)

    def text(self, node: ast.AST) -> str:
        """Return the node's source."""
        return self.source[slice(*self.span(node))]

    def line(self, offset: int) -> int:
        """Return the 0-based line of an offset."""
        return self.source.count("\n", 0, offset)

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())
