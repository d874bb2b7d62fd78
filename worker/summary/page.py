"""What a summary says, in order, before it is laid out as text or HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.clock import for_people
from worker.summary import words
from worker.summary.evidence_counts import EvidenceFigures
from worker.summary.figures import Figures, WeekFigures

_SO_FAR = "This week is not over: the figures are those so far."
_NOTES = (
    (
        "Counts are exact and meant for colleagues. Small numbers (below 8) can point to a person: do not"
        " publish or share them outside the Trust without asking information governance."
    ),
    (
        "A case decided more than once in the week counts once, with its latest decision in the week. A case"
        " may have several categories, so these may add up to more than the cases upheld."
    ),
    ("Medians count what ended in the week. Comments written before their account was watched are left out."),
    "This summary holds no comment's words and no names. Cases and evidence are in Upstander.",
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its first column names the row, the others hold numbers or short words."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One summary, ready to be laid out.

    Attributes:
        late: why it is sent late, or nothing.
        headline: the week in a few sentences.
        needs: what somebody must do now.
        coverage: what was not watched, in sentences.
    """

    trust: str
    week: str
    dates: str
    made: str
    late: str
    headline: str
    needs: tuple[str, ...]
    coverage: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def make_page(figures: Figures, trust_name: str, *, late: str = "") -> Page:
    """Say what the figures say.

    Args:
        late: the sentence that says why it is sent late.
    """
    week = figures.week
    return Page(
        trust=words.clean(trust_name),
        week=week.name,
        dates=f"Monday {words.day(week.monday)} to Sunday {words.day(week.sunday)}",
        made=for_people(figures.made_at),
        late=late,
        headline=_headline(figures),
        needs=tuple(_needs(figures)),
        coverage=tuple(_coverage(figures)),
        tables=tuple(_tables(figures.this, figures.before)),
        notes=_notes(figures),
    )


def _headline(figures: Figures) -> str:
    this = figures.this
    if figures.watched_since is None or figures.watched_since >= figures.week.ends:
        return "No account was being watched in this week, so there is nothing to report."
    arrived, opened = words.counted(this.received, "new comment"), words.counted(this.queued, "case")
    sentences = [f"{arrived} arrived and {opened} opened for review."]
    if this.decided:
        were = "was" if this.upheld == 1 else "were"
        said = f"Of {words.counted(this.decided, 'case')} decided, {words.number(this.upheld)} {were} upheld"
        sentences.append(f"{said}{_most_often(this.upheld_by_category)}.")
    else:
        sentences.append("No case was decided.")
    if this.open_cases:
        overdue = f", {words.number(this.overdue)} of them overdue" if this.overdue else ""
        waits = "waits" if this.open_cases == 1 else "wait"
        sentences.append(f"{words.counted(this.open_cases, 'case')} still {waits} for a decision{overdue}.")
    else:
        sentences.append("No case is waiting.")
    if this.coverage.longest_seconds:
        sentences.append(
            f"Not everything was watched: up to {words.duration(this.coverage.longest_seconds)} of one feed"
            " went unread."
        )
    elif this.coverage.holes:
        sentences.append("Not everything could be read: see below.")
    return " ".join(sentences)


def _most_often(categories: Mapping[str, int]) -> str:
    if not categories:
        return ""
    top = max(categories.values())
    names = [
        words.title(words.CATEGORIES, name).lower() for name, count in categories.items() if count == top
    ]
    return (
        f", most often as {words.listed(names[:3])} ({words.number(top)}{' each' if len(names) > 1 else ''})"
    )


def _needs(figures: Figures) -> Iterable[str]:
    this = figures.this
    for severity in ("immediate_danger", "serious"):
        waiting = this.open_by_severity.get(severity, 0)
        if waiting:
            kind = words.title(words.SEVERITIES, severity).lower()
            yield f"{words.counted(waiting, f'{kind} case')} not decided: a reviewer should look now."
    oldest = f", the oldest since {for_people(this.oldest_unsealed_at)}" if this.oldest_unsealed_at else ""
    counts = (
        (this.overdue, "case", "past the time by which a decision was due."),
        (this.needs_advice, "case", "put down for advice: see who can give it."),
        (
            figures.undone,
            "comment",
            "not as they were asked to be, perhaps still visible: run “upstander status” for each.",
        ),
        (this.unsealed, "case", f"without sealed evidence at the week's end{oldest}."),
        (
            this.evidence.unreviewed,
            "hand-over",
            "of evidence made by one person alone: another should review it.",
        ),
        (this.evidence.exports_waiting, "hand-over", "of evidence waiting for a second person."),
        (
            this.evidence.disposals_waiting,
            "case",
            "past the time that its evidence is kept for: the evidence officer decides.",
        ),
        (sum(figures.stuck_jobs.values()), "job", "stuck: an administrator should run “upstander status”."),
    )
    for count, noun, said in counts:
        if count:
            yield f"{words.counted(count, noun)} {said}"
    seen = dict.fromkeys(
        (hole.account, hole.platform, hole.kind) for hole in this.coverage.holes if not hole.until
    )
    for handle, platform, kind in seen:
        yield f"{words.account(platform, handle)}: {words.gap(kind)}. {words.remedy(kind)}"


def _coverage(figures: Figures) -> Iterable[str]:
    week, since = figures.week, figures.watched_since
    if since is None or since >= week.ends:
        yield "Nothing was watched: no account had been added yet."
        return
    if not figures.this.coverage.holes:
        yield "Every feed was read on time."
    if week.starts < since:
        yield f"Watching began on {for_people(since)}, so this is not a whole week."
    for hole in figures.this.coverage.holes:
        feed = f"{words.account(hole.platform, hole.account)}, {words.clean(hole.feed).replace('_', ' ')}"
        why = words.gap(hole.kind)
        if not hole.seconds:
            yield f"{feed}: {why} ({words.counted(hole.times, 'time')}, first on {for_people(hole.since)})."
            continue
        until = f"last ended on {for_people(hole.until)}" if hole.until else "and it still goes on"
        if hole.times == 1 and hole.until:
            until = f"until {for_people(hole.until)}"
        times = f" in {words.number(hole.times)} gaps" if hole.times > 1 else ""
        yield (
            f"{feed}: not read for {words.duration(hole.seconds)}{times} because {why}, from"
            f" {for_people(hole.since)}, {until}."
        )


def _tables(this: WeekFigures, before: WeekFigures) -> Iterable[Table]:
    yield _beside(
        "The week at a glance",
        [
            ("New comments", this.received, before.received),
            ("Cases opened", this.queued, before.queued),
            ("Cases decided", this.decided, before.decided),
            ("Upheld", this.upheld, before.upheld),
            ("Not upheld", this.not_upheld, before.not_upheld),
            ("Needs advice", this.needs_advice, before.needs_advice),
            ("Decisions overturned", this.overturned, before.overturned),
            ("Evidence sealed", this.sealed, before.sealed),
            ("Evidence pending at week's end", this.unsealed, before.unsealed),
            ("Cases waiting at week's end", this.open_cases, before.open_cases),
            ("Overdue at week's end", this.overdue, before.overdue),
        ],
    )
    yield _by("Upheld by category", this.upheld_by_category, before.upheld_by_category, words.CATEGORIES)
    yield _by("Upheld by severity", this.upheld_by_severity, before.upheld_by_severity, words.SEVERITIES)
    yield _by("Upheld by platform", this.upheld_by_platform, before.upheld_by_platform, words.PLATFORMS)
    yield _by(
        "New comments by platform", this.received_by_platform, before.received_by_platform, words.PLATFORMS
    )
    yield _by(
        "Cases opened by severity", this.queued_by_severity, before.queued_by_severity, words.SEVERITIES
    )
    yield _by("Cases opened by platform", this.queued_by_platform, before.queued_by_platform, words.PLATFORMS)
    yield _by("Cases waiting by severity", this.open_by_severity, before.open_by_severity, words.SEVERITIES)
    yield _actions(this)
    yield _by("Reports to the platforms", this.platform_reports, before.platform_reports, words.REPORTS)
    yield _evidence(this.evidence, before.evidence)
    yield _by("Evidence handed over", this.evidence.exports, before.evidence.exports, words.PURPOSES)
    yield _by("Pictures and videos marked as", this.evidence.marks, before.evidence.marks, words.MARKS)
    yield Table(
        "How long things took (median)",
        ("Stretch", "This week", "Week before"),
        tuple(
            (label, words.duration(this.median_seconds[name]), words.duration(before.median_seconds[name]))
            for name, label in words.MEDIANS.items()
        ),
    )


def _evidence(this: EvidenceFigures, before: EvidenceFigures) -> Table:
    return _beside(
        "Evidence",
        [
            ("Trusted timestamps", this.timestamped, before.timestamped),
            ("Timestamps pending at week's end", this.unstamped, before.unstamped),
            ("Live pages captured", this.rendered, before.rendered),
            ("Live pages to capture at week's end", this.unrendered, before.unrendered),
            ("Files handed in and sealed", this.supplements, before.supplements),
            ("Handed over by one person alone", this.broken_glass, before.broken_glass),
            ("Hand-overs that waited at week's end", this.exports_waiting, before.exports_waiting),
            ("Cases destroyed when their time was up", this.disposals, before.disposals),
            ("Cases to destroy or keep at week's end", this.disposals_waiting, before.disposals_waiting),
        ],
    )


def _actions(this: WeekFigures) -> Table:
    kinds = tuple(words.title(words.ACTIONS, kind) for kind in this.actions)
    rows = tuple(
        (label, *(words.number(counts[name]) for counts in this.actions.values()))
        for name, label in words.RESULTS.items()
        if kinds
    )
    return Table("What came of actions", ("", *kinds), rows, "No action was asked for.")


def _by(caption: str, this: Mapping[str, int], before: Mapping[str, int], names: dict[str, str]) -> Table:
    """A table by platform, severity or category: in the order of the words, else the most frequent first."""
    keys = [*this, *(key for key in before if key not in this)]
    if names is not words.CATEGORIES:
        keys.sort(key=list(names).index)
    return _beside(caption, [(words.title(names, key), this.get(key, 0), before.get(key, 0)) for key in keys])


def _beside(caption: str, counts: Sequence[tuple[str, int, int]]) -> Table:
    rows = tuple(
        (label, words.number(this), words.number(before), words.change(this, before))
        for label, this, before in counts
    )
    return Table(caption, ("", "This week", "Week before", "Change"), rows, "" if rows else "None.")


def _notes(figures: Figures) -> tuple[str, ...]:
    return _NOTES if figures.complete else (_SO_FAR, *_NOTES)
