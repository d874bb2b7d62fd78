"""How one person wants the review site to be. The defaults spare the eyes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, cast

from worker.signin.ground import Ground
from worker.store import tables as t

Language = Literal["en", "cy"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one person chose.

    Attributes:
        blur: pictures and abuse are blurred until asked for.
        greyscale: pictures are shown without colour.
        single_keys: single keys act.
        language: English or Welsh.
    """

    blur: bool = True
    greyscale: bool = True
    single_keys: bool = True
    language: Language = "en"


def of_row(row: t.Preference | None) -> Preferences:
    """The preferences of a row; the defaults where there is none."""
    if row is None:
        return Preferences()
    return Preferences(row.blur, row.greyscale, row.single_keys, cast("Language", row.language))


def keep(ground: Ground, person_id: int, chosen: Preferences) -> None:
    """Keep what a person chose."""
    with ground.store.write() as session:
        session.merge(t.Preference(person_id=person_id, **asdict(chosen)))
