"""Second factors: codes and recovery codes that work once, and secrets that no copy of the database has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update

from tests.unit.signin.door import PASSWORD, REVIEWER, SENIOR, Door
from worker.errors import Conflict
from worker.keyring import SIGN_IN_KEY, KeyringFault
from worker.signin.errors import CodeNeeded, ConfirmAgain, NotSignedIn, WrongCode
from worker.signin.signed_in import SignedIn
from worker.store import tables as t


def test_a_code_is_asked_for_and_works_once(door: Door) -> None:
    """Whoever reads it over somebody's shoulder, or from the line, cannot use it again."""
    door.equip(door.settle(SENIOR))
    with pytest.raises(CodeNeeded):
        door.enter("robin.vale")
    code = door.code(SENIOR)
    assert door.enter("robin.vale", code=code).second_factor.shown
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", code=code)
    door.wait(seconds=30)
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", code=door.code(SENIOR, steps=-1))
    assert door.enter("robin.vale", code=door.code(SENIOR)).name == SENIOR


def test_the_code_that_set_it_up_is_used_as_well(door: Door) -> None:
    """It was on the screen while the telephone was shown around."""
    me = door.settle(SENIOR)
    made = door.stage.begin_second_factor(me)
    door.secrets[SENIOR] = made.secret
    door.stage.confirm_second_factor(me, made.sealed, door.code(SENIOR))
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", code=door.code(SENIOR))


def test_of_two_at_once_one_uses_a_code(door: Door) -> None:
    """Both were looked at before either was taken: one of them gets in."""
    door.with_settings(lockout_failures=20)
    door.equip(door.settle(SENIOR))
    code = door.code(SENIOR)

    def enter(_number: int) -> bool:
        try:
            return door.enter("robin.vale", code=code).name == SENIOR
        except NotSignedIn:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, range(4))) == [False, False, False, True]


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_telephone_may_be_half_a_minute_out(door: Door, steps: int) -> None:
    """One step early or late is taken."""
    door.equip(door.settle(SENIOR))
    door.wait(minutes=5)
    assert door.enter("robin.vale", code=door.code(SENIOR, steps=steps)).name == SENIOR


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_of_another_minute_is_none(door: Door, steps: int) -> None:
    """Two steps are too far."""
    door.equip(door.settle(SENIOR))
    door.wait(minutes=5)
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", code=door.code(SENIOR, steps=steps))


def test_a_recovery_code_stands_in_once(door: Door) -> None:
    """Eight of them, however they are typed; new ones take the place of all; the audit tells of each use."""
    codes = door.equip(door.settle(SENIOR))
    assert len(set(codes)) == 8
    me = door.enter("robin.vale", code=f" {codes[0].upper().replace('-', ' ')} ")
    assert me.second_factor.shown
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", code=codes[0])
    assert [row.object_id for row in door.audited("recovery_code_used")] == [door.people[SENIOR]]
    fresh = door.stage.new_recovery_codes(me)
    with pytest.raises(NotSignedIn):
        door.enter("robin.vale", code=codes[1])
    assert door.enter("robin.vale", code=fresh[1]).name == SENIOR


def test_a_recovery_code_is_one_persons(door: Door) -> None:
    """Somebody else's opens nothing."""
    codes = door.equip(door.settle(SENIOR))
    door.equip(door.settle(REVIEWER))
    with pytest.raises(NotSignedIn):
        door.enter("sam.hollis", code=codes[0])


def test_nothing_is_kept_until_a_code_was_right(door: Door) -> None:
    """A set-up that is left, or whose code was wrong, changes nothing; shown again, it is the same secret."""
    me = door.settle(SENIOR)
    made = door.stage.begin_second_factor(me)
    with pytest.raises(WrongCode):
        door.stage.confirm_second_factor(me, made.sealed, "000000")
    assert door.stage.begin_second_factor(me, made.sealed).secret == made.secret
    assert made.uri.startswith("otpauth://totp/Upstander%2C%20Northmoor")
    assert made.secret not in repr(made)
    assert door.enter("robin.vale").first == "set_up_second_factor"


def test_a_set_up_belongs_to_its_session(door: Door) -> None:
    """Nobody has somebody else keep a secret that they know themselves."""
    attacker, victim = door.settle(REVIEWER), door.settle(SENIOR)
    made = door.stage.begin_second_factor(attacker)
    door.secrets[REVIEWER] = made.secret
    for sealed in (made.sealed, "nonsense", "x" * 5000):
        with pytest.raises(Conflict, match="another session"):
            door.stage.confirm_second_factor(victim, sealed, door.code(REVIEWER))


def test_setting_it_up_needs_a_fresh_proof_and_ends_other_sessions(door: Door) -> None:
    """Whoever finds an open screen cannot put their own telephone in the place of its owner's."""
    other, me = door.settle(SENIOR), door.enter("robin.vale")
    door.wait(minutes=10)
    again = door.stage.who(me.token)
    assert again is not None
    with pytest.raises(ConfirmAgain):
        door.stage.begin_second_factor(again)
    door.equip(door.stage.confirm(again, PASSWORD, None))
    assert door.still_in(me)
    assert not door.still_in(other)
    equipped: SignedIn | None = door.stage.who(me.token)
    assert equipped is not None
    assert equipped.second_factor.shown


def test_the_database_alone_makes_no_code(door: Door) -> None:
    """Secret and recovery codes stand nowhere in it as they are; with another key they do not open."""
    codes = door.equip(door.settle(SENIOR))
    with door.store.read() as session:
        row = session.scalars(select(t.SignIn)).one()
        hashes = session.scalars(select(t.RecoveryCode.code_hash)).all()
    assert row.totp_secret is not None
    assert door.secrets[SENIOR] not in row.totp_secret
    assert not [code for code in codes if code in hashes or code.replace("-", "") in hashes]
    (door.folder / SIGN_IN_KEY).unlink()
    with pytest.raises(KeyringFault, match=r"Put sign-in\.key back"):
        door.enter("robin.vale", code=door.code(SENIOR))


def test_a_used_recovery_code_stays_used(door: Door) -> None:
    """The database refuses to take that back."""
    codes = door.equip(door.settle(SENIOR))
    door.enter("robin.vale", code=codes[0])
    with pytest.raises(Exception, match="stays as it was written"), door.store.write() as session:
        session.execute(update(t.RecoveryCode).values(used_at=None))
    with door.store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL")) == 1
