"""What trainees download to work on: the notebook, or the notebook with everything it needs.

Knows where a release's files lie; must not know people. The same for the pages and for the API.
"""

from __future__ import annotations

from pathlib import Path

from grader.archives.limits import ArchiveLimits
from grader.archives.unpack import unpack_all
from grader.portal.context import Portal
from grader.receipts.receipt import KEYS_NAME
from grader.site.downloads import in_folder, zip_files
from grader.store.blobs import read_blob
from grader.store.keys import list_keys
from grader.store.releases import Release
from grader.text import Language


def pack_handout(portal: Portal, release: Release, language: Language) -> bytes:
    """Return a release as a zip file with one folder in it, and what checks receipts that are saved there.

    The same bytes each time, until the portal signs with another key.
    """
    with portal.store.read() as db:
        keys = list_keys(db).to_json().encode()
    files = {**read_handout(portal, release, language), KEYS_NAME: keys}
    return zip_files(in_folder(release.assignment, files))


def read_handout(portal: Portal, release: Release, language: Language) -> dict[str, bytes]:
    """Return a release's files by path. One that came through nbgrader's exchange is in one language."""
    if release.files_digest:
        content = read_blob(portal.store.folder, release.files_digest)
        return unpack_all(content, ArchiveLimits())
    folder = portal.settings.handout_dir / language / release.assignment
    return _read_folder(folder)


def read_notebook(portal: Portal, release: Release, language: Language) -> bytes | None:
    """Return the notebook of a release alone, None if the release has no single one."""
    wanted = f"{release.assignment}.ipynb"
    if not release.files_digest:
        path = portal.settings.handout_dir / language / release.assignment / wanted
        return path.read_bytes() if path.is_file() else None
    return read_handout(portal, release, language).get(wanted)


def _read_folder(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
