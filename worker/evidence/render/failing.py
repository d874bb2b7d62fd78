"""Why nothing could be rendered, as a code for the program and words for people."""

from __future__ import annotations

from typing import Literal

from worker.errors import UpstanderError

#: blocked: the guard or the allow-list refused it. busy: every child was at work for too long.
#: closed: the renderer was closed. crashed: the child or Chromium died. damaged: cut short on the way.
#: gone: the platform says it is not there. not_media: its bytes are no picture or video that we take.
#: refused: the platform answered with something else than what was asked for. too_large, too_much_memory,
#: too_slow: over a limit. unreachable: no answer. not_started: Chromium or the child could not be started.
Why = Literal[
    "blocked",
    "busy",
    "closed",
    "crashed",
    "damaged",
    "gone",
    "not_media",
    "not_started",
    "refused",
    "too_large",
    "too_much_memory",
    "too_slow",
    "unreachable",
]

_DO: dict[str, str] = {
    "blocked": "If the address is the platform's own, an administrator can add the host in the settings.",
    "not_started": "An administrator should look at the setting that names Chromium, and start it by hand.",
    "not_media": "Open it on the platform and add a screenshot to the case.",
    "gone": "The core snapshot holds what was there when it was read.",
}


class RenderFailed(UpstanderError):
    """Nothing was rendered or fetched. The core snapshot is not touched by that.

    Args:
        why: the code of the reason.
        happened: what happened, in words that hold no address and no text from outside.
    """

    def __init__(self, why: Why, happened: str) -> None:
        super().__init__(
            happened,
            safe="The core snapshot is not touched by this.",
            do=_DO.get(why, "It can be tried again; a person can add a screenshot of their own to the case."),
        )
        self.why: Why = why
