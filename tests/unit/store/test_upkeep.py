"""Tests of keys, retention, check, deadlines, releases and arrivals of the store; on both databases."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.fernet import InvalidToken
from office import DURI, HANA, NOON, TEACHER, WEEK, Office, make_hand_in
from sqlalchemy import delete, select, update

from grader.errors import EnvironmentProblem
from grader.store.arrivals import Arrival, explain_leftovers, keep_arrival
from grader.store.blobs import (
    DamagedBlob,
    blob_path,
    has_blob,
    incoming_folder,
    list_blobs,
    put_blob,
    read_blob,
)
from grader.store.check import check_store
from grader.store.deadlines import effective_deadline, late_percent
from grader.store.engine import Store
from grader.store.keys import find_signing_key, open_cipher, rotate_secret_key, rotate_signing_key
from grader.store.personal_data import delete_person
from grader.store.prepare import prepare_store
from grader.store.refusals import Refused, keep_refusal, list_refusals, page_refusals
from grader.store.releases import (
    Extension,
    InvalidRelease,
    LateStep,
    ReleaseRules,
    Scope,
    find_release,
    grant_extension,
    list_extensions,
    list_releases,
    release_assignment,
    release_feedback,
    withdraw_extension,
    withdraw_release,
)
from grader.store.retention import RetentionPolicy, apply_retention
from grader.store.schema import people, receipts, submission_files, submissions
from grader.store.submissions import SubmissionFilter, page_submissions

DAY = timedelta(days=1)


def make_old(store: Store, digest: str) -> None:
    """Let a blob have been written long ago, by the clock of the tests."""
    os.utime(blob_path(store.folder, digest), times=((NOON - DAY).timestamp(), (NOON - DAY).timestamp() - 60))


def found(store: Store) -> list[tuple[str, str]]:
    """Return what a check of the store finds."""
    report = check_store(store)
    return [
        (problem.trouble.value, problem.about if hasattr(problem, "about") else problem.place)
        for problem in report.problems
    ]


def test_key_files_are_for_the_portal_alone(office: Office) -> None:
    """Nobody else on the machine reads a private key."""
    paths = sorted((office.store.folder / "keys").iterdir())
    assert [path.name.split("-")[0] for path in paths] == ["receipts", "second"]
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_rotated_signing_keys(office: Office) -> None:
    """New receipts have the new key, old ones still verify; a process that was running takes the new one."""
    office.hand_in(make_hand_in(1))
    newest = rotate_signing_key(office.store, NOON + DAY)
    done = office.hand_in(make_hand_in(2), NOON + DAY)
    assert done.signed.receipt.key == newest
    assert office.check_chain()[1] == []
    keys = office.key_list().keys
    assert [key.retired_at for key in keys] == [NOON + DAY, None]
    with office.store.read() as db:
        assert find_signing_key(db) == newest


def test_a_wrong_key_file_signs_nothing(office: Office) -> None:
    """A file exchanged by hand is noticed at the next start."""
    (path,) = (office.store.folder / "keys").glob("receipts-*")
    path.write_bytes(b"x" * 32)
    with pytest.raises(EnvironmentProblem, match="another key"):
        prepare_store(office.store, NOON)


def test_preparing_twice_keeps_keys_and_identity(office: Office) -> None:
    """A portal starts many times."""
    before = office.key_list()
    prepare_store(office.store, NOON + DAY)
    assert office.key_list() == before
    assert len(before.portal) == 16


def test_rotated_secret_key(office: Office) -> None:
    """Second factors are encrypted anew; what another process still writes with the last key is read."""
    old = open_cipher(office.store.folder)
    with office.store.write() as db:
        change = update(people).where(people.c.id == TEACHER.id)
        db.execute(change.values(totp_secret=old.encrypt(b"secret")))
    assert rotate_secret_key(office.store) == 1
    with office.store.read() as db:
        row = db.execute(select(people.c.totp_secret).where(people.c.id == TEACHER.id)).scalar_one()
    with pytest.raises(InvalidToken):
        old.decrypt(row)
    assert open_cipher(office.store.folder).decrypt(row) == b"secret"
    assert open_cipher(office.store.folder).decrypt(old.encrypt(b"late")) == b"late"
    rotate_secret_key(office.store)
    with pytest.raises(InvalidToken):
        open_cipher(office.store.folder).decrypt(old.encrypt(b"too late"))


def test_a_rotation_that_broke_off_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the program dies between key file and rows, every second factor can be read."""
    with office.store.write() as db:
        secret = open_cipher(office.store.folder).encrypt(b"secret")
        db.execute(update(people).where(people.c.id == TEACHER.id).values(totp_secret=secret))

    def die(_store: Store) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "write", die)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            rotate_secret_key(office.store)
    assert open_cipher(office.store.folder).decrypt(secret) == b"secret"


def test_a_sound_store_is_found_sound(office: Office) -> None:
    """Hand-ins, refusals and stripped work leave nothing to find."""
    office.hand_in(make_hand_in(1, b"one"))
    office.hand_in(
        make_hand_in(2, b"two", original=None, files=(("a1.ipynb", b"less"), ("data/x.csv", b"1")))
    )
    keep_refusal(
        office.store, Refused(str(UUID(int=3)), DURI.id, "a1", "x", 5, "no-notebook", "", b"three"), NOON
    )
    assert found(office.store) == []
    assert check_store(office.store).is_sound


def test_a_check_finds_what_was_done_by_hand(office: Office) -> None:
    """Bytes lost, damaged or never claimed; rows changed; receipts removed or forged."""
    done = [office.hand_in(make_hand_in(n, b"%d" % n)) for n in range(1, 7)]
    digests = [one.submission.digest for one in done]
    blob_path(office.store.folder, digests[0]).unlink()
    blob_path(office.store.folder, digests[1]).write_bytes(b"?")
    extra = put_blob(office.store.folder, b"never claimed").digest
    with office.store.write() as db:
        uuid = done[2].submission.uuid
        db.execute(update(submissions).where(submissions.c.uuid == uuid).values(received_at=NOON - DAY))
        db.execute(delete(receipts).where(receipts.c.number == 4))
        forged = done[4].signed.text.replace('"late_s":0', '"late_s":9')
        db.execute(update(receipts).where(receipts.c.number == 5).values(text=forged))
    assert sorted(found(office.store)) == sorted(
        [
            ("missing", digests[0]),
            ("damaged", digests[1]),
            ("altered", done[2].submission.uuid),
            ("dropped", "4"),
            ("no-receipt", done[3].submission.uuid),
            ("forged", "5"),
            ("altered", done[4].submission.uuid),
            ("broken-link", "6"),
            ("unclaimed", extra),
        ]
    )
    assert not check_store(office.store, is_deep=False).is_sound
    for problem in check_store(office.store).problems:
        assert problem.message.ko != problem.message.en
    with pytest.raises(DamagedBlob, match="damaged"):
        read_blob(office.store.folder, digests[1])
    with pytest.raises(DamagedBlob, match="missing"):
        read_blob(office.store.folder, digests[0])
    assert put_blob(office.store.folder, b"2").digest == digests[1]
    assert read_blob(office.store.folder, digests[1]) == b"2"


def test_whatever_a_receipt_states_is_compared(office: Office) -> None:
    """Work, owner and lateness cannot be changed behind a receipt's back: one change each, all are found."""
    late = make_hand_in(content=b"late", files=(("a1.ipynb", b"work"), ("x.csv", b"1")))
    rows, files, chain = submissions.c, submission_files.c, receipts.c
    other = "0" * 64
    changes = [
        update(submissions).values({rows.person: DURI.id}),
        *(update(submissions).values({column: other}) for column in (rows.digest, rows.notebook_digest)),
        *(update(submissions).values({column: 99}) for column in (rows.attempt, rows.size_bytes)),
        update(submissions).values({rows.assignment: "a9"}),
        update(submissions).values({rows.late_s: rows.late_s - 1}),
        *(update(submissions).values({column: None}) for column in (rows.due_at, rows.client_at)),
        update(submissions).values({rows.received_at: NOON}),
        update(submission_files).where(files.path == "x.csv").values({files.digest: other}),
        update(submission_files).where(files.path == "x.csv").values({files.size_bytes: 99}),
        delete(submission_files).where(files.path == "x.csv"),
        update(receipts).values({chain.hash: other}),
        update(receipts).values({chain.number: 1000}),
    ]
    keys = {"submissions": rows.uuid, "submission_files": files.submission, "receipts": chain.submission}
    uuids = [str(UUID(int=number)) for number in range(1, len(changes) + 1)]
    for uuid in uuids:
        office.hand_in(replace(late, uuid=uuid, client_at=NOON), NOON + WEEK + DAY)
    assert found(office.store) == []
    with office.store.write() as db:
        for uuid, change in zip(uuids, changes, strict=True):
            done = db.execute(change.where(keys[change.table.name] == uuid))
            assert done.rowcount == 1, change
    altered = [about for trouble, about in found(office.store) if trouble == "altered"]
    assert sorted(altered) == uuids


def test_retention_removes_what_is_over(office: Office) -> None:
    """Refused bytes after their time, what nobody claimed after a day; work and receipts stay."""
    folder = office.store.folder
    work = office.hand_in(make_hand_in(1, b"work")).submission.digest
    for number, age, content in (
        (2, 91 * DAY, b"old refusal"),
        (3, 89 * DAY, b"refusal"),
        (4, 91 * DAY, b"work"),
    ):
        refused = Refused(str(UUID(int=number)), DURI.id, "a1", "x", 1, "closed", "", content)
        keep_refusal(office.store, refused, NOON - age)
    unclaimed, on_its_way = put_blob(folder, b"unclaimed").digest, put_blob(folder, b"on its way").digest
    for digest in set(list_blobs(folder)) - {on_its_way}:
        make_old(office.store, digest)
    before = set(list_blobs(folder))
    policy = RetentionPolicy()
    counted = apply_retention(office.store, policy, NOON, is_dry_run=True)
    assert set(list_blobs(folder)) == before
    removed = apply_retention(office.store, policy, NOON)
    assert removed == counted
    assert (removed.refusals, removed.blobs, removed.blob_bytes) == (
        2,
        2,
        len(b"old refusal") + len(b"unclaimed"),
    )
    assert not has_blob(folder, unclaimed)
    assert has_blob(folder, work)
    assert has_blob(folder, on_its_way)
    with office.store.read() as db:
        assert [one.uuid for one in page_refusals(db)] == [str(UUID(int=3))]
    assert office.check_chain()[1] == []
    assert apply_retention(office.store, policy, NOON).blobs == 0


def test_a_deleted_persons_work_goes_and_the_chain_stays(office: Office) -> None:
    """Bytes are removed; receipts keep the pseudonym, and everybody else's verify as before."""
    mine = office.hand_in(make_hand_in(1, b"mine"))
    shared = office.hand_in(make_hand_in(2, b"the same"))
    office.hand_in(make_hand_in(3, b"the same", person=DURI.id))
    with office.store.write() as db:
        delete_person(db, HANA.id, NOON)
    for digest in list_blobs(office.store.folder):
        make_old(office.store, digest)
    assert apply_retention(office.store, RetentionPolicy(), NOON).blobs == 1
    assert not has_blob(office.store.folder, mine.submission.digest)
    assert has_blob(office.store.folder, shared.submission.digest)
    assert found(office.store) == []
    assert check_store(office.store).receipts == 3


def test_extensions_the_narrowest_counts(office: Office) -> None:
    """Person before site before cohort; the release's own date for everybody else."""
    due = {Scope.COHORT: NOON + 10 * DAY, Scope.SITE: NOON + 9 * DAY, Scope.PERSON: NOON + 8 * DAY}
    target = {Scope.COHORT: "first", Scope.SITE: "seoul", Scope.PERSON: HANA.id}
    office.change_rules(grace_s=60, closes_at=NOON + 8 * DAY)

    def deadline(person=HANA):
        with office.store.read() as db:
            release = find_release(db, "a1")
            assert release is not None
            return effective_deadline(db, release, person)

    assert (deadline().due_at, deadline().scope) == (NOON + WEEK, None)
    for scope in Scope:
        with office.store.write() as db:
            for _ in range(2):  # the second replaces the first
                given = Extension("a1", scope, target[scope], due[scope], None, "", NOON, "teacher")
                kept = grant_extension(db, given)
        assert kept.id
        assert (deadline().due_at, deadline().scope) == (due[scope], scope)
        assert deadline().closes_at == due[scope] + timedelta(seconds=60)
    assert deadline(DURI).scope is None
    with office.store.write() as db:
        extensions = list_extensions(db, "a1")
        assert [one.scope for one in extensions] == list(Scope)
        assert not withdraw_extension(db, "a2", extensions[2].id)
        assert withdraw_extension(db, "a1", extensions[2].id)
    assert deadline().scope is Scope.SITE


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"assignment": "a9"}, "not released"),
        ({"target": "nobody"}, "no such person"),
        ({"closes_at": NOON}, "before it is due"),
    ],
)
def test_impossible_extensions_are_refused(office: Office, change: dict[str, object], words: str) -> None:
    """With what is wrong."""
    given = Extension("a1", Scope.PERSON, HANA.id, NOON + DAY, None, "", NOON, "teacher")
    with pytest.raises(InvalidRelease, match=words), office.store.write() as db:
        grant_extension(db, replace(given, **change))


def test_impossible_rules_are_refused_all_at_once() -> None:
    """Every contradiction is named."""
    with pytest.raises(InvalidRelease) as refused:
        ReleaseRules(
            opens_at=NOON,
            due_at=NOON - DAY,
            closes_at=NOON - 2 * DAY,
            grace_s=-1,
            max_attempts=0,
            late_rule=(LateStep(60, 101), LateStep(60, 5)),
            second_marking_percent=101,
        )
    assert str(refused.value).count(";") == 6


def test_late_rule() -> None:
    """The last step that was reached counts; being in time costs nothing."""
    rule = (LateStep(0, 10), LateStep(86_400, 30))
    assert [late_percent(rule, late) for late in (0, 0.5, 86_400, 86_400.5)] == [0, 10, 10, 30]
    assert late_percent((), 99) == 0


def test_a_new_revision_keeps_what_was(office: Office) -> None:
    """Releasing again changes revision and rules; feedback stays released, withdrawal ends."""
    rules = ReleaseRules(opens_at=NOON, late_rule=(LateStep(0, 10),), max_attempts=3)
    with office.store.write() as db:
        assert release_feedback(db, "a1", NOON)
        assert withdraw_release(db, "a1", NOON)
        release = find_release(db, "a1")
        assert release is not None
        assert not release.is_out(NOON)
        release_assignment(db, "a1", 2, rules, {"a1": ["q1", "q2"]}, by="teacher", now=NOON + DAY)
        release_assignment(db, "a0", 1, rules, {}, by="teacher", now=NOON)
        assert not withdraw_release(db, "a9", NOON)
    with office.store.read() as db:
        release = find_release(db, "a1")
        assert [one.assignment for one in list_releases(db)] == ["a0", "a1"]
    assert release is not None
    assert release.is_out(NOON)
    assert release.shows_feedback()
    assert (release.revision, release.rules, release.grade_ids) == (2, rules, {"a1": ["q1", "q2"]})


def test_lists_for_staff_page_by_key(office: Office) -> None:
    """Pages follow each other without gap or repeat, also where moments are the same."""
    for number in range(1, 10):
        person = DURI.id if number % 3 == 0 else HANA.id
        office.hand_in(make_hand_in(number, b"%d" % number, person=person))
    wanted = SubmissionFilter(assignment="a1", only_newest=False)
    with office.store.read() as db:
        seen, after = [], None
        while page := page_submissions(db, wanted, after, limit=4):
            seen += [one.uuid for one in page]
            after = (page[-1].received_at, page[-1].uuid)
        assert seen == [str(UUID(int=number)) for number in range(9, 0, -1)]
        newest = page_submissions(db, SubmissionFilter(assignment="a1"))
        assert {(one.person, one.attempt) for one in newest} == {(HANA.id, 6), (DURI.id, 3)}
        busan = SubmissionFilter(site="busan", is_late=False, only_newest=False)
        assert len(page_submissions(db, busan)) == 3
        assert page_submissions(db, SubmissionFilter(job="nurse")) == []


def test_leftovers_of_a_crash_are_explained(office: Office) -> None:
    """Bytes that came and got no receipt become a refusal that the person sees; half a file goes."""
    folder = office.store.folder
    given = make_hand_in(content=b"cut off")
    arrival = Arrival(given.uuid, given.person, "a1", "과제.ipynb", given.digest, 7, NOON)
    keep_arrival(folder, arrival, [b"cut off"])
    known = office.hand_in(make_hand_in(2, b"known")).submission
    keep_arrival(folder, replace(arrival, uuid=known.uuid, digest=known.digest), [b"known"])
    keep_arrival(folder, replace(arrival, uuid=str(UUID(int=3)), person="gone"), [b"of nobody"])
    (incoming_folder(folder) / "0f.part").write_bytes(b"half")
    soon = NOON + timedelta(minutes=1)
    for path in incoming_folder(folder).iterdir():
        os.utime(path, times=(NOON.timestamp(), NOON.timestamp()))
    assert explain_leftovers(office.store, soon) == 0  # somebody may still be waiting
    assert len(list(incoming_folder(folder).iterdir())) == 4
    assert explain_leftovers(office.store, NOON + DAY) == 1
    assert explain_leftovers(office.store, NOON + DAY) == 0
    assert list(incoming_folder(folder).iterdir()) == []
    with office.store.read() as db:
        (refusal,) = list_refusals(db, HANA.id)
    assert (refusal.reason, refusal.digest, refusal.received_at) == ("interrupted", given.digest, NOON)
    assert office.hand_in(given, NOON + DAY).is_new


def test_a_note_holds_no_work(office: Office) -> None:
    """It says whose bytes these are, and no more."""
    arrival = Arrival(str(UUID(int=1)), HANA.id, "a1", "과제.ipynb", "ab" * 32, 6, NOON)
    keep_arrival(office.store.folder, arrival, [b"secret"])
    (path,) = incoming_folder(office.store.folder).glob("*.json")
    assert sorted(json.loads(path.read_bytes())) == [
        "assignment", "digest", "file_name", "kept", "person", "size_bytes", "started_at", "uuid",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="UUID"):
        keep_arrival(office.store.folder, replace(arrival, uuid="../x"), [b""])


def test_files_of_a_submission_are_rows(office: Office) -> None:
    """The notebook first in the hand-in, all of them in the rows."""
    files = (("a1.ipynb", b"{}"), ("data/표.csv", b"1,2"))
    done = office.hand_in(make_hand_in(1, b"zip", files=files))
    with office.store.read() as db:
        rows = db.execute(select(submission_files.c.path).order_by(submission_files.c.path)).scalars()
        assert list(rows) == ["a1.ipynb", "data/표.csv"]
    assert done.submission.notebook_digest == done.signed.receipt.files[0].sha256
