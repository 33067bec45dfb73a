"""How the course speaks: no translationese, one level of politeness, sentences of a bearable length.

Knows patterns and prose. Code, titles in 「」 and what stands in quotation marks stay as they are:
a lesson may quote what it warns of.
"""

# ruff: noqa: E501  (a pattern is read as one line)

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.errors import Problem
from grader.manifest.markdown import blank
from grader.manifest.material import Material, Passage, Where
from grader.manifest.reading import split_sentences
from grader.text import Language

LONG_SENTENCE = {Language.KO: 30, Language.EN: 50}
"""Words in one sentence that nobody reads aloud in one breath."""
_QUOTED = re.compile(r"「[^」\n]*」|『[^』\n]*』|\"[^\"\n]*\"|“[^”\n]*”|‘[^’\n]*’|(?<!\w)'[^'\n]*'(?!\w)")


@dataclass(frozen=True)
class Pattern:
    """Words that a native reader stumbles over, and what to write instead."""

    language: Language
    pattern: re.Pattern[str]
    hint: str


def _ko(pattern: str, hint: str) -> Pattern:
    return Pattern(Language.KO, re.compile(pattern), hint)


def _en(pattern: str, hint: str) -> Pattern:
    return Pattern(Language.EN, re.compile(pattern, re.IGNORECASE), hint)


_ABSTRACT = "의미|가치|특징|성질|장점|단점|영향|영향력|역할|관계|차이|책임|권한|목적|기능|능력|구조|경향|특성|관심|의문|한계"
PATTERNS: tuple[Pattern, ...] = (
    _ko(r"에 의(?:해|하여|한|하면)(?=[\s,.서])", "누가 하는지를 주어로 쓰거나 `에 따라`, `로`라고 씁니다."),
    _ko(rf"(?:{_ABSTRACT})[을를] (?:가지|가진|가집|갖)", "`…이 있습니다`라고 씁니다."),
    _ko(r"[되보쓰불잊나모]어지[ㄱ-힣]|되어진|되어집|보여지|보여진|보여집|쓰여지|쓰여진|불려지|불리워|나뉘어지|나뉘어진|잊혀지|잊혀진", "피동을 한 번만 씁니다: `됩니다`, `보입니다`."),
    _ko(r"도록 하겠습니다|도록 합시다|에 대(?:해|하여) 알아[보봅]", "바로 말합니다: `…합니다`."),
    _ko(r"[이]?라고 할 수 있(?:습니다|다|는)", "`…입니다`라고 씁니다."),
    _ko(r"[함됨]에 있어|는 데에? 있어(?:서|,| )|에 있어서(?:도|는|의)", "`…할 때`, `…에서`라고 씁니다."),
    _ko(r"에서의 |으로의 |에로의 |에게로의 |로부터의 |에의 ", "`의`를 빼고 풀어 씁니다."),
    _ko(r"(?<![가-힣])(?:당신|그녀)(?![가-힣]{2})", "부르지 않거나 `수검자`처럼 누구인지 씁니다."),
    _ko(r"가장 [^.\n]{1,40}(?:것|사람|방법|문제|예)?들? (?:중|가운데)(?:의)? 하나", "`매우 …`라고 쓰거나 순위를 밝힙니다."),
    _ko(r"에도 불구하고", "`…지만`이라고 씁니다."),
    _ko(r"[을를] 필요로 (?:하|합|한)", "`…이 필요합니다`라고 씁니다."),
    _ko(r"[는은] 것이 가능(?:하|합|해|한)", "`…할 수 있습니다`라고 씁니다."),
    _ko(r"하지 않으면 안 (?:되|됩|된)", "`해야 합니다`라고 씁니다."),
    _ko(r"아무리 강조해도 지나치", "왜 중요한지를 씁니다."),
    _ko(r"에 다름 아[니닙닌]", "`바로 …입니다`라고 씁니다."),
    _en(r"\bdelv(?:e|es|ed|ing)\b", "Say `look into`."),
    _en(r"\bit is (?:important|worth|essential|crucial) (?:to note|noting|to mention|mentioning)\b", "Say it."),
    _en(r"\bin today[’']s (?:\w+ ){0,3}(?:world|era|age|landscape)\b", "Leave it out."),
    _en(r"\bplays? an? (?:vital|crucial|key|pivotal|important) role\b", "Say what it does."),
    _en(r"\b(?:utili[sz]e[sd]?|utili[sz]ing|leverag(?:es|ed|ing))\b", "Say `use`."),
    _en(r"\b(?:seamless(?:ly)?|game.chang(?:er|ing)|cutting.edge|state.of.the.art)\b", "Say what it does."),
    _en(r"\b(?:medical staffs|informations|datas|softwares|equipments|feedbacks|trainings|researches)\b", "This word has no plural."),
    _en(r"\b(?:as we all know|needless to say|in conclusion,|last but not least)\b", "Leave it out."),
    _en(r"\bdo(?:es)? (?:a )?(?:diagnosis|judgement)\b", "Say `diagnose`, `judge`."),
)  # fmt: skip

_CASUAL = re.compile(r"[가-힣](?:(?<![필중수개주긴까])요|죠)(?=[.?!])")
"""Not 필요, 중요, 수요, 개요, 주요, 긴요, which end a note; `-ㄹ까요?` invites to think and stays."""
_PLAIN = re.compile(r"[가-힣](?<![니시])다(?=\.(?:\s|$|\[|\*))")


def check_style(material: Material) -> list[Problem]:
    """Find translationese, sentences in another level of politeness, and sentences that run long."""
    return [
        problem
        for pair in material.pairs
        if "/" in pair.ko.path  # a README is not part of the course
        for passage in pair
        for problem in (*_patterns(passage), *_politeness(passage), *_long(passage))
    ]


def _patterns(passage: Passage) -> Iterator[Problem]:
    prose = _QUOTED.sub(blank, passage.prose)
    for style in PATTERNS:
        if style.language is not passage.language:
            continue
        for match in style.pattern.finditer(prose):
            line = passage.line_at(match.start(), match[0])
            yield Problem(
                passage.path, line, "translationese", f"`{match[0].strip()}` reads stiffly", style.hint
            )


def _politeness(passage: Passage) -> Iterator[Problem]:
    if passage.language is not Language.KO:
        return
    prose = _QUOTED.sub(blank, passage.prose)
    for pattern in (_CASUAL, _PLAIN):
        for match in pattern.finditer(prose):
            line = passage.line_at(match.start(), match[0])
            words = prose[max(0, match.start() - 12) : match.end()].split("\n")[-1].strip()
            yield Problem(
                passage.path,
                line,
                "politeness",
                f"`…{words}` leaves 합니다체",
                "End sentences in -ㅂ니다, -습니까, -십시오; put what somebody says in quotation marks.",
            )


def _long(passage: Passage) -> Iterator[Problem]:
    if passage.where is not Where.PAGE or passage.path.startswith("docs/"):
        return  # docs hold generated tables and lists; lessons are read aloud
    limit = LONG_SENTENCE[passage.language]
    for sentence in split_sentences(passage.text):
        if sentence.words > limit:
            yield Problem(
                passage.path,
                passage.line_at(sentence.offset),
                "long-sentence",
                f"a sentence of {sentence.words} words: `{' '.join(sentence.text.split()[:6])} …`",
                f"Cut it; {limit} words are the limit.",
            )
