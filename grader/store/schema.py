"""Every table of the store. Knows columns; must not know what pages show or who may see a row.

Times are in UTC. Ids that people see are text. What grows without bound has an index that begins with what
it is asked for. Changes go through a migration in `migrations/versions/`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from grader.store.moments import UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(120)
"""A person's id as on the roster."""
SLUG = String(60)
DIGEST = String(64)
"""SHA-256 in lower-case hexadecimal."""
UUID = String(36)
"""As the client made it, lower-case with hyphens."""


def _person(name: str = "person", **options: Any) -> Column[str]:
    return Column(name, ID, ForeignKey("people.id"), nullable=False, **options)


settings = Table(
    "settings",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", JSON, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", ID, primary_key=True),
    Column("folded", ID, nullable=False, unique=True),
    # Random; stands for the person in receipts, statistics and blind marking.
    Column("pseudonym", String(20), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("site", SLUG, nullable=False),
    Column("job", SLUG, nullable=False),
    Column("language", String(2), nullable=False),
    Column("email", String(254), nullable=False, server_default=""),
    Column("cohort", SLUG, nullable=False, server_default=""),
    Column("access", String(20), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("deleted_at", UtcTime),
    Column("password_hash", String(200)),
    Column("password_changed_at", UtcTime),
    Column("failed_logins", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime),
    Column("totp_secret", LargeBinary),  # encrypted with the key in the data folder
    Column("totp_step", Integer),  # last accepted 30-second step: a code works once
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(8), primary_key=True),
    _person(index=True),
    Column("secret_hash", String(200), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Column("failures", Integer, nullable=False, server_default="0"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    _person(index=True),
    Column("code_hash", String(200), nullable=False),
    Column("used_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", DIGEST, primary_key=True),
    _person(index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("second_factor_at", UtcTime),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    _person(index=True),
    Column("label", String(100), nullable=False),
    Column("secret_digest", DIGEST, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor", ID, nullable=False, index=True),  # a person's id, or `system`
    Column("action", String(60), nullable=False),
    Column("object", String(200), nullable=False, server_default=""),
    Column("detail", JSON, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("assignment", SLUG, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("released_at", UtcTime, nullable=False),
    Column("released_by", ID, nullable=False),
    Column("withdrawn_at", UtcTime),
    Column("opens_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("grace_s", Integer, nullable=False, server_default="0"),
    Column("closes_at", UtcTime),  # after this nothing is accepted
    Column("late_rule", JSON, nullable=False),  # [{"after_s": 0, "percent": 10}, …]
    Column("max_attempts", Integer),
    Column("cool_down_s", Integer, nullable=False, server_default="0"),
    Column("grade_on_hand_in", Boolean, nullable=False),
    Column("strip_outputs", Boolean, nullable=False),
    Column("feedback_at_once", Boolean, nullable=False),
    Column("feedback_released_at", UtcTime),
    Column("second_marking_percent", Integer, nullable=False, server_default="0"),
    # The files of a release that came through nbgrader's exchange, as a zip; empty for the course's own.
    Column("files_digest", DIGEST),
    Column("grade_ids", JSON, nullable=False),  # of the release: what a handed-in notebook must name
)

extensions = Table(
    "extensions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", SLUG, ForeignKey("releases.assignment"), nullable=False),
    Column("scope", String(10), nullable=False),  # person, site or cohort; the narrowest counts
    Column("target", ID, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("closes_at", UtcTime),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    UniqueConstraint("assignment", "scope", "target"),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title_ko", String(200), nullable=False),
    Column("title_en", String(200), nullable=False),
    Column("body_ko", Text, nullable=False),
    Column("body_en", Text, nullable=False),
    Column("site", SLUG, nullable=False, server_default=""),  # empty: everyone
    Column("cohort", SLUG, nullable=False, server_default=""),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("withdrawn_at", UtcTime),
)

submissions = Table(
    "submissions",
    metadata,
    Column("uuid", UUID, primary_key=True),
    _person(),
    Column("assignment", SLUG, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("digest", DIGEST, nullable=False),  # of the bytes as they arrived; names their blob if it is kept
    Column("is_original_kept", Boolean, nullable=False),  # no where outputs were stripped at the door
    Column("notebook_digest", DIGEST, nullable=False),  # of the notebook that is graded
    Column("size_bytes", Integer, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("client_at", UtcTime),
    Column("due_at", UtcTime),  # as it counted for this person at that moment
    Column("late_s", Float, nullable=False),
    Column("origin", String(20), nullable=False),  # page, api, exchange, moodle, …
    Column("notes", JSON, nullable=False),  # message ids: what the person was told at the door
    UniqueConstraint("person", "assignment", "attempt"),
    # Counting is done in people's order from the index alone; a list by arrival stops after its first page.
    Index("ix_submissions_assignment_person", "assignment", "person", "attempt"),
    Index("ix_submissions_assignment_received_at", "assignment", "received_at", "uuid"),
    Index("ix_submissions_received_at", "received_at"),
)

submission_files = Table(
    "submission_files",
    metadata,
    Column("submission", UUID, ForeignKey("submissions.uuid"), primary_key=True),
    Column("path", String(255), primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("size_bytes", Integer, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # place in the chain, from 1
    Column("submission", UUID, ForeignKey("submissions.uuid"), nullable=False, unique=True),
    Column("text", Text, nullable=False),  # the whole signed receipt, byte for byte
    Column("hash", DIGEST, nullable=False, unique=True),
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", UUID, nullable=False, index=True),
    _person(index=True),
    Column("assignment", SLUG, nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("digest", DIGEST),  # None: too big to keep, or never fully arrived
    Column("size_bytes", Integer, nullable=False),
    Column("reason", String(60), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("received_at", UtcTime, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),  # grade, feedback
    Column("assignment", SLUG, nullable=False),
    Column("person", ID),  # None: everyone
    Column("state", String(10), nullable=False),  # waiting, running, done, failed
    Column("requested_by", ID, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("starts", Integer, nullable=False, server_default="0"),
    Column("message", Text, nullable=False, server_default=""),
    Index("ix_jobs_state", "state", "id"),
    Index("ix_jobs_assignment_person", "assignment", "person"),
)

results = Table(
    "results",
    metadata,
    # What the gradebook says, kept for pages; made anew from it at any time.
    Column("submission", UUID, ForeignKey("submissions.uuid"), primary_key=True),
    _person(),
    Column("assignment", SLUG, nullable=False),
    Column("status", String(20), nullable=False),
    Column("standing", String(20), nullable=False),
    Column("score", Float),
    Column("max_score", Float),
    Column("penalty", Float, nullable=False, server_default="0"),
    Column("needs_person", Boolean, nullable=False),
    Column("cells", JSON, nullable=False),  # grade id → [score, maximum]
    Column("messages", JSON, nullable=False),  # of each test that failed: [grade id, verdict, message's id]
    Column("reason", String(60), nullable=False, server_default=""),  # why it lies in quarantine
    Column("graded_at", UtcTime, nullable=False),
    Index("ix_results_assignment_person", "assignment", "person"),
    Index("ix_results_graded_at", "graded_at"),  # tells at once whether anything was graded since
    Index("ix_results_person", "person"),
    Index("ix_results_status_assignment", "status", "assignment"),
)

feedback_files = Table(
    "feedback_files",
    metadata,
    # Pages that an instructor's own nbgrader released through the exchange.
    Column("submission", UUID, ForeignKey("submissions.uuid"), primary_key=True),
    Column("path", String(255), primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", SLUG, nullable=False),
    _person(),
    Column("submission", UUID, ForeignKey("submissions.uuid"), nullable=False),
    Column("cell", SLUG, nullable=False),
    Column("marker", ID, nullable=False),
    Column("round", String(10), nullable=False),  # first, second, agreed
    Column("levels", JSON, nullable=False),  # criterion → 0-3
    Column("score", Float, nullable=False),
    Column("comment", Text, nullable=False),
    # On its way to the gradebook: waiting, written, conflict; none for second marks, which stay here.
    Column("delivery", String(10), nullable=False),
    Column("instead_of", Float),  # score by hand in the gradebook that the marker knew of
    Column("created_at", UtcTime, nullable=False),
    Column("replaced_at", UtcTime),  # a later mark of the same round counts instead
    Index("ix_marks_assignment_cell", "assignment", "cell"),
    Index("ix_marks_submission", "submission"),
    Index("ix_marks_delivery", "delivery", "id"),
)

answers = Table(
    "answers",
    metadata,
    # Written answers as the gradebook has them, kept for pages like `results`.
    Column("submission", UUID, ForeignKey("submissions.uuid"), primary_key=True),
    Column("cell", SLUG, primary_key=True),
    _person(),
    Column("assignment", SLUG, nullable=False),
    Column("place", DIGEST, nullable=False),  # order of marking: random, but always the same
    Column("lot", Integer, nullable=False),  # 0-9999: below 100 × the release's share it is marked twice
    Column("is_open", Boolean, nullable=False),  # waits for a person
    Column("is_blank", Boolean, nullable=False),  # certainly nothing was written
    Column("manual_score", Float),
    Column("maximum", Float, nullable=False),
    Column("comment", Text, nullable=False),
    Index("ix_answers_assignment_cell_place", "assignment", "cell", "place"),
    Index("ix_answers_is_open_assignment", "is_open", "assignment"),
    Index("ix_answers_assignment_person", "assignment", "person"),
)

mark_notes = Table(
    "mark_notes",
    metadata,
    # What graders tell each other about a hand-in; trainees never see it.
    Column("id", Integer, primary_key=True),
    Column("submission", UUID, ForeignKey("submissions.uuid"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("created_by", ID, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

comment_bank = Table(
    "comment_bank",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", SLUG, nullable=False, index=True),
    Column("cell", SLUG, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("created_by", ID, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
)

regrade_requests = Table(
    "regrade_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    _person(index=True),
    Column("assignment", SLUG, nullable=False, index=True),
    Column("submission", UUID, ForeignKey("submissions.uuid"), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(10), nullable=False),  # open, granted, declined
    Column("created_at", UtcTime, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),
    Column("answered_by", ID),
    Column("answered_at", UtcTime),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    # Public halves; the private ones are files in the data folder.
    Column("id", String(16), primary_key=True),
    Column("public_key", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("retired_at", UtcTime),
)
