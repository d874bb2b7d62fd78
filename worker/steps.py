"""Named steps of a job, told to an observer as they are passed.

The order in which evidence, database and platform change is what this program promises. Each such
point has a name, so that the fault tests can stop a process exactly there and a log can show how
far a job came.
"""

from __future__ import annotations

from collections.abc import Callable

#: Called with a step's name at the moment it has been passed.
Steps = Callable[[str], None]


def unobserved(name: str) -> None:
    """The usual observer: nobody is watching."""
