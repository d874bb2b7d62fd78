"""What holds of every template: words go through gettext, and nothing of a stranger's is taken for ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from tests.unit.web.words import TEMPLATE, template
from worker.web.templating import make_pages

FOLDER = Path(__file__).resolve().parents[3] / "worker/web/templates"
TEMPLATES = sorted(FOLDER.glob("*.html"))
#: What NHS.UK frontend's macros show to people.
_SHOWN = frozenset({"text", "titleText", "title", "heading", "ariaLabel", "toggleMenuText", "hint"})
#: Attributes that people read or hear.
_READ = frozenset({"alt", "title", "aria-label", "placeholder", "label"})
_WORD = re.compile(r"[^\W\d_]{2,}")
#: Names, which are the same in every language.
_NAMES = frozenset({"Upstander", "CSV", "ZIP", "PDF", "SHA", "NHS", "English", "Cymraeg"})
each_template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)


class _Bare(HTMLParser):
    """Collects the words of a template that no gettext call says."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += [word for word in _WORD.findall(data) if word not in _NAMES]


def _parsed(path: Path) -> nodes.Template:
    return make_pages().parse(path.read_text(encoding="utf-8"))


def _markup(path: Path) -> _Bare:
    """The template's own markup; in the place of each expression stands a mark without letters."""
    lexed = make_pages().lex(path.read_text(encoding="utf-8"))
    source = "0".join(value for _, kind, value in lexed if kind == "data")
    found = _Bare()
    found.feed(source)
    found.close()
    return found


def _gettext_calls(tree: nodes.Template) -> Iterator[nodes.Call]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
            yield call


@each_template
def test_words_in_markup_go_through_gettext(path: Path) -> None:
    """No word for people stands bare in a template: Welsh can follow."""
    found = _markup(path)
    assert not found.words
    assert not [value for name, value in found.attributes if name in _READ and _WORD.search(value)]


@each_template
def test_words_given_to_macros_go_through_gettext(path: Path) -> None:
    """What a button, label or hint says is no bare string either."""
    bare = [
        pair.value.value
        for pair in _parsed(path).find_all(nodes.Pair)
        if isinstance(pair.key, nodes.Const)
        and pair.key.value in _SHOWN
        and isinstance(pair.value, nodes.Const)
        and isinstance(pair.value.value, str)
        and _WORD.search(pair.value.value)
        and pair.value.value not in _NAMES
    ]
    assert not bare


@each_template
def test_gettext_is_given_nothing_but_our_own_words(path: Path) -> None:
    """What gettext is given counts as safe: a variable there would be a stranger's markup in our page."""
    lines = [
        call.lineno
        for call in _gettext_calls(_parsed(path))
        if not all(isinstance(each, nodes.Const) for each in call.args[:1])
    ]
    assert not lines


@each_template
def test_nothing_is_called_safe(path: Path) -> None:
    """No template takes a text for markup: what a comment says is only ever shown."""
    assert not [each.lineno for each in _parsed(path).find_all(nodes.Filter) if each.name == "safe"]
    assert not list(_parsed(path).find_all(nodes.ScopedEvalContextModifier))


@each_template
def test_no_template_has_styles_or_handlers_of_its_own(path: Path) -> None:
    """The policy forbids inline styles and handlers: one in a template would silently do nothing."""
    attributes = [name for name, _ in _markup(path).attributes]
    assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_translators_have_every_sentence() -> None:
    """The template for translators is the one that `make strings` makes of the site as it is."""
    assert TEMPLATE.read_bytes() == template()
