"""Tests of `grader.store.backup` and `restore`: from either database into either, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from office import DURI, HANA, NOON, TEACHER, Office, make_hand_in, open_office
from sqlalchemy import func, insert, select

from grader.errors import UsageError
from grader.store.audit import SYSTEM
from grader.store.backup import MANIFEST, SALT_BYTES, SEALED, backup_store, derive_key
from grader.store.blobs import list_blobs
from grader.store.chain import Standing, recognise_receipt
from grader.store.check import check_store
from grader.store.engine import Store
from grader.store.invitations import Invitation, add_invitation, find_invitation, use_invitation
from grader.store.keys import KeyRing, open_cipher, rotate_signing_key
from grader.store.people import find_account
from grader.store.refusals import Refused, keep_refusal, list_refusals
from grader.store.restore import BadBackup, restore_backup
from grader.store.schema import announcements, audit, invitations, metadata, people, sessions
from grader.store.second_factor import list_recovery_hashes, replace_recovery_codes, use_recovery_code
from grader.store.sessions import SessionLimits, open_session
from grader.store.submissions import list_submissions
from grader.store.tokens import create_token, find_bearer, revoke_tokens

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgres"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store to restore to, once on each database."""
    make: Callable[[Path], Store] = request.getfixturevalue(f"make_{request.param}_store")
    return make(tmp_path / "other")


def fill(office: Office) -> None:
    """Put something of every kind in a store: rows, blobs, keys, a second factor, a gradebook, files."""
    for number in range(1, 4):
        office.hand_in(make_hand_in(number, b"work %d" % number), NOON + timedelta(microseconds=number))
    refused = Refused(
        "0" * 8 + "-0000-4000-8000-" + "0" * 12, DURI.id, "a1", "x.pdf", 3, "other-kind", "", b"pdf"
    )
    keep_refusal(office.store, refused, NOON)
    secret = open_cipher(office.store.folder).encrypt(b"JBSWY3DP")
    with office.store.write() as db:
        db.execute(people.update().where(people.c.id == TEACHER.id).values(totp_secret=secret))
        for number in range(3):
            db.execute(
                insert(audit).values(at=NOON, actor=SYSTEM, action=f"a{number}", detail={"ㄱ": [1, None]})
            )
    course = office.store.folder / "course" / "submitted" / HANA.id
    course.mkdir(parents=True)
    (course / "a1.ipynb").write_bytes(b"work 3")
    with closing(sqlite3.connect(office.store.folder / "course" / "gradebook.db")) as gradebook:
        gradebook.execute("PRAGMA journal_mode=WAL")
        gradebook.execute("CREATE TABLE grade (score)")
        gradebook.execute("INSERT INTO grade VALUES (7)")
        gradebook.commit()


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows that a restore must bring back as they were."""
    changed = {"settings", "sessions", "signing_keys"}
    with store.read() as db:
        return {
            table.name: sorted((tuple(row) for row in db.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in changed
        }


def test_everything_comes_back(office: Office, other: Store, tmp_path: Path) -> None:
    """Rows, blobs, keys and files are as they were; the chain goes on, and says that there was a restore."""
    fill(office)
    file = tmp_path / "night.zip"
    report = backup_store(office.store, file, NOON)
    assert file.stat().st_mode & 0o777 == 0o600
    assert (report.blobs, report.files) == (4, 2)
    done = restore_backup(file, other, NOON + DAY)
    assert (done.created_at, done.rows, done.blobs, done.files) == (NOON, report.rows, 4, 2)
    assert done.second_factors_lost == 0
    assert dump(other) == dump(office.store)
    assert set(list_blobs(other.folder)) == set(list_blobs(office.store.folder))
    with closing(sqlite3.connect(other.folder / "course" / "gradebook.db")) as gradebook:
        assert gradebook.execute("SELECT score FROM grade").fetchall() == [(7,)]
    assert (other.folder / "course" / "submitted" / HANA.id / "a1.ipynb").read_bytes() == b"work 3"
    with other.read() as db:
        secret = db.execute(select(people.c.totp_secret).where(people.c.id == TEACHER.id)).scalar_one()
    assert open_cipher(other.folder).decrypt(secret) == b"JBSWY3DP"
    assert check_store(other).is_sound
    restored = Office(other, KeyRing(other.folder))
    after = restored.hand_in(make_hand_in(9, b"next"), NOON + DAY)
    assert after.signed.receipt.number == 4
    assert after.signed.receipt.restored_at == NOON + DAY
    _, findings = restored.check_chain()
    assert [(finding.trouble.value, finding.place) for finding in findings] == [("restored", "4")]
    with other.write() as db:  # numbers that the database gives out go on after those that were brought
        db.execute(insert(audit).values(at=NOON, actor=SYSTEM, action="next", detail={}))
        assert db.execute(select(func.count()).select_from(audit)).scalar_one() == 4


def test_last_nights_backup_and_todays_receipts(office: Office, tmp_path: Path) -> None:
    """What was handed in since is unknown, but its receipt proves it; forged ones do not pass for it."""
    fill(office)
    backup_store(office.store, tmp_path / "night.zip", NOON)
    lost = office.hand_in(make_hand_in(5, b"of today"), NOON + DAY)
    rotate_signing_key(office.store, NOON + DAY)
    also_lost = office.hand_in(make_hand_in(6, b"of today, too"), NOON + DAY)
    restore_backup(tmp_path / "night.zip", office.store, NOON + 2 * DAY, force=True)
    restored = Office(office.store, KeyRing(office.store.folder))
    again = restored.hand_in(make_hand_in(5, b"of today"), NOON + 2 * DAY)
    assert again.is_new
    with office.store.read() as db:
        keys = restored.key_list()
        assert recognise_receipt(db, also_lost.signed.text, keys) is Standing.LOST
        assert recognise_receipt(db, lost.signed.text, keys) is Standing.RENEWED
        assert recognise_receipt(db, again.signed.text, keys) is Standing.KNOWN
        forged = lost.signed.text.replace('"attempt":4', '"attempt":5')
        assert recognise_receipt(db, forged, keys) is Standing.NOT_OURS
    assert all(finding.trouble.is_remark for finding in restored.check_chain()[1])
    assert [path.name for path in office.store.folder.glob("course.before-*")] == [
        "course.before-20260506T030000"
    ]
    unclaimed = [problem.trouble.value for problem in check_store(office.store).problems]
    assert sorted(unclaimed) == ["restored", "unclaimed"]


def test_without_keys_nobody_is_locked_out(office: Office, other: Store, tmp_path: Path) -> None:
    """A backup that may lie in another building: a new key signs, staff enrol again, old receipts verify."""
    fill(office)
    backup_store(office.store, tmp_path / "b.zip", NOON, with_keys=False)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert not [name for name in archive.namelist() if name.startswith("keys")]
    assert restore_backup(tmp_path / "b.zip", other, NOON + DAY).second_factors_lost == 1
    restored = Office(other, KeyRing(other.folder))
    assert restored.hand_in(make_hand_in(9, b"next"), NOON + DAY).is_new
    assert all(finding.trouble.is_remark for finding in restored.check_chain()[1])


def test_keys_under_a_passphrase(office: Office, other: Store, tmp_path: Path) -> None:
    """They cannot be read in the file, and come back with the passphrase only."""
    fill(office)
    file = tmp_path / "b.zip"
    backup_store(office.store, file, NOON, passphrase="백업 암호")
    secret = next((office.store.folder / "keys").glob("receipts-*")).read_bytes()
    assert secret not in file.read_bytes()
    for passphrase in (None, "", "wrong"):
        with pytest.raises(UsageError, match="passphrase"):
            restore_backup(file, other, NOON, passphrase=passphrase)
    assert restore_backup(file, other, NOON, passphrase="백업 암호").second_factors_lost == 0


def test_a_sealed_key_is_not_written_elsewhere(office: Office, tmp_path: Path) -> None:
    """What is under the passphrase is as much a stranger's as the rest."""
    backup_store(office.store, tmp_path / "b.zip", NOON, passphrase="open sesame")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        names = {name: archive.read(name) for name in archive.namelist()}
    salt = bytes(SALT_BYTES)
    names[SEALED] = salt + derive_key("open sesame", salt).encrypt(b'{"../evil.key": "eA=="}')
    manifest = json.loads(names[MANIFEST])
    manifest["digests"][SEALED] = hashlib.sha256(names[SEALED]).hexdigest()
    names[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    with pytest.raises(BadBackup, match=r"evil\.key"):
        restore_backup(tmp_path / "bad.zip", office.store, NOON, force=True, passphrase="open sesame")
    assert not (office.store.folder / "evil.key").exists()


def test_a_stray_file_beside_the_keys_does_not_spoil_a_backup(
    office: Office, tmp_path: Path, make_sqlite_store: Callable[[Path], Store]
) -> None:
    """Found out at a restore, it would be too late."""
    (office.store.folder / "keys" / "read me.txt").write_bytes(b"x")
    backup_store(office.store, tmp_path / "b.zip", NOON)
    assert restore_backup(tmp_path / "b.zip", make_sqlite_store(tmp_path / "new"), NOON).with_keys


def test_nothing_is_overwritten_unasked(office: Office, tmp_path: Path) -> None:
    """Neither a file by a backup nor a portal by a restore."""
    file = tmp_path / "b.zip"
    backup_store(office.store, file, NOON)
    with pytest.raises(UsageError, match="there already"):
        backup_store(office.store, file, NOON)
    before = dump(office.store)
    with pytest.raises(UsageError, match="--force"):
        restore_backup(file, office.store, NOON)
    assert dump(office.store) == before


def damage_blob(names: dict[str, bytes]) -> None:
    name = next(name for name in names if name.startswith("blobs/"))
    names[name] = b"other"


def damage_row(names: dict[str, bytes]) -> None:
    names["tables/people.jsonl"] = names["tables/people.jsonl"].replace(b"busan", b"seoul")


def drop_table(names: dict[str, bytes]) -> None:
    del names["tables/receipts.jsonl"]


def add_entry(names: dict[str, bytes]) -> None:
    names["files/course/more"] = b""


def add_named(name: str) -> Callable[[dict[str, bytes]], None]:
    def add(names: dict[str, bytes]) -> None:
        names[name] = b""
        manifest = json.loads(names[MANIFEST])
        manifest["digests"][name] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        names[MANIFEST] = json.dumps(manifest).encode()

    return add


def of_the_future(names: dict[str, bytes]) -> None:
    names[MANIFEST] = names[MANIFEST].replace(b'"version": "0001"', b'"version": "9999"')


@pytest.mark.parametrize(
    "damage",
    [
        damage_blob,
        damage_row,
        drop_table,
        add_entry,
        of_the_future,
        add_named("files/../../../tmp/evil"),
        add_named("files/./portal.db"),
        add_named("files/./keys/receipts-0.key"),
        add_named("files/blobs"),
        add_named("files/course//gradebook.db"),
        add_named("files//tmp/evil"),
        add_named("files/portal.db"),
        add_named("keys/../evil.key"),
        add_named("evil"),
        lambda names: names.pop(MANIFEST),
        lambda names: names.update({MANIFEST: b"[]"}),
    ],
)
def test_a_damaged_or_hostile_backup_changes_nothing(
    sqlite_store: Store,
    tmp_path: Path,
    make_sqlite_store: Callable[[Path], Store],
    damage: Callable[[dict[str, bytes]], object],
) -> None:
    """It is refused before anything is written."""
    fill(open_office(sqlite_store))
    backup_store(sqlite_store, tmp_path / "b.zip", NOON)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        names = {name: archive.read(name) for name in archive.namelist()}
    damage(names)
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    other = make_sqlite_store(tmp_path / "other")
    before = sorted(other.folder.rglob("*"))
    with pytest.raises(BadBackup):
        restore_backup(tmp_path / "bad.zip", other, NOON)
    assert sorted(other.folder.rglob("*")) == before
    with other.read() as db:
        assert find_account(db, HANA.id) is None


@pytest.mark.parametrize("cut", [0, 10, 1000, -30])
def test_a_cut_off_backup_is_refused(office: Office, other: Store, tmp_path: Path, cut: int) -> None:
    """A copy that broke off is no backup."""
    backup_store(office.store, tmp_path / "b.zip", NOON)
    (tmp_path / "cut.zip").write_bytes((tmp_path / "b.zip").read_bytes()[:cut])
    with pytest.raises(BadBackup):
        restore_backup(tmp_path / "cut.zip", other, NOON)


def test_a_backup_while_people_hand_in(office: Office, other: Store, tmp_path: Path) -> None:
    """Whatever moment it caught, it is one moment: chain and bytes agree."""
    with ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(office.hand_in, make_hand_in(n, b"%d" % n)) for n in range(1, 30)]
        backup_store(office.store, tmp_path / "b.zip", NOON)
        assert all(job.result().is_new for job in jobs)
    restore_backup(tmp_path / "b.zip", other, NOON)
    assert check_store(other).is_sound
    with other.read() as db:
        attempts = [one.attempt for one in list_submissions(db, HANA.id)]
        assert sorted(attempts) == list(range(1, len(attempts) + 1))
        assert list_refusals(db, HANA.id) == []
        assert db.execute(select(announcements)).all() == []


def make_database(path: Path) -> bytes:
    """Return a SQLite file whose copy would have other bytes."""
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE t (a)")
        made.execute("INSERT INTO t VALUES (1)")
        made.execute("DELETE FROM t")
        made.commit()
    return path.read_bytes()


def test_a_database_that_somebody_hands_in_is_bytes(office: Office, other: Store, tmp_path: Path) -> None:
    """Neither one that is none nor a real one stops a backup, or makes one that no restore takes."""
    junk, real = b"SQLite format 3\0" + b"junk" * 50, make_database(tmp_path / "data.db")
    refused = Refused("0" * 8 + "-0000-4000-8000-" + "0" * 12, DURI.id, "a1", "x.db", 3, "kind", "", junk)
    keep_refusal(office.store, refused, NOON)
    office.hand_in(make_hand_in(1, b"zip", files=(("a1.ipynb", b"{}"), ("data.db", real))))
    folder = office.store.folder / "course" / "submitted" / HANA.id / "a1"
    folder.mkdir(parents=True)
    (folder / "junk.db").write_bytes(junk)
    (folder / "data.db").write_bytes(real)
    backup_store(office.store, tmp_path / "b.zip", NOON)
    restore_backup(tmp_path / "b.zip", other, NOON)
    assert set(list_blobs(other.folder)) == set(list_blobs(office.store.folder))
    restored = other.folder / "course" / "submitted" / HANA.id / "a1"
    assert (restored / "junk.db").read_bytes() == junk
    assert (restored / "data.db").read_bytes() == real
    assert check_store(other).is_sound


def test_a_damaged_gradebook_stops_no_backup(
    office: Office, tmp_path: Path, make_sqlite_store: Callable[[Path], Store]
) -> None:
    """It is kept as it is, with all else."""
    gradebook = office.store.folder / "course" / "gradebook.db"
    gradebook.parent.mkdir()
    gradebook.write_bytes(b"SQLite format 3\0" + b"junk" * 50)
    backup_store(office.store, tmp_path / "b.zip", NOON)
    other = make_sqlite_store(tmp_path / "new")
    assert restore_backup(tmp_path / "b.zip", other, NOON).files == 1
    assert (other.folder / "course" / "gradebook.db").read_bytes() == gradebook.read_bytes()


def test_what_was_used_up_or_ended_stays_so(office: Office, tmp_path: Path) -> None:
    """A backup knows nothing of today: no invitation, token or recovery code of it opens anything."""
    with office.store.write() as db:
        for number in ("open", "used"):
            until = NOON + 9 * DAY
            add_invitation(
                db, Invitation(number, HANA.id if number == "open" else DURI.id, "h", until), NOON, "x"
            )
        assert use_invitation(db, "used", NOON)
        token, _ = create_token(db, HANA.id, "PC", NOON, 9 * DAY)
        replace_recovery_codes(db, TEACHER.id, ["h"])
        open_session(db, HANA, NOON, SessionLimits(9e9, 9e9))
        accept = people.update().where(people.c.id == TEACHER.id)
        secret = open_cipher(office.store.folder).encrypt(b"JBSWY3DP")
        db.execute(accept.values(totp_secret=secret, totp_step=1))
    backup_store(office.store, tmp_path / "b.zip", NOON)
    with office.store.write() as db:
        assert use_invitation(db, "open", NOON)
        revoke_tokens(db, HANA.id, NOON)
        assert use_recovery_code(db, TEACHER.id, list_recovery_hashes(db, TEACHER.id)[0][0], NOON)
    restore_backup(tmp_path / "b.zip", office.store, NOON + DAY, force=True)
    with office.store.read() as db:
        assert find_invitation(db, "open", NOON + DAY) is None
        assert find_bearer(db, token, NOON + DAY) is None
        assert list_recovery_hashes(db, TEACHER.id) == []
        assert [row.id for row in db.execute(select(invitations))] == ["used"]
        assert db.execute(select(sessions)).all() == []
        teacher = find_account(db, TEACHER.id)
    assert teacher is not None
    assert teacher.has_second_factor, "nobody is locked out"
