"""nbgrader's settings for people who use its own commands in this repository.

`medai` writes a full configuration next to each gradebook; this file only tells stock nbgrader where the
built course lies (`medai build` first).
"""

from pathlib import Path

from grader.authoring.marks import CODE_STUB

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (traitlets provides it)
c.CourseDirectory.root = str(Path(__file__).parent / "build" / "nbgrader")
c.CourseDirectory.course_id = "medical-ai-2026"
c.ClearSolutions.code_stub = {"python": CODE_STUB}  # what `medai build` shows in place of an answer
c.Exchange.timezone = "Asia/Seoul"
