"""What people get back as files: feedback, score and receipt, in a folder for each person or as a ZIP file.

Knows names of folders and files; must not know where pages, scores and receipts come from.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO

PAGE, SCORE, RECEIPT = "feedback.html", "score.txt", "receipt.json"


@dataclass(frozen=True)
class Parcel:
    """What one person gets back of one assignment."""

    trainee: str
    """Id on the roster: names the folder."""
    pages: Mapping[str, bytes] = field(default_factory=dict)
    """Feedback by file name."""
    told: str = ""
    """The score in words; empty while it is not settled."""
    receipt: str = ""
    """The signed receipt of the hand-in, byte for byte."""

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the folder; several pages lie in a folder of their own."""
        only = len(self.pages) == 1
        files = {PAGE if only else f"feedback/{name}": page for name, page in self.pages.items()}
        if self.told:
            files[SCORE] = f"{self.told}\n".encode()
        if self.receipt:
            files[RECEIPT] = self.receipt.encode()
        return files


def name_table(assignment: str) -> str:
    """Return the name of the table of grades beside the folders."""
    return f"grades-{assignment}.csv"


def write_archive(stream: IO[bytes], files: Iterable[tuple[str, bytes]]) -> int:
    """Write a ZIP file of paths and their bytes, one file after the other; return how many there are."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            archive.writestr(path, content)
        return len(archive.namelist())
