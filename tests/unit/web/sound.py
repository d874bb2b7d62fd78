"""What holds of every page whatever strangers wrote: no markup of theirs, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

#: Stands in everything that a stranger writes in these tests: as an element, as an attribute and as a word.
MARK = "upevil"
#: One text with every trick at once, in the order in which each is most likely to work.
HOSTILE = (
    f'=HYPERLINK("https://{MARK}.example.test","x")\t\r\n'
    f"<script>{MARK}()</script><{MARK}><img src=x onerror={MARK}()>"
    f'"><{MARK} a="\' {MARK}=\'1\' onmouseover=\'{MARK}()\' " {MARK}="1" autofocus onfocus="{MARK}()" x="'
    f"</textarea></title></style></script></option></select><{MARK}/><svg onload={MARK}()><!-- --!><{MARK}>"
    f"<base href=//{MARK}.example.test/><form action=//{MARK}.example.test><a href=javascript:{MARK}()>x</a>"
    f"<meta http-equiv=refresh content=0;url=//{MARK}.example.test><link rel=stylesheet href=//{MARK}.test>"
    "{{ 1234567 * 3 }}{% raw %}${1234567*3}#{1234567*3}%(case)s %s %d %n {0} {case.__class__}"
    "\u202etxet a\u202c \u2066x\u2069 \u200b\ufeff\u061c\U000e0041 \x1b[31m \x07 Z\u0351\u036ba\u0329"
    f" javascript:{MARK}() data:text/html,<{MARK}> vbscript:{MARK} file:///etc/passwd //{MARK}.example.test"
    f" &lt;{MARK}&gt; &#60;{MARK}&#62; %3C{MARK}%3E \\u003c{MARK}\\u003e <{MARK}"
)
#: What somebody reads of it, wherever it is shown.
READABLE = "onmouseover"
_FETCHED = frozenset(
    {"src", "srcset", "poster", "data", "background", "manifest", "formaction", "action", "ping"}
)
_ACTS = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\x1b\x07\U000e0041]")


class _Elements(HTMLParser):
    """Every element of a page with its attributes, and the words between them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.comments: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def faults(source: str) -> list[str]:
    """What is wrong with a page; empty where nothing is.

    Args:
        source: as the browser gets it.
    """
    page = _Elements()
    page.feed(source)
    page.close()
    found = [f"acts: {each.group()!r}" for each in _ACTS.finditer(_outside_fields(source))][:3]
    if "3703701" in source:
        found.append("a template in a text was run")
    if any(MARK in each for each in page.comments):
        found.append("a text opens a comment")
    for tag, given in page.elements:
        found += [
            f"<{tag} {name}>" for name in given if MARK in name or name.startswith("on") or name == "style"
        ]
        if MARK in tag or tag in ("base", "object", "embed", "applet"):
            found.append(f"<{tag}>")
        if (
            tag == "script"
            and not given.get("src", "").startswith(("/static/", "/assets/"))
            and "nonce" not in given
        ):
            found.append("<script> of nobody")
        found += _led_away(tag, given)
    return found


def words_of(source: str) -> str:
    """What a page says."""
    page = _Elements()
    page.feed(source)
    page.close()
    return page.words


def _led_away(tag: str, given: dict[str, str]) -> list[str]:
    """The addresses of an element that lead or load from where they must not."""
    found = []
    for name, value in given.items():
        if name in _FETCHED or (name == "href" and tag not in ("a", "area")):
            if not _is_here(value):
                found.append(f"<{tag} {name}={value[:60]}>")
        elif name == "href" and not _is_here(value):
            rel = given.get("rel", "").split()
            if urlsplit(value).scheme not in ("http", "https", "mailto", "tel") or "noopener" not in rel:
                found.append(f"<a href={value[:60]} rel={rel}>")
    if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
        found.append("<meta refresh>")
    return found


def _is_here(address: str) -> bool:
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc and not address.startswith(("//", "/\\", "\\"))


def _outside_fields(source: str) -> str:
    """A page without what stands in its fields: there a text stays as it was typed, to be sent again."""
    return re.sub(r'(<textarea[^>]*>).*?</textarea>|\svalue="[^"]*"', r"\1", source, flags=re.DOTALL)
