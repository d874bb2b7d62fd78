"""The demo's surroundings: a sandbox with written examples, a folder of its own, people and accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.contract import Account, Platform
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.examples import Examples, load_examples
from connectors.sandbox.server import Sandbox
from worker.bootstrap import App, build
from worker.cli.control import SandboxControl
from worker.clock import LONDON, SystemClock
from worker.errors import Conflict
from worker.evidence.trial_authority import TrialAuthority
from worker.evidence.tsa_serve import AuthorityServer
from worker.keyring import Keyring
from worker.ledger.audit import Actor
from worker.settings_load import Loaded, load
from worker.settings_web import Web
from worker.store.session import make_engine
from worker.store.upgrade import upgrade

if TYPE_CHECKING:
    from connectors.sandbox.things import Account as SandboxAccount

ADMINISTRATOR, REVIEWER, OFFICER, SENIOR = "Ada Demo", "Ravi Demo", "Eve Demo", "Sana Demo"
#: Everybody but the administrator, with their role: so many that every story can be tried.
PEOPLE = (
    (REVIEWER, "reviewer"),
    (OFFICER, "evidence_officer"),
    (SENIOR, "senior_reviewer"),
    ("Cora Demo", "communications_lead"),
    ("Omar Demo", "on_call_manager"),
    ("Hana Demo", "hr"),
    ("Gus Demo", "freedom_to_speak_up_guardian"),
    ("Freya Demo", "safeguarding_lead"),
    ("Lena Demo", "legal"),
    ("Kit Demo", "security_specialist"),
)
_SETTINGS = """\
# Settings of one demo, written by `upstander demo`.
trust_name: Northmoor Hospitals NHS Trust (demo)
mode: embedded
data_dir: var
keys_dir: keys
secrets_dir: secrets
clock_file: clock.json
evidence:
  tsa_url: {tsa}
  tsa_ca_file: tsa/ca.pem
  render: {render}
  render_hosts: []
  render_loopback: ["{web}"]
polling:
  every_seconds: 15
platforms:
  x:
    base_url: {x}
  facebook:
    base_url: {facebook}
web:
  port: {port}
  public_url: http://127.0.0.1:{port}
  # So that a newcomer needs no authenticator app.
  second_factor_roles: []
"""
#: The name of the token among an account's credentials.
_TOKEN_NAMES = {"x": "bearer_token", "facebook": "access_token"}


@dataclass(frozen=True)
class DemoWorld:
    """Everything that a demo runs against.

    Attributes:
        config: its settings file, for the commands that a person tries.
        examples: what was written into the sandbox, and what each comment is there to show.
        people: the demo's people, by name.
    """

    folder: Path
    config: Path
    loaded: Loaded
    sandbox: Sandbox
    control: SandboxControl
    examples: Examples
    app: App
    people: Mapping[str, Actor]

    def pass_time(self, span: timedelta) -> None:
        """Let time pass at once, for the worker and the platforms alike."""
        self.control.post("clock", shift_seconds=max(span.total_seconds(), 0.0))


@contextmanager
def demo_world(folder: Path, *, seed: int, midweek: bool, port: int = Web().port) -> Iterator[DemoWorld]:
    """Make a world in an empty folder, and take it down at the end. The folder stays.

    Args:
        seed: orders the examples.
        midweek: begin on a Wednesday morning, so that no week ends in the middle of a round.
        port: of the review site, where it is served.

    Raises:
        Conflict: the folder is not empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Conflict(
            f"The folder {folder} is not empty.", safe="Nothing in it was touched.", do="Name another."
        )
    clock = SandboxClock(folder / "clock.json")
    clock.set_offset(_until_wednesday(clock()) if midweek else 0.0)
    with Sandbox(clock) as sandbox, _timestamp_authority(folder / "tsa") as tsa:
        examples = load_examples(sandbox.world, now=clock(), seed=seed)
        render = not midweek and Path("/usr/bin/chromium").exists()
        _write_secrets(folder / "secrets", examples.accounts)
        config = _write_settings(folder, sandbox, tsa.url, render=render, port=port)
        # Not this process's environment: a demo must never touch a database that is in use.
        loaded = load(config, {})
        _make_tables(loaded)
        Keyring(loaded.settings.keys_dir).init(loaded.settings.trust_name, clock())
        app = build(loaded.settings, loaded.secrets)
        control = SandboxControl(sandbox.web_url)
        try:
            people = _add_people(app)
            _add_accounts(app, people[ADMINISTRATOR], examples.accounts)
            yield DemoWorld(folder, config, loaded, sandbox, control, examples, app, people)
        finally:
            control.close()
            app.close()


def _until_wednesday(now: datetime) -> float:
    """Seconds from now to 10:00am on the Wednesday of this week, in London; negative where that is past."""
    local = now.astimezone(LONDON)
    wednesday = local.date() + timedelta(days=2 - local.weekday())
    return (datetime.combine(wednesday, time(10), tzinfo=LONDON) - now).total_seconds()


def _timestamp_authority(folder: Path) -> AuthorityServer:
    """A timestamp authority on this machine. It has the machine's own time, whatever the demo's is."""
    authority = TrialAuthority(folder)
    authority.create(SystemClock().now())
    return AuthorityServer(authority.answer)


def _write_secrets(secrets: Path, accounts: Mapping[str, SandboxAccount]) -> None:
    secrets.mkdir(mode=0o700)
    for platform, account in accounts.items():
        secret = secrets / f"{platform}-demo"
        secret.touch(mode=0o600)
        secret.write_text(f"{_TOKEN_NAMES[platform]}: {account.token}\n", encoding="utf-8")


def _write_settings(folder: Path, sandbox: Sandbox, tsa: str, *, render: bool, port: int) -> Path:
    config = folder / "config" / "upstander.yaml"
    config.parent.mkdir()
    text = _SETTINGS.format(
        x=sandbox.x_url,
        facebook=sandbox.graph_url,
        tsa=tsa,
        render=str(render).lower(),
        web=urlsplit(sandbox.web_url).netloc,
        port=port,
    )
    config.write_text(text, encoding="utf-8")
    return config


def _make_tables(loaded: Loaded) -> None:
    engine = make_engine(loaded.settings.database)
    upgrade(engine)
    engine.dispose()


def _add_people(app: App) -> dict[str, Actor]:
    administrator = Actor(
        app.review.add_person(Actor(None, "demo"), ADMINISTRATOR, ["administrator"]), "demo"
    )
    found = {ADMINISTRATOR: administrator}
    for name, role in PEOPLE:
        found[name] = Actor(app.review.add_person(administrator, name, [role], email=_address(name)), "demo")
    _put_on_call(app, administrator, found[SENIOR])
    return found


def _address(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@northmoor.example.test"


def _put_on_call(app: App, administrator: Actor, person: Actor) -> None:
    """Somebody is called about the demo's threats, although the demo has no mail server to call with."""
    now = app.clock.now()
    if person.person_id is not None:
        until_at = now + timedelta(days=28)
        app.alarms.rota.add(administrator, person.person_id, rank=1, from_at=now, until_at=until_at)


def _add_accounts(app: App, administrator: Actor, accounts: Mapping[str, SandboxAccount]) -> None:
    for platform, account in accounts.items():
        ours = Account(Platform(platform), account.id, account.handle)
        app.accounts.add(administrator, ours, credential=f"{platform}-demo")
