"""Signing in with a password: who gets in, who does not, and that a stranger learns nothing from it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.signin.door import ADDRESS, PASSWORD, REVIEWER, SENIOR, Door
from worker.errors import NotAllowed
from worker.review.people import change_person
from worker.signin.errors import (
    CodeNeeded,
    ConfirmAgain,
    LockedOut,
    NotSignedIn,
    PasswordRefused,
    StillToDo,
)


def said(door: Door, *given: str | None) -> str:
    """The words of a refusal."""
    user_name, password, code = given
    with pytest.raises(NotSignedIn) as refused:
        door.stage.sign_in(str(user_name), str(password), code, ADDRESS)
    return str(refused.value)


def test_a_person_gets_in_with_their_password_however_the_name_is_written(door: Door) -> None:
    """The session is theirs, with their roles; what they do is theirs; the audit says that they came."""
    door.settle(REVIEWER)
    me = door.enter(" SAM.Hollis ")
    assert (me.name, set(me.roles), me.how) == (REVIEWER, {"reviewer"}, "local")
    assert (me.actor.person_id, me.actor.source) == (door.people[REVIEWER], "web")
    row = door.audited("signed_in")[-1]
    assert (row.person_id, row.source, row.detail["how"]) == (me.person_id, "web", "local")
    assert me.token not in repr(me)


def test_every_refusal_has_the_same_words(door: Door) -> None:
    """No such user, wrong password, wrong code, no longer active, invitation over: nobody can tell which."""
    me = door.settle(SENIOR)
    door.equip(me)
    user_name, one_time = door.invite(REVIEWER)
    words = {
        said(door, "nobody.here", PASSWORD, None),
        said(door, "robin.vale", "wrong password, that", None),
        said(door, "robin.vale", PASSWORD, "000000"),
        said(door, "robin.vale", PASSWORD, "not-a-code-at-all"),
        said(door, "robin.vale", "x" * 100_000, None),
    }
    door.wait(days=8)
    words.add(said(door, user_name, one_time, None))
    change_person(door.store, door.clock, door.admin, door.people[SENIOR], active=False)
    words.add(said(door, "robin.vale", PASSWORD, door.code(SENIOR)))
    assert len(words) == 1
    whys = [row.detail["why"] for row in door.audited("sign_in_refused")]
    assert whys == ["unknown", "password", "code", "code", "password", "invitation_over", "inactive"]


def test_the_audit_of_refusals_holds_nothing_that_was_typed(door: Door) -> None:
    """People type passwords where the user name belongs; neither is written down, nor taken for who acted."""
    door.settle(REVIEWER)
    said(door, "hunter2-typed-here", "typed-password-too", None)
    said(door, "sam.hollis", "typed-password-too", None)
    rows = door.audited("sign_in_refused")
    assert [row.object_id for row in rows] == [None, door.people[REVIEWER]]
    assert {row.person_id for row in rows} == {None}
    assert not [row for row in rows if "typed" in str(row.detail) or ADDRESS in str(row.detail)]


@pytest.mark.parametrize("user_name", ["sam.hollis", "nobody.here"])
def test_too_many_refusals_lock_a_name_out_for_a_while(door: Door, user_name: str) -> None:
    """Whether anybody has the name or not; then even the right password waits, and afterwards it opens."""
    door.settle(REVIEWER)
    for _ in range(5):
        said(door, user_name, "wrong password, that", None)
    with pytest.raises(LockedOut) as locked:
        door.enter(user_name)
    assert locked.value.until == door.clock.now() + timedelta(minutes=15)
    (row,) = door.audited("locked_out")
    assert row.detail == {"counted_by": "user_name", "minutes": 15}
    assert len(door.audited("sign_in_refused")) == 5
    door.wait(minutes=14)
    with pytest.raises(LockedOut):
        door.enter(user_name)
    door.wait(minutes=1)
    if user_name == "sam.hollis":
        assert door.enter(user_name).name == REVIEWER
    else:
        said(door, user_name, PASSWORD, None)


def test_a_right_password_in_between_starts_the_count_anew(door: Door) -> None:
    """Mistyping now and then locks nobody out; refusals long ago do not count."""
    door.settle(REVIEWER)
    for _ in range(3):
        for _ in range(4):
            said(door, "sam.hollis", "wrong password, that", None)
        door.enter("sam.hollis")
    for _ in range(3):
        for _ in range(4):
            said(door, "sam.hollis", "wrong password, that", None)
        door.wait(minutes=15)
    assert door.enter("sam.hollis").name == REVIEWER


def test_who_knows_the_password_cannot_try_codes_for_ever(door: Door) -> None:
    """Asking which code is needed does not set the count of wrong codes back."""
    door.equip(door.settle(SENIOR))
    for _ in range(5):
        with pytest.raises(CodeNeeded):
            door.enter("robin.vale")
        said(door, "robin.vale", PASSWORD, "000000")
    with pytest.raises(LockedOut):
        door.enter("robin.vale", code=door.code(SENIOR))


def test_one_address_cannot_try_many_names(door: Door) -> None:
    """It is locked out whatever the names; somebody at another address, or network, is not."""
    door.with_settings(address_failures=6)
    door.settle(REVIEWER)
    for number in range(6):
        with pytest.raises(NotSignedIn):
            door.enter(f"nobody.{number}", address=f"2001:db8::{number:x}")
    with pytest.raises(LockedOut):
        door.enter("sam.hollis", address="2001:db8::ffff")
    assert door.enter("sam.hollis", address="2001:db8:0:1::1").name == REVIEWER
    assert [row.detail["counted_by"] for row in door.audited("locked_out")] == ["address"]


def test_a_sign_in_of_ones_own_does_not_clear_an_address(door: Door) -> None:
    """Whoever has a password cannot use it to go on trying those of others."""
    door.with_settings(address_failures=6)
    door.settle(REVIEWER)
    for number in range(5):
        with pytest.raises(NotSignedIn):
            door.enter(f"nobody.{number}")
    door.enter("sam.hollis")
    with pytest.raises(NotSignedIn):
        door.enter("nobody.5")
    with pytest.raises(LockedOut):
        door.enter("sam.hollis")


def test_a_one_time_password_opens_nothing_but_its_own_change(door: Door) -> None:
    """Whoever passed it on has seen it: nothing can be done with it before it is changed."""
    user_name, one_time = door.invite(REVIEWER)
    me = door.enter(user_name, one_time)
    assert me.first == "change_password"
    with pytest.raises(StillToDo):
        _ = me.actor
    with pytest.raises(StillToDo):
        door.stage.begin_second_factor(me)
    me = door.stage.change_password(me, one_time, PASSWORD)
    assert me.first is None
    assert me.actor.person_id == door.people[REVIEWER]
    said(door, user_name, one_time, None)


def test_a_role_that_bites_needs_a_second_factor(door: Door) -> None:
    """A senior reviewer does nothing before one is set up; a reviewer may do without."""
    me = door.settle(SENIOR)
    assert me.first == "set_up_second_factor"
    with pytest.raises(StillToDo):
        _ = me.actor
    door.equip(me)
    me = door.enter("robin.vale", code=door.code(SENIOR))
    assert me.first is None
    assert me.actor.person_id == door.people[SENIOR]
    assert door.settle(REVIEWER).first is None
    door.with_settings(second_factor="required")
    assert door.enter("sam.hollis").first == "set_up_second_factor"


def test_a_role_that_is_given_later_needs_a_second_factor_at_once(door: Door) -> None:
    """The session that was enough for the old role is not enough for the new one."""
    me = door.settle(REVIEWER)
    change_person(door.store, door.clock, door.admin, me.person_id, roles=["reviewer", "evidence_officer"])
    again = door.stage.who(me.token)
    assert again is not None
    assert again.first == "set_up_second_factor"


def test_a_changed_password_ends_every_session(door: Door) -> None:
    """Who changed it goes on, with another cookie; the old ones and the old password open nothing."""
    mine, other = door.settle(REVIEWER), door.enter("sam.hollis")
    me = door.stage.change_password(mine, PASSWORD, "pewter kettle under blue rain")
    assert door.still_in(me)
    assert me.started_at == mine.started_at
    assert not door.still_in(other)
    assert not door.still_in(mine)
    said(door, "sam.hollis", PASSWORD, None)
    assert door.enter("sam.hollis", "pewter kettle under blue rain").name == REVIEWER
    assert {row.detail["why"] for row in door.audited("session_ended")} == {"password_changed"}


def test_nobody_changes_a_password_without_the_old_one(door: Door) -> None:
    """An open screen is not enough, and trying there is counted like trying at the door."""
    me = door.settle(REVIEWER)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            door.stage.change_password(me, "wrong password, that", "pewter kettle under blue rain")
    with pytest.raises(LockedOut):
        door.stage.change_password(me, PASSWORD, "pewter kettle under blue rain")


def test_a_refused_new_password_leaves_the_old(door: Door) -> None:
    """Too short, or the same: nothing changed, and nothing was counted."""
    me = door.settle(REVIEWER)
    for _ in range(6):
        for new in ("too short", PASSWORD):
            with pytest.raises(PasswordRefused):
                door.stage.change_password(me, PASSWORD, new)
    assert door.enter("sam.hollis").name == REVIEWER


def test_what_bites_needs_a_fresh_proof(door: Door) -> None:
    """Ten minutes after signing in the person shows again that it is them, with all that signing in needs."""
    door.equip(door.settle(SENIOR))
    me = door.enter("robin.vale", code=door.code(SENIOR))
    door.stage.must_be_confirmed(me)
    door.wait(minutes=10)
    with pytest.raises(ConfirmAgain):
        door.stage.must_be_confirmed(me)
    with pytest.raises(CodeNeeded):
        door.stage.confirm(me, PASSWORD, None)
    with pytest.raises(NotSignedIn):
        door.stage.confirm(me, "wrong password, that", door.code(SENIOR))
    me = door.stage.confirm(me, PASSWORD, door.code(SENIOR))
    door.stage.must_be_confirmed(me)
    with pytest.raises(ConfirmAgain):
        door.stage.must_be_confirmed(me, timedelta())
    assert [row.detail["session_id"] for row in door.audited("confirmed")] == [me.session_id]


def test_confirming_again_is_counted_like_the_door(door: Door) -> None:
    """Whoever sits at an open screen has no more tries than a stranger."""
    me = door.settle(REVIEWER)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            door.stage.confirm(me, "wrong password, that", None)
    with pytest.raises(LockedOut):
        door.stage.confirm(me, PASSWORD, None)


def test_where_passwords_are_off_none_opens(door: Door) -> None:
    """Sessions that began with one end as well, and no new sign-in is made."""
    me = door.settle(REVIEWER)
    door.with_settings(local_sign_in=False, oidc={"issuer": "https://id.example.test", "client_id": "u"})
    said(door, "sam.hollis", PASSWORD, None)
    assert not door.still_in(me)
    with pytest.raises(Exception, match=r"web\.local_sign_in is off"):
        door.stage.create(door.admin, door.people[SENIOR])


def test_nobody_acts_by_being_named(door: Door) -> None:
    """A reviewer gives nobody a sign-in, resets none, and sees nobody's sessions but their own."""
    me = door.settle(REVIEWER)
    other = door.people[SENIOR]
    for refused in (door.stage.create, door.stage.reset, door.stage.end, door.stage.end_all):
        with pytest.raises(NotAllowed):
            refused(me.actor, other)
    with pytest.raises(NotAllowed):
        door.stage.sessions_of(me.actor, other)
    with pytest.raises(NotAllowed):
        door.stage.ways_in(me.actor)
    assert [each.id for each in door.stage.sessions_of(me.actor, me.person_id)] == [me.session_id]
