"""Signing in with the Trust's identity provider: whom a token means, and what it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.signin.door import ISSUER, PASSWORD, REVIEWER, SENIOR, Door
from worker.errors import SettingsError
from worker.review.people import add_person, change_person
from worker.signin.errors import ConfirmAgain, NotSignedIn
from worker.store import tables as t

SAM = {"email": "SAM@trust.example.test", "email_verified": True}
ROBIN = {"email": "robin@trust.example.test", "email_verified": True, "amr": ["pwd", "mfa"]}


@pytest.fixture
def door(door: Door) -> Door:
    """A door that the identity provider opens as well."""
    return with_oidc(door)


def with_oidc(door: Door, **changed: Any) -> Door:
    """The same door with other settings of the identity provider."""
    return door.with_settings(oidc={"issuer": ISSUER, "client_id": "upstander", **changed})


def whys(door: Door) -> list[str]:
    """Why somebody was refused, each time."""
    return [row.detail["why"] for row in door.audited("sign_in_refused")]


def test_a_verified_address_links_a_subject_once_for_all(door: Door) -> None:
    """From then on the subject counts, whatever address it has; no second factor of ours is asked for."""
    me = door.stage.start_federated(ISSUER, "s-1", SAM)
    assert (me.name, me.how, me.first) == (REVIEWER, "oidc", None)
    assert me.actor.person_id == door.people[REVIEWER]
    again = door.stage.start_federated(ISSUER, "s-1", {})
    assert again.person_id == me.person_id
    assert len(door.audited("identity_linked")) == 1


def test_an_address_that_goes_to_somebody_else_opens_nothing(door: Door) -> None:
    """Another subject with the address of somebody who is linked is another human."""
    door.stage.start_federated(ISSUER, "s-1", SAM)
    with pytest.raises(NotSignedIn):
        door.stage.start_federated(ISSUER, "s-2", SAM)
    assert whys(door) == ["linked_to_another_subject"]
    door.stage.end(door.admin, door.people[REVIEWER])
    assert door.stage.start_federated(ISSUER, "s-2", SAM).name == REVIEWER


@pytest.mark.parametrize(
    ("issuer", "claims", "why"),
    [
        ("https://evil.example.test", SAM, "another_issuer"),
        (ISSUER, {**SAM, "email_verified": False}, "no_verified_email"),
        (ISSUER, {**SAM, "email_verified": "true"}, "no_verified_email"),
        (ISSUER, {"email": SAM["email"]}, "no_verified_email"),
        (ISSUER, {"email": ["sam@trust.example.test"], "email_verified": True}, "no_verified_email"),
        (ISSUER, {"email": "", "email_verified": True}, "no_verified_email"),
        (ISSUER, {"email": "%@trust.example.test", "email_verified": True}, "nobody_with_this_email"),
        (ISSUER, {**ROBIN, "amr": ["pwd"]}, "second_factor"),
        (ISSUER, {**ROBIN, "amr": "mfa"}, "second_factor"),
    ],
)
def test_a_token_that_means_nobody_for_sure_opens_nothing(
    door: Door, issuer: str, claims: dict[str, Any], why: str
) -> None:
    """Each is refused in the same words; the audit alone says why, without address or subject."""
    with pytest.raises(NotSignedIn):
        door.stage.start_federated(issuer, "s-1", claims)
    assert whys(door) == [why]
    assert "example.test" not in str([row.detail for row in door.audited("sign_in_refused")])


def test_an_address_that_two_people_have_opens_nothing(door: Door) -> None:
    """A shared mailbox is nobody; of two, one who left does not count."""
    other = add_person(
        door.store, door.clock, door.admin, "Kit Marsh", ["pals"], email="sam@trust.example.test"
    )
    with pytest.raises(NotSignedIn):
        door.stage.start_federated(ISSUER, "s-1", SAM)
    assert whys(door) == ["several_with_this_email"]
    change_person(door.store, door.clock, door.admin, other, active=False)
    assert door.stage.start_federated(ISSUER, "s-1", SAM).name == REVIEWER


def test_who_left_does_not_come_back_over_the_identity_provider(door: Door) -> None:
    """Linked or not: inactive here is out."""
    me = door.stage.start_federated(ISSUER, "s-1", SAM)
    change_person(door.store, door.clock, door.admin, me.person_id, active=False)
    assert not door.still_in(me)
    with pytest.raises(NotSignedIn):
        door.stage.start_federated(ISSUER, "s-1", SAM)
    assert whys(door) == ["inactive"]


def test_a_second_factor_is_the_providers(door: Door) -> None:
    """Shown where the token says so, or the Trust trusts it for all; asked for as soon as a role needs it."""
    assert door.stage.start_federated(ISSUER, "s-2", ROBIN).second_factor.shown
    me = door.stage.start_federated(ISSUER, "s-1", SAM)
    change_person(door.store, door.clock, door.admin, me.person_id, roles=["senior_reviewer"])
    assert not door.still_in(me)
    with pytest.raises(NotSignedIn):
        door.stage.start_federated(ISSUER, "s-1", SAM)
    with_oidc(door, second_factor="trusted")
    assert door.stage.start_federated(ISSUER, "s-1", SAM).second_factor.shown


def test_roles_follow_the_provider_where_the_trust_says_so(door: Door) -> None:
    """Given and taken at each sign-in, and said in the audit; a value that nobody mapped gives nothing."""
    with_oidc(door, roles={"g-review": "reviewer", "g-pals": "pals"})
    me = door.stage.start_federated(ISSUER, "s-1", {**SAM, "groups": ["g-pals", "g-admins", 7]})
    assert me.roles == {"pals"}
    row = door.audited("person_changed")[-1]
    assert (row.object_id, row.detail["before"]["roles"], row.detail["after"]["roles"]) == (
        me.person_id,
        ["reviewer"],
        ["pals"],
    )
    assert door.stage.start_federated(ISSUER, "s-1", {**SAM, "groups": "g-review"}).roles == {"reviewer"}
    assert len(door.audited("person_changed")) == 2
    door.stage.start_federated(ISSUER, "s-1", {**SAM, "groups": "g-review"})
    assert len(door.audited("person_changed")) == 2
    with pytest.raises(NotSignedIn):
        door.stage.start_federated(ISSUER, "s-1", SAM)
    assert whys(door) == ["no_role"]


def test_the_last_administrator_stays_one(door: Door) -> None:
    """Whatever the provider says of them: else nobody could add or change people."""
    with_oidc(door, roles={"g-pals": "pals", "g-admin": "administrator"}, second_factor="trusted")
    change_person(
        door.store, door.clock, door.admin, door.people["Ada Brook"], email="ada@trust.example.test"
    )
    claims = {"email": "ada@trust.example.test", "email_verified": True, "groups": ["g-pals"]}
    assert door.stage.start_federated(ISSUER, "s-9", claims).roles == {"pals", "administrator"}
    door.stage.start_federated(ISSUER, "s-2", {**ROBIN, "groups": ["g-admin"]})
    assert door.stage.start_federated(ISSUER, "s-9", claims).roles == {"pals"}


def test_without_a_mapping_roles_stay_as_they_are(door: Door) -> None:
    """A claim of roles alone gives nobody anything."""
    me = door.stage.start_federated(ISSUER, "s-1", {**SAM, "groups": ["administrator"]})
    assert me.roles == {"reviewer"}
    assert not door.audited("person_changed")


def test_asking_again_needs_a_token_of_just_now_for_the_same_person(door: Door) -> None:
    """An old proof, none, or somebody else's will not do."""
    me = door.stage.start_federated(ISSUER, "s-1", SAM)
    door.stage.start_federated(ISSUER, "s-2", ROBIN)
    door.wait(minutes=20)
    with pytest.raises(ConfirmAgain):
        door.stage.must_be_confirmed(me)
    now = door.clock.now().timestamp()
    for subject, asked in (("s-2", now), ("s-1", now - 900), ("s-1", None), ("s-1", "x"), ("s-1", 1e300)):
        with pytest.raises(NotSignedIn):
            door.stage.confirm_federated(me, ISSUER, subject, {"auth_time": asked})
    me = door.stage.confirm_federated(me, ISSUER, "s-1", {"auth_time": now})
    door.stage.must_be_confirmed(me)
    assert [row.person_id for row in door.audited("confirmed")] == [me.person_id]


def test_a_password_of_ours_is_no_part_of_it(door: Door) -> None:
    """Who comes over the provider has no password to confirm, change, or hang a second factor on."""
    me = door.stage.start_federated(ISSUER, "s-1", SAM)
    with pytest.raises(NotSignedIn):
        door.stage.confirm(me, PASSWORD, None)
    with pytest.raises(NotSignedIn):
        door.stage.change_password(me, "", PASSWORD)
    with pytest.raises(Exception, match="set up there"):
        door.stage.begin_second_factor(me)


def test_settings_that_name_no_role_are_refused(door: Door) -> None:
    """A misspelt role would quietly take away what it should give, or ask nobody for a second factor."""
    for changed in ({"second_factor_roles": ("senior_reviwer",)}, {"oidc": {"roles": {"g": "reviwer"}}}):
        with pytest.raises(SettingsError, match="role that there is not"):
            door.with_settings(**changed)


def test_the_link_is_one_of_two_subjects_and_one_person(door: Door) -> None:
    """The rows: one for each person, none for whom a token did not mean."""
    door.stage.start_federated(ISSUER, "s-1", SAM)
    door.stage.start_federated(ISSUER, "s-2", ROBIN)
    with door.store.read() as session:
        kept = {(row.person_id, row.subject) for row in session.query(t.Federated)}
    assert kept == {(door.people[REVIEWER], "s-1"), (door.people[SENIOR], "s-2")}
