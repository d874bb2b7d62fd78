"""What an outsider needs to believe the signatures, the timestamps and the ledger: the folder trust/."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cryptography.hazmat.primitives.serialization import Encoding

from worker import cms
from worker.errors import NotYet
from worker.evidence.bag import SIGNATURE, TAGMANIFEST, Sign
from worker.evidence.handover.gather import CaseFile, Item
from worker.evidence.handover.instructions import AUTHORITIES, LEDGER, SIGNERS
from worker.evidence.sidecars import MOST_BYTES, Trust
from worker.evidence.verify import read_small

#: Gives the proof that an audit row is in the ledger, as files by name.
#: Raises NotYet while no signed checkpoint covers it.
Proofs = Callable[[int], Mapping[str, bytes]]


def certificates(
    cases: Sequence[CaseFile], proved: Mapping[str, bytes], trust: Trust, sign: Sign
) -> dict[str, bytes]:
    """The certificates of every key that signed a bag or checkpoint in here, or signs now, as PEM files.

    Args:
        proved: the ledger's proofs, as files.
        sign: signs now.

    Raises:
        SignatureFault: a checkpoint is not signed by the Trust.
    """
    ours = trust.certificates()
    signers = dict.fromkeys([cms.verify(b"", sign(b""), ours).fingerprint])
    for item in (item for case in cases for item in case.given):
        signers |= dict.fromkeys(_signer(item, trust))
    for name in proved:
        if name.endswith(".p7s"):
            checkpoint = proved[name.removesuffix(".p7s")]
            signers |= dict.fromkeys([cms.verify(checkpoint, proved[name], ours).fingerprint])
    pems = {name: ours[name].public_bytes(Encoding.PEM) for name in sorted(signers)}
    made = {f"trust/signing-certificate-{name[:16]}.pem": pem for name, pem in pems.items()}
    made[SIGNERS] = b"".join(pems.values())
    roots = trust.roots()
    if roots:
        made[AUTHORITIES] = b"".join(root.public_bytes(Encoding.PEM) for root in roots)
    return made


def proofs_of(cases: Sequence[CaseFile], proofs: Proofs) -> tuple[dict[str, bytes], list[str]]:
    """The ledger's proofs for every bag in here, as files.

    Returns:
        The files, and the names of the bags that no signed checkpoint covers yet.
    """
    made: dict[str, bytes] = {}
    waiting: list[str] = []
    for item in (item for case in cases for item in case.given):
        try:
            found = {} if item.sealed_audit_id is None else proofs(item.sealed_audit_id)
        except NotYet:
            found = {}
        made |= {f"{LEDGER}/{item.name}/{name}": content for name, content in sorted(found.items())}
        if not found:
            waiting.append(item.name)
    return made, waiting


def _signer(item: Item, trust: Trust) -> list[str]:
    if item.folder is None:
        return []
    signed, signature = (read_small(item.folder / name, MOST_BYTES) for name in (TAGMANIFEST, SIGNATURE))
    if signed is None or signature is None:
        return []
    try:
        return [cms.verify(signed, signature, trust.certificates()).fingerprint]
    except cms.SignatureFault:
        # What does not verify was refused before, or goes along with a warning: nobody's key speaks for it.
        return []
