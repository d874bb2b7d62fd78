"""The operating system's user: on a command line a name is only claimed, and this says who sat there."""

from __future__ import annotations

import os
import pwd


def os_user() -> str:
    """The operating system's user, as the system knows it; the environment could say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
