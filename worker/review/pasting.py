"""What somebody is told to type, written so that it can be pasted as it stands."""

from __future__ import annotations


def pasteable(option: str) -> str:
    """An option as it can be pasted: bars in quotation marks, so that no shell takes them for pipes.

    Unquoted, a shell would run the part before the first bar: it would decide, and with the first choice.

    Args:
        option: an option with what may follow it, or an argument alone. Of what stands between bars somebody
            chooses one.
    """
    if "|" not in option:
        return option
    name, blank, values = option.partition(" ")
    return f'{name} "{values}"' if blank else f'"{option}"'
