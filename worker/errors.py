"""Errors for people: what happened, what was kept safe, what to do now."""

from __future__ import annotations


class UpstanderError(Exception):
    """The root of everything that Upstander itself refuses or cannot do.

    Args:
        happened: what happened.
        safe: what was kept safe, or what was not done.
        do: what to do now.
    """

    def __init__(self, happened: str, *, safe: str = "", do: str = "") -> None:
        super().__init__(" ".join(part for part in (happened, safe, do) if part))
        self.happened = happened
        self.safe = safe
        self.do = do


class SettingsError(UpstanderError):
    """The settings cannot be used; the message names file and line."""


class NotAllowed(UpstanderError):
    """This person has not the right to do this. The refusal is in the audit."""


class NotFound(UpstanderError):
    """There is no such thing under that number or name."""


class Conflict(UpstanderError):
    """Somebody or something else changed it first; nothing was overwritten."""


class EvidenceFault(UpstanderError):
    """Evidence is missing, damaged or could not be sealed; the guarded action was not done."""


class StoreNotReady(UpstanderError):
    """The database is missing, not upgraded, or its role has more rights than it may."""


class NotYet(UpstanderError):
    """Something this job needs is on its way: it waits, and the attempt is not counted.

    Args:
        seconds: how long to wait before the next look.
    """

    def __init__(self, happened: str, *, seconds: float) -> None:
        super().__init__(happened)
        self.seconds = seconds
