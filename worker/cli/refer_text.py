"""One referral as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.cli.show import fields, say, table, when

if TYPE_CHECKING:
    from worker.review.referral_view import ReferralRow, ReferralView, Shown


def whom(row: ReferralRow) -> str:
    """Its recipient; said once where nobody was named but the kind."""
    return row.title if row.recipient == row.title else f"{row.title} ({row.recipient})"


def tell_made(view: ReferralView) -> None:
    """Print what whoever just referred a case has to know."""
    row = view.row
    say(f"Referral {row.id}: case {row.case_id} went to {whom(view.row)}.")
    say(f"They may see: {', '.join(view.sees) or 'nothing of the case'}.")
    if row.state == "made":
        say(f"To be acknowledged by {when(row.due_at)}: `upstander refer acknowledge {row.id}`.")
    if view.template:
        say(f"Reply to post yourself: `upstander replies show {view.template} --case {row.case_id}`.")
    say(view.says)


def tell_referral(view: ReferralView) -> None:
    """Print a referral, what came of it, and what its recipient may see of the case."""
    row = view.row
    fields(
        (
            ("referral", row.id),
            ("case", row.case_id),
            ("to", whom(view.row)),
            ("person", view.recipient_person or "whoever holds the role, or outside"),
            ("may see", ", ".join(view.sees) or "nothing of the case"),
            ("why", view.reason),
            ("state", f"{row.state}{' (overdue)' if row.overdue else ''}"),
            ("made", f"{when(row.made_at)} by {view.made_by}"),
            ("acknowledge by", when(row.due_at)),
            ("acknowledged", _by(when(view.acknowledged_at), view.acknowledged_by, view.acknowledged_note)),
            ("ended", _by(when(view.ended_at), view.ended_by, view.outcome)),
            ("reference", row.reference),
            ("reply to post", view.template),
        )
    )
    for chase in view.chases:
        say(f"Reminded on {when(chase.at)} by {chase.by}: {chase.note}")
    say(view.says)
    _tell_shown(view.shown)


def _tell_shown(shown: Shown) -> None:
    say("")
    say("What the recipient may see:")
    if shown.comment is not None:
        fields(
            (
                ("comment", f"{shown.comment} on {shown.platform}"),
                ("address", shown.address),
                ("posted", when(shown.posted_at)),
            )
        )
    if shown.author is not None:
        number, handle = shown.author
        fields((("author", f"{handle or 'no handle'} (number {number} on the platform)"),))
    if shown.erased:
        say("The words were erased when their time was up.")
    elif shown.words is not None:
        say(f"The words: {shown.words}")
    if shown.evidence is not None:
        table(
            ("snapshot", "kind", "state", "sealed", "manifest"),
            [
                (each.id, each.kind, each.state, when(each.sealed_at), each.manifest_sha256)
                for each in shown.evidence
            ],
            empty="No evidence was captured yet.",
        )
    if shown.files is not None:
        table(
            ("export", "file", "SHA-256", "handed to", "how", "when", "logged by"),
            [
                (
                    each.export_id,
                    each.file_name,
                    each.file_sha256,
                    each.handed_to,
                    each.how,
                    when(each.at),
                    each.by,
                )
                for each in shown.files
            ],
            empty="No files were handed over yet.",
        )
    if (shown.comment, shown.author, shown.evidence, shown.files) == (None,) * 4:
        say("Nothing but this page.")


def _by(moment: str, who: str | None, note: str | None) -> str | None:
    return None if who is None else f"{moment}, noted by {who}: {note}"
