"""Everything that the portal keeps about one person, as a zip file for that person.

Knows how the file is laid out; must not know tables. Blobs are read one by one, so a big export does not
take much memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from grader.lms.outgoing import write_archive
from grader.model.people import Person
from grader.portal.attachments import compose
from grader.portal.context import Portal
from grader.store.blobs import DamagedBlob, read_blob
from grader.store.personal_data import PersonalData, collect_personal_data

_READ_ME = """이 압축 파일에는 교육 포털이 나에 대해 보관하는 모든 것이 들어 있습니다.

profile.json      내 정보
*.json            제출, 받지 않은 제출, 공개된 결과와 점수, 재채점 요청, 초대, 로그인, 연결 키, 기록
receipts/         접수증 (medai receipt verify 로 확인할 수 있습니다)
submissions/      제출한 파일 (과제/몇 번째 제출인지/파일)
refused/          받지 않은 파일
feedback/         공개된 피드백
missing.txt       보존 기간이 지나 지운 파일의 목록 (있을 때만)

This file holds everything that the course portal keeps about me: my profile, hand-ins, refusals, released
results and marks, regrade requests, invitations, sign-ins, keys and records as JSON; receipts, which
`medai receipt verify` checks; and the files themselves.
"""


def open_own_data(portal: Portal, person: Person) -> IO[bytes]:
    """Return a person's data as an open zip file without a name: nothing of it outlives the caller."""
    with portal.store.read() as db:
        data = collect_personal_data(db, person.id)
    with compose(portal.settings.data) as file:
        write_archive(file, _name_files(portal, person, data))
    return file


def _name_files(portal: Portal, person: Person, data: PersonalData) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", _READ_ME.encode()
    yield "profile.json", _json(data.profile)
    for name, rows in data.tables.items():
        yield f"{name}.json", _json(rows)
    for number, text in data.receipts.items():
        yield f"receipts/{number}.json", text.encode()
    missing = []
    for name, digest in data.files.items():
        try:
            yield _safe_name(name), read_blob(portal.store.folder, digest)
        except DamagedBlob:
            missing.append(f"{name} {digest}")
    for name, content in _feedback_pages(portal.settings.course_dir / "feedback" / person.id, data.released):
        yield _safe_name(name), content
    if missing:
        yield "missing.txt", ("\n".join(missing) + "\n").encode()


def _feedback_pages(folder: Path, released: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for assignment in released:
        for path in sorted((folder / assignment).glob("*.html")):
            if path.is_file() and not path.is_symlink():
                yield f"feedback/{assignment}/{path.name}", path.read_bytes()


def _safe_name(name: str) -> str:
    """Return a path that no unpacking program can be led astray by."""
    parts = [part for part in PurePosixPath(name.replace("\\", "_")).parts if part not in {"/", "..", "."}]
    return "/".join(parts) or "file"


def _json(value: object) -> bytes:
    def write_moment(moment: Any) -> str:
        return moment.isoformat() if isinstance(moment, datetime) else str(moment)

    return json.dumps(value, ensure_ascii=False, indent=1, default=write_moment).encode()
