"""The stages of reports to the platforms and of replies, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from rules.reference import load_categories
from rules.schema import Category, CategoryInfo
from worker.action.filing import Confirmed
from worker.action.packet import Packets
from worker.action.preparing import Preparing
from worker.clock import Clock
from worker.evidence.stage import Evidence
from worker.evidence.supplements import Supplements
from worker.review import reply_templates, report_forms
from worker.review.replies import Replies
from worker.review.reports import Reports
from worker.settings import Settings
from worker.store.session import Store
from worker.summary.bank_holidays import read_calendar
from worker.working_days import WorkingDays


@dataclass(frozen=True)
class Reporting:
    """What belongs to reports and replies in one process."""

    reports: Reports
    preparing: Preparing
    packets: Packets
    confirmed: Confirmed
    replies: Replies


def make_reporting(
    store: Store,
    clock: Clock,
    settings: Settings,
    evidence: Evidence,
    supplements: Supplements,
    pre_election: Callable[[datetime], bool],
) -> Reporting:
    """Put these stages together. Reads no table: most commands need none."""
    folder = settings.reference_dir

    def forms() -> Mapping[str, report_forms.ReportForm]:
        return _forms(folder)

    def categories() -> Mapping[Category, CategoryInfo]:
        return _categories(folder)

    def working_days() -> WorkingDays:
        return read_calendar(settings).days

    reports = Reports(store, clock, settings.reports, forms)
    return Reporting(
        reports=reports,
        preparing=Preparing(store, clock, evidence, settings.reports, forms, categories, working_days),
        packets=Packets(store, clock, forms, categories, settings.safeguarding),
        confirmed=Confirmed(reports, supplements),
        replies=Replies(store, clock, lambda: _templates(folder), reply_values(settings), pre_election),
    )


def reply_values(settings: Settings) -> Mapping[str, str | None]:
    """What fills the places of reply templates."""
    chosen = settings.replies
    return {
        "trust": settings.trust_name,
        "pals_phone": chosen.pals_phone,
        "pals_email": chosen.pals_email,
        "house_rules": chosen.house_rules,
        "review_contact": chosen.review_contact,
        "facts_page": chosen.facts_page,
    }


@cache
def _forms(folder: Path) -> Mapping[str, report_forms.ReportForm]:
    return report_forms.load_report_forms(folder / report_forms.TABLE)


@cache
def _categories(folder: Path) -> Mapping[Category, CategoryInfo]:
    return load_categories(folder / "categories.yaml")


@cache
def _templates(folder: Path) -> tuple[reply_templates.ReplyTemplate, ...]:
    return reply_templates.load_reply_templates(folder / reply_templates.TABLE)
