"""Write the tables of docs/ that repeat what the code says: run it after changing their sources.

Knows `checking.support` (what tests can do), `model.work` (limits) and the verdicts' words, and the Korean
for what the code says in English only. A table stands between `<!-- table:NAME -->` and `<!-- /table -->`.
A test compares the pages with what this would write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from page_tables import fill_tables, write_pages

from grader.checking.support import SUPPORT
from grader.grading.verdict_table import verdict_table
from grader.model.work import Limits, Verdict
from grader.text import Language

PAGES = ("guide/grader.md", "reference/isolation.md", "reference/sandbox.md")

SUPPORT_KO: Mapping[str, tuple[str, str]] = {
    "plain-values": (
        "숫자, 글자, list, dict, set, 날짜, numpy 배열, pandas 객체",
        "형식이 똑같은 사본으로 오고, 비교는 채점 프로세스에서 합니다.",
    ),
    "calls": (
        "교육생의 함수, 클래스, 메서드 부르기",
        "인수는 사본으로 갑니다. 부른 쪽에서 바뀐 내용은 채점 셀의 객체에도 똑같이 반영됩니다.",
    ),
    "exceptions": (
        "`try`, `pytest.raises`, 교육생이 만든 예외 클래스",
        "내장 예외는 종류와 인수가 그대로 오고, 그 밖의 예외는 이름과 가장 가까운 내장 예외, 속성이 옵니다. "
        "부른 함수에서 나온 StopIteration은 채점 셀이 그 이름을 쓰지 않으면 RuntimeError가 됩니다. "
        "기준 답안이 클래스로 정의한 이름에 교육생이 내장 예외를 붙이면 아무 예외도 잡지 않습니다.",
    ),
    "objects": (
        "속성, 항목, 반복, `len`, `bool`, `float`, `str`, `hash`, `with`, 제너레이터",
        "교육생 프로세스가 수행하고, 결과는 보통 값이거나 다시 원격 참조입니다. "
        "보통 형식을 이어받은 클래스는 자료의 사본 하나로 모든 것을 답합니다.",
    ),
    "operators": (
        "기준 답안이 정의한 클래스의 객체끼리 계산하고 비교하기",
        "기준 답안의 클래스에 그 연산자가 있으면 교육생의 클래스가 자기 객체끼리 수행합니다. "
        "보통 값과는 채점 셀이 직접 만든 객체만 계산합니다.",
    ),
    "foreign-operators": (
        "교육생의 그 밖의 객체를 비교하거나 계산하기",
        "교육생 쪽이 기댓값을 보고 스스로 정하게 됩니다. `NotPlain`이 나고 `==`는 거짓입니다.",
    ),
    "type-checks": (
        "`isinstance`, `issubclass`, `type(x).__name__`, `callable`, `hasattr`",
        "보통 형식, 교육생의 클래스, 불러온 scikit-learn과 matplotlib의 클래스를 알아봅니다.",
    ),
    "signatures": ("`inspect.signature`, `f.__name__`, `f.__doc__`", "교육생 프로세스가 알려 줍니다."),
    "sources": (
        '`inspect.getsource(f)`, `learner_source("cell")`',
        "제출된 글에서 찾아 답합니다. `if` 안에서 만들거나 여러 번 만든 이름은 답하지 않습니다.",
    ),
    "callbacks": (
        "채점 셀의 함수, 제너레이터, 객체를 인수로 넘기기",
        "교육생 쪽은 대역을 받습니다. 부르기와 공개된 이름만 쓸 수 있습니다. "
        "그 안에서 어긋난 assert는, 채점 셀이 AssertionError를 직접 다루지 않는 한, 교육생의 코드가 "
        "가로채도 채점 셀의 실패입니다.",
    ),
    "earlier-tests": (
        "앞선 채점 셀의 불러오기, 상수, 함수, 객체 쓰기",
        "사이에 있는 저자의 셀이 같은 이름을 다시 만들기 전까지 남습니다. 교육생은 바꿀 수 없습니다.",
    ),
    "last-expression": (
        "식으로 끝나는 마지막 줄, `print`, `display`",
        "보통 값은 셀의 결과로 나옵니다. 부분 점수를 주는 데 쓰입니다.",
    ),
    "harmless-magics": (
        "`%matplotlib …`, `%config InlineBackend…`, `%load_ext …`, `%autoreload …`",
        "채점 프로세스에서는 뜻이 없으므로 빼고 실행합니다.",
    ),
    "output": (
        "부르는 동안 `contextlib.redirect_stdout`으로 출력 받기",
        "교육생의 코드가 `sys.stdout`으로 출력한 것이 채점 셀의 출력과 같은 곳으로 옵니다.",
    ),
    "libraries": (
        "채점 셀에서 numpy, pandas, scikit-learn, pytest 쓰기",
        "채점 프로세스의 것입니다. 기준 답안에서 불러오기만 한 이름은 진짜 라이브러리를 뜻합니다.",
    ),
    "given-names": (
        "잠긴 셀이 정의한 상수와 함수 쓰기",
        "교육생이 무엇을 다시 붙이든 저자의 것입니다. 숫자, 글자, tuple과 계산만 하는 함수가 그렇습니다. "
        "클래스, 불러온 표, 다른 셀도 쓰는 list는 교육생 프로세스에서 옵니다.",
    ),
    "files": (
        "`tempfile`, 인수로 넘기는 경로나 연 파일",
        "교육생의 코드에는 디스크가 따로 있어서 그 코드가 쓴 파일을 채점 셀이 보지 못합니다.",
    ),
    "own-word": (
        "`model.score(X, y)`처럼 교육생의 객체가 스스로를 평가하는 메서드",
        "그 답은 교육생의 말일 뿐이고 `y`도 그쪽으로 갑니다. "
        "`model.predict(X)`를 받아 채점 셀에서 점수를 계산하십시오.",
    ),
    "missing-values": (
        "pandas 객체에 `(answer == expected).all()` 쓰기",
        "pandas는 빠진 값을 건너뛰므로 `<NA>`뿐인 열도 맞는 것이 됩니다. "
        "`pandas.testing.assert_series_equal`이나 `answer.equals(expected)`를 쓰십시오.",
    ),
    "figures": ("교육생의 코드가 돌려주거나 이름을 붙인 그림과 축", "원격 참조로 다룹니다."),
    "magics": (
        "그 밖에 `%`, `!`, `?`가 있는 줄",
        "IPython만 아는 문법이고 채점 프로세스는 보통 Python입니다.",
    ),
    "ipython": ("`get_ipython()`, `In`, `Out`, `_`", "교육생의 IPython 안에만 있습니다."),
    "namespace": (
        "교육생의 이름을 두고 `globals()`, `locals()`, `vars()`, `dir()`, `eval`, `exec` 쓰기",
        "교육생의 이름은 채점 셀이 쓸 때 하나씩 찾습니다.",
    ),
    "binds-for-learner": (
        "`global`, 뒤에 나오는 교육생의 셀이 쓸 이름을 채점 셀에서 만들기",
        "채점 셀이 만든 이름은 채점 프로세스에 머뭅니다.",
    ),
    "changes-globals": (
        "함수를 부르지 않고 교육생의 보통 값을 그 자리에서 바꾸기",
        "채점 셀이 가진 것은 사본입니다.",
    ),
    "patch": (
        "`unittest.mock.patch`, `monkeypatch`, 모듈의 속성 바꾸기",
        "교육생의 코드가 쓰는 모듈이 아니라 채점 프로세스의 모듈이 바뀝니다.",
    ),
    "frames": (
        "`sys._getframe`, `inspect.stack`, `gc`, `ctypes`, `tracemalloc`",
        "채점 프로세스의 안을 들여다보게 됩니다.",
    ),
    "pickle": (
        "교육생의 객체를 `pickle`, `dill`, `joblib`, `shelve`로 다루기",
        "pickle을 풀면 코드가 실행됩니다. 교육생의 객체는 옮기지 않습니다.",
    ),
    "current-figure": (
        "교육생이 그린 그림을 `plt.gcf()`, `plt.gca()`, `plt.get_fignums()`로 찾기",
        "채점 프로세스의 pyplot은 그 그림을 모릅니다. 그림을 돌려주거나 이름을 붙이게 하십시오.",
    ),
    "subclass": (
        "교육생의 클래스를 이어받은 클래스를 채점 셀에서 만들기",
        "그 메서드가 두 프로세스에서 함께 실행되어야 합니다.",
    ),
    "main": ("`import __main__`", "채점 프로세스에서는 노트북이 아니라 채점 셀을 가리킵니다."),
    "await": ("맨 바깥의 `await`", "IPython만 실행할 수 있습니다."),
    "not-python": ("문법에 맞지 않는 셀", "채점 프로세스는 보통 Python입니다."),
    "judged-by-learner": (
        "교육생이 바꿀 수 있는 셀에 정의된 확인 함수",
        "기댓값을 들고 교육생 프로세스에서 실행됩니다. 채점 셀 안에 정의하거나, 계산만 하는 함수로 잠긴 셀에 "
        "정의하십시오.",
    ),
    "kept-arguments": (
        "교육생의 코드가 받은 인수를 간직했다가 나중에 부를 때 바꾸기",
        "바뀐 내용은 그 인수를 받은 부름과 함께 돌아오고, 나중 부름과는 돌아오지 않습니다.",
    ),
    "plain-methods": (
        "보통 값에도 있는 메서드(`equals`, `startswith`, `all` 등)를 객체에 쓰기",
        "객체가 무엇에든 그렇다고 답할 수 있습니다. 기준 답안의 클래스가 정의한 메서드는 됩니다.",
    ),
}
"""Id of a row of SUPPORT → what, why."""

_LIMITS: Mapping[str, tuple[str, str]] = {
    "cell_timeout_s": ("셀 하나의 시간", "Time of one cell"),
    "run_timeout_s": ("노트북 하나의 시간", "Time of a notebook"),
    "memory_bytes": (
        "프로세스 하나의 주소 공간과 한 방의 메모리 합계",
        "Address space of a process, and memory of a room",
    ),
    "processes": ("한 방의 프로세스와 스레드", "Processes and threads of a room"),
    "cell_output_bytes": ("셀 하나의 출력", "Output of one cell"),
    "run_output_bytes": ("노트북 하나의 출력", "Output of a notebook"),
    "disk_bytes": ("한 방의 디스크(메모리 안)", "Disk of a room (in memory)"),
}
"""Field of `Limits` → what it limits, in Korean and English."""

_HEADS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "supported": (("할 수 있는 것", "어떻게"), ("What tests can do", "How")),
    "not-isolated": (("격리되지 않게 만드는 것", "까닭"), ("What keeps a cell from isolation", "Why")),
    "limits": (("제한", "기본값"), ("Limit", "Default")),
    "verdicts": (
        ("결과", "점수", "교육생에게 나오는 말과 채점자가 할 일"),
        ("Verdict", "Points", "What the trainee reads, and what the grader does"),
    ),
}


def fill_page(text: str, language: Language) -> str:
    """Return a page with every table between marks written anew."""
    rows: Mapping[str, Callable[[Language], Iterable[tuple[str, ...]]]] = {
        "supported": lambda language: _support(language, supported=True),
        "not-isolated": lambda language: _support(language, supported=False),
        "limits": _limits,
        "verdicts": _verdicts,
    }
    at = 0 if language is Language.KO else 1
    return fill_tables(text, lambda name: [_HEADS[name][at], *rows[name](language)])


def _support(language: Language, supported: bool) -> Iterable[tuple[str, ...]]:
    for row in SUPPORT:
        if row.supported is supported:
            what, why = (
                SUPPORT_KO[row.id] if language is Language.KO else (_sentence(row.what), _sentence(row.why))
            )
            yield f"{what}<br>`{row.id}`", why


def _sentence(text: str) -> str:
    return text if text.startswith("numpy") else text[0].upper() + text[1:]


def _limits(language: Language) -> Iterable[tuple[str, ...]]:
    limits = Limits()
    for field, words in _LIMITS.items():
        label = words[0 if language is Language.KO else 1]
        yield f"{label}<br>`{field}`", _amount(field, getattr(limits, field), language)


def _amount(field: str, value: float, language: Language) -> str:
    korean = language is Language.KO
    if field.endswith("_s"):
        return f"{value:g}초" if korean else f"{value:g} seconds"
    if not field.endswith("_bytes"):
        return f"{value:g}개" if korean else f"{value:g}"
    for size, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g}바이트" if korean else f"{value:g} bytes"


def _verdicts(language: Language) -> Iterable[tuple[str, ...]]:
    costs = {
        Language.KO: ("받습니다.", "받지 못합니다.", "깎지 않습니다."),
        Language.EN: ("All of them.", "None.", "None are taken off."),
    }[language]
    trainee, grader = ("교육생", "채점자") if language is Language.KO else ("Trainee", "Grader")
    for row in verdict_table():
        points = costs[1] if row.costs_points else costs[0] if row.verdict is Verdict.PASSED else costs[2]
        told = f"**{trainee}:** {row.trainee[language]}<br>**{grader}:** {row.grader[language]}"
        yield f"{row.name[language]}<br>`{row.verdict.value}`", points, told


def main() -> None:
    """Write the tables; English pages follow the Korean ones, whose text outside tables did not change."""
    for page in PAGES:
        write_pages(page, fill_page)


if __name__ == "__main__":
    main()
