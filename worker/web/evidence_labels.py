"""What people read for the words of the evidence stage. Each is translated where it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from worker.web.language import _

KINDS = {
    "core": _("What the platform’s interface gave"),
    "rendered": _("What a browser met at the address"),
    "supplement": _("Added by a member of staff"),
}
STATES = {
    "pending": _("Being sealed"),
    "sealed": _("Sealed"),
    "locked": _("Locked away"),
    "withheld": _("Not shown"),
    "destroyed": _("Destroyed when its time was up"),
    "removed": _("Its row was removed"),
}
FILES = {
    "picture": _("Picture"),
    "video": _("Video"),
    "page": _("Page"),
    "document": _("PDF"),
    "other": _("File"),
}
PURPOSES = {
    "police": _("The police"),
    "solicitor": _("A solicitor"),
    "hr": _("Human resources"),
    "subject_access": _("Somebody who asked for their own data"),
    "platform": _("The platform"),
}
#: What is made for each, and the law that such a hand-over usually rests on: a prompt, never advice.
PURPOSE_HINTS = {
    "police": _(
        "Makes the sealed evidence with a report, an exhibit label and a draft witness statement. Usually"
        " rests on the Data Protection Act 2018, Schedule 2, paragraph 2 (crime)."
    ),
    "solicitor": _(
        "Makes the same as for the police. Usually rests on the Data Protection Act 2018, Schedule 2,"
        " paragraph 5 (legal proceedings)."
    ),
    "hr": _(
        "Makes a redacted copy without other people’s names, unless you say why all of it is needed. Usually"
        " rests on UK GDPR Article 6(1)(e) or (f)."
    ),
    "subject_access": _(
        "Makes a redacted copy, always: other people have rights in it too. Rests on UK GDPR Article 15 and"
        " the Data Protection Act 2018, Schedule 2, paragraph 16."
    ),
    "platform": _(
        "Makes the sealed evidence without papers for a court and without names of staff. Usually rests on UK"
        " GDPR Article 6(1)(e) or (f)."
    ),
}
EXPORTS = {
    "asked": _("Waits for a second person"),
    "approved": _("Approved, not made yet"),
    "refused": _("Refused"),
    "made": _("Made"),
}
MARKS = {
    "safe_to_copy": _("Safe to copy"),
    "intimate_image": _("Intimate image"),
    "suspected_csam": _("Suspected child sexual abuse imagery"),
}
#: What was looked at when evidence was verified.
CHECKS = {
    "folder": _("Its folder"),
    "kinds": _("Nothing but files"),
    "tag files": _("Its lists"),
    "declaration": _("The kind of bag"),
    "sizes": _("Sizes"),
    "manifest-sha256.txt": _("Every file"),
    "manifest-sha256.txt lines": _("The list of files"),
    "tagmanifest-sha256.txt": _("Every list"),
    "tagmanifest-sha256.txt lines": _("The list of lists"),
    "beside": _("Nothing added"),
    "count": _("Number of files"),
    "hashes": _("The fingerprints in the database"),
    "custody": _("Whose it says it is"),
    "signature": _("The Trust’s signature"),
    "timestamp": _("The trusted timestamp"),
    "stamp": _("The timestamp in the database"),
    "times": _("Times of the files"),
    "stamped in time": _("Timestamp not late"),
    "records": _("The audit"),
    "ledger": _("The ledger"),
    "sealing": _("Sealing"),
    "lock": _("The lock"),
    "bag": _("The bag"),
    "row": _("The database"),
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "snapshot_kind": KINDS,
    "snapshot_state": STATES,
    "file_kind": FILES,
    "purpose": PURPOSES,
    "purpose_hint": PURPOSE_HINTS,
    "export": EXPORTS,
    "mark": MARKS,
    "check": CHECKS,
}
