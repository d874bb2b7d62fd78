"""What a group's cases say, as text for people: the same words once, with every case that says them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rules.text.sketch import sketch
from worker.cli.show import say

if TYPE_CHECKING:
    from worker.review.groups import Member


def tell_members(members: Sequence[Member]) -> None:
    """Print each wording once, under it the cases that say it.

    The same words written otherwise (capitals, emoji, digits for letters) follow each other, each as it was
    written: nothing that is decided on goes unseen.
    """
    for same in _alike(members):
        for count, (text, saying) in enumerate(same.items()):
            cases = "1 case says" if len(saying) == 1 else f"{len(saying)} cases say"
            say(f"\n{cases}{' the same, written otherwise' if count else ''}:")
            # Marked line by line, so that no words pass for a line of ours.
            say("\n".join(f"> {line}" for line in text.split("\n")) if text else "(no words)")
            for each in saying:
                say(f"{each.case_id}:{each.revision_id}  {each.author or 'not known'}  ({_state(each)})")


def _alike(members: Sequence[Member]) -> Iterator[dict[str | None, list[Member]]]:
    """Members by their words, those whose words are the same but for their dress together."""
    wordings: dict[str | None, list[Member]] = {}
    for each in members:
        wordings.setdefault(each.text, []).append(each)
    dressed: dict[str, dict[str | None, list[Member]]] = {}
    for text, saying in wordings.items():
        dressed.setdefault((sketch(text).exact if text else "") or f"={text}", {})[text] = saying
    yield from dressed.values()


def _state(member: Member) -> str:
    state = [member.severity, f"evidence {member.evidence}"]
    state += ["needs advice"] if member.state == "needs_advice" else []
    state += [f"{member.claimed_by} works on it"] if member.claimed_by else []
    return "; ".join(state)
