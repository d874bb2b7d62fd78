"""report.html: what somebody opens who has a browser and nothing else. No scripts, no pictures, no links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from worker.clock import LONDON, span_for_people
from worker.evidence.html_page import look, templates
from worker.evidence.show_text import marked
from worker.store.platform import HANDED_IN

_TEMPLATES = Path(__file__).parent / "templates"
#: More of a reply than this many characters is not drawn; the file has it all.
_MOST_DRAWN = 6000
_PLATFORMS = {
    "x": "X (formerly Twitter)",
    "facebook": "Facebook",
    "instagram": "Instagram",
    HANDED_IN: "no platform: handed in by staff",
}


#: What a live page turned out to be, in words for whoever reads the report.
SEEN = {
    "wall": (
        "The platform showed a log-in page instead of the comment.",
        "The words above come from the platform's own interface. A picture below is of the log-in page.",
    ),
    "gone": (
        "The page was gone.",
        "It had been removed, or its address had changed, before it could be opened.",
    ),
    "not_shown": (
        "The page was shown, but the comment's words were not on it.",
        "Nobody may take the picture below for a picture of the comment.",
    ),
    "blocked": (
        "The page was not opened.",
        "Its address is not one that Upstander's guard lets the browser go to.",
    ),
    "unreached": (
        "The page could not be reached.",
        "The words above come from the platform's own interface.",
    ),
    "failed": ("The page could not be opened.", "The words above come from the platform's own interface."),
    "no_address": ("The platform gave no address for this comment.", "So there is no page to open."),
}


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
    return page("report.html", **_about(custody, context, findings, hashes, words)).encode("utf-8")


def render_with_pictures(
    core: Mapping[str, Any],
    context: Mapping[str, Any],
    findings: list[dict[str, Any]],
    words: Mapping[str, str | None],
    rendered: Mapping[str, Any],
    pictures: Mapping[str, list[dict[str, Any]]],
) -> str:
    """The page that a rendered snapshot's report.pdf is made of: the core's report, and what was seen.

    Args:
        core, context, findings, words: as the core's files and its report have them.
        rendered: as the rendered snapshot's custody.json has it.
        pictures: of the page, of the reply and of the media: names of parts, caption, alt and file of each.
    """
    title, text = SEEN.get(rendered["page"]["seen"], ("", ""))
    about = _about(core, context, findings, {**core["files"], **rendered["files"]}, words)
    seen = {"title": title, "text": text}
    return page("rendered.html", rendered=rendered, pictures=pictures, seen_words=seen, **about)


def draw_reply(core: Mapping[str, Any], text: str | None, head: Mapping[str, Any], body: bytes) -> str:
    """The page that the picture of the platform's reply is made of, labelled as drawn by us.

    Args:
        core: the core's custody.json.
        text: the comment's words as that reply gave them.
        head: request, status and received_at of the reply.
        body: the reply as received.
    """
    shown = body.decode("utf-8", "replace")
    return page(
        "reply.html",
        style="reply",
        author=core["comment"]["author"] or {"handle": None, "id": None},
        text=text,
        posted_at=core["comment"]["posted_at"],
        external_id=core["comment"]["external_id"],
        platform=_platform(core),
        source=core["source"],
        request=head.get("request"),
        status=head.get("status"),
        received_at=head.get("received_at"),
        body=shown[:_MOST_DRAWN],
        left_out=max(0, len(shown) - _MOST_DRAWN),
        file=head.get("body"),
    )


def page(template: str, *, style: str = "report", **values: Any) -> str:
    """A page from one of this folder's templates, everything in it made visible and harmless.

    Args:
        style: which style sheet of this folder goes into it.
        values: what the template names.
    """
    return _environment().get_template(template).render(**look(_TEMPLATES / f"{style}.css"), **values)


def _about(
    custody: Mapping[str, Any],
    context: Mapping[str, Any],
    findings: list[dict[str, Any]],
    hashes: Mapping[str, str],
    words: Mapping[str, str | None],
) -> dict[str, Any]:
    """What report.html and whatever extends it name."""
    return {
        "custody": custody,
        "context": context,
        "findings": findings,
        "hashes": hashes,
        "words": words,
        "spans": [(finding["span"][0], finding["span"][1]) for finding in findings],
        "platform": _platform(custody),
    }


def _platform(custody: Mapping[str, Any]) -> str:
    name = str(custody["account"]["platform"])
    return _PLATFORMS.get(name, name)


@cache
def _environment() -> Environment:
    return templates(_TEMPLATES, marked=marked, utc=_utc, london=_london, offset=_offset)


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


def _offset(seconds: float) -> str:
    """How far the host's clock was off, in words."""
    if abs(seconds) < 0.05:
        return "right to a twentieth of a second"
    which = "slow" if seconds > 0 else "fast"
    if abs(seconds) < 120:
        return f"{abs(seconds):.1f} seconds {which}"
    return f"{span_for_people(timedelta(seconds=seconds))} {which}"
