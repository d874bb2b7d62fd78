"""What a call about immediate danger says: numbers, the account, times. Not what was written, nor by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.clock import for_people
from worker.review.pages import PROMPT

_LONGEST = 200
#: Shows a case of immediate danger to those who may see it.
_FINDS = "upstander queue list --severity immediate_danger --as NAME"


@dataclass(frozen=True, slots=True)
class Call:
    """One call about a page.

    Attributes:
        turn: 1 is the first; each that nobody acknowledges is followed by another.
        restricted: whether somebody is kept from the case: then it is named only to those who may see it.
        account: the handle of the Trust's own account.
        next_at: when the next person is called.
    """

    page_id: int
    turn: int
    case_id: int
    restricted: bool
    platform: str
    account: str
    began_at: datetime
    now: datetime
    next_at: datetime


def letter(call: Call, name: str, *, on_call: bool) -> tuple[str, str]:
    """The subject and the text of the mail to one person.

    Args:
        name: theirs, as `people list` shows it.
        on_call: False where they are told because nobody on call could be reached, or none of them answered.
    """
    why = (
        "You get this because you are on call."
        if on_call
        else "You get this because nobody on call could be reached, or none of them answered,"
        " and you may take the call."
    )
    named = _plain(name)
    lines = (
        PROMPT,
        "",
        f"Case {call.case_id} of Upstander is immediate danger, and waits for a person.",
        "",
        f"Platform: {call.platform.replace('_', ' ')}",
        f"Our account: {_plain(call.account)}",
        f"Since: {for_people(call.began_at)}",
        f"Reference: page {call.page_id}, call {call.turn}",
        "",
        why,
        "Say that you have taken it:",
        f'  upstander on-call acknowledge {call.case_id} --as "{named}"',
        "Then look at it:",
        f'  upstander queue show {call.case_id} --as "{named}"',
        "",
        f"Unless somebody acknowledges it, the next call follows at {for_people(call.next_at)}.",
        "This mail leaves out what was written, and by whom, on purpose.",
    )
    return f"Upstander: immediate danger, case {call.case_id}. Please act now", "\n".join(lines) + "\n"


def fetch_letter(call: Call) -> tuple[str, str]:
    """The subject and the text of the mail to somebody who may not see the case and has to fetch who may."""
    lines = (
        PROMPT,
        "",
        "A restricted case of Upstander is immediate danger, and waits for a person. You may not see it, and",
        "nobody who may could be reached by e-mail, or none of them has answered.",
        "",
        f"Since: {for_people(call.began_at)}",
        f"Reference: page {call.page_id}, call {call.turn}",
        "",
        "Phone the safeguarding lead, the Freedom to Speak Up Guardian, HR or a senior reviewer now, and",
        "have them look at it:",
        f"  {_FINDS}",
        "",
        f"Unless somebody acknowledges it, the next call follows at {for_people(call.next_at)}.",
        "This mail leaves out which case it is on purpose.",
    )
    return "Upstander: immediate danger. Please fetch somebody now", "\n".join(lines) + "\n"


def post(call: Call, name: str | None) -> dict[str, Any]:
    """The facts that the webhook gets. Who reads them is not known: a restricted case is not named.

    Args:
        name: who is called first; None where nobody is on call.
    """
    acknowledge = f"upstander on-call acknowledge {call.case_id} --as NAME"
    return {
        "kind": "upstander.page",
        "reference": f"page-{call.page_id}-{call.turn}",
        "prompt": PROMPT,
        "case": None if call.restricted else call.case_id,
        "restricted": call.restricted,
        "severity": "immediate_danger",
        "platform": None if call.restricted else call.platform,
        "account": None if call.restricted else _plain(call.account),
        "since": call.began_at.isoformat(),
        "call": call.turn,
        "called_at": call.now.isoformat(),
        "next_call_at": call.next_at.isoformat(),
        "on_call": None if name is None else _plain(name),
        "acknowledge": _FINDS if call.restricted else acknowledge,
    }


def _plain(text: str) -> str:
    """One line that nothing hides in."""
    return "".join(
        character if character.isprintable() else f"U+{ord(character):04X}" for character in text[:_LONGEST]
    )
