"""The versions of an assignment: what exactly was released, and when.

Knows where versions lie; must not know submissions or scores. Every release that differs from the one
before is kept whole, so that later it can be seen with which tests a score came about.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.authoring.notebook import notebook_bytes
from grader.grading.layout import CourseDirectory, next_number, read_json, replace_folder
from grader.model.assignment import Assignment


@dataclass(frozen=True)
class Version:
    """One version of an assignment as it was released."""

    number: int
    revision: int
    """The author's own count, from `assignment.yml`."""
    at: str
    """When it was released; ISO 8601, UTC."""
    digest: str
    """Of the instructor's notebook, its release and the texts."""
    folder: Path
    """Holds `source.ipynb`, `release.ipynb` and `assignment.json`."""

    @property
    def source(self) -> dict[str, Any]:
        """The instructor's notebook."""
        return read_json(self.folder / "source.ipynb") or {}

    @property
    def release(self) -> dict[str, Any]:
        """The Korean release."""
        return read_json(self.folder / "release.ipynb") or {}

    @property
    def assignment(self) -> Assignment:
        """The texts and the rule for passing."""
        return Assignment.model_validate_json((self.folder / "assignment.json").read_bytes())

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {"number": self.number, "revision": self.revision, "at": self.at, "digest": self.digest}


def read_versions(course: CourseDirectory, assignment: str) -> tuple[Version, ...]:
    """Return all versions, oldest first; what is broken is left out."""
    folder = course.versions(assignment)
    found = []
    for number in range(1, next_number(folder)):
        value = read_json(folder / str(number) / "version.json")
        if value is not None and (folder / str(number) / "source.ipynb").is_file():
            kept = {name: value[name] for name in ("revision", "at", "digest")}
            found.append(Version(number=number, folder=folder / str(number), **kept))
    return tuple(found)


def version_digest(source: dict[str, Any], release: dict[str, Any], assignment: Assignment) -> str:
    """Return the digest by which versions are told apart."""
    parts = notebook_bytes(source), notebook_bytes(release), assignment.model_dump_json().encode()
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def keep_version(
    course: CourseDirectory, assignment: Assignment, source: dict[str, Any], release: dict[str, Any]
) -> Version:
    """Keep a release as a new version unless it equals the last one; return the version it is."""
    versions = read_versions(course, assignment.id)
    digest = version_digest(source, release, assignment)
    if versions and versions[-1].digest == digest:
        return versions[-1]
    folder = course.versions(assignment.id)
    number = next_number(folder)
    version = Version(
        number, assignment.revision, datetime.now(UTC).isoformat(), digest, folder / str(number)
    )
    files = {
        "source.ipynb": notebook_bytes(source),
        "release.ipynb": notebook_bytes(release),
        "assignment.json": assignment.model_dump_json(indent=1).encode(),
        "version.json": (json.dumps(version.as_dict(), indent=1) + "\n").encode(),
    }
    replace_folder(version.folder, files, course.versions(assignment.id) / "aside")
    return version
