"""The demo's stages about what becomes of sealed evidence: drawn, its custody told, kept or destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from worker.bootstrap import App, build
from worker.cli.demo_steps import LeftOut, Round, check, refused
from worker.cli.demo_world import OFFICER, DemoWorld
from worker.evidence.stage import SnapshotView
from worker.store import tables as t

#: What is posted while live pages are captured: words, whether strangers meet a log-in wall, what must be
#: said to have been seen, and the name of its picture. On Facebook: what is on X has addresses at X.
_POSTED = (
    ("I will find the nurse on ward 7 after her shift tonight and stab her", True, "wall", "login-wall.png"),
    ("I know where the porter lives and I will burn his house down tonight", False, "content", "page.png"),
)
_SHOWS = "threat with place and time"
#: What the timeline of a case that went the whole way must tell of.
_LIFE = {
    *("opened", "sealed", "timestamped", "decided"),
    *("export_asked", "export_approved", "export_made", "handed_over"),
}


def render(round_: Round) -> str:
    """Live pages are captured after the core: a wall is called a wall, an open page shows the comment."""
    world = round_.world
    browser = world.app.settings.evidence.chromium
    if not browser.exists():
        raise LeftOut(f"there is no browser at {browser}, so no live page was captured")
    with _capturing_pages(world) as app:
        capturing = replace(round_, world=replace(world, app=app))
        account = world.examples.accounts["facebook"].handle
        for words, wall, seen, picture in _POSTED:
            world.control.post("settings", login_wall=wall)
            posted = world.control.post("comment", platform="facebook", account=account, text=words)
            external_id = str(posted["comment"]["id"])
            world.examples.shows[external_id] = _SHOWS
            world.pass_time(timedelta(seconds=world.app.settings.polling.every_seconds + 1))
            capturing.come_to_rest()
            case_id = _case_of(round_, external_id)
            round_.drawn[seen] = case_id
            _must_show(_drawn(round_, case_id), seen, picture)
    world.control.post("settings", login_wall=True)
    return "a log-in wall was sealed as a wall, an open page as the comment, each with a report.pdf"


def custody(round_: Round) -> str:
    """What happened to the evidence that was handed over is told, from its opening to the hand-over."""
    case_id = round_.to_hand_over
    events = round_.world.app.keeping.timeline(case_id, round_.who(OFFICER))
    missing = _LIFE - {each.verb for each in events}
    check(not missing, f"the timeline of case {case_id} says nothing of: {', '.join(sorted(missing))}")
    times = [each.at for each in events]
    check(times == sorted(times), "the timeline is out of order")
    lines = [f"{each.at:%H:%M:%S}  {each.who or 'Upstander':<10}  {each.what}" for each in events]
    told = f"{len(events)} things happened to the evidence of case {case_id} (UTC)"
    return "\n          ".join((f"{told}:", *lines))


def keep(round_: Round) -> str:
    """When its time is up evidence goes, but not without a person, and never against a hold."""
    app, officer = round_.world.app, round_.who(OFFICER)
    keeping = app.keeping
    round_.world.pass_time(timedelta(days=app.settings.retention.not_upheld_days + 1))
    keeping.schedule()
    round_.come_to_rest()
    check(not keeping.waiting(officer), "a leap of the clock had cases proposed for destruction")
    keeping.go_on(officer)
    round_.come_to_rest()
    due = [each.case_id for each in keeping.waiting(officer)]
    not_upheld = round_.verdicts.get("not_upheld", 0)
    check(
        len(due) == not_upheld, f"{len(due)} cases are proposed for destruction, {not_upheld} were not upheld"
    )
    case_id, bags = due[0], {each: _bags(round_, each) for each in due}
    everything = [bag for each in due for bag in bags[each]]
    check(_there(everything) and all(bags.values()), "evidence was destroyed although nobody approved it")
    keeping.hold(case_id, officer, "Demo: the police ask for it.")
    refused(
        lambda: keeping.approve(case_id, officer, "Demo: its time is up."),
        f"the destruction of case {case_id} was approved against a legal hold",
    )
    round_.come_to_rest()
    check(_there(everything), f"evidence of case {case_id} was destroyed against a legal hold")
    keeping.release(case_id, officer, "Demo: the police have what they need.")
    keeping.approve(case_id, officer, "Demo: its time is up.")
    round_.come_to_rest()
    left = [bag for bag in bags[case_id] if bag.exists()]
    check(not left, f"evidence of case {case_id} is still there after its destruction")
    others = [bag for each in due[1:] for bag in bags[each]]
    check(_there(others), "evidence of other cases was destroyed along with it")
    bad = [each for each in app.evidence.verify(None, officer) if not each.ok]
    check(not bad, f"after a destruction {len(bad)} snapshots do not verify")
    return (
        f"{app.settings.retention.not_upheld_days} days on, {len(due)} cases are proposed to be destroyed;"
        f" a hold kept case {case_id}; released and approved it went, and what is left verifies"
    )


@contextmanager
def _capturing_pages(world: DemoWorld) -> Iterator[App]:
    """The worker, started anew with `evidence.render` on: with it on all along a round would take minutes."""
    chosen = world.loaded.settings
    drawing = chosen.model_copy(update={"evidence": chosen.evidence.model_copy(update={"render": True})})
    app = build(drawing, world.loaded.secrets)
    try:
        yield app
    finally:
        app.close()


def _case_of(round_: Round, external_id: str) -> int:
    with round_.world.app.store.read() as session:
        found = session.scalar(
            select(t.Case.id)
            .join(t.Comment, t.Comment.id == t.Case.comment_id)
            .where(t.Comment.external_id == external_id)
        )
    check(found is not None, "a threat that was posted just now did not become a case")
    return int(found or 0)


def _drawn(round_: Round, case_id: int) -> SnapshotView:
    views = round_.world.app.evidence.show(case_id, round_.who(OFFICER))
    drawn = [each for each in views if each.kind == "rendered" and each.state == "sealed"]
    check(len(drawn) == 1, f"case {case_id} has {len(drawn)} sealed captures of its live page")
    return drawn[0]


def _must_show(view: SnapshotView, seen: str, picture: str) -> None:
    check(not view.problems, f"the capture of case {view.case_id} does not verify: {view.problems}")
    check(
        view.source == seen, f"the page of case {view.case_id} was a {seen}; it was taken for: {view.source}"
    )
    check(view.report is not None and view.bag is not None, f"case {view.case_id} has no report.pdf")
    if view.report is not None and view.bag is not None:
        check((view.bag / "data" / picture).is_file(), f"case {view.case_id} has no {picture}")
        check(view.report.read_bytes()[:5] == b"%PDF-", f"the report of case {view.case_id} is no PDF")


def _bags(round_: Round, case_id: int) -> list[Path]:
    """The folders of a case's evidence."""
    views = round_.world.app.evidence.show(case_id, round_.who(OFFICER))
    return [each.bag for each in views if each.bag is not None]


def _there(bags: list[Path]) -> bool:
    return all(bag.is_dir() for bag in bags)
