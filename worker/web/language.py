"""Languages: what translators wrote for the site, and what a comment is probably written in."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.support import Translations

from rules.text.language import language_of

#: A folder for each language; `make strings` keeps what is to be translated in it.
LOCALES = Path(__file__).parent / "locale"


def _(words: str) -> str:
    """Marks words for translators; they are translated where they are shown."""
    return words


@cache
def translations(language: str) -> NullTranslations:
    """The strings of one language; English where there are none.

    Args:
        language: such as en or cy.
    """
    return Translations.load(LOCALES, [language])


def language_named(text: str | None, shown_in: str) -> str | None:
    """What a text is probably written in, by name; None where there is too little to tell.

    Args:
        text: a comment's words.
        shown_in: the language of whoever looks.
    """
    code = language_of(text)
    if code is None:
        return None
    try:
        return Locale.parse(code).get_display_name(shown_in)
    except (UnknownLocaleError, ValueError):
        return code
