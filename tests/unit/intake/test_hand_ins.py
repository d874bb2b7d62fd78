"""What staff hand in: evidence as it came, a case like any other, names kept apart, colleagues not judged."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from rules.evaluate import RuleSet
from tests.judging import said
from tests.unit.intake.handing_in import PDF, Desk, make_desk
from worker.errors import Conflict, NotAllowed, NotFound, NotYet
from worker.evidence.bag import sha256
from worker.evidence.handed_in import NotAccepted
from worker.intake.hand_in import Given, HandInIncomplete
from worker.intake.hand_in_views import hand_in_of, list_hand_ins, show_hand_in
from worker.keyring import KeyringFault
from worker.review.access import kinds_on, may_see
from worker.review.errors import NeverJudged
from worker.review.pages import PROMPT
from worker.review.queue import QueueFilter
from worker.store import tables as t
from worker.store.session import Store

WORDS = "I will find the nurse on ward 4 and stab her"
REPORTER = "Wren Hollis, healthcare assistant"


@pytest.fixture
def desk(store: Store, tmp_path: Path, ruleset: RuleSet) -> Desk:
    """A desk on either database."""
    return make_desk(store, tmp_path, ruleset)


def given(words: str | None = WORDS, **more: object) -> Given:
    """A message that a member of staff got."""
    values = {
        "what": "message",
        "text": words,
        "link": None,
        "service": "Emergency department",
        "name": REPORTER,
    }
    return Given(**(values | more))  # type: ignore[arg-type]  # tests name fields of several kinds


def protected(words: str | None = "What happened on the ward at night is not written down") -> Given:
    """The same under protection."""
    return given(words, protected=True)


def everything_stored(desk: Desk) -> str:
    """Every value of every table, as text."""
    with desk.store.read() as session:
        rows = [session.execute(select(table)).all() for table in t.Base.metadata.sorted_tables]
    return repr(rows)


def test_it_becomes_a_case_like_any_other_with_evidence_of_its_own(desk: Desk) -> None:
    """Words are screened and queued, the file is sealed byte for byte, and no platform is asked."""
    done = desk.add(given(link="https://social.example.test/42"), ("../../etc/a\x1b[2J.pdf", PDF))
    desk.seal()
    page = desk.scene.review.queue(desk.person("reviewer"), QueueFilter(platform="handed_in"))
    assert [(row.case_id, row.evidence) for row in page.rows] == [(done.case_id, "sealed")]
    assert "threat" in page.rows[0].categories
    assert desk.case(done.case_id).severity == done.severity != "routine"
    core, file = desk.bags(done.case_id)
    kept = json.loads((core / "data/hand-in.json").read_bytes())
    assert (kept["text"], kept["given_by"], kept["link"]) == (
        WORDS,
        REPORTER,
        "https://social.example.test/42",
    )
    assert kept["files"][0]["sha256"] == sha256(PDF)
    assert (file / "data/handed-in.pdf").read_bytes() == PDF
    custody = json.loads((core / "data/custody.json").read_bytes())
    assert (custody["source"], custody["comment"].get("author")) == ("handed_in", None)
    assert "does not say who wrote it" in (core / "data/report.html").read_text("utf-8").replace("\n", " ")
    assert desk.platform.reads == 0
    result = desk.evidence.verify(done.case_id, desk.person("evidence_officer"))
    assert [each.ok for each in result] == [True, True]


def test_what_no_rule_minds_is_queued_all_the_same(desk: Desk) -> None:
    """A person looks at everything that staff hand in, also where it is a file without words."""
    done = desk.add(given(None, what="screenshot"), ("screen.pdf", PDF))
    view = desk.scene.review.show(desk.person("reviewer"), done.case_id)
    assert (view.state, [found.category for found in view.findings]) == ("open", ["other"])
    assert hand_in_of(desk.store, done.case_id) == done.hand_in_id


def test_a_file_waits_for_the_words_that_it_belongs_to(desk: Desk) -> None:
    """A file is never sealed before the core that its custody facts name."""
    desk.add(given(), ("screen.pdf", PDF))
    (job,) = desk.payloads("supplement")
    with pytest.raises(NotYet):
        desk.supplements.seal(
            int(str(job["snapshot_id"])), str(job["token"]), str(job["sha256"]), desk.finished.append
        )


def test_all_of_it_is_taken_or_nothing(desk: Desk) -> None:
    """A second file that is not taken leaves no case, no row and no first file behind."""
    with pytest.raises(NotAccepted):
        desk.add(given(), ("screen.pdf", PDF), ("run.exe", b"MZ\x90\x00"))
    for refused in (given(None), given(service=" "), given(name=""), given(what="rumour")):
        with pytest.raises(HandInIncomplete):
            desk.add(refused)
    assert (desk.scene.count(t.HandIn), desk.scene.count(t.Case), desk.scene.count(t.Comment)) == (0, 0, 0)
    assert list((desk.folder / "inbox").iterdir()) == []


def test_a_protected_name_is_nowhere_but_encrypted(desk: Desk) -> None:
    """Neither database nor evidence nor audit says who gave it, nor who typed it: often it is one person."""
    done = desk.add(protected(), ("night.pdf", PDF), by="pals")
    desk.seal()
    stored = everything_stored(desk)
    assert "Wren" not in stored
    assert all(b"Wren" not in path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    pals = desk.person("pals").person_id
    with desk.store.read() as session:
        assert session.scalar(select(t.Audit.id).where(t.Audit.person_id == pals)) is None
    for bag in desk.bags(done.case_id):
        assert (
            json.loads((bag / "data/custody.json").read_bytes()).get("triggered_by", {}).get("person") is None
        )
        assert b'"person": %d' % (pals or 0) not in (bag / "data/custody.json").read_bytes()
    assert desk.case(done.case_id).restriction == "protected"
    with pytest.raises(NotAllowed):
        desk.scene.review.show(desk.person("reviewer"), done.case_id)


def test_only_the_guardian_reads_a_protected_name_and_leaves_a_trace(desk: Desk) -> None:
    """Reveals need the one right and a reason; each is in the audit, and so is each refusal."""
    done = desk.add(protected())
    for role in (role for role in desk.scene.people if role != "freedom_to_speak_up_guardian"):
        with pytest.raises(NotAllowed):
            desk.hand_ins.reveal(desk.person(role), done.hand_in_id, "curious")
    guardian = desk.person("freedom_to_speak_up_guardian")
    with pytest.raises(Conflict):
        desk.hand_ins.reveal(guardian, done.hand_in_id, "  ")
    assert desk.hand_ins.reveal(guardian, done.hand_in_id, "They asked to be called back.") == REPORTER
    (row,) = desk.scene.audited("name_revealed")
    assert (row.person_id, row.detail["reason"]) == (guardian.person_id, "They asked to be called back.")
    open_one = desk.add(given())
    with pytest.raises(NotFound):
        desk.hand_ins.reveal(guardian, open_one.hand_in_id, "curious")


def test_a_protected_name_does_not_open_elsewhere(desk: Desk) -> None:
    """A name that is moved to another hand-in, or met by another key, is refused, not shown."""
    first, second = desk.add(protected("One")), desk.add(protected("Two"))
    with desk.store.read() as session:
        kept = session.get_one(t.ProtectedName, first.hand_in_id)
        case = session.get_one(t.Case, second.case_id)
        other = session.get_one(t.Comment, case.comment_id).external_id
    with pytest.raises(KeyringFault):
        desk.hand_ins.name_key.open(kept.key_id, kept.sealed, other)
    (desk.folder / "keys/names.key").write_bytes(b"0" * 64)
    with pytest.raises(KeyringFault):
        desk.hand_ins.reveal(desk.person("freedom_to_speak_up_guardian"), first.hand_in_id, "a call back")


def test_what_is_about_a_colleague_goes_to_hr_and_is_never_judged(desk: Desk) -> None:
    """It waits in no queue, no rule judges it, nobody can decide on it, and it is evidence all the same."""
    words = "I know your shift and I will stab you in the car park tonight."
    done = desk.add(given(words, staff_on_staff=True), ("chat.pdf", PDF))
    desk.seal()
    hr = desk.person("hr")
    case = desk.case(done.case_id)
    assert (case.state, case.restriction, done.severity) == ("routed", "staff_on_staff", None)
    assert done.danger
    assert len(desk.evidence.show(done.case_id, hr)) == 2
    with pytest.raises(NotAllowed):
        desk.evidence.show(done.case_id, desk.person("evidence_officer"))
    assert desk.scene.review.queue(desk.person("senior_reviewer")).counts.total.number == 0
    assert desk.scene.review.queue(hr).counts.total.number == 0
    assert [row.hand_in_id for row in list_hand_ins(desk.store, desk.scene.clock, hr, limit=5)] == [1]
    assert list_hand_ins(desk.store, desk.scene.clock, desk.person("senior_reviewer"), limit=5) == ()
    with desk.store.read() as session:
        (task,) = session.scalars(select(t.Task)).all()
        assert task.for_role == "hr"
        assert task.title.startswith(f"MAY BE IMMEDIATE DANGER. {PROMPT} Take over hand-in 1")
        assert task.due_at == desk.scene.clock.now() + timedelta(minutes=15), "danger waits no working day"
        assert session.scalars(select(t.Finding.id)).all() == []
    with pytest.raises(NotAllowed):
        desk.scene.review.claim(desk.person("senior_reviewer"), done.case_id)
    with pytest.raises(NotAllowed):
        desk.evidence.show(desk.add(given(), by="hr").case_id, hr)


def test_every_reason_that_keeps_a_hand_in_for_named_roles_holds(desk: Desk) -> None:
    """The safeguarding lead reads of no manager; HR reads of a colleague, but not who says so."""
    colleague = desk.add(given(protected=True, staff_on_staff=True))
    manager = desk.add(given(protected=True, about_manager="Nobody Here", not_a_user=True))
    seen_by = {
        colleague.case_id: {"hr", "freedom_to_speak_up_guardian"},
        manager.case_id: {"freedom_to_speak_up_guardian", "senior_reviewer"},
    }
    with desk.store.read() as session:
        for case_id, roles in seen_by.items():
            people = {role: desk.person(role).person_id or 0 for role in t.ROLES}
            assert {role for role, person in people.items() if may_see(session, person, case_id)} == roles
        assert kinds_on(session, manager.case_id) == ("protected", "manager")
    with pytest.raises(NotAllowed):
        desk.hand_ins.reveal(desk.person("hr"), colleague.hand_in_id, "To speak with them.")


def test_no_way_leads_to_a_decision_about_a_colleague(desk: Desk) -> None:
    """Even somebody who sees such a case, and even raw SQL, decides nothing on it; its state stays."""
    done = desk.add(given(staff_on_staff=True))
    case = desk.case(done.case_id)
    with desk.store.write() as session:
        both = desk.person("hr").person_id
        session.add(t.PersonRole(person_id=both, role="senior_reviewer"))
    with pytest.raises(NeverJudged):
        desk.scene.review.decide(
            desk.person("hr"),
            case.id,
            case.revision_id,
            "not_upheld",
            reason="No.",
            particulars=said("not_upheld"),
        )
    values = {"case_id": case.id, "revision_id": case.revision_id, "person_id": both, "verdict": "not_upheld"}
    more = {"reason": "No.", "why_not": "other", "decided_at": desk.scene.clock.now()}
    with pytest.raises(DBAPIError, match="never judged"), desk.store.write() as session:
        session.execute(insert(t.Decision).values(**values, **more))
    with pytest.raises(DBAPIError, match=r"stays|go only"), desk.store.write() as session:
        session.execute(text(f"UPDATE cases SET state = 'open', closed_at = NULL WHERE id = {case.id}"))


def test_a_manager_never_sees_what_is_about_them(desk: Desk) -> None:
    """Whatever their roles, the manager who is named is kept from the case; others of the role see it."""
    manager = desk.person("senior_reviewer")
    done = desk.add(given(about_manager=" the SENIOR  reviewer"))
    assert done.manager_is_user
    with pytest.raises(NotAllowed):
        desk.scene.review.show(manager, done.case_id)
    assert list_hand_ins(desk.store, desk.scene.clock, manager, limit=5) == ()
    view = show_hand_in(desk.store, desk.scene.clock, desk.person("hr"), done.hand_in_id)
    assert (view.about_manager, view.row.restriction) == (" the SENIOR  reviewer", "manager")
    with pytest.raises(HandInIncomplete, match="nobody would be kept from the case"):
        desk.add(given(about_manager="The senior reviever"))
    assert desk.scene.count(t.Case) == 1
    assert not desk.add(given(about_manager="Nobody Here", not_a_user=True)).manager_is_user


def test_no_platform_is_asked_for_anything(desk: Desk) -> None:
    """A hide of what was handed in is refused in words, with the whole decision; raw SQL is refused too."""
    done = desk.add(given())
    case = desk.case(done.case_id)
    with pytest.raises(Conflict, match="handed in by staff"):
        desk.scene.upheld(case.id, case.revision_id, actions=("hide",))
    assert desk.case(case.id).state == "open"
    decision = desk.scene.upheld(case.id, case.revision_id)
    with pytest.raises(DBAPIError, match="no platform"), desk.store.write() as session:
        session.execute(
            insert(t.RequestedAction).values(
                case_id=case.id,
                comment_id=case.comment_id,
                revision_id=case.revision_id,
                decision_id=decision,
                verdict="upheld",
                kind="hide",
                state="requested",
                requested_by=desk.person("reviewer").person_id,
                requested_at=desk.scene.clock.now(),
                reason="Take it away.",
            )
        )


def test_the_same_file_handed_in_twice_is_noted(desk: Desk) -> None:
    """Whoever hands it in is told, and whoever may see both is shown where it came from before."""
    first = desk.add(given(), ("a.pdf", PDF))
    second = desk.add(given("Again"), ("b.pdf", PDF), ("c.pdf", PDF))
    assert (first.known_files, second.known_files) == ((), ("b.pdf", "c.pdf"))
    view = show_hand_in(desk.store, desk.scene.clock, desk.person("reviewer"), second.hand_in_id)
    assert [each.same_as for each in view.files] == [(first.hand_in_id,)] * 2


@pytest.mark.parametrize(
    ("words", "told"),
    [("Log in with password: Rowan2026", True), ("the PIN is 4711", True), ("They threw a pin at me", False)],
)
def test_a_password_in_it_is_noticed(words: str, *, told: bool) -> None:
    """Nobody is asked for a password; one that somebody wrote down all the same is warned about."""
    assert given(words).holds_credentials is told
