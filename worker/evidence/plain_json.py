"""Facts as JSON that hides nothing."""

from __future__ import annotations

import json
from typing import Any


def plain_json(value: Any) -> bytes:
    """Readable JSON in plain ASCII: whatever a name or an address holds, each odd character is spelt out."""
    return f"{json.dumps(value, ensure_ascii=True, indent=2)}\n".encode("ascii")
