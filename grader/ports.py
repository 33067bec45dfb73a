"""Shapes of what one room lends another: functions that `wire` passes in.

Knows nouns only; rooms that must not know each other meet through these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from grader.model.work import GradingJob, Outcome

RunJobs = Callable[[Iterable[GradingJob]], Iterator[Outcome]]
"""Runs jobs behind walls and yields outcomes as they finish, in any order; `job_digest` tells which.

`grading` calls it once per assignment; the sandbox provides it.
"""

OnDone = Callable[[str, str], None]
"""Called with a trainee's id and a status word after each submission: moves a progress bar."""
