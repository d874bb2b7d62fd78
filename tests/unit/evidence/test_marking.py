"""What people say of pictures: the gravest mark counts, who may look, who is told, what waited."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.evidence.marked import LEAD, Office, person, record_row, suspect
from tests.unit.evidence.world import START, World, actor, done
from worker.errors import NotAllowed, NotFound
from worker.evidence.marking import LeadNotTold
from worker.evidence.standing import (
    check_may_view,
    may_copy_media,
    require_may_view,
    restrictions,
    standing,
    suspected_among,
)
from worker.ledger.audit import Actor
from worker.review.access import check_access
from worker.settings_evidence import Safeguarding
from worker.store import tables as t
from worker.summary.mailer import MailFault


@pytest.mark.parametrize(
    ("marks", "counts", "may", "may_unasked", "closed"),
    [
        ((), None, False, True, False),
        (("safe_to_copy",), "safe_to_copy", True, True, False),
        (("intimate_image",), "intimate_image", False, False, True),
        (("intimate_image", "safe_to_copy"), "intimate_image", True, True, True),
        (("suspected_csam",), "suspected_csam", False, False, True),
        (("suspected_csam", "safe_to_copy"), "suspected_csam", False, False, True),
        (("safe_to_copy", "intimate_image", "suspected_csam"), "suspected_csam", False, False, True),
    ],
)
def test_the_gravest_mark_counts_and_is_never_taken_back(
    world: World,
    marks: tuple[str, ...],
    counts: str | None,
    *,
    may: bool,
    may_unasked: bool,
    closed: bool,
) -> None:
    """Whatever was said before or after: copying needs a person's word, and never happens once suspected."""
    office, who = Office(world), actor(world.store)
    for mark in marks:
        office.marking().mark(world.case_id, mark, who, revision_id=world.revision_id)
    with world.store.read() as session:
        assert standing(session, world.comment_id) == counts
        assert may_copy_media(session, world.comment_id, unasked=False)[0] is may
        assert may_copy_media(session, world.comment_id, unasked=True)[0] is may_unasked
        assert bool(restrictions(session, world.case_id)) is closed


def test_a_hostile_address_does_nothing_in_a_record_or_a_mail(world: World) -> None:
    """Markup, hidden characters and line breaks in an address are text in the page, one line in the mail."""
    with world.store.write() as session:
        comment = session.get_one(t.Comment, world.comment_id)
        comment.permalink = "HTTPS://x.example.test/<script>1</script>\u202e\r\nBcc: all@example.test"
    office = Office(world)
    said = office.marking().mark(world.case_id, "suspected_csam", actor(world.store))
    folder = world.bags / (record_row(world).bag or "")
    page = (folder / "data/report.html").read_text()
    assert "<script>" not in page
    assert "\u202e" not in page
    office.marking().tell_lead(said.mark_id, done)
    (line,) = [line for line in office.told[0].text.splitlines() if line.startswith("Address:")]
    assert "hxxpS://x[.]example[.]test/" in line
    assert "U+202EU+000DU+000ABcc: all@" in line


def test_a_second_suspicion_asks_for_no_second_record_and_tells_again(any_world: World) -> None:
    """Saying it again adds a mark and a mail; the record that is there is enough."""
    office = Office(any_world)
    suspect(office)
    record_row(any_world)
    suspect(office)
    assert len(office.jobs("capture_urgent")) == 1
    assert len(office.jobs("tell_lead")) == 2


@pytest.mark.parametrize(
    ("mark", "kind"), [("intimate_image", "intimate_image"), ("suspected_csam", "imagery")]
)
def test_a_grave_mark_restricts_every_case_of_the_comment(any_world: World, mark: str, kind: str) -> None:
    """In the mark's own transaction; whoever marked it goes on, their colleague does not see it any more."""
    finder, colleague = person(any_world, "reviewer"), person(any_world, "reviewer", name="Kit Marlow")
    Office(any_world).marking().mark(any_world.case_id, mark, finder)
    with any_world.store.read() as session:
        case = check_access(session, finder, any_world.case_id)
        assert case.restriction == kind
        with pytest.raises(NotAllowed):
            check_access(session, colleague, any_world.case_id)
    assert any_world.audits("restricted") == [{"kind": kind, "before": None, "after": kind}]


def test_intimate_images_close_a_case_to_reviewers(any_world: World) -> None:
    """A reviewer may not look at restricted evidence, and the refusal is in the audit; an officer may."""
    office, reviewer, officer = Office(any_world), person(any_world, "reviewer"), actor(any_world.store)
    with any_world.store.read() as session:
        check_may_view(session, reviewer, any_world.case_id)
    office.marking().mark(any_world.case_id, "intimate_image", reviewer)
    with pytest.raises(NotAllowed, match="restricted"):
        require_may_view(any_world.store, any_world.clock, reviewer, any_world.case_id)
    assert any_world.audits("refused") == [{"right": "view_restricted_evidence", "why": "NotAllowed"}]
    require_may_view(any_world.store, any_world.clock, officer, any_world.case_id)
    with any_world.store.read() as session, pytest.raises(NotAllowed):
        check_may_view(session, Actor(None, "cli"), any_world.case_id)
    with any_world.store.read() as session:
        assert restrictions(session, 404)


def test_somebody_who_is_no_longer_active_sees_nothing_restricted(world: World) -> None:
    """A role that is left over opens nothing once the person has gone."""
    officer = actor(world.store)
    Office(world).marking().mark(world.case_id, "intimate_image", officer)
    with world.store.write() as session:
        session.get_one(t.Person, officer.person_id).active = False
    with world.store.read() as session, pytest.raises(NotAllowed):
        check_may_view(session, officer, world.case_id)


def test_only_those_with_the_right_may_mark(any_world: World) -> None:
    """A communications lead marks nothing; an unknown case or mark changes nothing; a refusal is audited."""
    office, marking = Office(any_world), Office(any_world).marking()
    with pytest.raises(NotAllowed):
        marking.mark(any_world.case_id, "suspected_csam", person(any_world, "communications_lead"))
    with pytest.raises(NotFound, match="no case"):
        marking.mark(404, "safe_to_copy", actor(any_world.store))
    with pytest.raises(NotFound, match="no mark"):
        marking.mark(any_world.case_id, "harmless", actor(any_world.store))
    with pytest.raises(NotFound, match="Nobody marked"):
        marking.lock(any_world.comment_id, done)
    with any_world.store.read() as session:
        assert standing(session, any_world.comment_id) is None
        assert suspected_among(session, [any_world.comment_id]) == frozenset()
    assert [detail["why"] for detail in any_world.audits("refused")] == ["NotAllowed", "NotFound"]
    assert office.jobs("lock") == []


def test_what_waited_for_safe_to_copy_is_asked_for_once(world: World) -> None:
    """The word of a person sets off the captures that waited for it; saying it again does not repeat them."""
    office, who = Office(world), actor(world.store)
    for mark in ("intimate_image", "safe_to_copy", "safe_to_copy", "suspected_csam", "safe_to_copy"):
        office.marking().mark(world.case_id, mark, who, revision_id=world.revision_id)
    assert office.waited == [world.comment_id]


def test_the_lead_is_told_ids_times_and_an_address_that_no_program_opens(any_world: World) -> None:
    """The mail holds what the police need to be told, not a word of the comment, and no link."""
    office = Office(any_world)
    said = office.marking().mark(any_world.case_id, "suspected_csam", actor(any_world.store), "looked wrong")
    office.marking().tell_lead(said.mark_id, done)
    (notice,) = office.told
    assert notice.to == "hazel.brook@trust.example.test"
    assert notice.reference == f"mark-{said.mark_id}"
    assert f"Case: {any_world.case_id}\n" in notice.text
    assert "id 17001" in notice.text
    assert "hxxps://social[.]example[.]test/15000?comment=17001" in notice.text
    assert "16 November 2026 at 9:32am" in notice.text
    assert "07700 900123" in notice.text
    for word in ("://social.", "https", "http:", "hurt you", "rude_person", "looked wrong"):
        assert word not in notice.text + notice.subject
    assert any_world.audits("lead_told") == [{"mark_id": said.mark_id}]


def test_a_lead_who_was_not_told_is_never_silent(world: World) -> None:
    """Without an address, or where the mail server refuses, the job fails and no audit row says "told"."""
    office = Office(world, safeguarding=Safeguarding())
    said = office.marking().mark(world.case_id, "suspected_csam", actor(world.store))
    assert not said.lead_has_address
    with pytest.raises(LeadNotTold, match=r"safeguarding\.lead_email"):
        office.marking().tell_lead(said.mark_id, done)
    office.safeguarding, office.refuses = LEAD, MailFault("no")
    with pytest.raises(MailFault):
        office.marking().tell_lead(said.mark_id, done)
    with pytest.raises(NotFound):
        office.marking().tell_lead(404, done)
    assert world.audits("lead_told") == []


def test_exports_that_left_before_are_named(any_world: World) -> None:
    """Copies that are out of the house cannot be locked from here: the person is told which they are."""
    who = actor(any_world.store)
    with any_world.store.write() as session:
        made = t.Export(
            purpose="police", legal_basis="x", recipient="x", reason="x", redacted=False, state="asked",
            asked_by=who.person_id, asked_at=START, particulars={},
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.add(t.ExportCase(export_id=made.id, case_id=any_world.case_id))
        session.flush()
        made.state, made.decided_by, made.decided_at = "approved", who.person_id, START
        made.break_glass_reason = "nobody else is on call"
        session.flush()
        made.state, made.made_at = "made", START + timedelta(minutes=1)
        made.file_name, made.file_sha256, made.file_bytes = "x.zip", "0" * 64, 1
        number = made.id
    said = Office(any_world).marking().mark(any_world.case_id, "suspected_csam", who)
    assert said.exports == (number,)
