"""What a shell makes of what somebody is told to type."""

from __future__ import annotations

import shlex


def piped(told: str) -> bool:
    """Whether a shell would start a second program where a choice was meant."""
    words = shlex.shlex(told, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    return any(set(word) <= set("|&;") for word in words)
