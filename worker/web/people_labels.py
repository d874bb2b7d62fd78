"""What people read for the words of people, accounts, switches, the audit and sessions."""

from __future__ import annotations

from collections.abc import Mapping

from worker.web.language import _

HOW = {"local": _("A password of Upstander’s own"), "oidc": _("Your Trust’s account")}
SWITCHES = {"stop": _("Stopped"), "dry_run": _("Dry run")}
SWITCHED = {
    "takedowns": _("What takes something away"),
    "everything": _("Everything"),
}
FEEDS = {
    "mentions": _("Mentions"),
    "replies": _("Replies"),
    "feed": _("Comments"),
    "comments": _("Comments"),
    "visitor_posts": _("Visitor posts"),
}
#: What stops a feed, by its kind.
FAULTS = {
    "credentials_rejected": _("The platform does not accept the token"),
    "permission_missing": _("The token lacks a permission, a plan or credits"),
    "rate_limited": _("The platform makes us wait"),
    "platform_unavailable": _("The platform does not answer"),
    "unexpected_response": _("The platform answers in a way that is not known"),
    "content_gone": _("The platform says that what is read is not there"),
    "cursor_expired": _("The platform forgot where reading had stopped"),
    "not_configured": _("The account is not set up completely"),
}
#: What an account's credentials are called on the platforms.
CREDENTIALS = {
    "consumer_key": _("Consumer key (API key)"),
    "consumer_secret": _("Consumer secret (API key secret)"),
    "access_token": _("Access token"),
    "access_token_secret": _("Access token secret"),
    "bearer_token": _("Bearer token"),
    "app_secret": _("App secret"),
}
#: From where somebody acted, as the audit says it.
SOURCES = {"web": _("this site"), "cli": _("the command line")}
#: What the audit tells of, by its kind.
AUDITED = {
    "requested_action": _("Action asked for"),
    "not_referred": _("Decision not to refer"),
    "snapshot": _("Evidence"),
    "page": _("Call"),
    "platform_report": _("Report to the platform"),
    "export": _("Hand-over of evidence"),
    "hold": _("Legal hold"),
    "disposal": _("End of its time"),
    "major_incident": _("Major incident"),
    "on_call": _("On call"),
    "person": _("Person or their sign-in"),
    "subject_request": _("Question about oneself"),
}
#: What somebody did, where the audit's own short word does not say it well.
VERBS = {
    "viewed": _("Looked at it"),
    "refused": _("Was refused"),
    "claimed": _("Took it"),
    "signed_in": _("Signed in"),
    "signed_out": _("Signed out"),
    "sign_in_refused": _("Signing in was refused"),
    "confirmed": _("Showed again who it is"),
    "audit_searched": _("Looked at the audit"),
    "audit_exported": _("Took the audit as a file"),
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "how": HOW,
    "switch": SWITCHES,
    "switched": SWITCHED,
    "feed": FEEDS,
    "fault": FAULTS,
    "credential": CREDENTIALS,
    "source": SOURCES,
    "audited": AUDITED,
    "verb": VERBS,
}
