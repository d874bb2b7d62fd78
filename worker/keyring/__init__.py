"""The keys that evidence is signed with."""

from __future__ import annotations

from worker.keyring.files import KeyringFault, KeysOfAnother
from worker.keyring.ring import CERTIFICATES, CURRENT, Keyring, SigningKey

__all__ = ["CERTIFICATES", "CURRENT", "Keyring", "KeyringFault", "KeysOfAnother", "SigningKey"]
