"""The keys that evidence is signed with, the one that protects names, and the one of signing in."""

from __future__ import annotations

from worker.keyring.files import KeyringFault, KeysOfAnother
from worker.keyring.names import NAMES_KEY, NameKey
from worker.keyring.ring import CERTIFICATES, CURRENT, Keyring, SigningKey
from worker.keyring.signing_in import SIGN_IN_KEY, SignInKey

__all__ = [
    "CERTIFICATES",
    "CURRENT",
    "NAMES_KEY",
    "SIGN_IN_KEY",
    "Keyring",
    "KeyringFault",
    "KeysOfAnother",
    "NameKey",
    "SignInKey",
    "SigningKey",
]
