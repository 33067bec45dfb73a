"""The tables of attacks in the docs: what each tries, what it does to nbgrader, what it does to ours.

Knows the corpus and the results kept as data. Runs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from corpus import FAMILIES, Attack, Harm, digest_attack, load_attacks, test_points

from grader.text import Language, source_hash

HERE = Path(__file__).parent
THEIR_RESULTS = HERE / "nbgrader_results.json"
OURS_RESULTS = HERE / "our_results.json"
NBGRADER_VERSION = "0.9.6"
PAGE = "reference/attacks.md"

HARM_WORDS = {
    Harm.SCORE_ABOVE_HONEST: ("공짜 점수", "free marks"),
    Harm.CLASS_STOPPED: ("반 채점이 멈춤", "class run stopped"),
    Harm.OTHERS_CHANGED: ("남의 점수가 바뀜", "others' marks changed"),
    Harm.SECRET_SHOWN: ("비밀을 읽음", "secret read"),
    Harm.WALL_OPEN: ("닿으면 안 되는 곳에 닿음", "reached what it must not"),
    Harm.LISTENER_REACHED: ("다른 프로그램에 닿음", "reached other programs"),
    Harm.HIDDEN_TEST_SHOWN: ("숨은 채점 코드가 보임", "hidden test shown"),
    Harm.HOST_CHANGED: ("파일이 바뀜", "files changed"),
    Harm.FILE_LEFT: ("파일이 남음", "files left behind"),
    Harm.PROCESS_LEFT: ("프로세스가 남음", "processes left behind"),
    Harm.RUNS_TOO_LONG: ("너무 오래 걸림", "took too long"),
    Harm.GRADER_HARMED: ("채점기가 상함", "grader harmed"),
    Harm.SCRIPT_ALIVE: ("스크립트가 살아 있음", "script alive"),
    Harm.CONTROL_CHARACTERS: ("제어 문자가 남음", "control characters left"),
    Harm.PAGE_TOO_LARGE: ("페이지가 너무 큼", "page too large"),
    Harm.POINTS_LOST: ("받을 점수를 잃음", "earned points lost"),
}
HELD = ("막음", "held")
SURVIVED = ("아무 일 없음", "nothing happened")
REFUSED = ("보류", "quarantined")
NOT_GRADED = ("채점되지 않음", "not graded")
TOO_DANGEROUS = ("실행하지 않음: 컴퓨터가 위험함", "not run: would harm the machine")
NOT_THEIRS = ("해당 없음: 제출물을 받는 단계", "not applicable: before grading")
NOT_YET = ("아직 실행하지 않음", "not run yet")
HEADS = (
    "| 공격 | 정직한 최고점 | nbgrader 점수 | 거기서 생긴 일 | 우리 점수 | 우리 결과 |",
    "| Attack | Highest honest score | nbgrader's score | What happened there | Our score | Our result |",
)
RULE = "|---|--:|--:|---|--:|---|"


def read_results(path: Path) -> dict[str, Any]:
    """Return the results kept in a file; empty when there are none yet."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def write_results(path: Path, results: dict[str, Any]) -> None:
    """Keep results."""
    path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@cache
def korean_titles() -> dict[str, str]:
    """Return attack → Korean title."""
    titles: dict[str, str] = yaml.safe_load((HERE / "titles.ko.yml").read_text("utf-8"))
    return titles


def write_pages(docs: Path, today: date) -> None:
    """Write the tables into both pages, between their marks, and note what the English one is of."""
    korean = docs / Language.KO / PAGE
    english = docs / Language.EN / PAGE
    for path, language in ((korean, Language.KO), (english, Language.EN)):
        path.write_text(fill_page(path.read_text("utf-8"), language, today), encoding="utf-8")
    text = re.sub(
        r"\Asource_hash: .*$|^source_hash: .*$",
        f"source_hash: {source_hash(korean.read_text('utf-8'))}",
        english.read_text("utf-8"),
        count=1,
        flags=re.MULTILINE,
    )
    english.write_text(text, encoding="utf-8")


def fill_page(text: str, language: Language, today: date | None = None) -> str:
    """Return the page with fresh tables; without a day, the day that stands there stays."""
    day = today.isoformat() if today else next(iter(re.findall(r"\b20\d\d-\d\d-\d\d\b", text)), "")
    text = _between(text, "attacks-summary", summarise(language, day))
    for family in FAMILIES:
        text = _between(text, f"attacks-{family}", make_table(family, language))
    return text


def _between(text: str, name: str, new: str) -> str:
    start, end = f"<!-- table:{name} -->", "<!-- /table -->"
    before, found, rest = text.partition(start)
    assert found, f"the page has no {start}"
    return f"{before}{start}\n\n{new}\n\n{end}{rest.partition(end)[2]}"


def summarise(language: Language, day: str) -> str:
    """Return the sentences on top: how many, and what came of them."""
    attacks = load_attacks()
    theirs, ours = read_results(THEIR_RESULTS), read_results(OURS_RESULTS)
    run = [attack for attack in attacks if attack.id in theirs]
    counts = {
        harm: sum(str(harm) in theirs[attack.id]["harms"] for attack in run)
        for harm in (
            *(Harm.SCORE_ABOVE_HONEST, Harm.HIDDEN_TEST_SHOWN, Harm.CLASS_STOPPED, Harm.SCRIPT_ALIVE),
            *(Harm.SECRET_SHOWN, Harm.PROCESS_LEFT),
        )
    }
    done = [attack for attack in attacks if attack.id in ours]
    hurt = sum(bool(theirs[attack.id]["harms"]) for attack in run)
    open_here = sum(bool(ours.get(attack.id, {}).get("harms")) for attack in attacks)
    free, hidden, stopped, alive, secret, left = counts.values()
    if language is Language.KO:
        return (
            f"{day} 기준 공격은 {len(attacks)}가지입니다. nbgrader {NBGRADER_VERSION}에는 그 가운데 "
            f"{len(run)}가지를 실행했고 {hurt}가지가 통했습니다: 공짜 점수 {free}, "
            f"숨은 채점 코드가 출력에 보임 {hidden}, 반 채점이 멈춤 {stopped}, "
            f"살아 있는 스크립트 {alive}, 비밀을 읽음 {secret}, 남은 프로세스 {left}. "
            f"우리 채점기에는 {len(done)}가지를 실행했고 {open_here}가지가 통했습니다."
        )
    return (
        f"As of {day} there are {len(attacks)} attacks. Of these, {len(run)} were run in nbgrader "
        f"{NBGRADER_VERSION}, where {hurt} got through: free marks {free}, a hidden test shown in an output "
        f"{hidden}, the class run stopped {stopped}, live script {alive}, a secret read {secret}, "
        f"processes left behind {left}. In our grader {len(done)} were run, and {open_here} got through."
    )


def make_table(family: str, language: Language) -> str:
    """Return the table of one family."""
    column = 0 if language is Language.KO else 1
    theirs, ours = read_results(THEIR_RESULTS), read_results(OURS_RESULTS)
    rows = [HEADS[column], RULE]
    for attack in load_attacks():
        if attack.family == family:
            cells = (
                _title(attack, language),
                f"{attack.honest_points}",
                *_their_cells(attack, theirs.get(attack.id), column),
                *_our_cells(ours.get(attack.id), column),
            )
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _title(attack: Attack, language: Language) -> str:
    title = korean_titles()[attack.id] if language is Language.KO else attack.title
    return title.replace("|", "/")


def _their_cells(attack: Attack, result: Mapping[str, Any] | None, column: int) -> tuple[str, str]:
    if result is None:
        if attack.handed_in != "file":
            return "–", NOT_THEIRS[column]
        return "–", (NOT_YET if attack.nbgrader else TOO_DANGEROUS)[column]
    if result["score"] is None and Harm.CLASS_STOPPED not in result["harms"]:
        words = [NOT_GRADED[column], *_harm_words(result["harms"], column, without=Harm.POINTS_LOST)]
    else:
        words = _harm_words(result["harms"], column) or [SURVIVED[column]]
    score = "–" if result["score"] is None else f"{result['score']:g}"
    return score, ", ".join(words)


def _our_cells(result: Mapping[str, Any] | None, column: int) -> tuple[str, str]:
    if result is None:
        return "–", NOT_YET[column]
    score = "–" if result["score"] is None else f"{result['score']:g}"
    words = _harm_words(result["harms"], column) or [(REFUSED if result["refused"] else HELD)[column]]
    return score, ", ".join(words)


def _harm_words(harms: Mapping[str, str], column: int, without: Harm | None = None) -> list[str]:
    return [words[column] for harm, words in HARM_WORDS.items() if str(harm) in harms and harm != without]


def find_stale(results: Mapping[str, Any]) -> list[str]:
    """Return attacks whose kept result belongs to another version of the attack, or to none."""
    digests = {attack.id: digest_attack(attack) for attack in load_attacks()}
    return [name for name, result in results.items() if digests.get(name) != result["digest"]]


def total_points() -> int:
    """Return what right work earns from tests."""
    return sum(test_points().values())
