"""`medai serve` and `medai portal` as an operator runs them: what is refused, and one whole life."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from office import make_hand_in, open_office
from postgres_server import PostgresServer

from grader.cli.people import people_command
from grader.cli.portal import portal_command
from grader.errors import EnvironmentProblem, ExitCode, UsageError
from grader.portal.context import Portal
from grader.portal.serve import Listening, check_safety, serve_portal
from grader.portal.settings import PortalSettings
from grader.store.engine import make_engine, open_store
from grader.wire import Workspace

ROOT = Path(__file__).parents[3]
MEDAI = str(Path(sys.executable).with_name("medai"))
HTTPS = "https://learn.example.org"


def portal(*arguments: str) -> Result:
    """Run `medai portal` in this process; a GraderError is the result's exception."""
    return CliRunner().invoke(portal_command, arguments, standalone_mode=False)


def people(*arguments: str) -> Result:
    """Run `medai people` in this process."""
    return CliRunner().invoke(people_command, arguments, standalone_mode=False)


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve on a free port; yield the address and the process."""
    command = [MEDAI, "serve", "--no-build", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = None
            told = []
            while found is None:
                told.append(process.stderr.readline())
                assert told[-1], "".join(told)
                found = re.search(r"(http://127\.0\.0\.1:\d+)/", told[-1])
            yield found[1], process
        finally:
            process.send_signal(signal.SIGINT)
            process.stderr.read()


def settings(
    tmp_path: Path, url: str = "http://127.0.0.1:8000", proxies: tuple[str, ...] = ()
) -> PortalSettings:
    """Settings with what safety depends on."""
    return PortalSettings(data=tmp_path, public_url=url, trusted_proxies=frozenset(proxies))


@pytest.mark.parametrize(
    ("listening", "url", "proxies"),
    [
        (Listening("0.0.0.0"), "http://learn.example.org", ()),
        (Listening("0.0.0.0"), HTTPS, ()),
        (Listening("learn.example.org"), HTTPS, ()),
        (Listening("::"), "http://[::]:8000", ()),
        (Listening("0.0.0.0", tls_cert=Path("c"), tls_key=Path("k")), "http://learn.example.org", ()),
        (Listening(), "http://learn.example.org", ("127.0.0.1",)),
        (Listening(tls_cert=Path("c")), HTTPS, ()),
        (Listening(), "learn.example.org", ()),
        (Listening(), "ftp://learn.example.org", ()),
        (Listening(), "https://", ()),
    ],
)
def test_what_would_send_passwords_in_the_clear_is_refused(
    tmp_path: Path, listening: Listening, url: str, proxies: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError) as refused:
        check_safety(listening, settings(tmp_path, url, proxies))
    assert (
        "--" in refused.value.hint
        or "write it like" in refused.value.hint
        or "both files" in refused.value.hint
    )


@pytest.mark.parametrize(
    ("listening", "url", "proxies"),
    [
        (Listening(), "http://127.0.0.1:8000", ()),
        (Listening("::1"), "http://[::1]:8000", ()),
        (Listening("localhost"), "http://localhost:8000", ()),
        (Listening("0.0.0.0", tls_cert=Path("c"), tls_key=Path("k")), HTTPS, ()),
        (Listening(), HTTPS, ("127.0.0.1",)),
        (Listening("10.0.0.5"), HTTPS, ("10.0.0.1",)),
    ],
)
def test_what_is_safe_is_served_without_a_word(
    tmp_path: Path, listening: Listening, url: str, proxies: tuple[str, ...]
) -> None:
    assert check_safety(listening, settings(tmp_path, url, proxies)) == ""


def test_a_closed_network_may_do_without_https_and_is_warned(tmp_path: Path) -> None:
    warning = check_safety(
        Listening("0.0.0.0", allow_http=True), settings(tmp_path, "http://learn.hospital.local")
    )
    assert "in the clear" in warning


def test_a_port_that_is_taken_and_a_key_that_is_none(tmp_path: Path, make_sqlite_store) -> None:
    store = make_sqlite_store(tmp_path / "data")
    opened = Portal(settings(tmp_path), Workspace(tmp_path), None, store)
    with pytest.raises(EnvironmentProblem, match="cannot be used"):
        serve_portal(opened, Listening("203.0.113.1", 1))
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("no key")
    with pytest.raises(EnvironmentProblem, match="certificate"):
        serve_portal(opened, Listening(port=0, tls_cert=tmp_path / "cert.pem", tls_key=tmp_path / "key.pem"))


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[tuple[str, ...]]]:
    """Options for two portals, each with a folder and a database of its own; neither is there yet."""
    made: list[tuple[str, ...]] = [("--data", str(tmp_path / name)) for name in ("data", "copy")]
    if request.param == "sqlite":
        yield made
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    databases = [postgres.make_database() for _ in made]
    yield [(*one, "--database-url", postgres.url(name)) for one, name in zip(made, databases, strict=True)]
    for name in databases:
        postgres.drop_database(name)


def test_from_first_start_to_restore(tmp_path: Path, places: list[tuple[str, ...]]) -> None:
    """An empty folder becomes a portal; backed up while it runs, it comes back elsewhere."""
    at, elsewhere = places
    backup = tmp_path / "night.zip"
    with serving(*at) as (address, process):
        with urllib.request.urlopen(f"{address}/readyz") as answer:
            assert json.load(answer)["ready"] is True
        with urllib.request.urlopen(f"{address}/metrics") as answer:
            assert b"medai_hand_ins_total 0.0" in answer.read()
        store = open_store(tmp_path / "data", at[3] if len(at) > 2 else None)
        assert open_office(store).hand_in(make_hand_in()).is_new
        store.close()
        done = portal("backup", str(backup), *at, "--json")
        assert json.loads(done.stdout)["with_keys"] is True
        assert "keep it as safe as the server" in done.stderr
        busy = portal("restore", str(backup), "--force", *at).exception
        assert isinstance(busy, EnvironmentProblem)
        assert "is running" in str(busy)
        second = [MEDAI, "serve", "--no-build", "--port", "0", *at]
        refused = subprocess.run(second, cwd=ROOT, capture_output=True, text=True, check=False)
        assert refused.returncode == ExitCode.ENVIRONMENT
        assert "is running" in refused.stderr
        link = people("add-operator", "hq-001", "--name", "가상", *at).stdout
        assert link.startswith(f"{address}/join/")  # as served, the free port included
    assert process.returncode == 0
    assert backup.stat().st_mode & 0o077 == 0
    assert isinstance(portal("backup", str(backup), *at).exception, UsageError)
    restored = portal("restore", str(backup), *elsewhere)
    assert restored.exit_code == 0, restored.output
    report = json.loads(portal("check", *elsewhere, "--json").stdout)
    assert (report["sound"], report["receipts"], report["findings"]) == (True, 1, [])
    rotated = portal("rotate-keys", "--receipts", *elsewhere)
    assert re.fullmatch(r"[0-9a-f]{16}\n", rotated.stdout)
    dry = portal("retention", "--dry-run", *elsewhere)
    assert "dry run" in dry.stderr
    assert "refusals\t0" in dry.stdout


@pytest.mark.parametrize("url", ["mysql://someone:secret@server/db", "postgres:5432", ""])
def test_a_database_that_no_portal_can_use_is_named_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        make_engine(url)
    assert "postgresql://" in refused.value.hint
    assert "secret" not in f"{refused.value}{refused.value.hint}"


def test_a_check_that_finds_something_ends_with_one(tmp_path: Path, make_sqlite_store) -> None:
    make_sqlite_store(tmp_path)
    assert portal("check", "--data", str(tmp_path)).return_value is ExitCode.FINE
    stray = tmp_path / "blobs" / "00" / ("0" * 64)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"not what its name says")
    done = portal("check", "--data", str(tmp_path))
    assert "damaged" in done.stdout
    assert done.return_value is ExitCode.PROBLEMS


def test_commands_on_a_portal_that_is_not_there(tmp_path: Path) -> None:
    done = portal("check", "--data", str(tmp_path / "nothing"))
    assert isinstance(done.exception, EnvironmentProblem)
    assert "--data" in done.exception.hint
    assert not (tmp_path / "nothing").exists()


def test_a_passphrase_seals_the_keys(tmp_path: Path, make_sqlite_store) -> None:
    make_sqlite_store(tmp_path / "data")
    empty, secret = tmp_path / "empty", tmp_path / "secret"
    empty.write_text("\n")
    secret.write_text("비밀 문장\n")
    sealed = str(tmp_path / "sealed.zip")
    at = ("--data", str(tmp_path / "data"))
    assert isinstance(
        portal("backup", sealed, "--passphrase-file", str(empty), *at).exception, EnvironmentProblem
    )
    done = portal("backup", sealed, "--passphrase-file", str(secret), *at)
    assert done.exit_code == 0
    assert "keep it as safe" not in done.stderr
    elsewhere = ("--data", str(tmp_path / "copy"))
    assert portal("restore", sealed, *elsewhere).exception is not None
    assert portal("restore", sealed, "--passphrase-file", str(secret), *elsewhere).exit_code == 0


def test_the_site_alone_needs_no_data(tmp_path: Path) -> None:
    for name in ("course/course.yml", "build/site/index.html"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("hello")
    with (
        serving("--site-only", "--root", str(tmp_path)) as (address, _),
        urllib.request.urlopen(f"{address}/index.html") as answer,
    ):
        assert answer.read() == b"hello"
    assert not (tmp_path / "portal-data").exists()
