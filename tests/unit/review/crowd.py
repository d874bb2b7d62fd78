"""Many cases at once, alone or in groups, some of them kept for named roles."""

from __future__ import annotations

from collections.abc import Iterable

from tests.unit.review.scene import Scene
from worker.review.opening import Opening
from worker.store import tables as t

#: No two of these share as much as makes a group.
_WORDS = ("parking", "biscuits", "lifts", "corridor paint", "tannoy", "vending", "raincoats", "umbrellas")


def alone(
    scene: Scene,
    name: str,
    text: str | None = None,
    *,
    author: int | None = None,
    priority: int = 50,
    severity: str = "concerning",
) -> int:
    """A case under no post, by an author of this number or by nobody; the case's number.

    Args:
        text: its words; unlike all others where None.
    """
    number = int(name)
    words = text or f"{_WORDS[number % len(_WORDS)]} {chr(97 + number % 26) * (3 + number // 26)}"
    comment_id, revision_id = scene.comment(name, words)
    with scene.store.write() as session:
        comment = session.get_one(t.Comment, comment_id)
        comment.author_id, comment.post_id = author, None
    return scene.open(Opening(comment_id, revision_id, severity, priority))[comment_id]


def several(scene: Scene, count: int, *, severity: str = "concerning") -> list[int]:
    """So many cases that are like no other."""
    return [alone(scene, str(number), severity=severity) for number in range(count)]


def in_group(scene: Scene, kind: str, cases: Iterable[int], about: int = 1) -> int:
    """Put cases into a group with the words that they stand at; the group's number."""
    now = scene.clock.now()
    with scene.store.write() as session:
        group = t.Group(kind=kind, about=about, serial=0, opened_at=now, grown_at=now)
        session.add(group)
        session.flush()
        for case_id in cases:
            revision_id = session.get_one(t.Case, case_id).revision_id
            row = t.GroupMember(group_id=group.id, case_id=case_id, revision_id=revision_id, added_at=now)
            session.add(row)
        return group.id


def kept(scene: Scene, *cases: int, why: str = "safeguarding") -> None:
    """Keep cases for named roles."""
    with scene.store.write() as session:
        for case_id in cases:
            session.get_one(t.Case, case_id).restriction = why
