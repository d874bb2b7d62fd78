"""The evidence stage and what stands around it: keys, timestamp authority, bags, receipts, what follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from cryptography import x509
from sqlalchemy.orm import Session

from connectors.contract import Connector
from worker.bootstrap.mails import Mails
from worker.clock import Clock
from worker.errors import SettingsError
from worker.evidence.bagstore import BagStore
from worker.evidence.following import Following, render_after_all
from worker.evidence.handover.stage import HandOver
from worker.evidence.keeping.stage import Keeping
from worker.evidence.marking import Marking
from worker.evidence.offsite.bucket import Bucket
from worker.evidence.offsite.stage import Copies
from worker.evidence.receipts import ReceiptBook
from worker.evidence.render.addresses import AllowList
from worker.evidence.render.pool import Renderer, RenderSettings
from worker.evidence.rendering import Rendering
from worker.evidence.sealing import Sealing
from worker.evidence.sidecars import Trust
from worker.evidence.stage import Evidence
from worker.evidence.stamping import Stamping
from worker.evidence.supplements import Supplements
from worker.evidence.survey import Surveyor
from worker.evidence.timestamp import Authority, read_certificates
from worker.keyring import Keyring
from worker.ledger.stage import LedgerBook
from worker.settings import Settings
from worker.steps import Steps
from worker.store.session import Store


@dataclass(frozen=True)
class EvidenceParts:
    """What belongs to evidence in one process."""

    keyring: Keyring
    trust: Trust
    sealing: Sealing
    evidence: Evidence
    stamping: Stamping
    renderer: Renderer
    rendering: Rendering
    marking: Marking
    supplements: Supplements
    keeping: Keeping
    copies: Copies
    ledger: LedgerBook
    hand_over: HandOver


def make_trust(settings: Settings, keyring: Keyring) -> Trust:
    """Whose signatures and timestamps these settings believe."""
    return Trust(keyring.certificates, lambda: _roots(settings))


def make_evidence(
    store: Store,
    clock: Clock,
    settings: Settings,
    connector_for: Callable[[int], Connector],
    receipts: ReceiptBook,
    mails: Mails,
    steps: Steps,
) -> EvidenceParts:
    """Put the evidence stage together. Reads neither keys nor certificates: most commands need none."""
    keyring = Keyring(settings.keys_dir)
    trust = make_trust(settings, keyring)
    chosen = settings.evidence
    shelf = BagStore(settings.bags, lambda content: keyring.sign(content, clock.now()), steps)
    following = _following(clock, settings)
    sealing = Sealing(store, clock, shelf, settings.trust_name, following, steps)
    surveyor = Surveyor(
        store,
        shelf,
        trust,
        clock,
        stamps=chosen.tsa_url is not None,
        stamp_minutes=chosen.tsa_pending_minutes,
        ledger_seconds=settings.ledger.late_after_seconds + 60,
    )
    ledger = LedgerBook(
        store,
        clock,
        settings.ledger,
        keyring,
        settings.trust_name,
        steps,
        mails.send if settings.mail.host else None,
    )
    evidence = Evidence(
        store, clock, connector_for, sealing, surveyor, receipts, settings.safeguarding, ledger
    )
    stamping = Stamping(
        store, clock, shelf, trust, lambda: _authority(settings), chosen.tsa_share_from, steps
    )
    renderer = Renderer(_render_settings(settings), clock)
    return EvidenceParts(
        keyring=keyring,
        trust=trust,
        sealing=sealing,
        evidence=evidence,
        stamping=stamping,
        renderer=renderer,
        rendering=Rendering(store, clock, sealing, surveyor, renderer, chosen.copy_media_unasked),
        ledger=ledger,
        hand_over=_hand_over(evidence, settings, ledger),
        keeping=Keeping(store, clock, shelf, settings.exports, settings.retention, steps),
        copies=_copies(evidence, settings),
        marking=_marking(evidence, settings, mails),
        supplements=_supplements(evidence, settings),
    )


def _following(clock: Clock, settings: Settings) -> Following:
    chosen = settings.evidence
    return Following(
        clock,
        stamps=chosen.tsa_url is not None,
        renders=chosen.render,
        unasked=chosen.copy_media_unasked,
        copies=chosen.offsite.bucket is not None,
    )


def _supplements(evidence: Evidence, settings: Settings) -> Supplements:
    return Supplements(
        evidence.store,
        evidence.clock,
        evidence.sealing,
        settings.inbox,
        settings.safeguarding,
        settings.evidence.media_bytes,
        settings.evidence.copy_media_unasked,
    )


def _copies(evidence: Evidence, settings: Settings) -> Copies:
    chosen = settings.evidence.offsite
    bucket = None if chosen.bucket is None else Bucket(chosen)
    return Copies(
        evidence.store,
        evidence.clock,
        evidence.surveyor,
        chosen,
        settings.retention,
        lambda: bucket,
        evidence.sealing.steps,
    )


def _hand_over(evidence: Evidence, settings: Settings, ledger: LedgerBook) -> HandOver:
    surveyor, sealing = evidence.surveyor, evidence.sealing
    return HandOver(
        evidence.store,
        evidence.clock,
        sealing.shelf,
        surveyor.problems_of,
        surveyor.trust,
        lambda audit_id: ledger.proof_of(audit_id).files(),
        settings.trust_name,
        settings.exports,
        sealing.steps,
    )


def _marking(evidence: Evidence, settings: Settings, mails: Mails) -> Marking:
    return Marking(
        evidence.store,
        evidence.clock,
        evidence.sealing.shelf,
        settings.safeguarding,
        settings.exports,
        mails.tell,
        render_after_all if settings.evidence.render else _no_rendering,
        evidence.sealing.steps,
    )


#: Files of certificates are read once in a process.
_read = cache(read_certificates)


def _authority(settings: Settings) -> Authority | None:
    chosen = settings.evidence
    if chosen.tsa_url is None:
        return None
    return Authority(chosen.tsa_url, tuple(_roots(settings)), chosen.tsa_timeout_seconds)


def _no_rendering(_session: Session, _comment_id: int, _now: datetime) -> None:
    """Where live pages are not captured, a mark asks for no rendering."""


def _render_settings(settings: Settings) -> RenderSettings:
    chosen = settings.evidence
    try:
        allow = AllowList.of(chosen.render_hosts, chosen.render_loopback)
    except ValueError as error:
        raise SettingsError(
            f"The settings evidence.render_hosts or evidence.render_loopback cannot be used: {error}.",
            safe="Nothing was started.",
            do="Write host names in lower case, such as www.example.test or .example.test.",
        ) from error
    return RenderSettings(
        processes=chosen.render_processes,
        seconds=chosen.render_seconds,
        chromium=chosen.chromium,
        allow=allow,
        media_bytes=chosen.media_bytes,
    )


def _roots(settings: Settings) -> Sequence[x509.Certificate]:
    """Root certificates of the timestamp authority; none where none is named."""
    path = settings.evidence.tsa_ca_file
    return () if path is None else _read(path)
