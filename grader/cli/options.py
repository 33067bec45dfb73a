"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from grader.text import Language

root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the course; by default the one you are in.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on stdout.")
language_option = click.option(
    "--language",
    type=click.Choice([one.value for one in Language]),
    default=Language.KO.value,
    show_default=True,
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Only show what would happen.")
course_dir_option = click.option(
    "--course-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="nbgrader course directory; by default build/nbgrader of the course.",
)
data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the portal's data; by default portal-data of the course.",
)
database_option = click.option(
    "--database-url",
    envvar="MEDAI_DATABASE_URL",
    help="PostgreSQL database; by default SQLite in the data folder.",
)
