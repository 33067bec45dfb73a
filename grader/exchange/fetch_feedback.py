"""`nbgrader fetch_feedback`: released feedback on own work, into the assignment's folder.

Knows the feedback's archive and the local folder; must not know how feedback is made.
"""

from __future__ import annotations

from nbgrader.exchange.abc import ExchangeFetchFeedback as NbgraderFetchFeedback

from grader.exchange.packing import unzip_files
from grader.exchange.portable import place_files
from grader.exchange.portal_exchange import PortalExchange
from grader.exchange.untold import ToldByTheList

FOLDER = "feedback"


class ExchangeFetchFeedback(ToldByTheList, PortalExchange, NbgraderFetchFeedback):  # type: ignore[misc]
    """Fetches all feedback of one assignment, or of every one that has some."""

    def init_src(self) -> None:
        """Ask the portal for the pages."""
        self.settle_course()
        self.settle_person()
        if self.coursedir.assignment_id:
            wanted = [self.check_assignment_name()]
        else:
            handed_in = self.client.list_submissions()
            wanted = sorted({one["assignment"] for one in handed_in if one.get("feedback")})
        self.pages = {name: unzip_files(self.client.fetch_feedback(name)) for name in wanted}

    def init_dest(self) -> None:
        """Nothing to choose: feedback lies in its assignment's folder."""

    def copy_files(self) -> None:
        """Write the pages; a page that changed replaces the old one."""
        for assignment, pages in self.pages.items():
            if not pages:
                self.log.warning("아직 공개된 피드백이 없습니다. No feedback is released yet: %s", assignment)
            for name in place_files(self.local_folder(assignment) / FOLDER, pages, replace=True):
                self.log.info("Fetched feedback: %s %s", assignment, name)
