"""What a group's cases say, as text for people: the same words once, with every case that says them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from worker.cli.show import say

if TYPE_CHECKING:
    from worker.review.groups import Member


def tell_members(members: Sequence[Member]) -> None:
    """Print each wording once, under it the cases that say it.

    The same words written otherwise (capitals, emoji, digits for letters) follow each other, each as it was
    written: nothing that is decided on goes unseen.
    """
    from worker.review.wordings import wordings

    for wording in wordings(members):
        count = len(wording.members)
        cases = "1 case says" if count == 1 else f"{count} cases say"
        say(f"\n{cases}{' the same, written otherwise' if wording.dressed else ''}:")
        # Marked line by line, so that no words pass for a line of ours.
        text = wording.text
        say("\n".join(f"> {line}" for line in text.split("\n")) if text else "(no words)")
        for each in wording.members:
            say(f"{each.case_id}:{each.revision_id}  {each.author or 'not known'}  ({_state(each)})")


def _state(member: Member) -> str:
    state = [member.severity, f"evidence {member.evidence}"]
    state += ["needs advice"] if member.state == "needs_advice" else []
    state += [f"{member.claimed_by} works on it"] if member.claimed_by else []
    return "; ".join(state)
