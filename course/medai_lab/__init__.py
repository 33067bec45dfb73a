"""medai_lab: the small package that the course's notebooks import.

Every person in it is fictional. It needs only Python, numpy and pandas (matplotlib for plots), and
runs in a browser as well as on a computer. It must not read records of any institution.
이 꾸러미에 나오는 사람은 모두 가상의 인물입니다.
"""

from medai_lab.facts import FactsMissingError, UnknownFactError, fact
from medai_lab.labels import t
from medai_lab.people import example_examinees, five_people
from medai_lab.plots import use_plot_font

__all__ = [
    "FactsMissingError",
    "UnknownFactError",
    "example_examinees",
    "fact",
    "five_people",
    "t",
    "use_plot_font",
]
