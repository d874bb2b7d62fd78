"""What a platform shows of a request when it is read: before it is asked, and afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import ActionKind, Connector, Reading
from connectors.errors import ContentGone
from worker.action.errand import Errand, Sealed


@dataclass(frozen=True, slots=True)
class Found:
    """What reading showed.

    Attributes:
        as_wished: whether it is as the request wishes; None where the platform does not say.
        gone: whether the comment is not there any more.
        reading: the comment, where that was read.
    """

    as_wished: bool | None
    gone: bool = False
    reading: Reading | None = None

    @property
    def hidden(self) -> bool | None:
        """Whether the comment is hidden; None where that was not read, or is not said."""
        return None if self.reading is None else self.reading.comment.hidden


def look(connector: Connector, errand: Errand) -> Found:
    """Read the comment or the standing of its author, whichever the request is about.

    Raises:
        ConnectorError: it cannot be read now.
    """
    if errand.about_author:
        on = connector.author_state(errand.request(Sealed(0, errand.revision_id)))
        return Found(None if on is None else on is errand.takes_down)
    try:
        reading = connector.read(errand.external_id, thread=False)
    except ContentGone:
        return Found(as_wished=errand.kind is not ActionKind.UNHIDE, gone=True)
    if errand.kind is ActionKind.DELETE:
        return Found(as_wished=False, reading=reading)
    hidden = reading.comment.hidden
    return Found(None if hidden is None else hidden is errand.takes_down, reading=reading)
