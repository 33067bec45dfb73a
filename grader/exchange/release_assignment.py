"""`nbgrader release_assignment`: an instructor's own release to the portal.

Knows nbgrader's release folder; must not know trainees.
"""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.abc import ExchangeReleaseAssignment as NbgraderReleaseAssignment

from grader.exchange.packing import read_folder, zip_files
from grader.exchange.portal_exchange import PortalExchange
from grader.exchange.troubles import Refused


class ExchangeReleaseAssignment(PortalExchange, NbgraderReleaseAssignment):  # type: ignore[misc]
    """Releases what `nbgrader generate_assignment` made."""

    def init_src(self) -> None:
        """Read the release folder."""
        self.settle_course()
        assignment = self.check_assignment_name()
        release, source = (
            Path(self.coursedir.format_path(step, ".", assignment))
            for step in (self.coursedir.release_directory, self.coursedir.source_directory)
        )
        if not release.is_dir():
            hint = " Run `nbgrader generate_assignment` first." if source.is_dir() else ""
            self.fail(f"배포할 폴더가 없습니다. Assignment not found at: {release}{hint}")
        self.files = read_folder(release, self.ignore, 1000 * self.coursedir.max_dir_size)
        if not any(path.endswith(".ipynb") for path in self.files):
            self.fail(f"노트북이 없습니다. There is no notebook in {release}")

    def init_dest(self) -> None:
        """Nothing to choose: the portal has one place for it."""

    def copy_files(self) -> None:
        """Send the files."""
        assignment = self.coursedir.assignment_id
        try:
            self.client.release_assignment(assignment, zip_files(self.files), replace=self.force)
        except Refused as refusal:
            if refusal.status == 409:
                self.fail(f"{refusal}\nDestination already exists, add --force to overwrite: {assignment}")
            raise
        self.log.info("Released as: %s %s", self.coursedir.course_id, assignment)
