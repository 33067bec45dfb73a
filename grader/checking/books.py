"""The checker's books: whose fault it was, what was refused, and what the test and the author say.

Knows what the author says about names, and the test's text. Must not ask the learner anything.
"""

from __future__ import annotations

import ast

from .author import AuthorNames
from .channel import Channel
from .conversation import Conversation
from .encode import Bounds
from .faults import CannotCheck, LearnerMisbehaved, NotPlain, Reason
from .testcell import CATCHES, caught_names


class Books(Conversation):
    """What is noted while a test cell runs."""

    def __init__(self, channel: Channel, bounds: Bounds | None, author: AuthorNames | None) -> None:
        super().__init__(channel, bounds or Bounds())
        self.author = author or AuthorNames()
        self.fault: LearnerMisbehaved | None = None
        self.refusals: list[str] = []
        """What a test wanted to do with an object that is not plain; a cell with one has not passed."""
        self.excuse: BaseException | None = None
        """What the test or this side got wrong; a cell with one says nothing about the learner."""
        self.calls = 0
        self.test_tree = ast.Module([], [])
        self.deeds = 0
        """How often the learner was asked for what may change an object."""
        self._expected: frozenset[str] = frozenset()
        """The exceptions that the test expects: it decides what StopIteration and AssertionError mean."""
        self.class_lengths: dict[type, int] = {}
        """What `len` said of a class."""
        self._tested: dict[type, frozenset[str]] = {}

    def excuse_by(self, error: Exception) -> CannotCheck:
        """Note what was wrong with a question before the learner could answer it; return what to raise."""
        told = error if isinstance(error, CannotCheck) else CannotCheck(f"{type(error).__name__}: {error}")
        self.excuse = self.excuse or told
        return told

    def blame(self, reason: Reason, text: str) -> LearnerMisbehaved:
        """Note the learner's first fault and return it."""
        if self.fault is None:
            self.fault = LearnerMisbehaved(reason, text)
        return self.fault

    def refuse(self, text: str) -> NotPlain:
        """Note that a test wanted an object to decide, and return what to raise."""
        self.refusals.append(text)
        return NotPlain(text)

    def read_test(self, tree: ast.Module) -> None:
        """Take note of what the test cell says about exceptions."""
        self.test_tree = tree
        self._expected = caught_names(tree)

    def expects(self, *names: str) -> bool:
        """Tell whether the test expects one of these exceptions, by its name."""
        return not self._expected.isdisjoint(names)

    @property
    def expects_failure(self) -> bool:
        """Tell whether a failed assertion is no failure: the test, or the author's answer, catches it."""
        return self.expects("AssertionError") or CATCHES in self.author.members

    def test_class(self, mirror: type, name: str) -> None:
        """Take note that the test cell is about this class, and which operators the author's class has."""
        self._tested[mirror] = self.author.operators.get(name, frozenset())

    def may_judge(self, mirror: type, *specials: str) -> bool:
        """Tell whether the author's class has one of these methods, so that the learner's may answer."""
        return any(
            not has.isdisjoint(specials) for one, has in self._tested.items() if issubclass(mirror, one)
        )

    def is_tested(self, mirror: type) -> bool:
        """Tell whether the test cell is about this class or one that it is derived from."""
        return bool(self._tested) and any(one in self._tested for one in mirror.__mro__)
