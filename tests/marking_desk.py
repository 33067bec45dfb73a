"""Graders at their browsers, and four hand-ins whose written answers wait for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

from marking_world import CELL, MarkingWorld  # beside this file
from starlette.testclient import TestClient

from grader.model.people import Access
from grader.portal.app import create_app
from grader.portal.viewer import session_cookie

HIDDEN = re.compile(r'<input type="hidden" name="(seen|score_seen|round)" value="([^"]*)"')
HERE = "/mark/assignments/sample"
TEXTS = (
    "접수 명단을 정리합니다.",
    "판독 순서를 정합니다.",
    "<script>alert(1)</script><b>굵게</b>",
    "엑셀 ![x](http://evil/x.png)",
)


@dataclass
class Browser:
    """Somebody's browser; its forms carry the session's CSRF value by themselves."""

    client: TestClient
    csrf: str

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"accept-language": "ko"})

    def post(self, path: str, **data: object) -> Any:
        return self.client.post(path, data={"csrf": self.csrf, **data})

    def open_answer(self, uuid: str) -> tuple[str, dict[str, str]]:
        """Return the page of an answer and what its form carries hidden."""
        page = self.get(f"{HERE}/answers/{CELL}/{uuid}")
        assert page.status_code == 200
        return unescape(page.text), dict(HIDDEN.findall(page.text))

    def mark(self, uuid: str, level: int, **more: object) -> Any:
        """Open an answer and mark it as the form says."""
        _, carried = self.open_answer(uuid)
        return self.post(f"{HERE}/answers/{CELL}/{uuid}", **{**carried, "level-concrete": level, **more})


Enter = Callable[..., Browser]


def open_door(world: MarkingWorld) -> Enter:
    """Return a function that signs somebody in: who is not there yet is a new grader, or what is said."""
    app = create_app(world.portal)

    def enter(person_id: str = "grader-1", access: Access = Access.GRADER) -> Browser:
        person = world.find_or_enrol(person_id, access, name="박채점", site="headquarters", cohort=None)
        token = world.open_session(person)
        cookies = {session_cookie(world.portal): token}
        return Browser(TestClient(app, follow_redirects=False, cookies=cookies), world.find_csrf(token))

    return enter


def hand_in_four(world: MarkingWorld, forward: Callable[..., None]) -> list[str]:
    """Return four graded hand-ins, a minute between them; `forward` moves the portal's clock."""
    world.release("sample")
    made = []
    for number, text in enumerate(TEXTS):
        forward(minutes=1)
        made.append(world.write(world.enrol(f"hq-{number:03}", name=f"이름{number}"), text))
    world.grade_class()
    return made
