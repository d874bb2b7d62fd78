"""What people read for the words of approvals, tasks, referrals, reports, appeals and hand-ins."""

from __future__ import annotations

from collections.abc import Mapping

from worker.web.language import _

#: What there is to do, by a task's kind. The task's own words stand beside it.
TASKS = {
    "glass_review": _("Review what one person went ahead with alone"),
    "act_by_hand": _("Do it in the platform’s own app"),
    "block_review": _("Look at a block again"),
    "visible_again": _("A hidden comment shows again"),
    "ask_again": _("Ask again for what was stopped"),
    "report_to_file": _("File a report with the platform"),
    "report_answer": _("Look for the platform’s answer to a report"),
    "report_mistake": _("Tell the platform that a report was a mistake"),
    "read_referral": _("Read a referral and acknowledge it"),
    "chase_referral": _("Remind whoever was referred to"),
    "appeal": _("Decide an appeal"),
    "appeal_review": _("Review an appeal that one person decided alone"),
    "subject_request": _("Answer somebody who asks about themselves"),
    "take_over_hand_in": _("Take over what was handed in"),
    "advice": _("Give advice"),
    "emergency": _("Make sure that 999 or 101 was called"),
    "safeguarding": _("Judge whether somebody is at risk"),
    "patient": _("See to a patient"),
    "call_police": _("Call the police"),
    "consider_police": _("Consider the police"),
    "refer_welfare": _("Refer somebody who may harm themselves"),
    "legal_advice": _("Ask for legal advice"),
    "tell_insurers": _("Tell the insurers"),
    "answer_notice": _("Answer a notice of complaint"),
    "limitation": _("Mind the time for a claim"),
    "offer_support": _("Offer support to a colleague"),
    "debrief": _("Hold a debrief"),
    "record_in_datix": _("Record it in Datix"),
}
REPORTS = {
    "prepared": _("To be filed"),
    "filed": _("Filed, no answer yet"),
    "no_answer": _("No answer from the platform"),
    "removed": _("The platform removed it"),
    "kept": _("The platform keeps it"),
    "withdrawn": _("Withdrawn"),
    "closed": _("Closed"),
}
REPORT_OUTCOMES = {
    "removed": _("It removed the comment"),
    "kept": _("It keeps the comment"),
    "no_answer": _("It has not answered"),
}
REFERRALS = {
    "made": _("Not acknowledged yet"),
    "acknowledged": _("Acknowledged"),
    "closed": _("Closed"),
    "withdrawn": _("Taken back"),
}
#: What a recipient may be let see.
SEES = {
    "words": _("The words of the comment, and where it is"),
    "author": _("The author’s handle and number on the platform"),
    "evidence": _("The list of sealed evidence"),
    "files": _("The list of files that were handed over"),
}
SUPPORT = {
    "occupational_health": _("Occupational health"),
    "employee_assistance": _("Employee assistance"),
    "union": _("Their union"),
    "manager": _("Talk with their manager"),
}
OFFERS = {
    "offered": _("No answer yet"),
    "accepted": _("Accepted"),
    "declined": _("Declined"),
}
VOICES = {
    "approved": _("Approved"),
    "refused": _("Refused"),
    "broke_glass": _("Went ahead alone"),
    "reviewed": _("Reviewed"),
}
#: What may be asked of the platform for a whole group, each comment by itself.
GROUP_ACTIONS = ("hide", "unhide", "delete", "platform_report")
GROUPS = {
    "author": _("One author"),
    "text": _("One text"),
    "picture": _("One picture"),
    "thread": _("One burst"),
}
APPELLANTS = {
    "author": _("The author of the comment"),
    "staff": _("A member of staff"),
    "other": _("Somebody else"),
}
CHANNELS = {
    "email": _("E-mail"),
    "letter": _("Letter"),
    "telephone": _("Telephone"),
    "in_person": _("In person"),
    "web_form": _("A form on our website"),
    "platform": _("On the platform"),
    "complaint": _("As part of a complaint"),
}
APPEALS = {
    "waiting": _("Waits"),
    "decided": _("Decided"),
    "decided_alone": _("Decided alone, to be reviewed"),
    "reviewed": _("Decided alone, reviewed"),
    "withdrawn": _("Withdrawn"),
}
APPEAL_OUTCOMES = {
    "upheld": _("The appeal succeeds: the decision is overturned"),
    "partly": _("The appeal succeeds in part: the decision is changed"),
    "dismissed": _("The decision stands"),
}
HAND_INS = {
    "message": _("A message"),
    "screenshot": _("A screenshot"),
    "email": _("An e-mail"),
    "call": _("A telephone call"),
    "other": _("Something else"),
}
KEPT_AS = {
    "serious": _("As a serious matter that was upheld"),
    "upheld": _("As a matter that was upheld"),
    "not_upheld": _("As a matter that was not upheld"),
}
CALL_WAYS = {"email": _("E-mail"), "webhook": _("Alarm service")}

TABLES: Mapping[str, Mapping[str, str]] = {
    "task": TASKS,
    "report": REPORTS,
    "report_outcome": REPORT_OUTCOMES,
    "referral": REFERRALS,
    "sees": SEES,
    "support": SUPPORT,
    "offer": OFFERS,
    "voice": VOICES,
    "group": GROUPS,
    "appellant": APPELLANTS,
    "channel": CHANNELS,
    "appeal": APPEALS,
    "appeal_outcome": APPEAL_OUTCOMES,
    "hand_in": HAND_INS,
    "kept_as": KEPT_AS,
    "call_way": CALL_WAYS,
}
