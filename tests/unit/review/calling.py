"""A Trust whose calls really go out: a mail server and a webhook on loopback, a rota, jobs as they run."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import select

from tests.integration.test_summary.mailserver import Post
from tests.services.process import free_port
from tests.unit.review.scene import Scene
from worker.bootstrap.mails import Mails
from worker.bootstrap.webhook import make_webhook
from worker.jobs.runner import Runner
from worker.ledger.audit import Actor
from worker.review.on_call import OnCallRota
from worker.review.overdue import Overdue
from worker.review.paging import Paging
from worker.settings import Jobs, Mail
from worker.settings_paging import Paging as PagingSettings
from worker.store import tables as t
from worker.summary.mailer import make_mailer

FALLBACK = timedelta(minutes=5)
KEY = "quiet-garden-lamp"


@dataclass
class Hook:
    """What a webhook was posted, and how it answers."""

    status: int = 200
    location: str = ""
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @property
    def facts(self) -> list[Any]:
        """The bodies, read."""
        return [json.loads(body) for _, body in self.posts]


@contextmanager
def listening() -> Iterator[Hook]:
    """A webhook on loopback."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posts.append((dict(self.headers), body))
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as http.server names it
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/secret-path"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Desk:
    """Stages over a scene, and what reached people.

    Attributes:
        listed: the shared list that hears of what is overdue, as it was last set.
    """

    scene: Scene
    post: Post
    hook: Hook
    mails: Mails
    paging: Paging
    rota: OnCallRota
    listed: tuple[str, ...] = ()

    def address(self, actor: Actor, email: str | None) -> int:
        """Give a person an e-mail address; their number."""
        assert actor.person_id is not None
        with self.scene.store.write() as session:
            session.get_one(t.Person, actor.person_id).email = email
        return actor.person_id

    def on_call(self, actor: Actor, email: str, *, rank: int = 1, hours: int = 12) -> int:
        """Put a person on call from now; the turn's number."""
        now = self.scene.clock.now()
        until_at = now + timedelta(hours=hours)
        person = self.address(actor, email)
        return self.rota.add(self.scene.admin, person, rank=rank, from_at=now, until_at=until_at)

    def danger(self, text: str = "I will be waiting at the north gate") -> int:
        """A case of immediate danger has just opened."""
        return self.scene.case("danger", text, severity="immediate_danger", priority=90)[0]

    def run(self) -> int:
        """Run the calls and notices that are due, as a worker does; how many those were."""
        overdue = self.overdue(*self.listed)
        runner = Runner(
            self.scene.store,
            self.scene.clock,
            Jobs(),
            {
                "page": lambda payload, finish: self.paging.send(payload["page_id"], finish),
                "overdue": lambda payload, finish: overdue.tell(payload["to"], payload["case_ids"], finish),
            },
        )
        with self.scene.store.read() as session:
            due = session.scalars(
                select(t.Job.id).where(
                    t.Job.kind.in_(("page", "overdue")),
                    t.Job.state == "waiting",
                    t.Job.due_at <= self.scene.clock.now(),
                )
            ).all()
        return sum(runner.run(job_id) for job_id in due)

    def overdue(self, *recipients: str) -> Overdue:
        """The stage that tells of what is overdue, with this shared list from now on."""
        self.listed = recipients
        return Overdue(self.scene.store, self.scene.clock, self.mails.write, recipients, can_mail=True)

    def later(self, by: timedelta) -> list[str]:
        """Let time pass and run what is due; whom the mails since went to."""
        before = len(self.post.mails)
        self.scene.clock.move(by)
        self.run()
        return [str(mail["To"]) for mail in self.post.mails[before:]]

    def sendings(self) -> list[t.PageSending]:
        """Every sending that was tried."""
        with self.scene.store.read() as session:
            return list(session.scalars(select(t.PageSending).order_by(t.PageSending.id)))


@contextmanager
def calling(scene: Scene) -> Iterator[Desk]:
    """Servers that listen, and the stages that speak to them."""
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with listening() as hook:
            settings = PagingSettings(webhook_url=SecretStr(hook.url), webhook_key=SecretStr(KEY))
            webhook = make_webhook(settings)
            assert webhook is not None
            mailer = make_mailer(Mail(host="127.0.0.1", port=controller.port, security="none"))
            mails = Mails(mailer, scene.clock, "Northmoor NHS Trust")
            paging = Paging(scene.store, scene.clock, mails.write, webhook.send, FALLBACK)
            yield Desk(scene, post, hook, mails, paging, OnCallRota(scene.store, scene.clock))
    finally:
        controller.stop()


def words(mail: EmailMessage) -> str:
    """Everything that a mail says, its headers too."""
    return f"{mail.as_string()}{mail.get_content()}"
