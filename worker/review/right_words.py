"""How a refusal says what somebody may not do, where the right's own name does not say it well."""

from __future__ import annotations

from collections.abc import Mapping

#: By the right's id, in words that follow "may".
SAID: Mapping[str, str] = {
    "flag_case": "put flags on a case, or take them off",
    "view_on_call": "see who is on call",
    "manage_on_call": "change who is on call",
    "acknowledge_page": "acknowledge a call about immediate danger",
    "request_report": "ask for a report to a platform",
    "file_report": "read the packet of a platform report, or record what came of it",
    "post_reply": "use the reply templates for a case",
    "approve_action": "approve, refuse or review what somebody else asked of a platform",
    "break_glass": "go ahead without a second person",
    "manage_switches": "stop actions, let them go on, or have them rehearsed",
    "ask_export": "ask for, make or look at a hand-over of evidence",
    "approve_export": "decide on a hand-over of evidence",
    "hand_in": "hand anything in",
    "reveal_name": "read the name of somebody who handed something in under protection",
    "run_incident": "start, change or end a major incident",
    "hold": "place or release a legal hold",
    "dispose": "decide on what comes to the end of its time",
    "hold_restricted": "place or release a legal hold on a restricted case",
    "dispose_restricted": "decide on a restricted case that comes to the end of its time",
    "close_hand_in": "close what was handed in about a colleague",
    "verify_ledger": "verify the ledger, or prove anything from it",
    "retry_jobs": "have jobs tried again",
    "back_up": "make a backup, which holds everything",
    "fetch_evidence": "bring evidence back from its copy elsewhere",
    "log_appeal": "log or look at appeals",
    "decide_appeal": "decide on appeals",
    "answer_subjects": "search for and answer what people ask about themselves",
    "reassign": "hand on a case that somebody else has",
    "restrict_case": "restrict a case or note a conflict of interest",
    "lift_restriction": "lift a restriction or take a conflict of interest back",
    "write_notes": "write notes on a case or tick its checklist",
    "refer": "refer a case to somebody, or note what came of it",
    "read_referred": "read what was referred",
    "record_in_datix": "prepare a record for Datix or note its reference",
    "read_audit": "read who did or saw what",
    "read_rules": "see what the rules find, or try a text on them",
}
