"""medai_lab: the small package that the course's notebooks import.

Every person in it is fictional, apart from the public, de-identified data sets that `source()` names. It
needs only Python, numpy and pandas (matplotlib for plots), and runs in a browser as well as on a computer. It
must not read records of any institution.
이 꾸러미에 나오는 사람은 모두 가상의 인물입니다. 공개 자료를 쓸 때에는 `source()`로 출처를 볼 수 있습니다.
"""

from importlib import import_module
from typing import Any

from medai_lab.centres import CENTRES, Centre, describe_centres
from medai_lab.cohort import Cohort, make_cohort
from medai_lab.columns import in_short_names
from medai_lab.defects import describe_defects, undo_defects
from medai_lab.facts import FactsMissingError, UnknownFactError, fact
from medai_lab.labels import t
from medai_lab.official import OfficialFileError, read_official, write_official
from medai_lab.people import example_examinees, five_people
from medai_lab.plots import use_plot_font
from medai_lab.public import (
    ChestImages,
    DataMissingError,
    Source,
    read_chest_images,
    read_codebook,
    read_nhanes,
    read_turnaround,
    source,
)

__all__ = [
    "CENTRES",
    "Centre",
    "ChestImages",
    "Cohort",
    "DataMissingError",
    "Document",
    "FactsMissingError",
    "LlmError",
    "Mode",
    "OfficialFileError",
    "Question",
    "Reply",
    "Section",
    "Source",
    "UnknownFactError",
    "ask",
    "describe_centres",
    "describe_defects",
    "example_examinees",
    "fact",
    "five_people",
    "in_short_names",
    "make_cohort",
    "read_aci_bench",
    "read_chest_images",
    "read_codebook",
    "read_documents",
    "read_guideline",
    "read_nhanes",
    "read_official",
    "read_primock",
    "read_questions",
    "read_turnaround",
    "read_vectors",
    "source",
    "t",
    "undo_defects",
    "use_plot_font",
    "write_official",
]

_LATER = {
    "ask": "llm.asking",
    **dict.fromkeys(("LlmError", "Mode", "Reply"), "llm.reply"),
    "read_vectors": "retrieval",
    **dict.fromkeys(("Document", "Question", "Section"), "texts"),
    **dict.fromkeys(
        ("read_aci_bench", "read_documents", "read_guideline", "read_primock", "read_questions"), "texts"
    ),
}
"""Name → module. Every submission imports this package anew, and few ask a model or read texts."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
