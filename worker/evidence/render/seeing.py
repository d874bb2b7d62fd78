"""What the child handed back: judged, and never believed to be what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.judge import Seen, State, judge
from worker.evidence.render.kinds import kind_of
from worker.evidence.render.passes import Missed, Pass


def see(comment_text: str | None, facts: dict[str, Any], files: dict[str, bytes], held: Pass) -> Seen:
    """Judged before the picture is taken and after it: only what is the comment both times is the comment."""
    status, final = facts.get("status"), str(facts.get("final", ""))
    if status is not None:
        png_of(files, "page.png")
    gave_up = {
        "refused": _among(held.refusals(), status, final),
        "unreached": _among(held.unreached(), status, final),
    }
    found = [
        judge(files.get(name, b"").decode("utf-8", "replace"), comment_text, status, final, **gave_up)
        for name in ("before.txt", "after.txt")
    ]
    return next((each for each in found if each.state is not State.CONTENT), found[0])


def _among(missed: Sequence[Missed], status: int | None, address: str) -> bool:
    """Whether the page itself is among these. Where no page came, nothing else was asked for."""
    if status is None:
        return bool(missed)
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return True
    return any((each.host, each.port) == (parts.hostname or "", port) for each in missed)


def told_by_guard(failed: RenderFailed, held: Pass) -> RenderFailed:
    """A failure to fetch, told as what it was: refused by the guard, or not to be reached through it."""
    refusals, unreached = held.refusals(), held.unreached()
    if failed.why not in {"refused", "unreachable", "damaged"} or not (refusals or unreached):
        return failed
    if refusals:
        return RenderFailed("blocked", f"The guard did not let it through: {refusals[-1].why}.")
    return RenderFailed("unreachable", f"It could not be reached: {unreached[-1].why}.")


def png_of(files: dict[str, bytes], name: str) -> bytes:
    """One picture that the child made.

    Raises:
        RenderFailed: it is none.
    """
    data = files.get(name, b"")
    kind = kind_of(data)
    if kind is None or kind.type != "image/png":
        raise RenderFailed("crashed", "The rendering process gave no picture.")
    return data
