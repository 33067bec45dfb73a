"""`nbgrader release_feedback`: an instructor's feedback pages to the people they are for.

Knows nbgrader's `feedback/` folder; must not know how pages are made.
"""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.abc import ExchangeReleaseFeedback as NbgraderReleaseFeedback

from grader.exchange.collect import SUBMISSION
from grader.exchange.packing import zip_files
from grader.exchange.portal_exchange import PortalExchange
from grader.exchange.troubles import PortalTrouble, Unreachable


class ExchangeReleaseFeedback(PortalExchange, NbgraderReleaseFeedback):  # type: ignore[misc]
    """Releases the feedback of one assignment."""

    def init_src(self) -> None:
        """Find everybody's feedback folder."""
        self.settle_course()
        assignment = self.check_assignment_name()
        wanted = self.coursedir.student_id or "*"
        excluded = set(filter(None, self.coursedir.student_id_exclude.split(",")))
        pattern = Path(self.coursedir.format_path(self.coursedir.feedback_directory, wanted, assignment))
        root = Path(self.coursedir.root)
        found = sorted(root.glob(pattern.relative_to(root).as_posix()))
        place = pattern.relative_to(root).parts.index(wanted)
        self.folders = {
            folder.relative_to(root).parts[place]: folder
            for folder in found
            if folder.is_dir() and folder.relative_to(root).parts[place] not in excluded
        }

    def init_dest(self) -> None:
        """Nothing to choose: a page goes to the attempt that was collected."""

    def copy_files(self) -> None:
        """Send the pages; what could not be sent is one exception at the end."""
        troubles = []
        for person, folder in self.folders.items():
            pages = {path.name: path.read_bytes() for path in sorted(folder.glob("*.html"))}
            if not pages:
                continue
            try:
                submission = (folder / SUBMISSION).read_text(encoding="ascii").strip()
                self.client.release_feedback(submission, zip_files(pages))
            except FileNotFoundError:
                troubles.append(f"{person}: {SUBMISSION} is missing; collect from the portal and grade again")
            except Unreachable:
                raise
            except PortalTrouble as trouble:
                troubles.append(f"{person}: {trouble.message}")
            else:
                self.log.info("Feedback released: %s %s", person, self.coursedir.assignment_id)
        if troubles:
            self.fail("다음 피드백을 공개하지 못했습니다. Not released:\n" + "\n".join(troubles))
        if not self.folders:
            self.log.warning("공개할 피드백이 없습니다. There is no feedback to release.")
