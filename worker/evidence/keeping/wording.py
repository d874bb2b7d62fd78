"""The words in which a custody timeline says what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worker.review.rights import Right
from worker.review.rights import words_of as words_of_right
from worker.store import tables as t

_WORDS: Mapping[str, str] = {
    "sealed": "evidence was sealed",
    "timestamped": "the timestamp authority confirmed the time of sealing",
    "evidence_verified": "evidence was verified and a receipt for one action given",
    "receipt_refused": "an action was refused: its receipt or evidence did not hold",
    "evidence_viewed": "the evidence was looked at",
    "evidence_file_viewed": "a file of the evidence was looked at",
    "evidence_file_saved": "a file of the evidence was saved",
    "picture_revealed": "a picture was shown without blur",
    "evidence_surveyed": "the evidence was verified against its rows",
    "matter_closed": "the matter was closed, and its time of keeping began",
    "custody_viewed": "its custody timeline was looked at",
    "audit_searched": "who did or saw something of it was looked up",
    "audit_exported": "who did or saw something of it was written into a file",
    "viewed": "the case was looked at",
    "case_moved": "the comment was edited, and the case is about its newer words",
    "claimed": "the case was taken up",
    "released": "the case was given back",
    "decided": "the case was decided on",
    "requested": "an action was asked for",
    "carried_out": "an action was carried out",
    "outside": "an action was done outside Upstander",
    "failed": "an action failed",
    "approved": "a second person approved an action",
    "refused_by_second": "a second person refused an action",
    "glass_broken": "an action went ahead with one person and a reason",
    "glass_reviewed": "an action by one person was reviewed",
    "withdrawn": "an action was taken back",
    "rehearsed": "an action was rehearsed: nothing was sent",
    "by_hand": "an action was left to a person in the platform's own app",
    "done_by_hand": "a person said that they did it in the platform's own app",
    "visible_again": "the comment was visible again although it was taken down",
    "block_kept": "somebody looked at a block again, and it goes on",
    "marked": "its pictures were marked",
    "lead_told": "the named lead was told",
    "page_began": "it was immediate danger: whoever is on call was to be called",
    "page_sent": "whoever is on call was called",
    "page_not_sent": "a call to whoever is on call could not be made",
    "page_acknowledged": "a call about it was taken up",
    "fingerprint_taught": "it was noted, to be recognised if it is posted again",
    "fingerprint_narrowed": "from now on only its very same words are recognised",
    "fingerprint_withdrawn": "it is not recognised any more if it is posted again",
    "recognised": "it was recognised as posted again",
    "supplement_added": "something handed in was added",
    "export_asked": "a hand-over was asked for",
    "export_approved": "a hand-over was approved",
    "export_refused": "a hand-over was refused",
    "export_glass_broken": "a hand-over went ahead with one person and a reason",
    "export_reviewed": "a hand-over by one person was reviewed",
    "export_made": "a hand-over was made",
    "export_downloaded": "the file of a hand-over was downloaded",
    "handed_over": "the file of a hand-over was given to whom it was referred to",
    "held": "a legal hold was placed",
    "hold_released": "the legal hold was released",
    "disposal_proposed": "its time is up: its destruction was proposed",
    "disposal_agreed": "the first of two people agreed to its destruction",
    "disposal_word_dropped": "one person is enough for its destruction now: the first one's word was dropped",
    "disposal_approved": "its destruction was approved",
    "disposal_kept": "it was kept beyond its time",
    "disposal_stopped": "its destruction was stopped: something stood in the way",
    "disposal_done": "all that was kept of it was destroyed",
    "destroyed": "evidence was destroyed",
    "bag_removed": "the destroyed bag was removed from the disk",
    "export_file_removed": "our copy of a hand-over that held it was removed",
    "offsite_copied": "a copy elsewhere was read back and compared",
    "offsite_differs": "a copy elsewhere did not come back as it was sent",
    "offsite_held": "the copy elsewhere was held",
    "offsite_released": "the copy elsewhere is not held any more",
    "offsite_extended": "the copy elsewhere was locked for longer",
    "offsite_left": "a copy elsewhere is still there, under its lock",
    "offsite_removed": "every version of the copy elsewhere was removed",
    "offsite_surveyed": "the copies elsewhere were read back and compared",
    "offsite_fetched": "evidence was brought back from its copy elsewhere",
    "deleted_on_x_kept": "its author deleted it on X; it was kept",
    "deleted_on_x_erased": "its author deleted it on X; it was erased",
}
#: Why something was refused, by the name of its error; others are told without a reason.
_REFUSED: Mapping[str, str] = {
    "NotAllowed": "because it was not allowed",
    "RevisionChanged": "because the comment had changed",
    "AlreadyDecided": "because the case was decided already",
    "ClaimHeld": "because somebody else was at the case",
    "EvidenceFault": "because evidence did not hold",
}
#: Refusals of commands that were mistyped or not complete: nobody tried anything.
_SLIPS = frozenset({"NotFound", "ReasonNeeded", "DecisionIncomplete", "MarkIncomplete"})
#: What of an audit row's facts a reader needs, in this order.
_TOLD = ("verdict", "kind", "action", "purpose", "mark", "class", "outcome", "retain_until", "why", "reason")


def words_of(row: t.Audit) -> str:
    """What an audit row tells of, in words; a verb that has none yet is told as it stands."""
    words = _refusal(row) if row.verb == "refused" else _WORDS.get(row.verb, row.verb.replace("_", " "))
    number = "" if row.object_id is None else f" {row.object_id}"
    return f"{words} ({row.object_type.replace('_', ' ')}{number})"


def is_slip(verb: str, detail: Mapping[str, Any]) -> bool:
    """Whether this tells of a command that was mistyped or not complete, and of nothing else."""
    return verb == "refused" and detail.get("why") in _SLIPS


def _refusal(row: t.Audit) -> str:
    right = str(row.detail.get("right", ""))
    wanted = words_of_right(Right(right)) if right in set(Right) else _plain(right)
    why = _REFUSED.get(str(row.detail.get("why")))
    told = f"refused, {why}" if why else "refused"
    return f"{told}: to {wanted}" if wanted else told


def facts_of(row: t.Audit) -> str:
    """What was said with it, reasons among it; empty where nothing was."""
    told = () if row.verb == "refused" else _TOLD  # its words say why
    return "; ".join(_plain(row.detail[name]) for name in told if row.detail.get(name))


def _plain(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value).replace("_", " ")
