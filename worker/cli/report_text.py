"""A packet as a terminal shows it, to be copied into the platform's own form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.cli.show import fields, say, when
from worker.summary.visible import visible

if TYPE_CHECKING:
    from worker.action.packet import Packet


def tell_packet(packet: Packet) -> None:
    """Show a packet."""
    if packet.unwanted is not None:
        say(f"NO LONGER WANTED. Do not file this report. {packet.unwanted}\n")
    say(f"Report {packet.report_id} to {packet.platform}, about case {packet.case_id}: {packet.state}")
    if packet.instruction:
        _tell_instruction(packet)
    else:
        _tell_all(packet)
    for note in packet.notes:
        say(f"\nMind: {note}")
    _tell_filed(packet)


def _tell_instruction(packet: Packet) -> None:
    say(
        "\nChild sexual abuse imagery is suspected: this packet holds address, ids and times, nothing else.\n"
    )
    fields(_places(packet))
    say("")
    for number, line in enumerate(packet.instruction, start=1):
        say(f"{number:>2}. {line}")


def _tell_all(packet: Packet) -> None:
    fields(
        [
            *_places(packet),
            ("author", packet.author_handle or "not given by the platform"),
            ("in the app", packet.link or "no link that opens it is known: use the address"),
            ("our category", packet.category),
            ("choose", packet.reason or "what fits best: no reason is known for this category"),
            *[("also", f"{title}: {reason or 'no reason is known'}") for title, reason in packet.also],
            ("pictures", packet.pictures or "none"),
        ]
    )
    say("\nWhat it says:")
    words = packet.words if packet.words is not None else "(no text)"
    say("\n".join(f"  {visible(line)}" for line in words.split("\n")))
    if packet.held is not None:
        say("\nWhat the Trust holds, sealed before this report:")
        fields(
            [
                ("snapshot", packet.held.snapshot_id),
                ("sealed", when(packet.held.sealed_at)),
                ("manifest SHA-256", packet.held.manifest_sha256),
            ]
        )
    say(f"\nWhat to do, signed in as {visible(packet.account)}:")
    if packet.form is not None:
        checked = packet.form.checked_on
        seen = (
            f"last checked on {checked}" if checked else "nobody has checked this address: it may have moved"
        )
        say(f"   Page for this category: {packet.form.address} ({seen})")
    for number, step in enumerate(packet.steps, start=1):
        say(f"{number:>2}. {step}")
    if packet.confirmation:
        say(f"\n{packet.confirmation}")
    if packet.unwanted is None and packet.filed is None:
        say(f"\nThen: upstander report file {packet.report_id} --reference NUMBER --screenshot FILE")


def _places(packet: Packet) -> list[tuple[str, object]]:
    return [
        ("address", packet.address),
        ("comment id", packet.comment_id),
        ("author id", packet.author_id),
        ("posted", when(packet.posted_at)),
        ("first seen", when(packet.first_seen_at)),
    ]


def _tell_filed(packet: Packet) -> None:
    filed = packet.filed
    if filed is None:
        return
    say("\nFiled:")
    fixed = f" (corrected {filed.corrections} times)" if filed.corrections > 1 else ""
    fixed = " (corrected once)" if filed.corrections == 1 else fixed
    fields(
        [
            ("when", f"{when(filed.at)}{fixed}"),
            ("by", filed.by),
            ("reference", filed.reference),
            ("screenshot", None if filed.screenshot_id is None else f"snapshot {filed.screenshot_id}"),
            ("note", filed.note),
            ("outcome", filed.outcome),
            ("noted", when(filed.outcome_at)),
        ]
    )
