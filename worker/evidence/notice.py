"""The mail that tells the named lead of a suspicion: ids, times and the address. No words, no picture."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.evidence.instruction import instruction, provenance
from worker.settings_evidence import Safeguarding
from worker.store import tables as t

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail.

    Attributes:
        reference: the same for every try of the same notice; plain letters, digits and dashes.
    """

    to: str
    subject: str
    text: str
    reference: str


def suspicion_notice(session: Session, mark: t.Mark, safeguarding: Safeguarding, to: str) -> Notice:
    """What the named lead is told.

    The address is written so that no mail program makes a link of it: some open every link in a mail to
    see whether it is safe, and that must not happen here.
    """
    comment = session.get_one(t.Comment, mark.comment_id)
    account = session.get_one(t.Account, comment.account_id)
    cases = session.scalars(select(t.Case.id).where(t.Case.comment_id == comment.id).order_by(t.Case.id))
    author = None if comment.author_id is None else session.get_one(t.Author, comment.author_id)
    address = comment.permalink
    facts = (
        ("Case", ", ".join(str(case) for case in cases)),
        ("Platform", comment.platform),
        ("Our account", f"id {account.external_id}"),
        ("Comment", f"id {comment.external_id}"),
        ("Author", "not given by the platform" if author is None else f"id {author.external_id}"),
        ("Address", "not given by the platform" if address is None else _no_link(address)),
        (
            "Posted",
            "not given by the platform" if comment.posted_at is None else for_people(comment.posted_at),
        ),
        ("First seen by us", for_people(comment.first_seen_at)),
        ("Marked", f"{for_people(mark.marked_at)}, by person {mark.marked_by} of our register"),
    )
    lines = [
        f"To {safeguarding.lead_name}.",
        "",
        "A person marked a comment on one of our accounts as suspected child sexual abuse imagery.",
        "Upstander copies nothing of it any more. What it had copied before is locked away.",
        "",
        *(f"{name}: {_plain(value)}" for name, value in facts),
        "",
        "In the address, hxxp stands for http and [.] for a full stop, so that no program opens it.",
        "",
        "Whoever marked it was shown these words:",
        "",
        *(f"{number}. {line}" for number, line in enumerate(instruction(safeguarding), start=1)),
        "",
        provenance(),
    ]
    return Notice(
        to=to,
        subject="Upstander: suspected child sexual abuse imagery, please act now",
        text="\n".join(lines) + "\n",
        reference=f"mark-{mark.id}",
    )


def _no_link(address: str) -> str:
    return re.sub("http", "hxxp", address, flags=re.IGNORECASE).replace(".", "[.]")


def _plain(text: str) -> str:
    """One line that nothing hides in: what cannot be seen is written out as U+ and its number."""
    return "".join(
        character if character.isprintable() else f"U+{ord(character):04X}" for character in text[:_LONGEST]
    )
