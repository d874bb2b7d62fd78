"""The review site over a real store on loopback, and a browser without scripts that people use it with."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
import requests
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.html_page import Html, HtmlForm, read_html
from tests.stores import sqlite_store
from tests.unit.review.scene import Scene, make_scene
from worker.bootstrap import App, build
from worker.clock import Clock
from worker.ledger.audit import Actor
from worker.settings_load import PROJECT, load
from worker.store.session import Store
from worker.web.serving import serving

#: Hashing as in an installation takes a tenth of a second and 64 MiB each time.
_QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
#: Everybody's password in such a test.
PASSWORD = "heron under the iron bridge"


@dataclass(frozen=True)
class Shown:
    """A page as a browser got it.

    Attributes:
        path: where the browser is now, with what stands behind the question mark.
        html: what the page says, its forms and its links.
        raw: its source.
    """

    status: int
    path: str
    html: Html
    raw: str
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def words(self) -> str:
        """Everything that the page says, on one line."""
        return self.html.words

    def form(self, action: str, holding: str = "") -> HtmlForm:
        """The page's only form that is sent to a path.

        Args:
            holding: where several are, the one with this text or field in it.
        """
        found = [each for each in self.html.forms if each.action == action and holding in each.about]
        assert len(found) == 1, f"{len(found)} forms to {action}; there are {self.actions()} at {self.path}"
        return found[0]

    def actions(self) -> list[str]:
        """Where the page's forms are sent to."""
        return [each.action for each in self.html.forms]


class Browser:
    """A browser without scripts, of one person.

    Args:
        url: the site's address.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()

    def get(self, path: str, *, status: int = 200) -> Shown:
        """Open a page, wherever it leads.

        Args:
            status: what is expected.
        """
        return self._shown(self.http.get(f"{self.url}{path}", timeout=60), status)

    def submit(
        self,
        on: str | Shown,
        action: str,
        given: Mapping[str, str | Sequence[str]] | None = None,
        *,
        holding: str = "",
        button: str | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        status: int = 200,
        **fields: str | Sequence[str],
    ) -> Shown:
        """Fill a form in and send it, as a person does: every other field goes as the page shows it.

        Args:
            on: the page with the form, or its path.
            action: where the form is sent to.
            given, fields: what is typed; for boxes and lists every value that is chosen.
            holding: see `Shown.form`.
            button: the words on the button that is pressed, where that matters.
            status: what is expected in the end.
        """
        page = self.get(on) if isinstance(on, str) else on
        pairs = page.form(action, holding).filled({**(given or {}), **fields}, button)
        return self.post(action, pairs, files=files, status=status)

    def post(
        self,
        path: str,
        pairs: Sequence[tuple[str, str]] = (),
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        headers: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Shown:
        """Send fields to a path, whatever any page shows.

        Args:
            headers: instead of what a browser says of where the form was.
            status: what is expected in the end.
        """
        answer = self.http.post(
            f"{self.url}{path}",
            data=list(pairs),
            files=None if files is None else dict(files),
            headers={"Origin": self.url} if headers is None else dict(headers),
            timeout=60,
        )
        return self._shown(answer, status)

    def _shown(self, answer: requests.Response, status: int) -> Shown:
        path = answer.url.removeprefix(self.url)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        raw = answer.content.decode("utf-8") if is_page else ""
        shown = Shown(answer.status_code, path, read_html(raw), raw, answer.headers, answer.content)
        assert shown.status == status, f"{shown.status} at {path}: {shown.words[:1500]}"
        return shown


@dataclass
class Site:
    """The review site, and who works with it.

    Attributes:
        scene: the people of every role, an account, and what makes cases.
        url: its address.
        browsers: of those who are signed in, by role.
        opened: every browser, to be closed in the end.
    """

    app: App
    scene: Scene
    url: str
    browsers: dict[str, Browser] = field(default_factory=dict)
    opened: list[Browser] = field(default_factory=list)

    def person(self, role: str) -> Actor:
        """The person of a role; "second" is a second reviewer."""
        return self.scene.second if role == "second" else self.scene.people[role]

    def user_name(self, role: str) -> str:
        """The user name of the person of a role."""
        return f"the.{role}"

    def let_in(self, role: str) -> None:
        """Give the person of a role a sign-in with the password of all."""
        person = self.person(role)
        assert person.person_id is not None
        made = self.app.sign_ins.create(self.scene.admin, person.person_id, self.user_name(role))
        signed = self.app.sign_ins.sign_in(made.user_name, made.password, None, "127.0.0.1")
        signed = self.app.sign_ins.change_password(signed, made.password, PASSWORD)
        self.app.sign_ins.sign_out(signed.token)

    def browse(self, role: str) -> Browser:
        """The browser of the person of a role, who is signed in by the sign-in page."""
        if role not in self.browsers:
            self.let_in(role)
            browser = self.stranger()
            form = {"user_name": self.user_name(role), "password": PASSWORD}
            landed = browser.submit("/sign-in", "/sign-in", form, next="/you")
            assert landed.path == "/you", landed.words
            self.browsers[role] = browser
        return self.browsers[role]

    def stranger(self) -> Browser:
        """A browser of nobody in particular."""
        self.opened.append(Browser(self.url))
        return self.opened[-1]


@contextmanager
def site_over(
    store: Store,
    folder: Path,
    more: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    scene: Scene | None = None,
) -> Iterator[Site]:
    """The site over an empty, migrated store, or over one with a scene in it.

    Args:
        folder: for evidence, keys and secrets.
        more: further environment, such as UPSTANDER_WEB__IDLE_MINUTES.
        clock: instead of the scene's, which stands still.
        scene: who and what is in the store already.
    """
    scene = scene or make_scene(store)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        environ = {
            "UPSTANDER_DATABASE_URL": store.engine.url.render_as_string(hide_password=False),
            "UPSTANDER_DATA_DIR": str(folder / "var"),
            "UPSTANDER_KEYS_DIR": str(folder / "keys"),
            "UPSTANDER_SECRETS_DIR": str(folder / "secrets"),
            "UPSTANDER_EVIDENCE__RENDER": "false",
            "UPSTANDER_WEB__PUBLIC_URL": url,
            "UPSTANDER_RULES_DIR": str(PROJECT / "config" / "rules"),
            "UPSTANDER_REFERENCE_DIR": str(PROJECT / "config" / "reference"),
            **(more or {}),
        }
        (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
        config = folder / "upstander.yaml"
        config.write_text("web:\n  second_factor_roles: []\n", encoding="utf-8")
        loaded = load(config, environ)
        app = build(loaded.settings, loaded.secrets, clock=clock or scene.clock)
        app.keyring.init(loaded.settings.trust_name, app.clock.now())
        with patch("worker.signin.passwords._HASHER", _QUICK), serving(app, listening):
            made = Site(app, scene, url)
            yield made
            for browser in made.opened:
                browser.http.close()
        app.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The site over a fresh SQLite store. Its clock stands still until a test moves it."""
    store = sqlite_store(tmp_path)
    with site_over(store, tmp_path) as made:
        yield made
    store.close()
