"""Sessions: what opens, for how long, and what ends it; forms that work once; what is kept of it all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.unit.signin.door import PASSWORD, REVIEWER, SENIOR, Door
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger.audit import Actor
from worker.review.people import add_person, change_person
from worker.signin.errors import NotSignedIn
from worker.signin.preferences import Preferences
from worker.store import tables as t


def rows(door: Door, table: type[t.Base]) -> int:
    """How many rows a table has."""
    with door.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_cookie_opens_nothing_after_signing_out(door: Door) -> None:
    """Also for whoever copied it; signing out twice is no error; the audit says who went."""
    me, other = door.settle(REVIEWER), door.enter("sam.hollis")
    door.stage.sign_out(me.token)
    door.stage.sign_out(me.token)
    assert not door.still_in(me)
    assert door.still_in(other)
    (row,) = door.audited("signed_out")
    assert (row.person_id, row.detail["session_id"]) == (me.person_id, me.session_id)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 100_000, "'; --"])
def test_a_made_up_cookie_opens_nothing(door: Door, token: str) -> None:
    """Whatever a browser sends."""
    door.settle(REVIEWER)
    assert door.stage.who(token) is None
    door.stage.sign_out(token)


def test_the_database_alone_opens_no_session(door: Door) -> None:
    """What it keeps of a token is not the token."""
    me = door.settle(REVIEWER)
    with door.store.read() as session:
        kept = session.scalars(select(t.WebSession.token_hash)).all()
    assert me.token not in kept
    assert [door.stage.who(each) for each in kept] == [None] * len(kept)


def test_a_session_that_nobody_uses_ends(door: Door) -> None:
    """Half an hour after it was last used, for good; one in use goes on."""
    me = door.settle(REVIEWER)
    for _ in range(3):
        door.wait(minutes=29)
        assert door.still_in(me)
    door.wait(minutes=30)
    assert not door.still_in(me)
    door.clock.move(timedelta(minutes=-30))
    assert not door.still_in(me)
    assert [row.detail["why"] for row in door.audited("session_ended")] == ["password_changed", "idle"]


def test_a_session_ends_however_much_it_is_used(door: Door) -> None:
    """Twelve hours after it began the person signs in again."""
    me = door.settle(REVIEWER)
    for _ in range(71):
        door.wait(minutes=10)
        assert door.still_in(me)
    door.wait(minutes=10)
    assert not door.still_in(me)
    assert [row.detail["why"] for row in door.audited("session_ended")] == ["password_changed", "too_long"]


def test_being_there_is_written_once_a_minute(door: Door) -> None:
    """Not with every page: the time of the last page is right to the minute."""
    me = door.settle(REVIEWER)

    def seen() -> timedelta:
        (facts,) = door.stage.sessions_of(me.actor, me.person_id)
        return door.clock.now() - facts.seen_at

    door.wait(seconds=59)
    assert door.still_in(me)
    assert seen() == timedelta(seconds=59)
    door.wait(seconds=1)
    assert door.still_in(me)
    assert seen() == timedelta()


def test_who_left_is_out_at_once(door: Door) -> None:
    """Made inactive while signed in, they open nothing more, and being made active brings no session back."""
    me = door.settle(REVIEWER)
    change_person(door.store, door.clock, door.admin, me.person_id, active=False)
    assert not door.still_in(me)
    change_person(door.store, door.clock, door.admin, me.person_id, active=True)
    assert not door.still_in(me)


def test_roles_count_as_they_are_now(door: Door) -> None:
    """What was taken away since signing in does not count any more."""
    me = door.settle(REVIEWER)
    change_person(door.store, door.clock, door.admin, me.person_id, roles=["pals"])
    again = door.stage.who(me.token)
    assert again is not None
    assert again.roles == {"pals"}


def test_an_administrator_ends_all_sessions_and_resets_a_sign_in(door: Door) -> None:
    """All of them; with a reset the second factor and the lock-out go too; only the new password opens."""
    door.equip(door.settle(SENIOR))
    me = door.enter("robin.vale", code=door.code(SENIOR))
    assert door.stage.end_all(door.admin, me.person_id) == 2
    assert not door.still_in(me)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            door.enter("robin.vale", "wrong password, that")
    made = door.stage.reset(door.admin, me.person_id)
    assert made.password not in repr(made)
    again = door.enter("robin.vale", made.password)
    assert again.first == "change_password"
    assert rows(door, t.RecoveryCode) == 0
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", PASSWORD)
    (row,) = door.audited("sign_in_reset")
    assert row.detail == {"os_user": "rowan"}
    assert made.password not in str([each.detail for each in door.audited("sign_in_reset")])


def test_a_way_in_that_was_taken_away_is_gone(door: Door) -> None:
    """Sessions end, the password opens nothing, and a new one can be given."""
    me = door.settle(SENIOR)
    door.equip(me)
    door.stage.end(door.admin, me.person_id)
    assert not door.still_in(me)
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", code=door.code(SENIOR))
    with pytest.raises(NotFound):
        door.stage.reset(door.admin, me.person_id)
    assert door.settle(SENIOR).person_id == me.person_id


def test_a_user_name_is_one_persons(door: Door) -> None:
    """However it is written; nobody has two; nobody who left gets one; an odd one is refused."""
    door.stage.create(door.admin, door.people[REVIEWER], "Desk.One")
    for person, name in (
        (SENIOR, "DESK.one"),
        (REVIEWER, "another"),
        (SENIOR, "two words"),
        (SENIOR, "x"),
        (SENIOR, "\u202eevil"),
    ):
        with pytest.raises(Conflict):
            door.stage.create(door.admin, door.people[person], name)
    change_person(door.store, door.clock, door.admin, door.people[SENIOR], active=False)
    with pytest.raises(Conflict, match="no longer active"):
        door.stage.create(door.admin, door.people[SENIOR], "robin")
    with pytest.raises(NotFound):
        door.stage.create(door.admin, 999, "robin")


def test_only_the_very_first_sign_in_is_made_by_nobody(door: Door) -> None:
    """For an administrator, from the command line, once."""
    nobody = Actor(None, "cli")
    for person, who in ((REVIEWER, nobody), ("Ada Brook", Actor(None, "web"))):
        with pytest.raises(NotAllowed):
            door.stage.create(who, door.people[person])
    assert door.stage.create(nobody, door.people["Ada Brook"]).user_name == "ada.brook"
    second = add_person(door.store, door.clock, door.admin, "Kit Marsh", ["administrator"])
    with pytest.raises(NotAllowed, match="very first"):
        door.stage.create(nobody, second)


def test_the_list_of_ways_in_tells_how_each_signs_in(door: Door) -> None:
    """User name, second factor, whether the first password is still unchanged, when last there; by name."""
    door.equip(door.settle(SENIOR))
    seen = door.clock.now() - timedelta(seconds=30)
    door.invite(REVIEWER)
    listed = [
        (each.user_name, each.second_factor, each.must_change, each.seen_at)
        for each in door.stage.ways_in(door.admin)
    ]
    assert listed == [
        (None, False, False, None),
        ("robin.vale", True, False, seen),
        ("sam.hollis", False, True, None),
    ]


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(door: Door) -> None:
    """A page left open on a screen ends with the session, however often it asks for news."""
    me = door.settle(REVIEWER)
    for _ in range(5):
        door.wait(minutes=5)
        assert door.stage.who(me.token, renew=False) is not None
    door.wait(minutes=5)
    assert door.stage.who(me.token, renew=False) is None


def test_a_person_ends_their_own_other_sessions(door: Door) -> None:
    """Theirs alone, and the one they do it in goes on."""
    other, me, somebody = door.settle(REVIEWER), door.enter("sam.hollis"), door.settle(SENIOR)
    assert door.stage.sign_out_elsewhere(me) == 1
    assert not door.still_in(other)
    assert door.still_in(me)
    assert door.still_in(somebody)


def test_a_form_works_once(door: Door) -> None:
    """Sent again in the same session it does nothing; another session's forms are its own."""
    me, other = door.settle(REVIEWER), door.settle(SENIOR)
    assert door.stage.use_form(me.session_id, "n-1")
    assert not door.stage.use_form(me.session_id, "n-1")
    assert door.stage.use_form(me.session_id, "n-2")
    assert door.stage.use_form(other.session_id, "n-1")
    assert door.stage.use_form(me.session_id, "\ud800" + "x" * 100_000)


def test_the_mark_of_forms_is_the_sessions(door: Door) -> None:
    """It follows from the token, says nothing of it, is another each time, and fits this session alone."""
    me, other = door.settle(REVIEWER), door.enter("sam.hollis")
    again = door.stage.who(me.token)
    assert again is not None
    assert me.csrf != me.csrf
    assert me.token not in me.csrf
    assert me.csrf_holds(again.csrf)
    unfit = ("", other.csrf, me.csrf[:32], me.csrf[32:], "0" * 32 + me.csrf[32:])
    assert not [given for given in (*unfit, "\u00e9" * 40, "\ud800" * 40) if me.csrf_holds(given)]


def test_preferences_spare_the_eyes_until_somebody_says_otherwise(door: Door) -> None:
    """The defaults are the careful ones; what a person chose stays, for them alone."""
    me, other = door.settle(REVIEWER), door.settle(SENIOR)
    assert me.preferences == Preferences(blur=True, greyscale=True, single_keys=True, language="en")
    for chosen in (Preferences(blur=False, language="cy"), Preferences(single_keys=False)):
        door.stage.prefer(me, chosen)
        again = door.stage.who(me.token)
        assert again is not None
        assert again.preferences == chosen
    untouched = door.stage.who(other.token)
    assert untouched is not None
    assert untouched.preferences == Preferences()


def test_what_is_over_is_forgotten_after_its_time(door: Door) -> None:
    """Sessions ninety days after their end, their forms with them, refusals when they count no more."""
    me = door.settle(REVIEWER)
    door.stage.use_form(me.session_id, "n-1")
    with pytest.raises(NotSignedIn):
        door.enter("nobody.here")
    assert rows(door, t.SignInLimit) > 0
    door.wait(minutes=30)
    door.stage.schedule()
    assert [row.detail["why"] for row in door.audited("session_ended")] == ["password_changed", "idle"]
    assert rows(door, t.SignInLimit) == 0
    door.wait(days=89, hours=23)
    door.stage.schedule()
    assert (rows(door, t.WebSession), rows(door, t.UsedForm)) == (2, 1)
    fresh = door.enter("sam.hollis")
    door.wait(minutes=29)
    assert door.still_in(fresh)
    door.wait(minutes=29)
    assert door.still_in(fresh)
    door.wait(minutes=29)
    door.stage.schedule()
    assert (rows(door, t.WebSession), rows(door, t.UsedForm)) == (1, 0)
    assert door.still_in(fresh)


def test_a_lock_out_outlasts_the_tidying(door: Door) -> None:
    """What is tidied away does not let anybody try again earlier."""
    door.settle(REVIEWER)
    for _ in range(4):
        with pytest.raises(NotSignedIn):
            door.enter("sam.hollis", "wrong password, that")
    door.wait(minutes=14)
    with pytest.raises(NotSignedIn):
        door.enter("sam.hollis", "wrong password, that")
    door.wait(minutes=5)
    door.stage.schedule()
    with pytest.raises(NotAllowed, match="refused too often"):
        door.enter("sam.hollis")


def test_an_ended_session_stays_ended(door: Door) -> None:
    """The database refuses to begin it again, or to make it somebody else's."""
    me, other = door.settle(REVIEWER), door.settle(SENIOR)
    door.stage.sign_out(me.token)
    for session_id, changed in (
        (me.session_id, {"ended_at": None, "ended_why": None}),
        (me.session_id, {"seen_at": door.clock.now() + timedelta(hours=1)}),
        (other.session_id, {"person_id": me.person_id}),
        (other.session_id, {"started_at": door.clock.now() + timedelta(hours=1)}),
    ):
        with pytest.raises(Exception, match="stays as it was written"), door.store.write() as session:
            session.execute(update(t.WebSession).where(t.WebSession.id == session_id).values(**changed))
