"""Pages of one file each, for whoever has a browser and nothing else: nothing is run, nothing is fetched.

Everything that is put into a template goes through `visible`, whether the template remembers it or not.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from worker.evidence.show_text import visible


def templates(folder: Path, **filters: Callable[..., Any]) -> Environment:
    """The templates of a folder, whoever wrote what they are filled with.

    Args:
        filters: what the templates may call, by name.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters
    return environment


@cache
def look(*sheets: Path) -> dict[str, Markup | str]:
    """What a page's head names of our style sheets: `style`, and the hash that lets a browser use it."""
    text = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"style": Markup(text), "style_hash": digest}  # noqa: S704 - our own files


def _finalize(value: Any) -> Any:
    """Every text that reaches a page: made visible, unless it is our own markup."""
    return value if isinstance(value, Markup) else visible(str(value))
