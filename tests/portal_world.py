"""A portal with people and work in it, made through the store's own functions; quick enough for every test.

No sandbox runs and no gradebook is written: results are put where grading would copy them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from grader.authoring.build import build_release, list_source_cells
from grader.authoring.notebook import notebook_bytes
from grader.grading.layout import CourseDirectory
from grader.model.people import Access, Person
from grader.portal.context import Portal
from grader.portal.door import TurnedAway
from grader.portal.hand_in import take_hand_in
from grader.portal.viewer import session_limits
from grader.store.grading_copy import ResultCopy, save_results
from grader.store.hand_in import HandedIn
from grader.store.people import add_people, find_person
from grader.store.prepare import prepare_store
from grader.store.releases import Release, ReleaseRules, release_assignment
from grader.store.sessions import find_session, open_session
from grader.text import Language
from grader.wire import write_handouts

FEEDBACK = "<!doctype html><html lang=ko><title>결과</title><body class=x><h1>결과 페이지</h1></body></html>"


@dataclass(frozen=True)
class World:
    """What tests do to a portal besides asking it for pages."""

    portal: Portal

    def prepare(self) -> World:
        """Give the portal its id and keys."""
        prepare_store(self.portal.store, self.portal.now())
        return self

    def enrol(self, person_id: str, access: Access = Access.TRAINEE, **values: Any) -> Person:
        """Add a person."""
        given = {"name": "김가상", "site": "jeju", "role": "clinician", "cohort": "essentials-2026"}
        person = Person.model_validate({"id": person_id, "access": access, **given, **values})
        with self.portal.store.write() as db:
            add_people(db, [person], now=self.portal.now())
        return person

    def open_session(self, person: Person) -> str:
        """Return the cookie's value of somebody who is signed in, second factor included."""
        limits = session_limits(self.portal, person.access)
        with self.portal.store.write() as db:
            token, _ = open_session(
                db, person, self.portal.now(), limits, second_factor=person.access.is_staff
            )
        return token

    def find_or_enrol(self, person_id: str, access: Access, **values: Any) -> Person:
        """Return a person; who is not there yet is added with these values."""
        with self.portal.store.read() as db:
            known = find_person(db, person_id)
        return known or self.enrol(person_id, access, **values)

    def find_csrf(self, token: str) -> str:
        """Return what the forms of a session carry."""
        with self.portal.store.read() as db:
            session = find_session(db, token, self.portal.now())
        assert session is not None
        return session.csrf

    def release(self, assignment: str, *, hand_out: bool = False, **rules: Any) -> Release:
        """Release an assignment of the course, open since yesterday and due in three days."""
        now, content = self.portal.now(), self.portal.course.assignments[assignment]
        dates = {"opens_at": now - timedelta(days=1), "due_at": now + timedelta(days=3)}
        cells = [cell.name for cell in list_source_cells(content.sheet, content.assignment)]
        if hand_out:
            write_handouts(
                self.portal.workspace, self.portal.course, content, self.portal.settings.handout_dir
            )
        with self.portal.store.write() as db:
            return release_assignment(
                db,
                assignment,
                content.assignment.revision,
                ReleaseRules(**{**dates, **rules}),
                {assignment: cells},
                by="instructor-1",
                now=now,
            )

    def notebook(self, assignment: str, mark: str = "") -> bytes:
        """Return an assignment's notebook as handed out; `mark` makes its bytes different."""
        content = self.portal.course.assignments[assignment]
        made = build_release(content.sheet, content.assignment, Language.KO)
        made["metadata"]["mark"] = mark
        return notebook_bytes(made)

    def hand_in(
        self, person: Person, assignment: str, mark: str = "", file_name: str = "내 노트북.ipynb"
    ) -> HandedIn:
        """Hand in through the portal's own function."""
        content = self.notebook(assignment, mark)
        done = take_hand_in(self.portal, person, assignment, str(uuid.uuid4()), file_name, content)
        assert not isinstance(done, TurnedAway), done
        return done

    def grade(self, done: HandedIn, **values: Any) -> None:
        """Put a result where grading copies it."""
        submission = done.submission
        given: Mapping[str, Any] = {
            "status": "graded",
            "standing": "passed",
            "score": 18.0,
            "max_score": 20.0,
            "penalty": 0.0,
            "needs_person": False,
            "cells": {},
            "messages": (),
            "reason": "",
        }
        copy = ResultCopy(
            submission=submission.uuid,
            person=submission.person,
            pseudonym=done.signed.receipt.pseudonym,
            assignment=submission.assignment,
            graded_at=self.portal.now(),
            **{**given, **values},
        )
        with self.portal.store.write() as db:
            save_results(db, [copy])

    def write_feedback(self, person: Person, assignment: str, page: str = FEEDBACK) -> None:
        """Put a feedback page where grading writes it."""
        path = CourseDirectory(self.portal.settings.course_dir).feedback(person.id, assignment)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
