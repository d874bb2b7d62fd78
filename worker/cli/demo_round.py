"""One full round of the demo: each stage does its work by the ordinary functions, then is checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from worker import log
from worker.cli.demo_acts import act, tamper, verify
from worker.cli.demo_choices import MUST_QUEUE, must_stay_out
from worker.cli.demo_evidence import custody, keep, render
from worker.cli.demo_hand_over import hand_over
from worker.cli.demo_review import call, group, refer, review
from worker.cli.demo_second import delete, report
from worker.cli.demo_steps import DoesNotHold, LeftOut, Round, check
from worker.cli.demo_world import OFFICER, REVIEWER, DemoWorld
from worker.cli.show import say
from worker.jobs.run import drain
from worker.review.counting import NONE
from worker.store import tables as t
from worker.summary.status import read_status
from worker.summary.weeks import Week

#: What the sandbox does in the first poll of a round with reality on.
_POLL_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "outage", "platform": "facebook"},
    {"kind": "rate_limited", "platform": "x", "after": 1, "reset": 300},
    {"kind": "rate_limited_no_reset", "platform": "x", "after": 2},
    {"kind": "server_error_html", "platform": "x", "after": 3},
)
#: Broken examples, by what they show, and the flaw that must be noted on each.
_BROKEN = {
    "author deleted": "missing_author",
    "lone surrogate, NUL, bidirectional marks": "control_characters",
}


def run_round(world: DemoWorld, *, reality: bool) -> Round | None:
    """Run every stage and say in a line each what was done.

    Args:
        reality: log-in walls, missing authors, rate limits, an outage, lost answers.

    Returns:
        The round, where everything held.
    """
    stages: tuple[tuple[str, Callable[[Round], str]], ...] = (
        ("poll", poll),
        ("call", call),
        ("queue", queue),
        ("evidence", evidence),
        ("render", render),
        ("group", group),
        ("review", review),
        ("refer", refer),
        ("tamper", tamper),
        ("act", act),
        ("verify", verify),
        ("delete", delete),
        ("report", report),
        ("hand-over", hand_over),
        ("custody", custody),
        ("summary", summary),
        ("keep", keep),
    )
    round_ = Round(world, reality)
    for name, stage in stages:
        try:
            said = stage(round_)
        except LeftOut as lacking:
            say(f"LEFT    {name}: {lacking}")
            continue
        except DoesNotHold as problem:
            say(f"FAILED  {name}: {problem}")
            return None
        except Exception as error:  # noqa: BLE001 - whatever breaks a stage, the round must say which it was
            log.get("demo").error("stage_failed", stage=name, exc_info=error)
            say(f"FAILED  {name}: {type(error).__name__}: {error}")
            return None
        say(f"ok      {name}: {said}")
    return round_


def poll(round_: Round) -> str:
    """Read every feed to its end: what was published is taken in, once, broken items flagged."""
    if round_.reality:
        _misbehave(round_)
    jobs = round_.come_to_rest()
    published, stored = round_.published(), round_.stored()
    lost, strange = set(published) - set(stored), set(stored) - set(published)
    check(not lost, f"{len(lost)} published comments were not taken in, such as {min(lost, default='')}")
    check(not strange, f"{len(strange)} comments were taken in that nobody published")
    with round_.world.app.store.read() as session:
        flaws = dict(
            session.execute(
                select(t.Comment.external_id, t.Revision.flaws).join(
                    t.Revision, t.Revision.id == t.Comment.revision_id
                )
            )
            .tuples()
            .all()
        )
    unflagged = [each for each, flaw in _BROKEN.items() if flaw not in flaws[_showing(round_, each)]]
    check(not unflagged, f"broken and not flagged: {', '.join(unflagged)}")
    odd = sum(1 for each in flaws.values() if each)
    round_.world.pass_time(timedelta(seconds=round_.world.app.settings.polling.every_seconds + 1))
    round_.come_to_rest()
    check(round_.stored() == stored, "polling again took something in twice")
    return (
        f"{len(stored)} of {len(published)} comments taken in by {jobs} jobs, {odd} odd ones flagged and kept"
    )


def queue(round_: Round) -> str:
    """Who must be seen is queued, criticism and grief are not, the most severe first."""
    page = round_.world.app.review.queue(round_.who(REVIEWER), limit=1000)
    ranks = ["immediate_danger", "serious", "concerning", "routine"]
    order = [(ranks.index(row.severity), -row.priority, row.due_at) for row in page.rows]
    check(order == sorted(order), "the queue is not in order of severity, priority and due time")
    ids = {row_id: key.partition(" ")[2] for key, row_id in round_.stored().items()}
    queued = [round_.shows(ids[row.comment_id]) for row in page.rows]
    wrong = sorted({shows for shows in queued if must_stay_out(shows)})
    check(not wrong, f"queued, and should have stayed out: {', '.join(wrong)}")
    everything = list(round_.world.examples.shows.values())
    missed = sorted({shows for shows in MUST_QUEUE if queued.count(shows) < everything.count(shows)})
    check(not missed, f"not queued, and a person must see it: {', '.join(missed)}")
    immediate = page.counts.by_severity.get("immediate_danger", NONE)
    stayed = sum(1 for shows in everything if must_stay_out(shows))
    return (
        f"{len(queued)} cases, {immediate} of immediate danger; {stayed} critical or harmless ones left alone"
    )


def evidence(round_: Round) -> str:
    """Every case has a sealed snapshot that verifies."""
    world = round_.world
    rows = world.app.review.queue(round_.who(REVIEWER), limit=1000).rows
    unsealed = [row.case_id for row in rows if row.evidence != "sealed"]
    check(not unsealed, f"{len(unsealed)} cases have no sealed evidence, such as case {unsealed[:1]}")
    results = world.app.evidence.verify(None, round_.who(OFFICER))
    bad = [result for result in results if not result.ok]
    check(not bad, f"{len(bad)} snapshots do not verify: {bad[:1]}")
    check(len(results) == len(rows), f"{len(results)} snapshots for {len(rows)} cases")
    return f"{len(results)} snapshots sealed by themselves and verified byte by byte"


def summary(round_: Round) -> str:
    """The weekly figures are those of this round, and quote nobody."""
    app = round_.world.app
    week = Week.holding(app.clock.now()).name
    this = app.summaries.figures(week).this
    verdicts = round_.verdicts
    expected = {
        "received": len(round_.stored()),
        "queued": sum(verdicts.values()),
        "upheld": verdicts.get("upheld", 0),
        "not_upheld": verdicts.get("not_upheld", 0),
        "needs_advice": verdicts.get("needs_advice", 0),
    }
    counted = {name: getattr(this, name) for name in expected}
    check(counted == expected, f"it counts {counted}, the round was {expected}")
    by_category = {name: count for name, count in this.upheld_by_category.items() if count}
    check(by_category == round_.upheld, f"it counts {by_category} upheld, the round was {round_.upheld}")
    done = this.actions.get("hide", {}).get("done", 0) + this.actions.get("hide", {}).get("already", 0)
    check(done == len(round_.hides), f"it counts {done} comments hidden, the round was {len(round_.hides)}")
    check(not round_.reality or bool(this.coverage.holes), "it does not tell of the outage")
    text = app.summaries.render(week, "text") + app.summaries.render(week, "html")
    quoted = [each for each in round_.published().values() if each["text"] and str(each["text"])[:40] in text]
    check(not quoted, "it quotes a comment")
    return f"{week}: {this.received} received, {this.queued} queued, {this.upheld} upheld, {done} hidden"


def _misbehave(round_: Round) -> None:
    """Let the platforms fail while they are polled, and see that this is shown to people."""
    world = round_.world
    world.control.post("settings", login_wall=True, graph_from=False)
    for fault in _POLL_FAULTS:
        world.control.post("faults", **fault)
    world.app.intake.schedule()
    drain(world.app)
    status = read_status(world.app.store, world.app.clock, world.app.settings)
    troubled = {feed.platform for feed in status.feeds if feed.fault_kind}
    check(troubled == {"facebook", "x"}, f"only these are shown as out of order: {troubled}")
    # Long enough to count as a gap in what was watched.
    world.pass_time(timedelta(seconds=world.app.settings.polling.late_after_seconds))
    world.control.clear_faults()


def _showing(round_: Round, shows: str) -> str:
    return next(each for each, what in round_.world.examples.shows.items() if what == shows)
