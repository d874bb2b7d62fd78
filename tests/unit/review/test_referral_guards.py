"""What the database itself refuses of referrals, hand-overs, offers and references, on both databases."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.review.desk import Desk

_ANSWERED = "acknowledged_at = made_at, acknowledged_by = made_by"
_ENDED = "ended_at = made_at, ended_by = made_by, outcome = 'x'"
_ROW = (
    "case_id, revision_id, kind, recipient, sees_words, sees_author, sees_evidence, sees_files, reason,"
    " made_by, made_at, due_at"
)
_WHO = "acknowledged_at, acknowledged_by"
#: The same, answered before it was made.
_BEGUN = f"INSERT INTO referrals ({_ROW}, state, {_WHO}) SELECT {_ROW}, 'acknowledged', made_at, made_by"
ON_RECORD = (
    f"UPDATE referrals SET state = 'closed', {_ENDED}, {_ANSWERED}",
    "UPDATE referrals SET state = 'acknowledged'",
    f"UPDATE referrals SET state = 'made', {_ENDED}",
    "UPDATE referrals SET state = 'withdrawn'",
    f"UPDATE referrals SET {_ANSWERED}",
    "UPDATE referrals SET sees_words = NOT sees_words",
    "UPDATE referrals SET recipient = 'somebody else'",
    "UPDATE referrals SET revision_id = revision_id + 1",
    "UPDATE referrals SET due_at = '2027-01-01 00:00:00'",
    "DELETE FROM referrals",
    f"{_BEGUN} FROM referrals",
    "DELETE FROM referral_chases",
    "UPDATE referral_chases SET note = 'x'",
    "DELETE FROM not_referred",
    "UPDATE not_referred SET reason = 'x'",
    "UPDATE support_offers SET state = 'accepted'",
    "UPDATE support_offers SET offered_to = 'x'",
    "DELETE FROM support_offers",
    "UPDATE datix_references SET reference = 'x'",
    "DELETE FROM datix_references",
)
ENDED = (
    "UPDATE referrals SET state = 'acknowledged', ended_at = NULL, ended_by = NULL, outcome = NULL",
    "UPDATE referrals SET outcome = 'another'",
    "UPDATE referrals SET reference = 'another'",
    "UPDATE referrals SET acknowledged_note = 'another'",
)


def taken(desk: Desk, statements: tuple[str, ...]) -> list[str]:
    """The statements that the database takes, each tried alone, as the application's own role."""
    found = []
    for statement in statements:
        try:
            with desk.scene.store.write() as session:
                session.execute(text(statement))
        except DBAPIError:
            continue
        found.append(statement)
    return found


def test_what_is_on_record_stays(desk: Desk) -> None:
    """States go the ways there are, what was referred stays as it was, and no row is removed."""
    desk.decided("threat")
    number = desk.refer("hr")
    desk.of.referrals.chase(desk.reviewer, number, "Phoned.")
    desk.of.referrals.considered(desk.reviewer, desk.case, "police_101", "Not needed.")
    desk.of.support.offer(desk.reviewer, desk.case, "manager", "staff nurse")
    desk.of.datix.note(desk.reviewer, desk.case, "WEB1")
    assert taken(desk, ON_RECORD) == []


def test_what_ended_stays_ended(desk: Desk) -> None:
    """An outcome is not rewritten afterwards."""
    number = desk.refer("police_101", acknowledged="Call taken.", reference="CR/1")
    desk.of.referrals.close(desk.reviewer, number, "Words of advice.")
    assert taken(desk, ENDED) == []
