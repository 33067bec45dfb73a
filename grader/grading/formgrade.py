"""Opening nbgrader's formgrader on a course directory.

Knows Jupyter Server's settings; must not know grades. Formgrader is for reading and for people's marks.
Every kernel that it starts, for its Autograde button too, starts in the sandbox; its generate and feedback
buttons, which print hidden tests, are switched off and say what to use instead.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.grading.layout import CourseDirectory, write_json, write_whole

GUARD = "grader.grading.formgrade_guard"
AUTOGRADE = "grader.grading.formgrade_autograde"
PROVISIONER = "medai-sandbox"
"""Name under which the sandbox offers its kernels to Jupyter, see pyproject.toml."""
_ONLY = {"nbgrader.server_extensions.formgrader": True}
_OFF = (
    *(
        "jupyterlab",
        "jupyterlab_jupytext",
        "jupyter_lsp",
        "jupyter_server_terminals",
        "notebook",
        "notebook_shim",
    ),
    *("nbgrader.server_extensions.validate_assignment", "nbgrader.server_extensions.assignment_list"),
    "nbgrader.server_extensions.course_list",
)
# Formgrader's own pages need inline scripts and templates that are compiled; nothing comes from outside.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'self'"
)
_MATHJAX = """{%- macro mathjax() -%}
<script>
// Formgrader does not start without MathJax, which it would fetch from the internet. Formulas show as text.
window.MathJax = {
  loaded: true,
  Hub: {
    Config: function () {},
    Queue: function () {},
    Startup: { signal: { Interest: function (tell) { setTimeout(function () { tell("End"); }, 0); } } }
  }
};
</script>
{%- endmacro %}
"""


@dataclass(frozen=True)
class FormgradeCommand:
    """How to start formgrader; the page is at `<address>/formgrader/gradebook`."""

    argv: tuple[str, ...]
    cwd: Path
    env: dict[str, str]
    """The whole environment of the process."""


def formgrade_config(course_dir: Path, time_zone: str = "Asia/Seoul") -> dict[str, Any]:
    """Return the traitlets settings with which formgrader opens a course directory safely."""
    refuse = {"exporter_class": f"{GUARD}.RefusingExporter"}
    return {
        "ServerApp": {
            "ip": "127.0.0.1",
            "open_browser": False,
            "root_dir": str(course_dir),
            "default_url": "/formgrader/gradebook",
            "jpserver_extensions": {**dict.fromkeys(_OFF, False), **_ONLY},
            "terminals_enabled": False,
            # A container often has no other user; the server listens to this machine alone.
            "allow_root": os.geteuid() == 0,
            "tornado_settings": {"headers": {"Content-Security-Policy": _POLICY}},
        },
        "CourseDirectory": {"root": str(course_dir)},
        "NbGraderAPI": {"timezone": time_zone},
        # Not used, but nbgrader complains at every page if it cannot write to one.
        "Exchange": {"root": str(course_dir / ".medai" / "formgrade" / "exchange")},
        "FormgradeExtension": {"debug": False},
        "HTMLExporter": {"filters": {"markdown2html": f"{GUARD}.render_cell"}},
        "KernelProvisionerFactory": {"default_provisioner_name": PROVISIONER},
        "Autograde": {"exporter_class": f"{AUTOGRADE}.SandboxedExporter"},
        "GenerateAssignment": refuse,
        "GenerateFeedback": refuse,
        "GenerateSolution": refuse,
    }


def formgrade_command(
    course_dir: Path,
    *,
    port: int = 8888,
    token: str | None = None,
    open_browser: bool = False,
    time_zone: str = "Asia/Seoul",
) -> FormgradeCommand:
    """Return the command that serves formgrader on 127.0.0.1; a random token is made without `token`.

    Writes its settings to `.medai/formgrade/`, where no other Jupyter reads them and from where no other
    settings are read. Raises UsageError without a gradebook.
    """
    course = CourseDirectory(course_dir.resolve())
    if not course.gradebook.is_file():
        raise UsageError(f"there is no gradebook in {course_dir}", "release an assignment first")
    home = course.root / ".medai" / "formgrade"
    # nbconvert looks for its templates along JUPYTER_PATH first.
    write_whole(home / "share" / "nbconvert" / "templates" / "base" / "mathjax.html.j2", _MATHJAX.encode())
    (home / "exchange").mkdir(parents=True, exist_ok=True)
    config = formgrade_config(course.root, time_zone)
    server = home / "jupyter_server_config.json"
    config["ServerApp"] |= {"port": port, "open_browser": open_browser}
    write_json(server, config)
    # nbgrader reads its own settings from the working directory, again at every request.
    lines = [
        f"c.{section}.{name} = {value!r}"
        for section, values in config.items()
        if section not in ("ServerApp", "FormgradeExtension")
        for name, value in values.items()
    ]
    text = '"""Settings of formgrader, written by medai."""\n\nc = get_config()\n' + "\n".join(lines) + "\n"
    write_whole(home / "nbgrader_config.py", text.encode())
    env = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    env |= {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_PATH": str(home / "share"),
        "JUPYTER_DEFAULT_PROVISIONER_NAME": PROVISIONER,
    }
    argv = [sys.executable, "-m", "jupyter_server", f"--config={server}"]
    if token is not None:
        env["JUPYTER_TOKEN"] = token
    return FormgradeCommand(tuple(argv), home, env)
