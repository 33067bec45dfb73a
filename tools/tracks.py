"""What a track is called: the letter that the codes of its modules begin with."""

from __future__ import annotations

from grader.model.content import Course, ModuleContent


def tracks_of(course: Course) -> dict[str, list[ModuleContent]]:
    """Return each track's modules in teaching order, by its letter (E, G, A)."""
    tracks = ([course.modules[name] for name in track.modules] for track in course.programme.tracks)
    return {modules[0].module.code[0]: modules for modules in tracks}
