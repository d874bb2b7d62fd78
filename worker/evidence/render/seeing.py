"""What the child handed back: judged, and never believed to be what it should be."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.judge import Seen, State, judge
from worker.evidence.render.kinds import kind_of
from worker.evidence.render.passes import Pass


def see(comment_text: str | None, facts: dict[str, Any], files: dict[str, bytes], held: Pass) -> Seen:
    """Judged before the picture is taken and after it: only what is the comment both times is the comment."""
    status, final = facts.get("status"), str(facts.get("final", ""))
    if status is not None:
        png_of(files, "page.png")
    refused = bool(held.refusals()) if status is None else _was_refused(final, held)
    found = [
        judge(files.get(name, b"").decode("utf-8", "replace"), comment_text, status, final, refused=refused)
        for name in ("before.txt", "after.txt")
    ]
    return next((each for each in found if each.state is not State.CONTENT), found[0])


def _was_refused(address: str, held: Pass) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return True
    return held.refused(parts.hostname or "", port)


def told_by_guard(failed: RenderFailed, held: Pass) -> RenderFailed:
    """A failure to fetch, told as what it was: the guard's own refusal, where there was one."""
    refusals = held.refusals()
    if failed.why not in {"refused", "unreachable", "damaged"} or not refusals:
        return failed
    return RenderFailed("blocked", f"The guard did not let it through: {refusals[-1].why}.")


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
