"""What a page without scripts holds: its words, its links, and forms to be filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_WITHOUT_WORDS = frozenset({"script", "style", "svg", "head", "template"})
_NO_TEXT_FIELDS = frozenset({"submit", "button", "reset", "image", "file"})


@dataclass
class Field:
    """One field of a form.

    Attributes:
        value: what it sends; of a list of choices each choice is one field.
        sent: whether it is sent as the page shows it.
        choice: whether it is ticked or chosen, not typed into.
    """

    name: str
    value: str
    sent: bool
    choice: bool


@dataclass
class HtmlForm:
    """A form as the page shows it.

    Attributes:
        about: everything in it that tells it from another: its words and its hidden fields.
    """

    action: str
    method: str
    id: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    about: str = ""

    def filled(
        self, given: Mapping[str, str | Sequence[str]], button: str | None = None
    ) -> list[tuple[str, str]]:
        """What a browser sends once somebody filled the form in.

        Args:
            given: what is typed or chosen; an empty list leaves every box of that name empty.
            button: the words on the button that is pressed.
        """
        names = {each.name for each in self.fields}
        assert not (missing := set(given) - names), (
            f"no field {missing} in the form to {self.action}: {names}"
        )
        pairs = [(each.name, each.value) for each in self.fields if each.sent and each.name not in given]
        for name, wanted in given.items():
            values = [wanted] if isinstance(wanted, str) else list(wanted)
            choices = {each.value for each in self.fields if each.name == name and each.choice}
            typed = any(each.name == name and not each.choice for each in self.fields)
            assert typed or choices >= set(values), f"{name} offers {choices}, not {values}"
            pairs += [(name, value) for value in values]
        if button is not None:
            pressed = [each for each in self.buttons if button in each[2]]
            assert pressed, f"no button {button}: {self.buttons}"
            pairs += [(name, value) for name, value, _ in pressed[:1] if name]
        return pairs


@dataclass
class Html:
    """A page.

    Attributes:
        words: what it says, on one line.
        links: where its links lead, with their words.
        headings: (level, words) in their order.
    """

    words: str
    title: str
    links: list[tuple[str, str]]
    forms: list[HtmlForm]
    headings: list[tuple[int, str]]
    ids: list[str]

    def hrefs(self) -> list[str]:
        """Where its links lead."""
        return [href for href, _ in self.links]


def read_html(source: str) -> Html:
    """Read a page."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return Html(
        " ".join("".join(reader.words).split()),
        " ".join("".join(reader.title).split()),
        [(href, " ".join("".join(words).split())) for href, words in reader.links],
        reader.forms,
        [(level, " ".join("".join(words).split())) for level, words in reader.headings],
        reader.ids,
    )


class _Reader(HTMLParser):
    """Collects what a page holds."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.title: list[str] = []
        self.links: list[tuple[str, list[str]]] = []
        self.forms: list[HtmlForm] = []
        self.headings: list[tuple[int, list[str]]] = []
        self.ids: list[str] = []
        self._hidden = 0
        self._form: HtmlForm | None = None
        #: What the text is for that comes now: a title, a link, a heading, a button, a text field.
        self._into: list[tuple[str, list[str]]] = []
        self._select: tuple[HtmlForm, str] | None = None
        self._texts: tuple[HtmlForm, str, list[str]] | None = None
        self._option: tuple[dict[str, str | None], list[str]] | None = None
        self._button: tuple[HtmlForm, dict[str, str | None], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag in _WITHOUT_WORDS:
            self._hidden += 1
        self._begin(tag, given)

    def _begin(self, tag: str, given: dict[str, str | None]) -> None:
        heading: list[str] = []
        if tag == "form":
            self._form = HtmlForm(
                given.get("action") or "", (given.get("method") or "get").lower(), given.get("id") or ""
            )
            self.forms.append(self._form)
        elif tag == "a" and given.get("href"):
            self.links.append((str(given["href"]), heading))
            self._into.append((tag, heading))
        elif tag == "title":
            self._into.append((tag, self.title))
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append((int(tag[1]), heading))
            self._into.append((tag, heading))
        else:
            self._begin_field(tag, given)

    def _begin_field(self, tag: str, given: dict[str, str | None]) -> None:
        form = next((each for each in self.forms if each.id and each.id == given.get("form")), self._form)
        if tag == "option" and self._select is not None:
            self._end_option()
            self._option = (given, [])
        if form is None or "disabled" in given:
            return
        name = given.get("name") or ""
        kind = (given.get("type") or ("submit" if tag == "button" else "text")).lower()
        if tag == "input" and name and kind not in _NO_TEXT_FIELDS:
            choice = kind in ("checkbox", "radio")
            value = given.get("value")
            sent = not choice or "checked" in given
            form.fields.append(Field(name, value if value is not None else "on" * choice, sent, choice))
            if kind == "hidden" and name not in ("csrf", "form"):
                form.about += f" {name}={value} "
        elif tag == "input" and kind == "submit":
            form.buttons.append((name, given.get("value") or "", given.get("value") or ""))
        elif tag == "button":
            self._button = (form, given, [])
        elif tag == "select" and name:
            self._select = (form, name)
        elif tag == "textarea" and name:
            self._texts = (form, name, [])

    def handle_data(self, data: str) -> None:
        """Note what is said."""
        if self._texts is not None:
            self._texts[2].append(data)
            return
        if self._option is not None:
            self._option[1].append(data)
        if self._button is not None:
            self._button[2].append(data)
        for _, words in self._into:
            words.append(data)
        if not self._hidden:
            self.words.append(data)
            if self._form is not None:
                self._form.about += data

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        if tag in _WITHOUT_WORDS:
            self._hidden -= 1
        if self._into and self._into[-1][0] == tag:
            self._into.pop()
        if tag == "form":
            self._form = None
        elif tag == "option":
            self._end_option()
        elif tag == "select":
            self._end_option()
            self._select = None
        elif tag == "textarea" and self._texts is not None:
            form, name, words = self._texts
            form.fields.append(Field(name, "".join(words).removeprefix("\n"), sent=True, choice=False))
            self._texts = None
        elif tag == "button" and self._button is not None:
            form, given, words = self._button
            text = " ".join("".join(words).split())
            form.buttons.append((given.get("name") or "", given.get("value") or "", text))
            self._button = None
        if tag not in ("a", "strong", "em", "bdi", "b", "i", "span", "mark"):
            self.words.append(" ")

    def _end_option(self) -> None:
        if self._option is None or self._select is None:
            return
        given, words = self._option
        form, name = self._select
        first = not any(each.name == name for each in form.fields)
        text = given.get("value")
        value = text if text is not None else " ".join("".join(words).split())
        if "selected" in given:
            for each in form.fields:
                each.sent = each.sent and each.name != name
        form.fields.append(Field(name, value, sent=first or "selected" in given, choice=True))
        self._option = None
