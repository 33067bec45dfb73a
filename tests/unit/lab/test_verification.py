"""How the reference answers of G3 and G4 are measured, and that the record is what is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from medai_lab import deidentification as lab
from medai_lab import facts


@pytest.fixture(scope="module")
def tools(load_script: Callable[[str], ModuleType]) -> dict[str, ModuleType]:
    names = ("answers", "deidentification_page", "redactors", "measure_redactors", "measure_verifier")
    return {name: load_script(f"tools/{name}.py") for name in names}


@pytest.fixture(scope="module")
def measuring(tools: dict[str, ModuleType]) -> ModuleType:
    return tools["measure_verifier"]


def test_the_record_is_what_is_measured(measuring: ModuleType, tools: dict[str, ModuleType]) -> None:
    """Measured again with the assignments' reference answers: the same numbers, and the pages show them."""
    record = measuring.make_record(tools["answers"].ASSIGNMENTS)
    assert tools["deidentification_page"].format_record(record) == lab.ANSWERS_FILE.read_text(
        encoding="utf-8"
    )
    assert tools["deidentification_page"].find_old_pages(record) == []


def test_tables_agree_with_each_other() -> None:
    """Nothing is caught that was not planted, no more is stopped than there is, and both sides are there."""
    faults, letters, gateway = lab.read_faults_caught(), lab.read_letters_stopped(), lab.read_gateway()
    assert (faults["caught"] <= faults["planted"]).all()
    assert (faults["low"] <= faults["recall"]).all()
    assert (letters["stopped"] <= letters["letters"]).all()
    assert set(faults["source"]) == set(letters["source"]) == {"program", "practice", "held-back"}
    assert set(gateway["split"]) == {"practice", "held-back"}
    assert set(gateway["redactor"]) == {"gateway"}


class _Verifier:
    """Objects to the number 99 and to the absence of the word sugar."""

    def complaints(self, given: dict[str, Any], text: str) -> Counter[tuple[str, str]]:
        found = Counter({("numbers_match", "99"): text.count("99")})
        found[("missing_findings", "fasting_glucose")] = int("sugar" not in text)
        return +found


@pytest.mark.parametrize(
    ("text", "fault", "altered", "caught"),
    [
        ("sugar 1 and 99", ("F3", 12, 14), set(), True),  # gone once its words are gone
        ("sugar 99 and so", ("F3", 9, 12), set(), False),  # the objection is to something else
        ("nothing here", ("F2", 5, 5), {"fasting_glucose"}, True),
        ("nothing here", ("F2", 5, 5), {"ldl"}, False),
        ("nothing here", ("F7", 0, 7), {"fasting_glucose"}, False),
    ],
)
def test_a_fault_is_caught_only_by_an_objection_of_its_own(
    measuring: ModuleType, text: str, fault: tuple[str, int, int], altered: set[str], caught: bool
) -> None:
    """An objection counts for a fault if it goes when the fault's words go, or names the altered item."""
    letter = measuring.Letter(text, {}, (fault,), frozenset(altered))
    assert measuring.is_caught(_Verifier(), letter, fault) is caught


def test_answers_come_from_the_sheet(tools: dict[str, ModuleType]) -> None:
    """A cell that is not there is named; afterwards facts are read from where they were."""
    load = tools["answers"].load_answers
    before = facts.FACTS_FILE
    redact = load("e6-ethics-privacy-security", "redact-answer")["redact_ko"]
    assert redact("010-0000-1234") == "[전화]"
    assert before == facts.FACTS_FILE
    with pytest.raises(LookupError, match="no cell nothing-answer"):
        load("e6-ethics-privacy-security", "nothing-answer")
