"""What a group's cases say: each wording once, none unseen."""

from __future__ import annotations

from worker.review.groups import Member
from worker.review.wordings import wordings


def member(case_id: int, text: str | None) -> Member:
    """A case that says this."""
    return Member(case_id, case_id + 100, "someone", "serious", "open", "sealed", None, text, "x")


def test_each_wording_is_told_once_with_every_case_that_says_it() -> None:
    """In the order in which the cases come; a case without words is told too."""
    told = wordings([member(1, "go home"), member(2, None), member(3, "go home"), member(4, "leave us")])
    assert [(each.text, [one.case_id for one in each.members]) for each in told] == [
        ("go home", [1, 3]),
        (None, [2]),
        ("leave us", [4]),
    ]


def test_a_wording_in_another_dress_follows_the_one_that_it_is_like() -> None:
    """As it was written: capitals and digits for letters are not folded away before somebody decides."""
    told = wordings([member(1, "we will find you"), member(2, "shame"), member(3, "WE W1LL FIND YOU")])
    assert [(each.text, each.dressed) for each in told] == [
        ("we will find you", False),
        ("WE W1LL FIND YOU", True),
        ("shame", False),
    ]
