"""How many hand-ins the portal takes: 200 trainees at once, and a deadline's rush of 2,000 in a minute.

    python benchmarks/portal_hand_ins.py [--trainees 200] [--each 10] [--rush 2000] [--seconds 60]
                                         [--form] [--record build/portal.json]

`medai serve` runs in a process of its own, with the limits it always has; every trainee has a connection and
sends a notebook of the course over loopback, from one of nine addresses: with a token, as programs do, or
with `--form` as browsers send the page's form. A hand-in counts from the first byte sent to the receipt, or
to being led to its page: bytes and row are on disk by then, in PostgreSQL too. The client shares the
machine's cores with the server.

After the rush every receipt is checked with the keys that the portal publishes, the chain is followed from
its first receipt, and every blob is read again. Exits with 1 when a hand-in of the rush is lost or refused.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from grader.authoring.build import build_release
from grader.authoring.notebook import is_solution, notebook_bytes
from grader.model.people import Access, Person
from grader.receipts.verify import matches_files, verify_chain
from grader.store.blobs import is_intact
from grader.store.engine import Store, open_store
from grader.store.keys import list_keys
from grader.store.people import add_people
from grader.store.prepare import prepare_store
from grader.store.releases import ReleaseRules, release_assignment
from grader.store.schema import receipts
from grader.store.sessions import SessionLimits, open_session
from grader.store.tokens import create_token
from grader.text import Language
from grader.wire import open_course

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from postgres_server import DURABLE, run_postgres  # noqa: E402  (beside the tests)

ASSIGNMENT = "e3-judgements"
NUMBER = b"hand-in-000000"
BOUNDARY = "end-of-a-part"
SITES = ("seoul", "daegu", "busan", "gwangju", "jeju", "daejeon", "ulsan", "suwon", "incheon")
SEED = 20261122


@dataclass(frozen=True)
class Entry:
    """How somebody is let in: with a token, or with a session and its secret."""

    token: str
    cookie: str
    csrf: str


@dataclass(frozen=True)
class Kept:
    """A hand-in that got a receipt."""

    uuid: str
    digest: str
    receipt: str
    """As it was sent back; a form is led to a page instead."""


@dataclass
class Sent:
    """What came of the hand-ins of one phase."""

    seconds: list[float] = field(default_factory=list)
    """Until the receipt, one for each that got one."""
    receipts: list[Kept] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    took_s: float = 0.0

    def count(self) -> dict[str, float]:
        """Return the figures; times in ms."""
        cuts = statistics.quantiles(self.seconds, n=100, method="inclusive")
        return {
            "receipts": len(self.seconds),
            "per_s": len(self.seconds) / self.took_s,
            "p50_ms": cuts[49] * 1000,
            "p99_ms": cuts[98] * 1000,
            "worst_ms": max(self.seconds) * 1000,
            "refused": len(self.refused),
        }

    def describe(self) -> str:
        """Return the figures as one line."""
        return (
            "{receipts:6,} receipts  {per_s:6.1f} per second  p50 {p50_ms:6.0f} ms  p99 {p99_ms:6.0f} ms"
            "  worst {worst_ms:6.0f} ms  refused {refused}"
        ).format(**self.count())


class Trainee:
    """One trainee's program or browser: a connection that stays open."""

    def __init__(self, entry: Entry, address: str, source: str, by_form: bool) -> None:
        parts = urlsplit(address)
        self._place, self._source = (str(parts.hostname), int(parts.port or 80)), source
        self._host, self._entry = parts.netloc, entry
        self._write = self._write_form if by_form else self._write_call
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def hand_in(self, content: bytes, sent: Sent) -> None:
        """Send one file and note what came back."""
        digest, number = hashlib.sha256(content).digest(), str(uuid.uuid4())
        request = self._write(number, content, digest)
        began = time.perf_counter()
        status, body = await self._exchange(request)
        if status in {201, 303}:
            sent.seconds.append(time.perf_counter() - began)
            receipt = json.loads(body)["receipt"] if status == 201 else ""
            sent.receipts.append(Kept(number, digest.hex(), receipt))
        else:
            sent.refused.append(f"{status} {body[:200]!r}")

    def _write_call(self, number: str, content: bytes, digest: bytes) -> bytes:
        head = (
            f"PUT /api/v1/submissions/{number}?assignment={ASSIGNMENT} HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Authorization: Bearer {self._entry.token}\r\nX-File-Name: {ASSIGNMENT}.ipynb\r\n"
            f"Content-Digest: sha-256=:{base64.b64encode(digest).decode()}:\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def _write_form(self, number: str, content: bytes, _digest: bytes) -> bytes:
        fields = {"csrf": self._entry.csrf, "uuid": number, "client_at": ""}
        part = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
        text = "".join(f'{part}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        text += f'{part}"file"; filename="{ASSIGNMENT}.ipynb"\r\n\r\n'
        body = text.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        head = (
            f"POST /learn/{ASSIGNMENT}/hand-in HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Cookie: {self._entry.cookie}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def _exchange(self, message: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place, local_addr=(self._source, 0))
        reader, writer = self._streams
        writer.write(message)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        return int(head.split(" ", 2)[1]), await reader.readexactly(length)

    async def leave(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            await self._streams[1].wait_closed()


def main() -> int:
    """Measure both databases and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--trainees", type=int, default=200, help="at the same time")
    parser.add_argument("--each", type=int, default=10, help="hand-ins of each, one after another")
    parser.add_argument("--rush", type=int, default=2000, help="hand-ins, each of another trainee")
    parser.add_argument("--seconds", type=float, default=60, help="in which the rush comes")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="measure one database")
    parser.add_argument("--form", action="store_true", help="send the page's form, as browsers do")
    parser.add_argument("--record", type=Path, help="keep the figures for tools/portal_tables.py")
    options = parser.parse_args()
    notebook = make_notebook()
    print(
        f"{options.trainees} trainees at once, {options.each} hand-ins each of {len(notebook):,} bytes"
        f"{', by the form' if options.form else ''}"
    )
    lost = 0
    if options.only != "postgresql":
        lost += measure("SQLite", None, notebook, options)
    if options.only != "sqlite":
        with run_postgres(DURABLE) as server:
            lost += measure("PostgreSQL", server.url(server.make_database()), notebook, options)
    return 1 if lost else 0


def make_notebook() -> bytes:
    """Return a notebook as it is handed in, with a number that can be changed in place."""
    _, course = open_course(ROOT)
    content = course.assignments[ASSIGNMENT]
    release = build_release(content.sheet, content.assignment, Language.KO)
    answer = next(cell for cell in release["cells"] if is_solution(cell))
    answer["source"] += f"\n# {NUMBER.decode()}"
    return notebook_bytes(release)


def measure(name: str, database: str | None, notebook: bytes, options: argparse.Namespace) -> int:
    """Measure one database; return how many hand-ins of the rush were lost."""
    with tempfile.TemporaryDirectory(prefix="hand-ins-") as folder:
        data = Path(folder)
        entries = seed(data, database, max(options.trainees, options.rush), notebook)
        with serve(data, database) as address:
            some = meet(address, entries[: options.trainees], options.form)
            steady = asyncio.run(send_steadily(some, notebook, options.each))
            print(f"  {name:<10}  at once  {steady.describe()}", flush=True)
            everybody = meet(address, entries[: options.rush], options.form)
            rush = asyncio.run(send_in_rush(everybody, notebook, options.seconds))
            print(f"  {name:<10}  rush     {rush.describe()}", flush=True)
        store = open_store(data, database)
        faults = find_faults(store, steady.receipts + rush.receipts)
        store.close()
    print(f"  {name:<10}  checked  {len(steady.receipts + rush.receipts):,} receipts, {len(faults)} faults")
    for fault in [*steady.refused, *rush.refused, *faults][:10]:
        print(f"    {fault}")
    if options.record:
        way = "hand-ins-by-form" if options.form else "hand-ins"
        keep_record(options.record, way, name.lower(), steady, rush, len(faults))
    return options.rush - len(rush.receipts) + len(faults)


def keep_record(path: Path, way: str, database: str, steady: Sent, rush: Sent, faults: int) -> None:
    """Put the figures of one database into a record, beside those of other runs."""
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    figures = {"steady": steady.count(), "rush": rush.count(), "faults": faults}
    record.setdefault(way, {})[database] = figures
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def seed(data: Path, database: str | None, people: int, notebook: bytes) -> list[Entry]:
    """Make a portal's data with one release and so many trainees; return how they come in."""
    now = datetime.now(UTC)
    graded = (cell["metadata"].get("nbgrader", {}) for cell in json.loads(notebook)["cells"])
    grade_ids = [found["grade_id"] for found in graded if "grade_id" in found]
    given = {
        "name": "가상 교육생",
        "role": "clinician",
        "cohort": "essentials-2026",
        "access": Access.TRAINEE,
    }
    trainees = [
        Person.model_validate({"id": f"t-{number:05}", "site": SITES[number % len(SITES)], **given})
        for number in range(people)
    ]
    store = open_store(data, database)
    prepare_store(store, now)
    with store.write() as db:
        add_people(db, trainees, now)
        rules = ReleaseRules(opens_at=now - timedelta(days=1), due_at=now + timedelta(days=1))
        release_assignment(db, ASSIGNMENT, 1, rules, {ASSIGNMENT: grade_ids}, by="operator-1", now=now)
        entries = [let_in(db, one, now) for one in trainees]
    store.close()
    return entries


def let_in(db: Connection, person: Person, now: datetime) -> Entry:
    """Give somebody a token and a session."""
    token, _ = create_token(db, person.id, "bench", now, timedelta(days=1))
    cookie, session = open_session(db, person, now, SessionLimits(3600, 3600), second_factor=False)
    return Entry(token, f"medai={cookie}", session.csrf)


@contextlib.contextmanager
def serve(data: Path, database: str | None) -> Iterator[str]:
    """Run `medai serve` and give its address."""
    command = [str(Path(sys.executable).with_name("medai")), "serve", "--no-build", "--port", "0"]
    command += ["--data", str(data), *(["--database-url", database] if database else [])]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield next(line.split()[0].rstrip("/") for line in server.stderr if line.startswith("http://"))
        finally:
            server.terminate()


async def send_steadily(trainees: Sequence[Trainee], notebook: bytes, each: int) -> Sent:
    """Let all trainees send one after another, as fast as receipts come back."""
    sent = Sent()

    async def work(number: int) -> None:
        for attempt in range(each):
            await trainees[number].hand_in(number_notebook(notebook, number * each + attempt), sent)

    began = time.perf_counter()
    await asyncio.gather(*map(work, range(len(trainees))))
    sent.took_s = time.perf_counter() - began
    await asyncio.gather(*(trainee.leave() for trainee in trainees))
    return sent


async def send_in_rush(trainees: Sequence[Trainee], notebook: bytes, seconds: float) -> Sent:
    """Let each trainee send once, at any moment of so many seconds, whether or not others have an answer."""
    sent = Sent()
    rng = random.Random(SEED)
    began = time.perf_counter()

    async def work(number: int, at_s: float) -> None:
        await asyncio.sleep(at_s - (time.perf_counter() - began))
        await trainees[number].hand_in(number_notebook(notebook, 500_000 + number), sent)
        await trainees[number].leave()

    await asyncio.gather(*(work(number, rng.uniform(0, seconds)) for number in range(len(trainees))))
    sent.took_s = time.perf_counter() - began
    return sent


def meet(address: str, entries: Sequence[Entry], by_form: bool) -> list[Trainee]:
    """Return the programs of these trainees, who sit behind the addresses of nine sites."""
    return [
        Trainee(entry, address, f"127.0.1.{1 + number % len(SITES)}", by_form)
        for number, entry in enumerate(entries)
    ]


def number_notebook(notebook: bytes, number: int) -> bytes:
    """Return the notebook with another number: other bytes, the same size."""
    return notebook.replace(NUMBER, b"hand-in-%06d" % number)


def find_faults(store: Store, sent: Sequence[Kept]) -> list[str]:
    """Check every receipt that was sent back, the whole chain, and the bytes behind each."""
    with store.read() as db:
        keys = list_keys(db)
        chain = list(db.execute(select(receipts.c.text).order_by(receipts.c.number)).scalars())
    signed, findings = verify_chain(chain, keys)
    known = {one.receipt.submission: one for one in signed}
    faults = [str(finding) for finding in findings if not finding.trouble.is_remark]
    for one in sent:
        found = known.get(one.uuid)
        if found is None or one.receipt not in {"", found.text}:
            faults.append(f"the receipt of {one.uuid} is not in the chain")
            continue
        receipt = found.receipt
        if matches_files(receipt, {"sent": one.digest}) or receipt.upload.sha256 != one.digest:
            faults.append(f"receipt {receipt.number} is not about what was sent")
        elif not all(is_intact(store.folder, file.sha256) for file in receipt.files):
            faults.append(f"bytes of receipt {receipt.number} are not there")
    return faults


if __name__ == "__main__":
    sys.exit(main())
