"""What formgrader's Autograde button does here; named in its settings and loaded by nbgrader, nothing else.

Knows nbgrader's converter and where `medai grade` keeps its records. Must not know the sandbox: it asks
Jupyter whether every kernel would be started in it. nbgrader runs the tests inside the learner's own kernel,
where their result can be forged; so the button works for submissions that `medai grade` has not graded,
its marks say what they are, and what such a kernel shows is made harmless like everything else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbconvert.exporters import NotebookExporter
from nbformat import from_dict

from grader.authoring.checksum import is_grade, is_solution
from grader.errors import EnvironmentProblem, UsageError
from grader.grading.autograded import fence_text
from grader.grading.formgrade import PROVISIONER
from grader.grading.layout import CourseDirectory, only_writer
from grader.grading.outputs import clean_outputs

NOTE = (
    "[채점자에게] nbgrader의 자동 채점 결과입니다. 채점 셀이 교육생의 코드와 같은 프로세스에서 실행되어, "
    "작정하면 결과를 꾸밀 수 있습니다. 성적으로 쓰기 전에 medai grade로 채점하십시오.\n"
    "[For the grader] This is a result of nbgrader's autograding. The test ran in the same process as the "
    "trainee's code, where its result can be forged. Run `medai grade` before it counts.\n"
)


class SandboxedExporter(NotebookExporter):
    """Stands in for nbgrader's exporter: it is made first, so nothing has been touched when it refuses."""

    def __init__(self, **settings: Any) -> None:
        converter = settings["parent"]
        require_sandboxed_kernels(converter)
        course = CourseDirectory(Path(converter.coursedir.root))
        with only_writer(course):
            for submission in map(Path, converter.assignments):
                _require_ordinary(submission)
                _require_ungraded(course, submission)
        super().__init__(**settings)  # type: ignore[no-untyped-call]

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return what nbgrader made of a notebook with nothing in it that a browser would run."""
        made, resources = super()._preprocess(nb, resources)  # type: ignore[no-untyped-call]
        for cell in made.cells:
            if cell.cell_type == "raw":
                cell.update(cell_type="markdown", source=fence_text(cell.source))
            elif cell.cell_type == "code":
                outputs = clean_outputs(cell.outputs, frozenset())
                if is_grade(cell) and not is_solution(cell):
                    outputs.append({"output_type": "stream", "name": "stderr", "text": NOTE})
                cell.outputs = [from_dict(output) for output in outputs]  # type: ignore[no-untyped-call]
        return made, resources


def require_sandboxed_kernels(asker: Any) -> None:
    """Raise EnvironmentProblem unless every kernel that can be chosen here starts in the sandbox."""
    factory = KernelProvisionerFactory.instance(parent=asker)
    used = {
        PROVISIONER if PROVISIONER in factory.provisioners else "nothing",
        factory.default_provisioner_name,
    }
    for spec in KernelSpecManager(parent=asker).get_all_specs().values():
        chosen = spec["spec"].get("metadata", {}).get("kernel_provisioner", {})
        used.add(chosen.get("provisioner_name", PROVISIONER))
    if used != {PROVISIONER}:
        raise EnvironmentProblem(
            f"a notebook could be run outside the sandbox here: by {', '.join(sorted(used - {PROVISIONER}))}",
            "start formgrader with `medai formgrade`, and take kernels with a provisioner of their own away",
        )


def _require_ordinary(submission: Path) -> None:
    """nbgrader copies what links lead to: the gradebook or another person's work, for instance."""
    for path in submission.rglob("*"):
        if not (path.is_dir() or path.is_file()) or path.is_symlink():
            raise UsageError(
                f"the submission holds a link or device: {path.relative_to(submission)}",
                "take it away; work collected with `medai collect` has none · 링크를 지운 뒤 다시 누르십시오",
            )


def _require_ungraded(course: CourseDirectory, submission: Path) -> None:
    if course.record(submission.name, submission.parent.name).is_file():
        raise UsageError(
            "medai grade has graded this submission; the button would put marks that can be forged in the "
            "place of marks that cannot",
            f"use `medai grade {submission.name} --student '{submission.parent.name}' --force` instead · "
            "이 제출물은 medai grade로 채점했습니다. 다시 채점하려면 medai grade를 쓰십시오",
        )
