"""Passwords: hashed so that trying is dear, and refused where trying would be short."""

from __future__ import annotations

import pytest

from worker.signin import passwords
from worker.signin.errors import PasswordRefused

TRUST = "Northmoor NHS Foundation Trust"


def check(password: str) -> None:
    """Hold a password against the rules."""
    passwords.check(password, user_name="sam.hollis", trust_name=TRUST)


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "x" * 201,
        "aaaaaaaaaaaaaaaa",
        "ababababababab",
        "Password123456",
        "P4ssw0rd2026!!",
        "QwertyUiop[]123456",
        "1qaz2wsx3edc",
        "letmein-letmein",
        "Welcome-2026-!!",
        "Sam.Hollis-2026",
        "my samhollis words",
        "NORTHMOOR winter 26",
        "north-moor 2026 abc",
    ],
)
def test_what_would_be_guessed_is_refused(password: str) -> None:
    """Too short or long, of few characters, among the commonest, or with what stands on the door."""
    with pytest.raises(PasswordRefused) as refused:
        check(password)
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    ["copper lantern over wet slate", "trust the foundation", "ŵy bach yn y gwynt", "k7#Qz!m2vR9x"],
)
def test_anything_long_enough_will_do_otherwise(password: str) -> None:
    """No rule asks for kinds of characters, and words of every Trust's name are only words."""
    check(password)


def test_a_hash_is_argon2id_with_its_full_work() -> None:
    """At least what RFC 9106 gives for small memory; salted, and right for one form of the same letters."""
    kept = passwords.hashed("caf\u00e9 lantern slate")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert kept != passwords.hashed("caf\u00e9 lantern slate")
    assert passwords.matches("cafe\u0301 lantern slate", kept)
    assert not passwords.matches("cafe lantern slate", kept)


def test_a_name_that_nobody_has_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash is held against the password, with the same parameters, whether there is a sign-in or not."""
    seen: list[str] = []
    whole = passwords._HASHER.verify

    def verify(password: str, kept: str) -> bool:
        seen.append(kept)
        return whole(password, kept)

    monkeypatch.setattr(passwords._HASHER, "verify", verify)
    kept = passwords.hashed("copper lantern over wet slate")
    passwords._nobodys.cache_clear()
    assert not passwords.matches("pewter kettle under blue rain", kept)
    assert not passwords.matches("pewter kettle under blue rain", None)
    assert len(seen) == 2
    assert {each.rpartition("p=4")[0] for each in seen} == {"$argon2id$v=19$m=65536,t=3,"}


def test_one_time_passwords_differ_and_pass_the_rules() -> None:
    """None can be guessed from another; each may be typed from paper."""
    made = {passwords.one_time() for _ in range(200)}
    assert len(made) == 200
    for each in made:
        check(each)
        assert not set(each) & set("01ilo")
