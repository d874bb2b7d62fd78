"""The one place where the parts are put together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.contract import Account, Connector, Gate, Platform
from connectors.options import ConnectorOptions
from connectors.registry import CONNECTORS, FEEDS, make_connector
from rules.evaluate import RuleSet
from rules.load import load_ruleset
from worker.action.stage import Carrying
from worker.clock import Clock, ShiftedClock, SystemClock
from worker.errors import NotFound, SettingsError
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.stage import Evidence
from worker.intake.accounts import Accounts
from worker.intake.stage import Intake
from worker.review.stage import Review
from worker.secrets_folder import Secrets
from worker.settings import Settings
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store
from worker.store.upgrade import check_ready
from worker.summary.mailer import make_mailer
from worker.summary.stage import Summaries

#: What a secret that is one bare token is for, on each platform.
_BARE_TOKEN = {Platform.X: "bearer_token", Platform.FACEBOOK: "access_token"}


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
    review: Review
    evidence: Evidence
    carrying: Carrying
    summaries: Summaries

    def close(self) -> None:
        """Give back what the process holds."""
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
) -> App:
    """Put the application together.

    Args:
        secrets: where accounts' credentials are.
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
    evidence = Evidence(
        store=store,
        clock=the_clock,
        connector_for=connectors.of,
        bags=settings.bags,
        receipts=receipts,
        trust_name=settings.trust_name,
        steps=steps,
    )
    intake = Intake(
        store=store,
        clock=the_clock,
        connector_for=connectors.of,
        feeds_of=lambda platform: FEEDS[Platform(platform)],
        rules=rules,
        polling=settings.polling,
        due_minutes=settings.review.due_minutes,
        steps=steps,
    )
    return App(
        settings=settings,
        clock=the_clock,
        store=store,
        rules=rules,
        connector_for=connectors.of,
        intake=intake,
        accounts=Accounts(store, the_clock, tuple(CONNECTORS)),
        review=Review(store, the_clock, settings.review),
        evidence=evidence,
        carrying=Carrying(store, the_clock, connectors.of, evidence, intake, steps),
        summaries=Summaries(
            store,
            the_clock,
            settings.summary,
            make_mailer(settings.mail),
            settings.trust_name,
            settings.polling,
        ),
    )


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


class Connectors:
    """One connector an account, made when first asked for and kept: it remembers limits.

    The secret is looked at each time, so that a renewed token is used without a restart.
    """

    def __init__(self, store: Store, settings: Settings, secrets: Secrets, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._secrets = secrets
        self._gate = gate
        self._clock = clock
        self._made: dict[int, tuple[Mapping[str, str], Connector]] = {}
        self._lock = threading.Lock()

    def of(self, account_id: int) -> Connector:
        """The connector of an account, by row id.

        Raises:
            NotFound: there is no such account.
            SettingsError: its credentials are missing or cannot be used.
        """
        row = self._row(account_id)
        given = dict(self._secrets.credentials(row.credential))
        with self._lock:
            made_with, connector = self._made.get(account_id, (None, None))
            if connector is None or made_with != given:
                connector = self._make(row, given)
                self._made[account_id] = (given, connector)
            return connector

    def _row(self, account_id: int) -> t.Account:
        with self._store.read() as session:
            row = session.get(t.Account, account_id)
        if row is None:
            raise NotFound(f"There is no account {account_id}.", do="`upstander accounts list` shows them.")
        return row

    def _make(self, row: t.Account, credentials: Mapping[str, str]) -> Connector:
        account = Account(Platform(row.platform), row.external_id, row.handle)
        given = dict(credentials)
        if "token" in given:
            given[_BARE_TOKEN[account.platform]] = given.pop("token")
        options = connector_options(self._settings, account.platform)
        try:
            return make_connector(account, given, options, self._gate, self._clock.now)
        except ValueError as error:
            raise SettingsError(
                f"The account {account.handle} cannot be opened: {error}.",
                safe="Nothing was asked of the platform.",
                do=f"Mend the secret named {row.credential!r}, or the settings under platforms.",
            ) from error


def connector_options(settings: Settings, platform: Platform) -> ConnectorOptions:
    """What the settings say about reaching one platform."""
    polling, x, facebook = settings.polling, settings.platforms.x, settings.platforms.facebook
    if platform is Platform.X:
        return ConnectorOptions(
            base_url=x.base_url,
            connect_timeout=polling.connect_seconds,
            read_timeout=polling.read_seconds,
            overlap_seconds=x.overlap_seconds,
        )
    return ConnectorOptions(
        base_url=facebook.base_url,
        connect_timeout=polling.connect_seconds,
        read_timeout=polling.read_seconds,
        graph_version=facebook.graph_version,
        token_in=facebook.token_in,
        overlap_seconds=facebook.overlap_seconds,
        post_window_days=facebook.post_window_days,
    )
