"""The one place where the parts are put together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.contract import Connector, Platform
from connectors.registry import CONNECTORS, FEEDS
from rules.evaluate import RuleSet
from rules.load import load_ruleset
from worker.action.stage import Carrying
from worker.bootstrap.alarms import Alarms, make_alarms
from worker.bootstrap.casework import Casework, make_casework, queue_clocks
from worker.bootstrap.connectors import Connectors
from worker.bootstrap.evidence import make_evidence
from worker.bootstrap.mails import Mails
from worker.bootstrap.modes import Modes, make_modes
from worker.bootstrap.neutrality import pre_election_of
from worker.bootstrap.office import BackOffice, make_back_office
from worker.bootstrap.reporting import Reporting, make_reporting
from worker.bootstrap.signing_in import make_sign_ins
from worker.clock import Clock, ShiftedClock, SystemClock
from worker.evidence.handover.sheets import as_csv
from worker.evidence.handover.stage import HandOver
from worker.evidence.keeping.stage import Keeping
from worker.evidence.marking import Marking
from worker.evidence.offsite.stage import Copies
from worker.evidence.opening import Opening
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.render.pool import Renderer
from worker.evidence.rendering import Rendering
from worker.evidence.sidecars import Trust
from worker.evidence.stage import Evidence
from worker.evidence.stamping import Stamping
from worker.evidence.supplements import Supplements
from worker.intake.accounts import Accounts
from worker.intake.stage import Intake
from worker.keyring import Keyring
from worker.ledger.stage import LedgerBook
from worker.review.audit_reading import AuditBook
from worker.review.rule_effects import RuleEffects
from worker.review.stage import Review
from worker.secrets_folder import Secrets
from worker.settings import Settings
from worker.signin.stage import SignIns
from worker.steps import Steps, unobserved
from worker.store.platform import HANDED_IN
from worker.store.session import Store
from worker.store.upgrade import check_ready
from worker.summary.dashboard import Dashboard
from worker.summary.mailer import Mailer, make_mailer
from worker.summary.stage import Summaries


@dataclass(frozen=True)
class App:
    """Every stage of one process, sharing one store and one clock."""

    settings: Settings
    clock: Clock
    store: Store
    rules: Callable[[], RuleSet]
    connector_for: Callable[[int], Connector]
    intake: Intake
    accounts: Accounts
    casework: Casework
    alarms: Alarms
    modes: Modes
    keyring: Keyring
    trust: Trust
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
    carrying: Carrying
    reporting: Reporting
    summaries: Summaries
    dashboard: Dashboard
    audit_book: AuditBook
    rule_effects: RuleEffects
    sign_ins: SignIns
    back_office: BackOffice

    @property
    def review(self) -> Review:
        """The queue and its decisions."""
        return self.casework.review

    @property
    def opening(self) -> Opening:
        """Sealed files, opened one at a time for people."""
        return Opening(self.evidence)

    def close(self) -> None:
        """Give back what the process holds."""
        self.renderer.close()
        self.store.close()


def make_clock(settings: Settings) -> Clock:
    """The machine's clock, or for trial and training one that a file moves."""
    return ShiftedClock(settings.clock_file) if settings.clock_file else SystemClock()


def open_store(settings: Settings) -> Store:
    """The database of these settings, checked.

    Raises:
        StoreNotReady: it is not there, not upgraded, or its role may do too much.
    """
    store = Store(settings.database, pool_size=settings.jobs.threads + 4)
    check_ready(store.engine, must_not_own=settings.mode == "served")
    return store


def build(
    settings: Settings,
    secrets: Secrets,
    *,
    clock: Clock | None = None,
    steps: Steps = unobserved,
    origins: Mapping[str, str] = MappingProxyType({}),
) -> App:
    """Put the application together.

    Args:
        secrets: where accounts' credentials are.
        origins: where each setting came from, to be shown to administrators.
        clock: instead of the one that the settings name.
        steps: told of every named step, for fault tests.

    Raises:
        StoreNotReady: the database cannot be used.
    """
    the_clock = clock or make_clock(settings)
    store = open_store(settings)
    rules = Rules(settings)
    receipts = ReceiptBook(
        the_clock, settings.evidence.receipt_seconds, refused=audit_refusals(store, the_clock)
    )
    connectors = Connectors(store, settings, secrets, receipts, the_clock)
    mailer = make_mailer(settings.mail)
    mails = Mails(mailer, the_clock, settings.trust_name)
    clocks = queue_clocks(settings)
    parts = make_evidence(store, the_clock, settings, connectors.of, receipts, mails, steps)
    intake = Intake(store, the_clock, connectors.of, _feeds_of, rules, settings.polling, clocks, steps=steps)
    return App(
        settings=settings,
        clock=the_clock,
        store=store,
        rules=rules,
        connector_for=connectors.of,
        intake=intake,
        accounts=Accounts(store, the_clock, tuple(CONNECTORS)),
        casework=make_casework(store, the_clock, settings, mails),
        alarms=make_alarms(store, the_clock, settings, mails, clocks),
        modes=make_modes(store, the_clock, settings, rules, parts.supplements, mailer),
        keyring=parts.keyring,
        trust=parts.trust,
        evidence=parts.evidence,
        stamping=parts.stamping,
        renderer=parts.renderer,
        rendering=parts.rendering,
        marking=parts.marking,
        supplements=parts.supplements,
        keeping=parts.keeping,
        copies=parts.copies,
        ledger=parts.ledger,
        hand_over=parts.hand_over,
        reporting=make_reporting(
            store, the_clock, settings, parts.evidence, parts.supplements, pre_election_of(settings)
        ),
        carrying=Carrying(store, the_clock, connectors.of, parts.evidence, intake, steps),
        summaries=_summaries(store, the_clock, settings, mailer),
        dashboard=Dashboard(store, the_clock, settings.polling, clocks),
        audit_book=AuditBook(store, the_clock, as_csv),
        rule_effects=RuleEffects(store, the_clock, rules),
        # Codes are made by telephones, which no file moves.
        sign_ins=make_sign_ins(store, the_clock, clock or SystemClock(), settings),
        back_office=make_back_office(store, the_clock, settings, secrets, origins),
    )


def _feeds_of(platform: str) -> tuple[str, ...]:
    return () if platform == HANDED_IN else FEEDS[Platform(platform)]


def _summaries(store: Store, clock: Clock, settings: Settings, mailer: Mailer) -> Summaries:
    return Summaries(store, clock, settings.summary, mailer, settings.trust_name, settings.polling)


class Rules:
    """The live rules, read from their files when first asked for.

    Most commands need none, and none of them should fail because a rule file has an error.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: RuleSet | None = None
        self._lock = threading.Lock()

    def __call__(self) -> RuleSet:
        """The rules.

        Raises:
            rules.errors.RuleFileError: a rule file has errors; the message names file and line.
        """
        with self._lock:
            if self._read is None:
                categories = self._settings.reference_dir / "categories.yaml"
                self._read = load_ruleset(self._settings.rules_dir, categories)
            return self._read
