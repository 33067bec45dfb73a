"""Practice sheets run once per language and content."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.model.content import Course
from grader.model.work import GradingJob, Outcome
from grader.site.practice import lab_digest, read_lab, run_practice
from grader.text import Language


class Runner:
    """Counts runs instead of running."""

    def __init__(self) -> None:
        self.jobs: list[GradingJob] = []

    def __call__(self, job: GradingJob) -> Outcome:
        self.jobs.append(job)
        return Outcome(job_digest=job.digest, cells=())


@pytest.fixture
def lab(tmp_path: Path, sample_root: Path) -> Path:
    folder = tmp_path / "lab"
    shutil.copytree(sample_root / "course" / "medai_lab", folder / "medai_lab")
    return folder


def test_second_build_runs_nothing(course: Course, lab: Path, tmp_path: Path) -> None:
    """The same sheet, language and lab package come from the cache."""
    runner, cache = Runner(), tmp_path / "cache"
    first = run_practice(course, Language, read_lab(lab), cache, runner)
    assert [job.language for job in runner.jobs] == list(Language)
    assert run_practice(course, Language, read_lab(lab), cache, runner) == first
    assert len(runner.jobs) == 2


def test_changed_lab_runs_again(course: Course, lab: Path, tmp_path: Path) -> None:
    """What notebooks import is part of the key; compiled files are not."""
    runner, cache, before = Runner(), tmp_path / "cache", lab_digest(read_lab(lab))
    run_practice(course, Language, read_lab(lab), cache, runner)
    (lab / "medai_lab" / "__pycache__").mkdir(exist_ok=True)
    (lab / "medai_lab" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert lab_digest(read_lab(lab)) == before
    (lab / "medai_lab" / "new.py").write_text("x = 1\n", encoding="utf-8")
    run_practice(course, Language, read_lab(lab), cache, runner)
    assert len(runner.jobs) == 4


def test_broken_cache_entry_is_run_again(course: Course, lab: Path, tmp_path: Path) -> None:
    """A file cut short by a power failure costs a run, not the build."""
    runner, cache = Runner(), tmp_path / "cache"
    run_practice(course, [Language.KO], read_lab(lab), cache, runner)
    for path in cache.iterdir():
        path.write_text(path.read_text(encoding="utf-8")[:10], encoding="utf-8")
    run_practice(course, [Language.KO], read_lab(lab), cache, runner)
    assert len(runner.jobs) == 2
    assert len(list(cache.iterdir())) == 1
