"""The worked stories of docs/stories.md, through the review site, by two or more people with the mouse."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.colleagues import Colleague, Upheld
from tests.e2e.offices import (
    LEAD,
    OFFICER,
    ON_CALL,
    OUTSIDER,
    SAFEGUARDING,
    SENIOR,
    Office,
)
from tests.worlds import REVIEWER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SitDown = Callable[[str], Colleague]


def test_a_named_nurse_is_abused(monday: Office, sit_down: SitDown) -> None:
    """Hidden, reported, referred, support offered, in Datix, and debriefed: each by whose work it is."""
    case_id = monday.written(
        "Nurse Adeyemi on Ward 7 should go back to the jungle, we want English nurses only."
    )
    rowan, sam, cora = sit_down(REVIEWER), sit_down(SENIOR), sit_down(LEAD)
    assert rowan.takes_next() == case_id
    rowan.press("Show the masked words")
    rowan.sees("should go back to the jungle")
    said = Upheld(
        "hate",
        "serious",
        "named_staff",
        "Racist abuse of a named nurse.",
        offence="unsure",
        characteristic="race",
        effect="She is shaken and went home early.",
        actions=("hide", "platform_report"),
    )
    rowan.upholds(case_id, said)
    monday.settle()
    assert dict(monday.asked(case_id))["hide"] == "carried_out"
    rowan.open(f"/cases/{case_id}/report")
    rowan.follow("Report 1")
    rowan.sees("Violence, hate or exploitation: calling for hate")
    rowan.fill(reference="FB-20931")
    rowan.press("I filed it")
    assert {"Consider the police", "Offer support to a colleague"} <= set(sam.tasks())
    sam.refers(
        case_id,
        "police_101",
        "Possible hate crime; the nurse wishes it.",
        acknowledged="Taken by the contact centre.",
        reference="42/1234/26",
    )
    sam.fill(outcome="Recorded as a hate crime.")
    sam.press("Close the referral")
    sam.sees("Recorded as a hate crime.")
    sam.open(f"/cases/{case_id}/referrals")
    sam.page.locator("#support-kind").select_option("occupational_health")
    sam.fill(offered_to="ward sister, Ward 7")
    sam.press("Note the offer")
    sam.sees("ward sister, Ward 7")
    rowan.open(f"/cases/{case_id}/datix")
    rowan.fill(reference="WEB-10442")
    rowan.press("Note the number")
    rowan.sees("WEB-10442")
    assert not {"Consider the police", "Offer support to a colleague"} & set(sam.tasks())
    assert "Hold a debrief" in cora.tasks()
    rowan.open("/reports/1")
    rowan.page.locator("#outcome").select_option("removed")
    rowan.press("Note it")
    assert monday.app.reporting.reports.listing(monday.people[SENIOR])[0].state == "removed"
    decision = monday.decision(case_id)
    assert (decision.characteristics, decision.effect) == (("race",), "She is shaken and went home early.")


def test_a_threat_with_a_place_and_a_time(monday: Office, sit_down: SitDown, tmp_path: Path) -> None:
    """The call is taken, 999 comes first, the comment is hidden; two people hand sealed evidence over."""
    rowan, priya, sam = sit_down(REVIEWER), sit_down(ON_CALL), sit_down(SENIOR)
    rowan.open("/on-call")
    rowan.page.locator("#person").select_option(label=ON_CALL)
    rowan.page.locator("input[name=from]").fill("2026-11-09T08:00")
    rowan.page.locator("input[name=until]").fill("2026-11-16T08:00")
    rowan.press("Put them on call")
    rowan.sees("Priya Nair")
    case_id = monday.written(
        "I know your shift and I will stab you in the car park tonight.", who="night.owl.88"
    )
    priya.open("/escalations")
    priya.sees("Nobody has taken it.")
    priya.press("I have taken it")
    priya.open(f"/cases/{case_id}")
    priya.sees("call 999")
    priya.sees("Priya Nair took the call.")
    priya.refers(
        case_id,
        "police_999",
        "A threat with a place and a time.",
        acknowledged="Officers are on their way.",
        reference="CAD 771/9 Nov",
    )
    referral = priya.page.url.removeprefix(monday.url)
    priya.upholds(
        case_id,
        Upheld(
            "threat",
            "immediate_danger",
            "staff",
            "A threat with a place and a time.",
            offence="yes",
            answers=(("at_risk_now", "yes"),),
            actions=("hide",),
        ),
    )
    priya.sees("Do this now")
    monday.settle()
    assert monday.asked(case_id) == [("hide", "carried_out")]
    assert "Make sure that 999 or 101 was called" in priya.tasks()
    number = _export(sit_down(OFFICER), sam, case_id)
    _is_handed_over(sit_down(OFFICER), number, tmp_path / "evidence.zip")
    priya.open(referral)
    priya.opens("You handed a file over")
    priya.fill(export=str(number), handed_to="PC 4521", how="in person")
    priya.press("Log the hand-over")
    priya.sees("PC 4521")


def _export(asha: Colleague, sam: Colleague, case_id: int) -> int:
    """An export that one person asked for and another approved; its number."""
    asha.open(f"/exports/new?cases={case_id}")
    asha.fill(
        cases=str(case_id),
        recipient="PC 4521, Northmoor Police",
        basis="DPA 2018 Schedule 2 paragraph 2",
        reason="CAD 771/9 Nov",
    )
    asha.page.locator("input[name=purpose][value=police]").check()
    asha.press("Ask for it")
    number = int(asha.page.url.rsplit("/", 1)[1])
    assert asha.page.get_by_role("button", name="Approve the export").count() == 0
    sam.open(f"/exports/{number}")
    sam.press("Approve the export")
    return number


def _is_handed_over(asha: Colleague, number: int, to: Path) -> None:
    """The file is made and downloaded, byte for byte what the site says it is."""
    asha.open(f"/exports/{number}")
    asha.page.locator("input[name=lock][value=no]").check()
    asha.press("Make the file")
    asha.sees("The file is made and verified")
    named = asha.page.locator("code.up-hash").inner_text()
    with asha.page.expect_download() as came:
        asha.page.get_by_role("button", name="Download the file (ZIP)").click()
    came.value.save_as(to)
    assert hashlib.sha256(to.read_bytes()).hexdigest() == named


def test_grief_is_answered_and_stays(monday: Office, sit_down: SitDown) -> None:
    """Not upheld, referred to PALS, and nobody can hide it."""
    case_id = monday.written(
        "You killed my mum. She waited eleven hours on a trolley and nobody came. I hope you all rot.",
        who="empty.chair",
    )
    rowan = sit_down(REVIEWER)
    rowan.open(f"/cases/{case_id}")
    for each in ("verdict-not_upheld", "why_not-criticism", "answer-at_risk_now-no"):
        rowan.page.locator(f"#{each}").check()
    rowan.fill(reason="A bereaved daughter complains about care.")
    rowan.press("Decide and stay here")
    assert monday.decision(case_id).why_not == "criticism"
    rowan.refers(case_id, "pals", "A death after eleven hours on a trolley.")
    rowan.sees("PALS")
    sam = sit_down(SENIOR)
    sam.open(f"/cases/{case_id}")
    sam.opens("Ask for something on the platform")
    sam.page.locator("#kind").select_option("hide")
    sam.page.locator("#action-reason").fill("It looks bad.")
    sam.press("Ask for it")
    sam.sees("does not uphold it")
    assert monday.asked(case_id) == []


def test_somebody_speaks_of_harming_themselves(monday: Office, sit_down: SitDown) -> None:
    """A block is refused; the decision hands the case to safeguarding and shuts everybody else out."""
    case_id = monday.written(
        "I was turned away again today. I have the tablets here and I am going to end it tonight.",
        who="no.way.out",
    )
    rowan, hazel, sam = sit_down(REVIEWER), sit_down(SAFEGUARDING), sit_down(SENIOR)
    rowan.open(f"/cases/{case_id}")
    rowan.press("I have taken it")
    said = Upheld(
        "self_harm",
        "immediate_danger",
        "other",
        "Somebody may be about to die.",
        rules="no",
        answers=(("at_risk_now", "yes"), ("safeguarding", "yes")),
    )
    rowan.open(f"/cases/{case_id}")
    rowan.fills_in(said)
    rowan.page.locator("#action-block").check()
    rowan.opens("If you block the author")
    rowan.fill(no_warning_because="None")
    rowan.press("Decide and stay here")
    rowan.sees("is not deleted, blocked or reported for it")
    expect(rowan.page.locator("#reason")).to_have_value("Somebody may be about to die.")
    rowan.page.locator("#action-block").uncheck()
    rowan.press("Decide and stay here")
    assert monday.decision(case_id).categories == ("self_harm",)
    rowan.open(f"/cases/{case_id}", status=403)
    rowan.sees("restricted")
    assert hazel.tasks()
    hazel.open(f"/cases/{case_id}")
    hazel.sees("Restricted: Safeguarding")
    sam.refers(
        case_id,
        "police_999",
        "A person who may be about to take their life.",
        acknowledged="They ask the platform where the account is.",
    )
    sam.sees("Acknowledged")


def test_suspected_imagery_is_closed_at_once(monday: Office, sit_down: SitDown) -> None:
    """Marked in two steps, hidden on the strength of a record alone, and closed to all but a few."""
    case_id = monday.written(
        "Nurse Adeyemi, you stupid bitch, look at this one.", who="odd.account", picture=True
    )
    rowan, sam = sit_down(REVIEWER), sit_down(SENIOR)
    rowan.open(f"/cases/{case_id}")
    rowan.follow("This may be child sexual abuse imagery")
    rowan.press("Say that it may be")
    rowan.sees("Do not open, copy, save, download, print, photograph, screenshot, forward or show it.")
    sam.upholds(
        case_id,
        Upheld(
            "suspected_csam",
            "immediate_danger",
            "minor",
            "Suspected; not looked at again.",
            offence="yes",
            answers=(("at_risk_now", "unsure"), ("safeguarding", "yes")),
            actions=("hide",),
        ),
    )
    monday.settle()
    assert monday.asked(case_id) == [("hide", "carried_out")]
    sam.refers(
        case_id,
        "police_101",
        "Suspected imagery. Address, ids and times follow.",
        acknowledged="They take it up with the platform.",
        reference="42/9876/26",
    )
    hazel = sit_down(SAFEGUARDING)
    hazel.open(f"/cases/{case_id}")
    hazel.sees("Restricted: Suspected imagery")
    assert hazel.page.locator("main img").count() == 0
    sit_down(OUTSIDER).open(f"/cases/{case_id}", status=403)
