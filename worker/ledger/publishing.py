"""Handing checkpoints to the outside, so that nobody can shorten or rewrite the ledger unnoticed.

In a folder, each checkpoint is `checkpoint-<size>.txt`; its signature `checkpoint-<size>.txt.p7s` and the
signer's certificate `certificate-<fingerprint>.pem` lie beside it. A file is there whole or not at all; what
lies there already is never written over.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.ledger.checkpoints import Signed, newest
from worker.ledger.errors import PublishFault
from worker.settings_evidence import Ledger
from worker.store.tables import Checkpoint, Publication

#: Sends one mail: address, subject, text, attachments by file name. Raises an UpstanderError if it was not.
Send = Callable[[str, str, str, Mapping[str, bytes]], None]

_NAME = re.compile(r"checkpoint-([0-9]{19})\.txt")
_MAIL = """\
This mail is a receipt for the Trust's moderation ledger. Please keep it, with its attachments.

{text}
If the ledger is ever shortened or rewritten, it will no longer agree with this mail. The attached signature
is checked with:

    openssl cms -verify -binary -inform DER -in {name}.p7s -content {name} \\
        -CAfile CERTIFICATE.pem -no-CApath -no-CAstore -partial_chain \\
        -purpose any -out /dev/null
"""


def places(settings: Ledger) -> tuple[str, ...]:
    """Every place that checkpoints go to: the folder, then the addresses."""
    folder = () if settings.publish_dir is None else (str(settings.publish_dir),)
    return (*folder, *settings.publish_to)


def due(session: Session, place: str, now: datetime, every: timedelta) -> Signed | None:
    """The newest checkpoint, if this place lacks it and its last one is old enough."""
    checkpoint = newest(session)
    last = session.scalars(
        select(Publication).where(Publication.place == place).order_by(Publication.size.desc()).limit(1)
    ).one_or_none()
    if checkpoint is None or (last is not None and last.size >= checkpoint.size):
        return None
    # A clock that was ahead and was put right keeps nothing back.
    if last is not None and last.published_at <= now < last.published_at + every:
        return None
    return checkpoint


def missed_since(session: Session, place: str) -> datetime | None:
    """When the first checkpoint was made that came after the last one this place has; None if it has all."""
    size = session.scalar(select(func.max(Publication.size)).where(Publication.place == place)) or 0
    since: datetime | None = session.scalar(
        select(Checkpoint.made_at).where(Checkpoint.size > size).order_by(Checkpoint.size).limit(1)
    )
    return since


def file_name(size: int) -> str:
    """The name of a published checkpoint: names sort as sizes do."""
    return f"checkpoint-{size:019d}.txt"


def into_folder(folder: Path, checkpoint: Signed, certificate: x509.Certificate, fingerprint: str) -> None:
    """Write a checkpoint with its signature and certificate into a folder. Doing it again changes nothing.

    Raises:
        PublishFault: the folder is not there, is not writable, or holds another ledger's checkpoints.
    """
    name = file_name(checkpoint.size)
    try:
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        _put(folder / f"certificate-{fingerprint}.pem", pem)
        # The text comes last: where it lies, all that belongs to it lies too. A signature without its text,
        # left by a process that died, is written anew, for no two signatures are the same.
        _put(folder / f"{name}.p7s", checkpoint.signature, replace=not (folder / name).exists())
        _put(folder / name, checkpoint.text.encode())
    except OSError as error:
        raise PublishFault(
            f"Checkpoints cannot be published to {folder}: {error.strerror or error}.",
            safe="The checkpoint is kept; it is tried again.",
            do="See that ledger.publish_dir is there and that this user may write it.",
        ) from error


def by_mail(send: Send, address: str, trust_name: str, checkpoint: Signed) -> None:
    """Send a checkpoint with its signature to one address."""
    name = file_name(checkpoint.size)
    subject = f"Upstander ledger of {trust_name}: {checkpoint.size} entries"
    attachments = {name: checkpoint.text.encode(), f"{name}.p7s": checkpoint.signature}
    send(address, " ".join(subject.split()), _MAIL.format(text=checkpoint.text, name=name), attachments)


def published_in(folder: Path) -> list[tuple[int, Path]]:
    """The checkpoints in a folder, with the size that their names tell, the smallest first.

    Raises:
        PublishFault: the folder cannot be read.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise PublishFault(
            f"The published checkpoints in {folder} cannot be read: {error.strerror or error}.",
            do="Name the folder that holds them.",
        ) from error
    named = ((_NAME.fullmatch(each), folder / each) for each in names)
    return [(int(found[1]), path) for found, path in named if found is not None]


def _put(path: Path, content: bytes, *, replace: bool = False) -> None:
    if path.exists() and not replace:
        if path.read_bytes() != content:
            raise PublishFault(
                f"{path} is there already and differs from what was to be published.",
                safe="It was left as it is.",
                do="`upstander ledger verify` says which of the two is right. If another installation"
                " publishes there, give each a folder of its own.",
            )
        return
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o444)
        aside.rename(path)
    finally:
        aside.unlink(missing_ok=True)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
