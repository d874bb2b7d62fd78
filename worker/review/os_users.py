"""On a command line a name is only claimed: there two people are also two users of the computer (promise 3).

Where people sign in there is no such user, and nothing is compared. So where both are used, one thing stays
open: what was asked for on the review site by one person may be approved on a command line by somebody who
only claims to be another. Nothing here can tell whether the two are one human; the audit says as which user
of the computer the second sat there. A Trust whose people sign in keeps the command line to those who look
after the machine.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.store import tables as t


def must_be_named(source: str, os_user: str | None) -> None:
    """Refuse a command line that does not say who sits there.

    Raises:
        NotAllowed: it does not.
    """
    if source == "cli" and not os_user:
        raise NotAllowed(
            "On a command line the operating system's user counts too.", safe="Nothing was done."
        )


def acted_as(session: Session, thing: str, number: int, *verbs: str) -> frozenset[str]:
    """The users of the computer as whom something was done with a thing, as the audit says.

    Args:
        thing, number: what it was done with, as the audit names it.
        verbs: the audit's, for what was done.
    """
    details = session.scalars(
        select(t.Audit.detail).where(
            t.Audit.object_type == thing, t.Audit.object_id == number, t.Audit.verb.in_(verbs)
        )
    )
    return frozenset(user for each in details if (user := each.get("os_user")))


def is_same(os_user: str | None, earlier: Collection[str], *, one_will_do: bool) -> bool:
    """Whether the user of the computer is one who had a hand in it before.

    Args:
        one_will_do: whether one user of the computer may be both people; for a demo.
    """
    return os_user is not None and os_user in earlier and not one_will_do


def must_be_another(actor: Actor, earlier: Collection[str], did: str, to: str, *, one_will_do: bool) -> None:
    """Refuse a second person who sits there as the same user of the computer as the first.

    Args:
        did, to: what the first did ("It was asked for"), and what the second wants to do ("approve it").

    Raises:
        NotAllowed: it is the same user.
    """
    if is_same(actor.os_user, earlier, one_will_do=one_will_do):
        raise NotAllowed(
            f"{did} by the same user of this computer, {actor.os_user}, who cannot {to} as well.",
            safe="Nothing was done.",
            do="The second person signs in to the computer as themselves.",
        )
