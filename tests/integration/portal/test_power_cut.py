"""Power cuts between any two steps of a hand-in, on a model of a disk that keeps only what it must.

What was written is lost unless its file was synced; each name that was made, moved or removed since its
folder XX"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from office import Office, make_hand_in, open_office
from steps import Way, make_work, send, watch_steps

from grader.store import blobs, disk
from grader.store.blobs import hash_bytes
from grader.store.engine import Store


@dataclass
class Change:
    """A name made, moved or removed; `files` are what the name stands for."""

    kind: str
    path: Path
    file: int = 0
    source: Path | None = None


@dataclass
class World:
    """What a disk may hold after a power cut."""

    names: dict[Path, bytes]
    has_receipt: bool


@dataclass
class ModelDisk:
    """Records steps and tells every state that the real disk may be in if the power fails now."""

    root: Path
    kept: list[Change] = field(default_factory=list)
    pending: list[Change] = field(default_factory=list)
    files: dict[Path, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    has_receipt: bool = False
    worlds: list[World] = field(default_factory=list)

    def before(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Tell the worlds of this moment, then take note of the step that comes."""
        self.worlds += self.imagine()
        take = getattr(self, f"take_{name}", None)
        if take is not None:
            take(*arguments)

    def take_open(self, path: Any, flags: int = 0, *_: Any) -> None:
        path = Path(path)
        if flags & os.O_CREAT and path.is_relative_to(self.root):
            self.files[path] = len(self.contents) + 1
            self.contents[self.files[path]] = b""
            self.pending.append(Change("make", path, self.files[path]))

    def take_mkdir(self, path: Any, *_: Any) -> None:
        self.pending.append(Change("mkdir", Path(path)))

    def take_replace(self, source: Any, target: Any) -> None:
        source, target = Path(source), Path(target)
        file = self.files.pop(source)
        self.files[target] = file
        self.pending.append(Change("move", target, file, source))

    def take_unlink(self, path: Any, *_: Any) -> None:
        self.files.pop(Path(path), None)
        self.pending.append(Change("remove", Path(path)))

    def take_fsync(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            self.kept += [change for change in self.pending if change.path.parent == path]
            self.pending = [change for change in self.pending if change.path.parent != path]
        elif path in self.files:
            self.contents[self.files[path]] = path.read_bytes()

    def take_commit(self, *_: Any) -> None:
        self.has_receipt = True

    def imagine(self) -> Iterator[World]:
        """Yield every state that may be found after the power failed now."""
        subsets = chain.from_iterable(
            combinations(self.pending, size) for size in range(len(self.pending) + 1)
        )
        for survived in subsets:
            yield World(self._apply([*self.kept, *survived]), self.has_receipt)

    def _apply(self, changes: list[Change]) -> dict[Path, bytes]:
        folders, names = {self.root}, {}
        for change in sorted(changes, key=lambda change: change.kind != "mkdir"):
            if change.path.parent not in folders:
                continue  # its folder's own name was lost
            if change.kind == "mkdir":
                folders.add(change.path)
            elif change.kind == "remove":
                names.pop(change.path, None)
            else:
                names.pop(change.source, None)
                names[change.path] = change.file
        return {path: self.contents[file] for path, file in names.items()}


def find_broken_promises(office: Office, way: Way = Way.WHOLE) -> set[str]:
    """Send work, with the power failing before each step and after the last; return what would be broken."""
    model = ModelDisk(office.store.folder)
    with watch_steps(model.before):
        send(office, way)
    model.worlds += model.imagine()
    assert len(model.worlds) > 20
    assert {world.has_receipt for world in model.worlds} == {False, True}
    files = {hash_bytes(content) for _, content in make_work().files}
    arrived = {make_work().digest}
    wanted = {Way.WHOLE: files | arrived, Way.BARE: files, Way.REFUSED: arrived}[way]
    broken = set()
    for world in model.worlds:
        there = {path.name: content for path, content in world.names.items() if len(path.name) == 64}
        if any(hash_bytes(content) != name for name, content in there.items()):
            broken.add("a blob is not what its name says")
        if world.has_receipt and set(there) != wanted:
            broken.add("a receipt without bytes")
        notes = [content for path, content in world.names.items() if path.name.endswith(".json")]
        if there and not world.has_receipt and not any(b'"kept"' in note for note in notes):
            broken.add("bytes without an explanation")
    return broken


@pytest.mark.parametrize("way", Way)
def test_no_promise_is_broken(sqlite_store: Store, way: Way) -> None:
    """Wherever the power fails, in whatever order the disk wrote names."""
    assert find_broken_promises(open_office(sqlite_store), way) == set()


def test_a_folder_that_is_there_already(sqlite_store: Store) -> None:
    """The second hand-in finds folders made, and one blob kept: nothing relies on that."""
    office = open_office(sqlite_store)
    office.hand_in(make_hand_in(2, b"the notebook"))
    model = ModelDisk(office.store.folder)
    folders = [path for path in office.store.folder.rglob("*") if path.is_dir()]
    model.kept = [Change("mkdir", path) for path in folders]
    with watch_steps(model.before):
        office.hand_in(make_work())
    for world in model.worlds:
        if world.has_receipt:
            assert {path.name for path in world.names if len(path.name) == 64} >= {make_work().digest}


def sync_nothing(_path: Path) -> None:
    """Stand in for `sync_folder`."""


def write_unsynced(path: Path, content: bytes) -> None:
    """Stand in for `write_new`."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


@pytest.mark.parametrize(
    ("place", "name", "instead", "expected"),
    [
        (blobs, "sync_folder", sync_nothing, "a receipt without bytes"),
        (disk, "sync_folder", sync_nothing, "bytes without an explanation"),
        (blobs, "write_new", write_unsynced, "a blob is not what its name says"),
        (disk, "write_new", write_unsynced, "bytes without an explanation"),
    ],
)
def test_the_model_notices_a_missing_sync(
    sqlite_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    place: ModuleType,
    name: str,
    instead: Callable[..., None],
    expected: str,
) -> None:
    """A test that cannot fail proves nothing: without one of the syncs, promises are broken."""
    office = open_office(sqlite_store)
    monkeypatch.setattr(place, name, instead)
    assert expected in find_broken_promises(office)
