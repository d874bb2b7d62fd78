"""Whether the author's history lets a rule apply."""

from collections.abc import Iterable
from dataclasses import fields

from rules.schema import Condition, Context

#: What a rule's `when` may name.
CONDITION_NAMES = tuple(field.name for field in fields(Context))


def holds(conditions: Iterable[Condition], context: Context) -> bool:
    """Whether every condition is kept. `author_known` counts as 1 when true, 0 when not."""
    for condition in conditions:
        value = int(getattr(context, condition.name))
        if condition.at_least is not None and value < condition.at_least:
            return False
        if condition.at_most is not None and value > condition.at_most:
            return False
    return True
