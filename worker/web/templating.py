"""Templates: one environment, hostile text made harmless, every string through gettext."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from functools import cache
from gettext import NullTranslations
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader, pass_context
from jinja2.runtime import Context

from worker.clock import for_people, span_for_people
from worker.summary.visible import visible
from worker.summary.words import day, duration, number
from worker.web import assets, labels
from worker.web.language import translations


@cache
def make_pages() -> Environment:
    """The templates: ours, and NHS.UK frontend's macros under the names that its own templates use.

    One for all sites of a process, so that each template is compiled once.
    """
    pages = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("worker.web"),
                PackageLoader("nhsuk_frontend_jinja"),
                # `template-with-imports.jinja` names its neighbours without their folder.
                PrefixLoader({"nhsuk": PackageLoader("nhsuk_frontend_jinja", "templates/nhsuk")}),
            ]
        ),
        autoescape=True,
        # NHS.UK frontend's macros ask for what may be missing, several levels deep.
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    pages.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    pages.filters |= {
        "moment": moment,
        "day": day,
        "duration": duration,
        "number": number,
        "span": span,
        "shown": shown,
        "label": label,
        "translated": translated,
        "here": here,
        "web_address": is_web_address,
    }
    pages.globals |= {"asset": assets.address, "new_form": new_form, "labels": labels}
    return pages


def moment(at: datetime | None) -> str:
    """A moment as the NHS content style writes it, in London; a dash where there is none."""
    return "–" if at is None else for_people(at)


def span(length: timedelta) -> str:
    """How long something is, for people."""
    return span_for_people(length)


def shown(text: str | None) -> str:
    """A hostile text with every character that could act on what stands around it written out as its code."""
    return visible(text or "", lines=True)


def here(advice: str) -> str:
    """What to do now, without the sentences that name a command of the command line."""
    sentences = re.split(r"(?<=[.!?:])\s+", advice)
    return shown(" ".join(each for each in sentences if "`" not in each and " --" not in f" {each}"))


def is_web_address(address: str | None) -> bool:
    """Whether an address that a platform gave may be a link: HTTP alone, whatever else it claims to be."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


@pass_context
def translated(context: Context, words: str) -> str:
    """A sentence that a stage says, in the language of whoever looks; escaped where it is shown.

    `_()` is for words that stand in a template alone: it takes what it is given for safe, and stages quote
    names and files.
    """
    return shown(_gettext(context, words))


@pass_context
def label(context: Context, name: str | None, of: str) -> str:
    """What people read for one of our words, in the language of whoever looks.

    Args:
        name: the word, such as immediate_danger.
        of: which words it is one of: a table in `worker.web.labels`.
    """
    return _gettext(context, labels.of(of, name))


def new_form() -> str:
    """The number of one form on one page: it can be sent once."""
    return secrets.token_urlsafe(16)


def _translations(context: Context) -> NullTranslations:
    visit: Any = context.get("visit")
    return translations("en" if visit is None else visit.language)


@pass_context
def _gettext(context: Context, message: str) -> str:
    return _translations(context).gettext(message) if message else ""


@pass_context
def _ngettext(context: Context, one: str, several: str, count: int) -> str:
    return _translations(context).ngettext(one, several, count)
