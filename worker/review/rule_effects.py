"""What came of the rules: how often each found something, what it queued, and what people made of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from rules.evaluate import RuleSet
from rules.schema import RevisionText, Rule, Verdict
from worker.clock import Clock
from worker.errors import NotFound, UpstanderError
from worker.ledger.audit import Actor
from worker.review.access import kept_from
from worker.review.looking_back import weeks_before
from worker.review.rights import Right, require
from worker.store import tables as t
from worker.store.session import Store

#: Far above any comment, far below what would keep a process busy.
MOST_BYTES = 64 * 1024


class TextTooLong(UpstanderError):
    """The text to try is longer than any comment."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of one rule in some weeks.

    Attributes:
        versions: the rule's own, by which it found something, the oldest first.
        findings: places in comments that were first seen in these weeks.
        cases: cases opened in these weeks whose words the rule found something in.
        upheld, not_upheld: those of them that a person decided on so, by the decision that counts now.
        waiting: those that nobody decided on, or that wait for advice.
    """

    rule_id: str
    versions: tuple[int, ...] = ()
    findings: int = 0
    cases: int = 0
    upheld: int = 0
    not_upheld: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with what came of it.

    Attributes:
        rule: as it is loaded; None where it is in the files no more, or is a guard of Upstander's own.
    """

    rule_id: str
    rule: Rule | None
    effect: Effect

    @property
    def title(self) -> str:
        """What it is called; its id where nothing says more."""
        return self.rule.title if self.rule else self.rule_id

    @property
    def owner(self) -> str | None:
        """Who looks after it."""
        return self.rule.owner if self.rule else None

    @property
    def state(self) -> str | None:
        """Where it is in its life: draft, shadow, live or retired."""
        return self.rule.state.value if self.rule else None

    @property
    def review_date(self) -> date | None:
        """When somebody is to look at it again."""
        return self.rule.review_date if self.rule else None


@dataclass(slots=True)
class _Count:
    """What is counted of one rule so far."""

    versions: set[int] = field(default_factory=set)
    findings: int = 0
    cases: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleEffects:
    """What the rules do. Each function raises NotAllowed where the right lacks, and audits that.

    Attributes:
        rules: gives the rules that comments are judged by.
    """

    store: Store
    clock: Clock
    rules: Callable[[], RuleSet]

    def table(self, actor: Actor, *, weeks: int = 4) -> tuple[Effect, ...]:
        """What came of each rule that found anything in the last weeks, by its id.

        Cases that are kept from whoever asks are not counted, nor what was found in their comments.

        Raises:
            TooFarBack: see `looking_back.weeks_before`.
        """
        require(self.store, self.clock, actor, Right.READ_RULES, "rules")
        since = weeks_before(self.clock.now(), weeks)
        with self.store.read() as session:
            return _effects(session, kept_from(session, actor), since)

    def rows(self, actor: Actor, *, weeks: int = 4) -> tuple[RuleRow, ...]:
        """Every rule of the files with what came of it in the last weeks.

        Raises:
            TooFarBack: see `looking_back.weeks_before`.
            rules.errors.RuleFileError: a rule file has errors.
        """
        return rows(self.rules().all_rules, self.table(actor, weeks=weeks))

    def row(self, actor: Actor, rule_id: str, *, weeks: int = 4) -> RuleRow:
        """One rule with what came of it in the last weeks.

        Raises:
            NotFound: no file has such a rule, and nothing was found by it in these weeks.
            TooFarBack, rules.errors.RuleFileError: as `rows` does.
        """
        found = next((row for row in self.rows(actor, weeks=weeks) if row.rule_id == rule_id), None)
        if found is None:
            raise NotFound("There is no rule of that name.", do="Choose one from the list of rules.")
        return found

    def loaded(self, actor: Actor) -> tuple[Rule, ...]:
        """Every rule of the files, by its id, without what came of it.

        Raises:
            rules.errors.RuleFileError: a rule file has errors.
        """
        require(self.store, self.clock, actor, Right.READ_RULES, "rules")
        return self.rules().all_rules

    def try_text(self, actor: Actor, text: str) -> Verdict:
        """What the rules make of a text by somebody unknown. It is neither stored nor written anywhere.

        Raises:
            TextTooLong: it is longer than `MOST_BYTES` in UTF-8.
            rules.errors.RuleFileError: a rule file has errors.
        """
        require(self.store, self.clock, actor, Right.READ_RULES, "rules")
        # What UTF-8 has no bytes for becomes question marks, one each, so that places stay where they are.
        plain = text.encode("utf-8", "replace")
        if len(plain) > MOST_BYTES:
            raise TextTooLong(
                f"That is more than {MOST_BYTES // 1024} KB: no comment is so long.",
                safe="It was not looked at, and is not kept.",
                do="Try a part of it.",
            )
        return self.rules().evaluate(RevisionText(plain.decode()))


def rows(rules: Iterable[Rule], effects: Iterable[Effect]) -> tuple[RuleRow, ...]:
    """Join rules and their effects by id: those without any effect too, and effects whose rule is gone."""
    by_id = {rule.id: rule for rule in rules}
    found = {effect.rule_id: effect for effect in effects}
    return tuple(
        RuleRow(each, by_id.get(each), found.get(each, Effect(each))) for each in sorted({*by_id, *found})
    )


def _effects(session: Session, kept: ColumnElement[bool], since: datetime) -> tuple[Effect, ...]:
    counted: dict[str, _Count] = {}
    for rule_id, version, number in session.execute(_findings(kept, since)):
        count = counted.setdefault(rule_id, _Count())
        count.versions.add(version)
        count.findings += number
    for row in session.execute(_cases(kept, since)):
        count = counted.setdefault(row.rule_id, _Count())
        count.versions |= {row.oldest, row.newest}
        count.cases = {
            "cases": row.number,
            "upheld": row.upheld,
            "not_upheld": row.not_upheld,
            "waiting": row.number - row.upheld - row.not_upheld,
        }
    return tuple(
        Effect(rule_id, tuple(sorted(count.versions)), count.findings, **count.cases)
        for rule_id, count in sorted(counted.items())
    )


def _findings(kept: ColumnElement[bool], since: datetime) -> Any:
    """How many places each version of each rule found, but for comments of cases that are kept."""
    theirs = select(t.Case.comment_id).where(kept)
    return (
        select(t.Finding.rule_id, t.Finding.rule_version, func.count())
        .join(t.Revision, t.Revision.id == t.Finding.revision_id)
        .join(t.Comment, t.Comment.id == t.Revision.comment_id)
        .where(t.Comment.first_seen_at >= since, t.Comment.id.not_in(theirs))
        .group_by(t.Finding.rule_id, t.Finding.rule_version)
    )


def _cases(kept: ColumnElement[bool], since: datetime) -> Any:
    """The cases that each rule found something in, by the verdict that counts; each case once a rule."""
    once = (
        select(
            t.Finding.rule_id,
            t.Case.id.label("case_id"),
            func.min(t.Finding.rule_version).label("oldest"),
            func.max(t.Finding.rule_version).label("newest"),
        )
        .join(t.Case, t.Case.revision_id == t.Finding.revision_id)
        .where(t.Case.opened_at >= since, t.Case.state.in_(("open", "needs_advice", "decided")), ~kept)
        .group_by(t.Finding.rule_id, t.Case.id)
        .subquery()
    )
    newer = aliased(t.Decision)
    superseded = select(newer.id).where(newer.supersedes_id == t.Decision.id).exists()
    stands = and_(t.Decision.case_id == once.c.case_id, ~superseded)
    return (
        select(
            once.c.rule_id,
            func.min(once.c.oldest).label("oldest"),
            func.max(once.c.newest).label("newest"),
            func.count().label("number"),
            _sum_of("upheld"),
            _sum_of("not_upheld"),
        )
        .select_from(once)
        .outerjoin(t.Decision, stands)
        .group_by(once.c.rule_id)
    )


def _sum_of(verdict: str) -> ColumnElement[int]:
    return func.sum(case((t.Decision.verdict == verdict, 1), else_=0)).label(verdict)
