"""Commands that publish: build, lab. Knows rooms' functions and click, nothing deeper."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from grader.cli.options import root_option
from grader.wire import open_course, write_assignments, write_file, write_lab

LAB_SETTINGS = {
    # A double click on a sheet opens it as the notebook it is.
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Jupytext Notebook"}},
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
}


@click.command("build")
@click.option(
    "--only",
    type=click.Choice(["assignments", "site"]),
    help="Build one part; by default everything is built.",
)
@root_option
def build_command(only: str | None, root: Path | None) -> None:
    """Build assignments, releases in both languages, and the site, into build/."""
    workspace, course = open_course(root)
    write_lab(workspace, course)
    if only != "site":
        for path in write_assignments(workspace, course):
            click.echo(path)
    if only != "assignments":
        from grader.site.build import build_site

        build_site(workspace.root, workspace.site)
        click.echo(workspace.site)


@click.command("lab", context_settings={"ignore_unknown_options": True})
@click.argument("jupyter_arguments", nargs=-1, type=click.UNPROCESSED)
@root_option
def lab_command(jupyter_arguments: tuple[str, ...], root: Path | None) -> None:
    """Open the course in JupyterLab; sheets and practice files open as notebooks.

    Further arguments go to `jupyter lab`, for example --no-browser or --port 8890.
    """
    workspace, course = open_course(root)
    paths = [str(write_lab(workspace, course)), os.environ.get("PYTHONPATH", "")]
    settings_dir = workspace.build / "jupyterlab"
    write_file(settings_dir / "overrides.json", json.dumps(LAB_SETTINGS).encode())
    settings = {
        "ServerApp.root_dir": str(workspace.root),
        "ServerApp.contents_manager_class": "jupytext.TextFileContentsManager",
        "LabApp.app_settings_dir": str(settings_dir),
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{key}={value}" for key, value in settings.items())]
    if os.geteuid() == 0:
        command.append("--allow-root")  # containers; the server listens on this machine only
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    # Becoming JupyterLab, instead of starting it, leaves nothing behind however this command is stopped.
    os.execve(command[0], [*command, *jupyter_arguments], environment)  # noqa: S606
