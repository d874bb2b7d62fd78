"""What people read for the words of figures and rules. Each is translated where it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from worker.web.language import _

#: How long ago a case opened.
BANDS = {
    "under_1_hour": _("Under 1 hour"),
    "1_to_4_hours": _("1 to 4 hours"),
    "4_to_24_hours": _("4 to 24 hours"),
    "1_to_3_days": _("1 to 3 days"),
    "older": _("More than 3 days"),
}
WEEKDAYS = {
    "0": _("Monday"),
    "1": _("Tuesday"),
    "2": _("Wednesday"),
    "3": _("Thursday"),
    "4": _("Friday"),
    "5": _("Saturday"),
    "6": _("Sunday"),
}
SHORT_WEEKDAYS = {
    "0": _("Mon"),
    "1": _("Tue"),
    "2": _("Wed"),
    "3": _("Thu"),
    "4": _("Fri"),
    "5": _("Sat"),
    "6": _("Sun"),
}
#: What became of actions that were asked of the platforms.
RESULTS = {
    "done": _("Done, or found so"),
    "outside": _("Done outside Upstander"),
    "failed": _("Failed"),
    "refused": _("Refused"),
    "withdrawn": _("Taken back"),
    "rehearsed": _("Rehearsed, nothing sent"),
    "waiting": _("Waiting at its end"),
}
#: Why something was not read.
GAPS = {
    "credentials_rejected": _("the platform did not accept the token"),
    "permission_missing": _("the token lacked a permission, a plan or credits"),
    "rate_limited": _("the platform made us wait"),
    "platform_unavailable": _("the platform did not answer"),
    "unexpected_response": _("the platform answered in a way that is not known"),
    "content_gone": _("what was to be read was not there"),
    "cursor_expired": _("the platform forgot where reading had stopped"),
    "not_configured": _("the account was not set up completely"),
    "unreachable": _("the platform could no longer give older comments"),
    "late": _("it was not read on time"),
    "never_read": _("it was never read to its end"),
    "paused": _("reading was paused"),
}
RULE_STATES = {
    "draft": _("Draft"),
    "shadow": _("Shadow"),
    "live": _("Live"),
    "retired": _("Retired"),
}
#: What a rule's state means for comments.
RULE_STATES_MEAN = {
    "draft": _("It is being written: nothing is judged by it."),
    "shadow": _("It is being tried: it queues nothing."),
    "live": _("Comments are judged by it."),
    "retired": _("Nothing is judged by it any more."),
}
#: What a rule may ask about the author, as Upstander knows them from the Trust's own accounts.
CONDITIONS = {
    "author_known": _("The author is known (1) or not (0)"),
    "previous_comments": _("Earlier comments by the author"),
    "previous_queued": _("Earlier comments by the author that were queued"),
    "previous_incidents": _("Earlier comments by the author that people upheld"),
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "band": BANDS,
    "weekday": WEEKDAYS,
    "short_weekday": SHORT_WEEKDAYS,
    "result": RESULTS,
    "gap": GAPS,
    "rule_state": RULE_STATES,
    "rule_state_means": RULE_STATES_MEAN,
    "condition": CONDITIONS,
}
