"""nbgrader's formgrader as `medai formgrade` starts it, for tests that talk to it."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.grading.formgrade import formgrade_command

TOKEN = "only-for-this-test"


class Formgrader:
    """A running server."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str, method: str = "GET", data: bytes | None = None) -> str:
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.address + path, headers=headers, method=method, data=data)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return str(reply.read().decode())

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def notebook(self, trainee: str) -> str:
        """Return formgrader's id of a trainee's notebook."""
        found = self.json("/formgrader/api/submitted_notebooks/sample/sample")
        return next(str(one["id"]) for one in found if one["student"] == trainee)


def wait_for_address(process: subprocess.Popen[str]) -> str:
    """Return the server's address once it answers; it prints the address a little before that."""
    said = []
    for line in process.stderr or ():
        said.append(line)
        match = re.search(r"http://(127\.0\.0\.1):(\d+)/", line)
        while match and process.poll() is None:
            try:
                socket.create_connection((match.group(1), int(match.group(2)))).close()
            except ConnectionRefusedError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
            else:
                return match.group().rstrip("/")
    pytest.fail("the server did not start:\n" + "".join(said))


@contextlib.contextmanager
def serve_formgrader(root: Path) -> Iterator[Formgrader]:
    """Run formgrader as `medai formgrade` starts it."""
    command = formgrade_command(root, port=0, token=TOKEN)
    process = subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=command.env,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    try:
        yield Formgrader(wait_for_address(process))
    finally:
        process.terminate()
        process.communicate(timeout=60)
