"""What was taken down and is here again: it opens a case at once, whatever the rules make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from sqlalchemy.orm import Session

from rules.schema import Category, Finding, Severity
from worker.intake.screening import Screened
from worker.review.alike import media_ids
from worker.review.recognising import Recognised, Seen, recognise


def find(session: Session, platform: str, items: Sequence[Screened]) -> dict[str, Recognised]:
    """What each of these brings back, by the platform's id; what brings nothing back is left out."""
    return recognise(session, [_seen(platform, item) for item in items])


def marked(item: Screened, found: Mapping[str, Recognised]) -> Screened:
    """The item with a finding that says what it brings back, at least as severe as that was judged."""
    recognised = found.get(item.comment.external_id)
    if recognised is None:
        return item
    # Whoever sees this case, or hears of it, is not told the number of one that is for named roles.
    first = "an earlier case" if recognised.restricted else f"case {recognised.case_id}"
    text, severity = item.comment.text or "", Severity(recognised.severity)
    finding = Finding(
        rule_id="intake.repost",
        rule_version=1,
        category=Category.REPOST,
        severity=severity,
        start=0,
        end=len(text),
        matched=text,
        reason=f"Brings back {recognised.what} as {first}, which a person upheld and which "
        "was taken down. Look at it as if for the first time: the words may be quoted, or meant otherwise.",
    )
    verdict = item.verdict
    if verdict.severity is not None and verdict.severity > severity:
        severity = verdict.severity
    return replace(
        item,
        verdict=replace(
            verdict,
            findings=(*verdict.findings, finding),
            severity=severity,
            priority=max(verdict.priority, recognised.priority),
            queue=True,
            categories=tuple(dict.fromkeys((*verdict.categories, Category.REPOST))),
        ),
    )


def first_case(found: Mapping[str, Recognised], item: Screened) -> int | None:
    """The case whose content an item brings back, if it does."""
    recognised = found.get(item.comment.external_id)
    return None if recognised is None else recognised.case_id


def _seen(platform: str, item: Screened) -> Seen:
    comment = item.comment
    return Seen(
        platform=platform,
        comment=comment.external_id,
        author=comment.author.external_id if comment.author else None,
        text=comment.text,
        media=media_ids(platform, [asdict(each) for each in comment.media]),
    )
