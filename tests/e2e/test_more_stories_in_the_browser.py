"""The other worked stories of docs/stories.md, through the review site, by several people with the mouse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.colleagues import Colleague, Upheld
from tests.e2e.offices import GUARDIAN, HR, LAWYER, OFFICER, ON_CALL, SENIOR, Office
from tests.e2e.stories import Written
from tests.worlds import REVIEWER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SitDown = Callable[[str], Colleague]


def test_somebody_posts_a_patients_data(monday: Office, sit_down: SitDown) -> None:
    """Hidden at once; whether it is a breach to report is a task of information governance."""
    case_id = monday.written(
        "Guess who I saw in the mental health ward again: Mrs Hask of Mill Lane. Sectioned on Monday!",
        who="chatty.carl",
    )
    rowan, asha = sit_down(REVIEWER), sit_down(OFFICER)
    said = Upheld(
        "patient_confidentiality",
        "serious",
        "patient",
        "Names a patient and her treatment.",
        answers=(("patient_identifiable", "yes"),),
        actions=("hide",),
    )
    rowan.upholds(case_id, said)
    rowan.sees("Do not repeat the details in a reply")
    monday.settle()
    assert monday.asked(case_id) == [("hide", "carried_out")]
    assert "See to a patient" in asha.tasks()
    asha.does("See to a patient", "Not our breach: a visitor wrote it. Noted in the register.")
    assert "See to a patient" not in asha.tasks()
    asha.open("/tasks?done=1")
    asha.sees("Noted in the register.")


def test_a_consultant_is_defamed(monday: Office, sit_down: SitDown) -> None:
    """The case waits for advice; the lawyer reads what was referred and nothing else of the queue."""
    case_id = monday.written(
        "Consultant Vane takes bribes from drug firms and everybody on the ward knows it.",
        who="truth.teller",
    )
    rowan, sam, lee = sit_down(REVIEWER), sit_down(SENIOR), sit_down(LAWYER)
    rowan.open(f"/cases/{case_id}")
    rowan.page.locator("#verdict-needs_advice").check()
    rowan.page.locator("#advice_from-legal").check()
    rowan.fill(reason="States a crime as fact about a named consultant.")
    rowan.press("Decide and stay here")
    assert monday.view(case_id).state == "needs_advice"
    sam.open(f"/cases/{case_id}/referrals?to=legal")
    sam.fill(notice="2026-11-09T08:55", reason="The consultant has complained in writing.")
    sam.press("Refer the case")
    where = sam.page.url.removeprefix(monday.url)
    assert "Answer a notice of complaint" in lee.tasks()
    lee.open(where)
    lee.sees("Consultant Vane takes bribes")
    lee.open("/queue", status=403)
    lee.open(f"/cases/{case_id}", status=403)
    lee.open(where)
    lee.fill(acknowledged="Looks actionable. Hide it while we write.")
    lee.press("They have it")
    lee.sees("Looks actionable.")
    said = Upheld(
        "defamation",
        "concerning",
        "named_staff",
        "Legal advice of today: an accusation of a crime, stated as fact.",
        actions=("hide",),
    )
    rowan.upholds(case_id, said)
    monday.settle()
    assert monday.asked(case_id) == [("hide", "carried_out")]
    assert [each.verdict for each in monday.view(case_id).decisions] == ["needs_advice", "upheld"]
    assert "Tell the insurers" in lee.tasks()


def test_screenshots_about_a_colleague_are_handed_in(monday: Office, sit_down: SitDown) -> None:
    """It waits in no queue; HR takes it over without the name, which the Guardian alone can read."""
    jo, robin, rowan = sit_down(GUARDIAN), sit_down(HR), sit_down(REVIEWER)
    jo.open("/hand-ins/new")
    jo.page.get_by_label("What is it?").select_option("message")
    jo.fill(
        text="Three of them call her names in the ward's group, every night shift.",
        service="Ward 4",
        name="Noor Hadley, staff nurse",
    )
    for box in ("protected", "speak_up", "staff_on_staff"):
        jo.page.locator(f"#{box}").check()
    jo.press("Hand it in")
    jo.sees("it waits in no queue, and nobody judges it in Upstander")
    rowan.open("/queue")
    expect(rowan.page.locator("main")).not_to_contain_text("Three of them")
    rowan.open("/hand-ins/1", status=403)
    assert "Take over what was handed in" in robin.tasks()
    robin.open("/hand-ins/1")
    robin.sees("Three of them call her names")
    expect(robin.page.locator("main")).not_to_contain_text("Noor Hadley")
    assert robin.page.get_by_role("button", name="Show me the name").count() == 0
    jo.open("/hand-ins/1")
    jo.fill(reason="She asked me to pass it on.")
    jo.press("Show me the name")
    jo.sees("Noor Hadley, staff nurse")


def test_a_day_with_one_reviewer(monday: Office, sit_down: SitDown) -> None:
    """Deleting takes a second person, going ahead alone is reviewed, and an appeal goes to somebody else."""
    rowan, priya, sam = sit_down(REVIEWER), sit_down(ON_CALL), sit_down(SENIOR)
    first = monday.written(
        "Nurse Okello on Ward 2 should go back to the jungle, we want English nurses only.", who="sun.up"
    )
    said = Upheld("hate", "serious", "named_staff", "Racist abuse of a named nurse.", actions=("delete",))
    rowan.upholds(first, said)
    assert monday.asked(first) == [("delete", "awaiting_approval")]
    rowan.open("/approvals")
    assert rowan.page.get_by_role("button", name="Approve").count() == 0
    priya.open("/approvals")
    priya.press("Approve", within=_card(priya, first))
    monday.settle()
    assert monday.asked(first) == [("delete", "carried_out")]
    monday.happens(timedelta(hours=9))
    threat = monday.written(
        "Nurse Okello, I know your shift and I will stab you in the car park tonight.", who="sun.up"
    )
    rowan.open(f"/cases/{threat}")
    rowan.press("I have taken it")
    said = Upheld(
        "threat",
        "immediate_danger",
        "named_staff",
        "A threat with a place and a time.",
        offence="yes",
        answers=(("at_risk_now", "yes"),),
        actions=("hide", "block"),
        no_warning_because="A threat to life: no warning is due.",
    )
    rowan.upholds(threat, said)
    _goes_ahead_alone(rowan)
    monday.settle()
    assert sorted(monday.asked(threat)) == [("block", "carried_out"), ("hide", "carried_out")]
    rowan.open("/approvals")
    assert rowan.page.get_by_role("button", name="I have reviewed it").count() == 0
    assert "Review what one person went ahead with alone" in sam.tasks()
    priya.open("/approvals")
    card = _card(priya, threat)
    card.get_by_label("What you found").fill("Right: a threat to life.")
    priya.press("I have reviewed it", within=card)
    assert "Review what one person went ahead with alone" not in sam.tasks()
    rowan.open("/blocks")
    rowan.sees("sun.up")
    _appeals(monday, rowan, priya, threat)


def _card(at: Colleague, case_id: int) -> Locator:
    """What waits for somebody about a case."""
    return at.page.locator(".up-card", has_text=f"Case {case_id}")


def _goes_ahead_alone(rowan: Colleague) -> None:
    """Nobody answers the telephone, so the block is not waited for."""
    rowan.open("/approvals")
    rowan.follow("Block the author")
    rowan.follow("Nobody else can be reached")
    rowan.sees("Somebody else reviews it within one working day")
    rowan.fill(reason="Nobody answers the telephone, and it goes on.")
    rowan.press("Go ahead alone")


def _appeals(monday: Office, rowan: Colleague, priya: Colleague, case_id: int) -> None:
    """The blocked author appeals: whoever decided is shown no way to dismiss it, the manager decides."""
    rowan.open(f"/cases/{case_id}/appeal")
    rowan.fill(words="It was a joke.")
    rowan.press("Log the appeal")
    where = rowan.page.url.removeprefix(monday.url)
    assert rowan.page.get_by_role("button", name="Decide the appeal").count() == 0
    priya.open(where)
    priya.page.locator("#outcome-dismissed").check()
    priya.fill(reason="A threat with a place and a time is no joke.")
    priya.press("Decide the appeal")
    priya.sees("The decision stands")
    assert len(monday.view(case_id).decisions) == 1


def test_a_pile_on_is_decided_together(monday: Office, sit_down: SitDown) -> None:
    """One look at the list, one decision, a record for each; one case that is different is left out."""
    monday.happens(Written("300 people", "Facebook", "Nurse Adeyemi, you are a disgusting useless bitch."))
    rowan = sit_down(REVIEWER)
    rowan.open("/groups")
    rowan.follow("One text")
    members = rowan.page.locator("input[name=member]")
    everybody = [str(members.nth(n).get_attribute("value")) for n in range(members.count())]
    assert len(everybody) > 20
    members.nth(0).uncheck()
    rowan.fills_in(
        Upheld(
            "harassment",
            "serious",
            "named_staff",
            "A pile-on on a named nurse.",
            offence="unsure",
            actions=("hide",),
        )
    )
    rowan.press("Decide")
    rowan.sees(f"What will happen to {len(everybody) - 1} cases")
    rowan.press(f"Decide on {len(everybody) - 1} cases")
    rowan.sees(f"{len(everybody) - 1} cases are decided")
    monday.settle()
    first, *others = (int(each.partition(":")[0]) for each in everybody)
    assert monday.view(first).state == "open"
    assert {tuple(monday.asked(each)) for each in others} == {(("hide", "carried_out"),)}
    rowan.follow("Follow what happens on the platform")
    rowan.sees("Carried out")


def test_what_was_removed_is_recognised(monday: Office, sit_down: SitDown) -> None:
    """The same words on another platform, in disguise, come back as a case that names the first."""
    words = "Matron Brand, you stupid useless cow, everybody on the night shift hates you."
    case_id = monday.written(words, who="first.name")
    rowan = sit_down(REVIEWER)
    said = Upheld("insult", "concerning", "named_staff", "Insults a named matron.", actions=("hide",))
    rowan.upholds(case_id, said)
    monday.settle()
    monday.happens(timedelta(days=1))
    again = monday.written(
        "Matron Brand, you stup1d useless c o w, everybody on the night shift HATES you!!",
        who="second.name",
        where="X",
    )
    rowan.open(f"/cases/{again}")
    rowan.sees(f"Brings back the same words as case {case_id}")
    assert monday.view(again).decisions == ()
