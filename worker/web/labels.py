"""What people read for the words that the stages use. Each is translated where it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from worker.web import evidence_labels, figure_labels, people_labels, work_labels
from worker.web.language import _

SEVERITIES = {
    "immediate_danger": _("Immediate danger"),
    "serious": _("Serious"),
    "concerning": _("Concerning"),
    "routine": _("Routine"),
}
#: A shape for each severity, so that nobody depends on its colour.
SHAPES = {"immediate_danger": "◆", "serious": "▲", "concerning": "◐", "routine": "○"}
STATES = {
    "open": _("Open"),
    "needs_advice": _("Waits for advice"),
    "decided": _("Decided"),
    "routed": _("With HR"),
    "closed": _("Closed"),
}
VERDICTS = {
    "upheld": _("Upheld"),
    "not_upheld": _("Not upheld"),
    "needs_advice": _("Needs advice"),
}
CATEGORIES = {
    "threat": _("Threat"),
    "hate": _("Hate"),
    "harassment": _("Harassment"),
    "stalking": _("Stalking"),
    "insult": _("Insult"),
    "sexual_harassment": _("Sexual harassment"),
    "obscenity": _("Obscenity"),
    "doxxing": _("Personal details published"),
    "patient_confidentiality": _("Patient confidentiality"),
    "defamation": _("Defamation"),
    "blackmail": _("Blackmail"),
    "impersonation": _("Impersonation"),
    "incitement": _("Incitement"),
    "self_harm": _("Self-harm"),
    "safeguarding": _("Safeguarding"),
    "misinformation": _("Misinformation"),
    "intimate_image": _("Intimate image"),
    "suspected_csam": _("Suspected child sexual abuse imagery"),
    "account_compromise": _("Account compromise"),
    "spam_scam": _("Spam or scam"),
    "repost": _("Posted again"),
    "other": _("Other"),
    "complaint": _("Complaint"),
}
WHY_NOT = {
    "criticism": _("Criticism of care or of the Trust"),
    "counter_speech": _("Speaks up against abuse"),
    "clinical_language": _("Clinical language"),
    "reclaimed": _("A reclaimed word"),
    "harmless_spam": _("Harmless spam"),
    "other": _("Another reason"),
}
TARGETS = {
    "named_staff": _("A named member of staff"),
    "staff": _("Staff in general"),
    "patient": _("A patient or visitor"),
    "minor": _("Somebody under 18"),
    "trust": _("The Trust itself"),
    "other": _("Somebody else"),
}
ADVICE = {
    "legal": _("Legal"),
    "hr": _("HR"),
    "safeguarding": _("Safeguarding"),
    "security": _("Security"),
    "police": _("Police"),
    "information_governance": _("Information governance"),
    "other": _("Somebody else"),
}
ANSWERS = {"yes": _("Yes"), "no": _("No"), "unsure": _("Not sure")}
CHARACTERISTICS = {
    "age": _("Age"),
    "disability": _("Disability"),
    "gender_reassignment": _("Gender reassignment"),
    "marriage_civil_partnership": _("Marriage and civil partnership"),
    "pregnancy_maternity": _("Pregnancy and maternity"),
    "race": _("Race"),
    "religion_belief": _("Religion or belief"),
    "sex": _("Sex"),
    "sexual_orientation": _("Sexual orientation"),
    "unclear": _("Unclear which"),
}
ACTIONS = {
    "hide": _("Hide the comment"),
    "unhide": _("Show the comment again"),
    "delete": _("Delete the comment"),
    "block": _("Block the author"),
    "unblock": _("Unblock the author"),
    "mute": _("Mute the author"),
    "unmute": _("Unmute the author"),
    "platform_report": _("Report the comment to the platform"),
}
#: How far a requested action is.
REQUESTS = {
    "awaiting_approval": _("Waits for a second person"),
    "requested": _("On its way"),
    "by_hand": _("To be done in the platform’s app"),
    "carried_out": _("Carried out"),
    "outside": _("Done outside Upstander"),
    "rehearsed": _("Rehearsed, nothing sent"),
    "refused": _("Refused"),
    "withdrawn": _("Taken back"),
    "failed": _("Failed"),
}
PLATFORMS = {
    "x": _("X"),
    "facebook": _("Facebook"),
    "instagram": _("Instagram"),
    "handed_in": _("Handed in by staff"),
}
ROLES = {
    "reviewer": _("Reviewer"),
    "senior_reviewer": _("Senior reviewer"),
    "on_call_manager": _("On-call manager"),
    "communications_lead": _("Communications lead"),
    "evidence_officer": _("Evidence officer"),
    "referral_reader": _("Referral reader"),
    "safeguarding_lead": _("Safeguarding lead"),
    "hr": _("HR"),
    "freedom_to_speak_up_guardian": _("Freedom to Speak Up Guardian"),
    "security_specialist": _("Security specialist"),
    "legal": _("Legal"),
    "pals": _("PALS"),
    "it": _("IT"),
    "occupational_health": _("Occupational health"),
    "administrator": _("Administrator"),
}
RESTRICTIONS = {
    "imagery": _("Suspected imagery"),
    "staff_on_staff": _("About a colleague"),
    "protected": _("Handed in under protection"),
    "manager": _("About a manager"),
    "intimate_image": _("Intimate image"),
    "safeguarding": _("Safeguarding"),
}
EVIDENCE = {
    "sealed": _("Evidence sealed"),
    "pending": _("Evidence being sealed"),
    "missing": _("No evidence yet"),
    "destroyed": _("Evidence destroyed"),
}
FLAGS = {
    "named_staff": _("Names a member of staff"),
    "patient": _("About a patient"),
    "minor": _("About somebody under 18"),
    "high_profile": _("High profile"),
    "escalating": _("Getting worse"),
    "reviewer_is_target": _("A reviewer is the target"),
    "at_risk_now": _("Somebody is at risk now"),
}
#: Why cases belong together.
GROUPS = {
    "author": _("the same author"),
    "text": _("the same words"),
    "picture": _("the same picture"),
    "thread": _("under the same post"),
}
RELATIONS = {"parent": _("Answers to"), "answer": _("Answered by"), "sibling": _("Beside it")}
_TABLES: Mapping[str, Mapping[str, str]] = {
    "severity": SEVERITIES,
    "state": STATES,
    "verdict": VERDICTS,
    "category": CATEGORIES,
    "why_not": WHY_NOT,
    "target": TARGETS,
    "advice": ADVICE,
    "answer": ANSWERS,
    "characteristic": CHARACTERISTICS,
    "action": ACTIONS,
    "request": REQUESTS,
    "platform": PLATFORMS,
    "role": ROLES,
    "restriction": RESTRICTIONS,
    "evidence": EVIDENCE,
    "flag": FLAGS,
    "relation": RELATIONS,
    "group": GROUPS,
    **work_labels.TABLES,
    **evidence_labels.TABLES,
    **people_labels.TABLES,
    **figure_labels.TABLES,
}


def table(name: str) -> Mapping[str, str]:
    """All the words of one table, for a form that lets somebody choose among them.

    Args:
        name: which table.
    """
    return _TABLES[name]


def of(table: str, name: str | None) -> str:
    """What people read for a word; a word that has no label reads as itself.

    Args:
        table: which words it is one of.
        name: the word, or None for nothing.
    """
    if name is None:
        return ""
    return _TABLES[table].get(name) or name.replace("_", " ").capitalize()
