"""report.html: what somebody opens who has a browser and nothing else.

One file, no scripts, no pictures, no links, nothing fetched. Everything that is put into the template
goes through `visible`, whether the template remembers it or not.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from worker.clock import LONDON
from worker.evidence.show_text import marked, visible

_TEMPLATES = Path(__file__).parent / "templates"
_PLATFORMS = {"x": "X (formerly Twitter)", "facebook": "Facebook", "instagram": "Instagram"}


def render(
    custody: Mapping[str, Any],
    context: Mapping[str, Any],
    findings: list[dict[str, Any]],
    hashes: Mapping[str, str],
    words: Mapping[str, str | None],
) -> bytes:
    """The report of one core snapshot, as UTF-8.

    Args:
        custody, context, findings: as the bag's files of those names hold them.
        hashes: SHA-256 of the bag's other files, by name.
        words: `polled` and `now`.
    """
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    page = (
        _environment()
        .get_template("report.html")
        .render(
            custody=custody,
            context=context,
            findings=findings,
            hashes=hashes,
            words=words,
            spans=[(finding["span"][0], finding["span"][1]) for finding in findings],
            platform=_PLATFORMS.get(custody["account"]["platform"], custody["account"]["platform"]),
            style=Markup(style),  # noqa: S704 - our own file, read beside this module
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )
    return page.encode("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"marked": marked, "utc": _utc, "london": _london}
    return environment


def _finalize(value: Any) -> Any:
    """Every text that reaches the page: made visible, unless it is our own markup."""
    if isinstance(value, Markup):
        return value
    return visible(str(value))


def _utc(moment: str | None) -> str:
    """A moment to the second, in UTC."""
    if moment is None:
        return "not given by the platform"
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%d %B %Y, %H:%M:%S} UTC".lstrip("0")


def _london(moment: str | None) -> str:
    """The same moment as clocks in the United Kingdom showed it."""
    if moment is None:
        return ""
    return f"{datetime.fromisoformat(moment).astimezone(LONDON):%d %B %Y, %H:%M:%S %Z}".lstrip("0")
