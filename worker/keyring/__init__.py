"""The keys that evidence is signed with, and the one that protects names."""

from __future__ import annotations

from worker.keyring.files import KeyringFault, KeysOfAnother
from worker.keyring.names import NAMES_KEY, NameKey
from worker.keyring.ring import CERTIFICATES, CURRENT, Keyring, SigningKey

__all__ = [
    "CERTIFICATES",
    "CURRENT",
    "NAMES_KEY",
    "Keyring",
    "KeyringFault",
    "KeysOfAnother",
    "NameKey",
    "SigningKey",
]
