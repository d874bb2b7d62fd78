"""Passwords: hashed with Argon2id, long rather than odd, and none that everybody tries first.

The rules are those of the NCSC and of NIST SP 800-63B: a length, a list of the commonest, nothing that stands
on the door (user name, Trust name), and no rules about kinds of characters.
"""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from functools import cache
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from worker.signin.errors import PasswordRefused

SHORTEST, LONGEST = 12, 200
_COMMONEST = Path(__file__).with_name("commonest.txt")
#: Words of a Trust's name that say nothing about which one it is.
_OF_EVERY_TRUST = frozenset(
    {
        "nhs",
        "trust",
        "foundation",
        "the",
        "our",
        "of",
        "and",
        "hospital",
        "hospitals",
        "university",
        "healthcare",
        "health",
        "care",
    }
)
#: A one-time password is read out and typed: no letters or digits that look alike.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
#: Hashing takes 64 MiB each time. More at once would let strangers fill the memory by trying to sign in.
_AT_ONCE = threading.BoundedSemaphore(2)
_HASHER = PasswordHash((Argon2Hasher(),))


def hashed(password: str) -> str:
    """The password's Argon2id hash, with its parameters and salt."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password of a hash; as much work where there is no hash to hold it against.

    Args:
        kept: the hash, or None where there is no such user name.
    """
    if len(password) > LONGEST:
        return False  # the same for every user name, and no work for anybody
    against = kept if kept is not None else _nobodys()
    with _AT_ONCE:
        right = _HASHER.verify(_normal(password), against)
    return right and kept is not None


def check(password: str, *, user_name: str, trust_name: str) -> None:
    """Refuse a password that would be guessed too easily.

    Raises:
        PasswordRefused: with the rule that it breaks.
    """
    if len(password) < SHORTEST:
        raise PasswordRefused(f"A password has at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise PasswordRefused(f"A password has at most {LONGEST} characters.")
    bare = _bare(password)
    if (
        len(set(_normal(password).casefold())) < 5
        or bare in _common()
        or bare.strip("0123456789") in _common()
    ):
        raise PasswordRefused("That password is one of the first that anybody would try.")
    if len(_bare(user_name)) > 2 and _bare(user_name) in bare:
        raise PasswordRefused("The password has your user name in it.")
    trust = "".join(each for each in _words(trust_name) if each not in _OF_EVERY_TRUST)
    if len(trust) > 2 and trust in bare:
        raise PasswordRefused("The password has the Trust's name in it.")


def check_new(old: str, new: str, *, user_name: str, trust_name: str) -> None:
    """Refuse a password in the place of another one that is the same, or would be guessed too easily.

    Raises:
        PasswordRefused: with the rule that it breaks.
    """
    if _normal(old) == _normal(new):
        raise PasswordRefused("That is the password that you have now.")
    check(new, user_name=user_name, trust_name=trust_name)


def one_time() -> str:
    """A password that an administrator passes on, to be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))


def _normal(password: str) -> str:
    """One form for letters that keyboards write in several ways."""
    return unicodedata.normalize("NFKC", password)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _normal(text).casefold())


def _bare(text: str) -> str:
    return "".join(_words(text))


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMONEST.read_text(encoding="utf-8").split())


@cache
def _nobodys() -> str:
    """A hash that no password is held to belong to."""
    return hashed(secrets.token_urlsafe(32))
