"""Every check of a course at once: what `medai check` prints.

Knows the list of rules. A rule is a function from material to problems; add one to `RULES` and give
it a test that plants its fault.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from grader.errors import Problem
from grader.manifest.material import Material
from grader.manifest.read import read_material
from grader.manifest.rules.drift import check_drift
from grader.manifest.rules.facts import check_facts
from grader.manifest.rules.folders import check_folders
from grader.manifest.rules.glossary import check_glossary
from grader.manifest.rules.identifiers import check_identifiers
from grader.manifest.rules.ids import check_ids
from grader.manifest.rules.images import check_images
from grader.manifest.rules.jargon import check_jargon
from grader.manifest.rules.languages import check_languages
from grader.manifest.rules.links import check_links
from grader.manifest.rules.notebooks import check_notebooks
from grader.manifest.rules.parity import check_parity
from grader.manifest.rules.plots import check_plots
from grader.manifest.rules.style import check_style

Rule = Callable[[Material, date], list[Problem]]

RULES: tuple[Rule, ...] = (
    lambda material, today: check_folders(material),
    lambda material, today: check_ids(material),
    lambda material, today: check_links(material),
    lambda material, today: check_images(material),
    lambda material, today: check_plots(material),
    lambda material, today: check_languages(material),
    lambda material, today: check_drift(material),
    lambda material, today: check_parity(material),
    lambda material, today: check_glossary(material),
    lambda material, today: check_style(material),
    lambda material, today: check_jargon(material),
    check_facts,
    check_identifiers,
    lambda material, today: check_notebooks(material),
)


def check_course(root: Path, today: date) -> list[Problem]:
    """Return everything wrong with the course at `root`, sorted by file and line.

    `today` decides what is past its review. Nothing is executed and nothing is written.
    """
    material, problems = read_material(root)
    found = {*problems, *(problem for rule in RULES for problem in rule(material, today))}
    return sorted(found)
