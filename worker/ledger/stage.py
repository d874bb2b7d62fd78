"""The ledger as the other stages, the scheduler and the command line see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from worker import cms
from worker.clock import Clock
from worker.errors import EvidenceFault, UpstanderError
from worker.keyring import Keyring
from worker.ledger import publishing, sequencer, state
from worker.ledger.checking import Checker, Progress, Verification
from worker.ledger.checkpoints import Signed, make_checkpoint
from worker.ledger.errors import PublishFault
from worker.ledger.proofs import Consistency, Inclusion, prove_consistency, prove_inclusion
from worker.ledger.publishing import Send
from worker.log import get
from worker.settings_evidence import Ledger
from worker.steps import Steps, unobserved
from worker.store.session import Store
from worker.store.tables import LedgerEntry, Publication

#: What could not be published is tried again no sooner: a mail server that is down is not asked all the time.
_RETRY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one round did.

    Attributes:
        checkpoint: the size that was signed, or None.
        published: the places that a checkpoint was handed to.
        failures: what went wrong, in words; it is tried again in a later round.
    """

    appended: int
    checkpoint: int | None
    published: tuple[str, ...]
    failures: tuple[str, ...]


def _unwatched(_done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class LedgerBook:
    """The ledger of one installation.

    Attributes:
        steps: told of ledger.filled, ledger.appended, ledger.signed, ledger.checkpointed, ledger.handed_out,
            ledger.published.
        send: sends one mail (address, subject, text, attachments by file name); None where no mail is set up.
    """

    store: Store
    clock: Clock
    settings: Ledger
    keyring: Keyring
    trust_name: str
    steps: Steps = unobserved
    send: Send | None = None
    _failed_at: dict[str, datetime] = field(default_factory=dict)

    def tick(self) -> Tick:
        """One round of the scheduler: append, sign a checkpoint and publish it if they are due.

        One part that fails stops no other; failures are logged and handed back; the next round tries again.
        """
        failures: list[str] = []
        appended, made = 0, None
        try:
            appended = self.append_now()
        except EvidenceFault as fault:
            failures.append(_logged("not_appended", fault))
        try:
            made = self.checkpoint()
        except EvidenceFault as fault:
            failures.append(_logged("no_checkpoint", fault))
        published, unpublished = self.publish()
        failures += unpublished
        return Tick(appended, made.size if made else None, published, tuple(failures))

    def append_now(self) -> int:
        """Append everything that waits, before something that needs it (a receipt). Returns how much it was.

        Raises:
            LedgerFault: the head does not fit the entries; nothing is built on it.
        """
        return sequencer.append(self.store, self.clock, self.steps)

    def entered(self, session: Session, audit_id: int) -> bool:
        """Whether an audit row has its place in the ledger."""
        place = select(LedgerEntry.position).where(LedgerEntry.audit_id == audit_id)
        return session.scalar(place) is not None

    def checkpoint(self, *, now: bool = False) -> Signed | None:
        """Sign a checkpoint if the ledger grew and the last one is old enough.

        Args:
            now: however new the last one is.

        Returns:
            The new checkpoint, or None where none was due.

        Raises:
            KeyringFault, LedgerFault: see `checkpoints.make_checkpoint`.
        """
        every = timedelta() if now else timedelta(seconds=self.settings.checkpoint_seconds)
        return make_checkpoint(
            self.store, self.clock, self.keyring, self.trust_name, every=every, steps=self.steps
        )

    def publish(self, *, now: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Hand the newest checkpoint to every place that is due.

        Args:
            now: however lately each had one.

        Returns:
            The places it was handed to, and what went wrong at others, in words.
        """
        handed: list[str] = []
        failures: list[str] = []
        every = timedelta() if now else timedelta(minutes=self.settings.publish_minutes)
        for place in publishing.places(self.settings):
            failed = self._failed_at.get(place)
            moment = self.clock.now()
            if not now and failed is not None and failed <= moment < failed + _RETRY:
                continue
            try:
                if self._publish(place, every):
                    handed.append(place)
                self._failed_at.pop(place, None)
            except UpstanderError as fault:
                self._failed_at[place] = moment
                failures.append(_logged("not_published", fault))
        return tuple(handed), tuple(failures)

    def proof_of(self, audit_id: int) -> Inclusion:
        """The proof that an audit row is in the ledger, up to the earliest checkpoint over it.

        Raises:
            NotFound, NotYet, EvidenceFault: see `proofs.prove_inclusion`.
        """
        with self.store.read() as session:
            return prove_inclusion(session, audit_id, self.keyring.certificates())

    def consistency(self, old_size: int, new_size: int) -> Consistency:
        """The proof that the ledger only grew between two sizes.

        Raises:
            ProofFault, LedgerFault: see `proofs.prove_consistency`.
        """
        with self.store.read() as session:
            return prove_consistency(session, old_size, new_size)

    def lag(self) -> state.Lag:
        """How many audit rows wait for their place, and since when."""
        with self.store.read() as session:
            return state.lag(session)

    def show(self) -> state.Shown:
        """The ledger as it is now."""
        with self.store.read() as session:
            return state.show(session)

    def verify(self, published_dir: Path | None = None, progress: Progress = _unwatched) -> Verification:
        """Check the whole ledger, its checkpoints, and the copies of them that lie elsewhere.

        Args:
            published_dir: a folder of copies; else the one that the settings name.
            progress: told how many entries were checked, of how many.
        """
        certificates: Mapping[str, x509.Certificate] | None
        try:
            certificates = self.keyring.certificates()
        except EvidenceFault:
            certificates = None
        with self.store.read() as session:
            if self.store.dialect == "postgresql":
                # All of it as it was at one moment, though others go on appending.
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            folder = published_dir or self.settings.publish_dir
            return Checker(session, certificates, folder, progress).run()

    def _publish(self, place: str, every: timedelta) -> bool:
        with self.store.read() as session:
            checkpoint = publishing.due(session, place, self.clock.now(), every)
        if checkpoint is None:
            return False
        signer, certificate = self._signer(checkpoint)
        if place not in self.settings.publish_to:
            publishing.into_folder(Path(place), checkpoint, certificate, signer)
        elif self.send is None:
            raise PublishFault(
                f"The checkpoint could not be sent to {place}: no mail server is set up.",
                safe="The checkpoint is kept; it is tried again.",
                do="Set mail.host, or leave ledger.publish_to empty.",
            )
        else:
            publishing.by_mail(self.send, place, self.trust_name, checkpoint)
        self.steps("ledger.handed_out")
        now = self.clock.now()
        try:
            with self.store.write() as session:
                session.add(Publication(size=checkpoint.size, place=place, published_at=now))
        except IntegrityError:
            # Another process handed the same checkpoint to the same place.
            return False
        self.steps("ledger.published")
        return True

    def _signer(self, checkpoint: Signed) -> tuple[str, x509.Certificate]:
        """Who signed it. What our own keys did not sign is not handed out as ours."""
        certificates = self.keyring.certificates()
        name = cms.verify(checkpoint.text.encode(), checkpoint.signature, certificates).fingerprint
        return name, certificates[name]


def _logged(event: str, fault: UpstanderError) -> str:
    get("ledger").warning(event, error=type(fault).__name__, words=str(fault))
    return str(fault)
