"""The fixed instruction for suspected child sexual abuse imagery: what to do, and above all what not to do.

Written from the memorandum of the Crown Prosecution Service and the National Police Chiefs' Council on
section 46 of the Sexual Offences Act 2003, section 1 of the Protection of Children Act 1978, and the
government's advice to education settings ("never view, copy, print, share, store or save the imagery").
It is text in the program, not in a setting, so that nobody weakens it by accident; only the names in it are
the Trust's.
"""

from __future__ import annotations

from worker.settings_evidence import Safeguarding

#: When the words below were last compared with their sources.
WRITTEN = "21 November 2026"

SOURCES = (
    "Memorandum of understanding, CPS and NPCC, section 46 Sexual Offences Act 2003",
    "Protection of Children Act 1978, section 1",
    "UK Council for Internet Safety, Sharing nudes and semi-nudes: how to respond to an incident (2024)",
)


def instruction(safeguarding: Safeguarding) -> tuple[str, ...]:
    """The instruction, one sentence or two to an item, in the order in which to follow it."""
    lead = safeguarding.lead_name
    phone = f" on {safeguarding.lead_phone}" if safeguarding.lead_phone else ""
    return (
        "If a child may be in danger now, call 999.",
        "Stop. Do not look at it again, and do not let anybody else look at it.",
        "Do not open, copy, save, download, print, photograph, screenshot, forward or show it.",
        "Making a copy can be an offence, also for somebody who means well.",
        "Do not delete it from the platform before the police have said so.",
        "Hiding it through Upstander leaves it where it is, needs no copy, and is allowed.",
        "Do not answer, warn or block whoever posted it before the police have said so.",
        f"Tell {lead} now{phone}. Do not wait for the e-mail that Upstander sends.",
        f"Reporting it to the police (101) and to the Internet Watch Foundation is for {lead}.",
        "Give them the address, ids and times that Upstander recorded, and no copy. They say what they need.",
        "Write down when you saw it and what you did since.",
        "What Upstander had copied before is locked. Nobody here opens it; Upstander never destroys it.",
        "You need not carry this alone: ask for support. You may hand the case to somebody else.",
    )


def provenance() -> str:
    """Where the instruction comes from, and what it is not."""
    return (
        f"Written {WRITTEN} from: {'; '.join(SOURCES)}. For the Trust's safeguarding lead to confirm. "
        "Not legal advice."
    )
