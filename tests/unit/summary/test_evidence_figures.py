"""What the weekly summary counts of evidence, against rows that can be counted on one's fingers."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.summary.custody_rows import Custody
from tests.unit.summary.handmade import NOW, SECRETS, WEEK, at
from tests.unit.summary.installation import healthy
from worker.store.session import Store
from worker.summary.evidence_counts import EvidenceFigures
from worker.summary.figures import Figures, read_figures
from worker.summary.render import render
from worker.summary.weeks import Week

IN, AFTER = at(12, "12:00:00"), at(16, "01:00:00")
NONE = {"police": 0, "solicitor": 0, "hr": 0, "subject_access": 0, "platform": 0}
UNMARKED = {"safe_to_copy": 0, "intimate_image": 0, "suspected_csam": 0}


def fill(store: Store) -> None:
    """A week of evidence: each count below has one row that belongs to it and one that does not."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.stamp(rows.core, IN)
        rows.stamp(rows.capture("rendered", IN, IN), AFTER)
        rows.capture("rendered", IN, AFTER)
        rows.capture("supplement", IN, IN)
        rows.capture("supplement", IN)
        rows.mark("intimate_image", IN)
        rows.mark("safe_to_copy", IN)
        rows.mark("safe_to_copy", AFTER)
        police = rows.export("police", IN)
        rows.decide(police, IN, alone=True)
        rows.hand_over(police, IN)
        rows.review(police, AFTER)
        alone = rows.export("solicitor", at(5))
        rows.decide(alone, at(5), alone=True)
        rows.review(alone, IN)
        rows.decide(rows.export("hr", IN), AFTER)
        gone, kept = rows.new_case("q2"), rows.new_case("q3")
        rows.make.snapshot(gone, IN, IN)
        rows.dispose(rows.propose(gone, IN), IN + timedelta(hours=1))
        rows.propose(kept, IN)


def figures(store: Store) -> Figures:
    """The figures of the week."""
    with store.read() as session:
        return read_figures(session, Week.parse(WEEK), now=NOW, late_after=timedelta(seconds=900))


def test_what_became_of_evidence_is_counted_as_it_stood_at_the_weeks_end(store: Store) -> None:
    """What happened after the week is not in it; what was done since still waited at its end."""
    fill(store)
    found = figures(store)
    assert found.this.evidence == EvidenceFigures(
        timestamped=1,
        unstamped=2,  # the rendered one that was stamped after the week, and the supplement
        rendered=1,
        unrendered=1,
        supplements=1,
        exports=NONE | {"police": 1},
        exports_waiting=1,
        broken_glass=1,
        unreviewed=1,
        disposals=1,
        disposals_waiting=1,
        marks=UNMARKED | {"intimate_image": 1, "safe_to_copy": 1},
    )
    before = found.before.evidence
    assert (before.broken_glass, before.unreviewed, before.exports_waiting) == (1, 1, 0)
    assert (before.exports, before.marks) == (NONE, UNMARKED)


def test_evidence_is_in_the_summary_in_words_and_without_anybodys(store: Store) -> None:
    """Counts and what somebody must do now; no recipient, reason, name or file in any form."""
    fill(store)
    text = " ".join(render(figures(store), "text", trust_name="Northmoor").split())
    for said in (
        "- 1 hand-over of evidence made by one person alone: another should review it.",
        "- 1 hand-over of evidence waiting for a second person.",
        "- 1 case past the time that its evidence is kept for: the evidence officer decides.",
        "Timestamps pending at week's end 2 0 +2",
        "Handed over by one person alone 1 1 same",
        "Police 1 0 +1",
        "Intimate image 1 0 +1",
    ):
        assert said in text, said
    for form in ("text", "html", "json"):
        whole = render(figures(store), form, trust_name="Northmoor")
        assert not [
            secret for secret in (*SECRETS, "zzrecipient", "zzfile", "zzauthority") if secret in whole
        ]
