"""What was seen at a comment's address: the comment itself, or something else that must not be taken for it.

Everything here leans one way. A wall taken for the comment would be false evidence; a comment not recognised
costs a note beside a good picture. So `content` needs the comment's own words, visible, on a page that was
answered with 200 and is not the platform's log-in page.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class State(StrEnum):
    """What was seen."""

    CONTENT = "content"
    WALL = "wall"
    GONE = "gone"
    NOT_SHOWN = "not_shown"
    BLOCKED = "blocked"
    UNREACHED = "unreached"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen, and why it was judged so, in words for people."""

    state: State
    why: str


#: Letters and digits that a text needs before finding it says anything; a wide character counts double.
_TELLING = 12
#: Different ones among them: "hahahahahaha" is on many pages.
_DIFFERENT = 5
#: How much a platform may put in place of a link, in folded characters.
_LINK = 300

_LOGIN_PATH = re.compile(r"(?:^|/)(?:log-?in|sign-?in|checkpoint)(?:[./_-]|$)", re.IGNORECASE)
_WALL = re.compile(
    r"\blog\s*-?\s*in\b|\blog\s+into\b|\bsign\s*-?\s*in\b|\bsign\s+up\b|\bcreate\s+(?:new\s+)?(?:an?\s+)?account\b"
    r"|\bmewngofnod|\bforgot(?:ten)?\s+(?:your\s+)?password\b|\bjoin\s+(?:today|now|x)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
#: X leaves the handles a reply begins with out of the text it shows.
_ANSWERED = re.compile(r"\A(?:\s*@\w{1,50})+\s*")
#: Formats and marks nobody sees, symbols that platforms draw as pictures, and blanks.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zs", "Zl", "Zp", "So", "Sk"})
#: Fillers that Unicode calls letters, joiners and selectors that it calls marks.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u20e3\u2800")


def judge(
    visible_text: str,
    comment_text: str | None,
    status: int | None,
    final_url: str,
    *,
    refused: bool = False,
    unreached: bool = False,
) -> Seen:
    """Say what was seen.

    Args:
        visible_text: what a person could read on the page.
        comment_text: what the comment says, from the platform's API.
        status: of the page's last answer; None where none came.
        final_url: where the redirects ended.
        refused: the guard refused the address that the page was to come from.
        unreached: the guard could not reach it; a 502 is then the guard's own, not the platform's.
    """
    early = _without_the_text(status, final_url, refused=refused, unreached=unreached)
    if early is not None:
        return early
    wall = _WALL.search(visible_text) is not None
    parts = _parts(comment_text or "")
    words = comment_text or ""
    if _telling("".join(parts)) and any(_on_page(_fold(visible_text), each) for each in _readings(words)):
        if not (wall and _WALL.search(_ANSWERED.sub("", words))):
            return Seen(State.CONTENT, "the comment's words can be read on the page")
        return Seen(State.WALL, "the page asks to log in, and so do the comment's own words")
    if wall:
        return Seen(State.WALL, "the page asks to log in and does not show the comment's words")
    if not _telling("".join(parts)):
        return Seen(State.NOT_SHOWN, "the comment has too few words to be told apart; look at the picture")
    return Seen(State.NOT_SHOWN, "the comment's words cannot be read on the page")


def _without_the_text(status: int | None, final_url: str, *, refused: bool, unreached: bool) -> Seen | None:
    """What address and status alone decide."""
    if status == 407 or (refused and status in {None, 400, 403, 502, 503}):
        return Seen(State.BLOCKED, "the guard refused the address")
    if unreached and status in {None, 502}:
        return Seen(State.UNREACHED, "its name was not found, or nothing answered in time")
    if status is None:
        return Seen(State.FAILED, "no page came")
    if status in {404, 410}:
        return Seen(State.GONE, f"the platform says that it is not there ({status})")
    try:
        address = urlsplit(final_url)
    except ValueError:
        return Seen(State.FAILED, "the page's address is odd")
    if address.scheme not in {"http", "https"}:
        return Seen(State.FAILED, "what was shown is no page of the platform's")
    if status in {401, 403} or _LOGIN_PATH.search(address.path):
        return Seen(State.WALL, "the platform leads strangers to its log-in page")
    return None if status == 200 else Seen(State.FAILED, f"the platform answered {status}")


def _readings(text: str) -> tuple[list[str], ...]:
    """The ways in which a platform may show a text: with its entities, or with what they stand for."""
    return _parts(text), _parts(html.unescape(text))


def _parts(text: str) -> list[str]:
    """The stretches of a text that a platform shows as they are, folded."""
    return [part for part in map(_fold, _ADDRESS.split(_ANSWERED.sub("", text))) if part]


def _fold(text: str) -> str:
    """A text without blanks, without what nobody sees, and without what platforms draw as pictures."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        each
        for each in composed
        if each not in _BLANK
        and unicodedata.category(each) not in _UNSEEN
        and not "\ufe00" <= each <= "\ufe0f"
        and not "\U000e0100" <= each <= "\U000e01ef"
    )


def _telling(folded: str) -> bool:
    letters = [each for each in folded if each.isalnum()]
    weight = sum(2 if unicodedata.east_asian_width(each) == "W" else 1 for each in letters)
    return weight >= _TELLING and len(set(letters)) >= _DIFFERENT


def _on_page(page: str, parts: list[str]) -> bool:
    """Whether the stretches stand on the page one after another, with no more between than a link takes."""
    if not parts:
        return False
    start = page.find(parts[0])
    while start >= 0:
        at = start + len(parts[0])
        for part in parts[1:]:
            found = page.find(part, at, at + _LINK + len(part))
            if found < 0:
                break
            at = found + len(part)
        else:
            return True
        start = page.find(parts[0], start + 1)
    return False
