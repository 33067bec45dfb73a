"""Runs practice sheets behind walls, once per language and content.

Knows the sandbox, the cache under build/cache/practice and the lab package; must not know MkDocs or
HTML.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from grader.model.content import Course
from grader.model.work import GradingJob, Outcome
from grader.site.downloads import practice_files, zip_files
from grader.site.kept import keep
from grader.site.practice_page import practice_job
from grader.site.render import Practised
from grader.text import Language

RunJob = Callable[[GradingJob], Outcome]


def read_lab(lab: Path) -> dict[str, bytes]:
    """Return every file that a notebook can import, by path below `lab`."""
    return {
        path.relative_to(lab).as_posix(): path.read_bytes()
        for path in sorted(lab.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def lab_digest(lab: Mapping[str, bytes]) -> str:
    """Return a digest of every file that a notebook can import."""
    digest = hashlib.sha256()
    for name in sorted(lab):
        digest.update(f"{name}\0{len(lab[name])}\0".encode())
        digest.update(lab[name])
    return digest.hexdigest()


def run_practice(
    course: Course, languages: Iterable[Language], lab: Mapping[str, bytes], cache: Path, run: RunJob
) -> dict[Language, dict[str, Practised]]:
    """Return every practice sheet executed in every language; runs only what the cache lacks."""
    from tqdm import tqdm

    from grader.authoring.notebook import notebook_bytes
    from grader.authoring.practice import practice_notebook

    key = lab_digest(lab)
    wanted = [
        (language, module_id, content, content.practice)
        for language in languages
        for module_id, content in course.modules.items()
        if content.practice is not None
    ]
    done: dict[Language, dict[str, Practised]] = {language: {} for language in languages}
    for language, module_id, content, sheet in tqdm(
        wanted, desc="practice", unit="sheet", disable=not sys.stderr.isatty(), delay=2
    ):
        outcome = _cached(practice_job(content, sheet, language), key, cache, run)
        notebook = notebook_bytes(practice_notebook(sheet, language))
        package = zip_files(practice_files(module_id, notebook, lab, language))
        done[language][module_id] = Practised(package, outcome)
    return done


def _cached(job: GradingJob, lab_key: str, cache: Path, run: RunJob) -> Outcome:
    text = keep(cache, f"{job.digest} {lab_key}", lambda: run(job).model_dump_json().encode(), _is_outcome)
    return Outcome.model_validate_json(text)


def _is_outcome(text: bytes) -> bool:
    try:
        Outcome.model_validate_json(text)
    except ValidationError:
        return False
    return True
