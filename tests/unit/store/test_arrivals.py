"""What a start makes of leftovers while people hand in."""

from __future__ import annotations

from pathlib import Path

from office import NOON, Office

from grader.store.arrivals import explain_leftovers
from grader.store.blobs import incoming_folder


def test_an_upload_that_is_recorded_meanwhile_is_no_fault(office: Office) -> None:
    """It was listed and is gone when it is looked at, as this link to nothing is."""
    folder = incoming_folder(office.store.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gone.json").symlink_to(Path("nothing"))
    assert explain_leftovers(office.store, NOON) == 0
