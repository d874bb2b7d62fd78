"""The rendered snapshot: what the live page showed, drawn and explained, after the core and naming it.

Nothing waits for it: it has jobs and threads of its own, and no action asks for it. Its words come from the
core's sealed files, never from the page; the page only adds what it looked like to somebody not signed in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from worker import outbox
from worker.clock import Clock
from worker.errors import EvidenceFault, NotYet
from worker.evidence import report
from worker.evidence.bag import PAYLOAD, sha256
from worker.evidence.bagstore import CUSTODY
from worker.evidence.contents import as_json, machine_facts
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.judge import State
from worker.evidence.render.pool import Ask, Renderer
from worker.evidence.sealing import Sealing
from worker.evidence.sheets import Shown, shown
from worker.evidence.stamping import newest_comparison
from worker.evidence.standing import RECORD_ONLY, may_copy_media, suspicion
from worker.evidence.subject import Subject
from worker.evidence.survey import Surveyor
from worker.ledger.audit import Actor
from worker.store import tables as t
from worker.store.session import Store

#: Names the shape of custody.json, for whoever reads one years from now.
FORMAT = "upstander-rendered-snapshot/1"
#: What the picture of a page is called, by what was seen: a wall's picture must not look like the comment's.
_PICTURES = {"content": "page.png", "wall": "login-wall.png"}
_OTHER_PICTURE = "page-without-the-comment.png"
#: And its web archive, where the page shows the comment; else it is called as the picture is.
_ARCHIVE = "capture.wacz"
#: For so long after it was asked for, a page that nothing answers for is tried again.
_TRIED_FOR = timedelta(minutes=10)
_FIRST_WAIT = timedelta(seconds=15)
_ITSELF = Actor(None, "render")


@dataclass(frozen=True, slots=True)
class Core:
    """What the sealed core says.

    Attributes:
        text: the comment's words as its reply, or the polled page, gave them.
        head: request, status and time of the reply; empty where there was none.
        body: that reply, or the polled item.
    """

    row: t.Snapshot
    custody: Mapping[str, Any]
    context: Mapping[str, Any]
    findings: list[dict[str, Any]]
    text: str | None
    head: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class Rendering:
    """Captures live pages into rendered snapshots.

    Attributes:
        renderer: browsers in processes of their own; started by the first job.
        unasked: whether media may be copied before a person marked them safe.
    """

    store: Store
    clock: Clock
    sealing: Sealing
    surveyor: Surveyor
    renderer: Renderer
    unasked: bool

    def render(self, snapshot_id: int, finish: outbox.Finish) -> None:
        """Capture and seal one rendered snapshot that waits. Running it twice is harmless.

        Raises:
            NotFound: no such rendered snapshot.
            EvidenceFault: its core does not verify, or it could not be written.
            RenderFailed: no browser could be started at all; to be tried again.
            NotYet: the page could not be reached, perhaps for a passing reason; to be tried again.
        """
        self.sealing.run(snapshot_id, "rendered", self._files, finish, _ITSELF)

    def _files(self, about: Subject) -> dict[str, bytes]:
        with self.store.read() as session:
            clock = newest_comparison(session)
            never = suspicion(session, about.comment.id) is not None
            media, why = may_copy_media(session, about.comment.id, unasked=self.unasked)
            if about.comment.revision_id != about.revision.id:
                # A mark is about the newest wording: nobody said anything of what hung on this one.
                media, why = False, "the comment was edited since"
            row = session.get_one(t.Snapshot, about.snapshot.core_id)
            session.expunge_all()
        facts: dict[str, Any] = {
            "format": FORMAT,
            "snapshot": about.identity.as_json(),
            "organisation": self.sealing.trust_name,
            "core": {
                "snapshot_id": row.id,
                "manifest_sha256": row.manifest_sha256,
                "tagmanifest_sha256": row.tagmanifest_sha256,
            },
            "media_copied": media,
            "media_why": why,
            **machine_facts(clock),
        }
        if never:
            facts |= {"source": RECORD_ONLY, "why": why, "files": {}}
            return {CUSTODY: as_json(facts)}
        return self._captured(about, self._core(about), facts, media=media, why=why)

    def _captured(
        self, about: Subject, core: Core, facts: dict[str, Any], *, media: bool, why: str
    ) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        began = self.clock.now()
        page, browser = self._page(core, files)
        self._try_again(about, page)
        self.sealing.steps("render.seen")
        drawn = self.renderer.picture(report.draw_reply(core.custody, core.text, core.head, core.body))
        files["api-reply.png"] = drawn.png
        items = [
            self._medium(number, item, files, why, allowed=media)
            for number, item in enumerate(about.revision.media, start=1)
        ]
        facts |= {
            "source": page["seen"],
            "page": page,
            "refused": page.get("guard", {}).get("refused", []),
            "unreached": page.get("guard", {}).get("unreached", []),
            "media": items,
            "browser": browser or drawn.facts.get("chromium"),
            "times": {"page_at": began.isoformat(), "built_at": self.clock.now().isoformat()},
            "files": {name: sha256(content) for name, content in sorted(files.items())},
        }
        files[CUSTODY] = as_json(facts)
        files["report.pdf"] = self._pdf(core, facts, shown(facts, files, drawn.facts))
        self.sealing.steps("render.drawn")
        return files

    def _try_again(self, about: Subject, page: Mapping[str, Any]) -> None:
        """Put a page off that nothing answered for: each wait doubles the time since it was asked for.

        Raises:
            NotYet: it was asked for not long ago.
        """
        waited = self.clock.now() - about.snapshot.asked_at
        if waited < _TRIED_FOR and (page["seen"] == State.UNREACHED or page.get("problem")):
            wait = max(waited, _FIRST_WAIT).total_seconds()
            raise NotYet("The page of the comment could not be reached.", seconds=wait)

    def _core(self, about: Subject) -> Core:
        """The core that this belongs to, verified, as its files have it.

        Raises:
            EvidenceFault: it does not verify.
        """
        with self.store.read() as session:
            row = session.get_one(t.Snapshot, about.snapshot.core_id)
            stamp = session.get(t.Timestamp, row.id)
            session.expunge_all()
        problems = ("it was destroyed",) if row.destroyed_at else self.surveyor.problems_of(row, stamp)
        if problems:
            raise EvidenceFault(
                f"The core snapshot {row.id} of case {row.case_id} does not verify: {'; '.join(problems)}.",
                safe="Nothing was captured on top of it.",
                do=f"Run `upstander evidence verify {row.case_id}` and tell the evidence officer.",
            )
        folder = self.surveyor.bags.folder(row.bag or "") / PAYLOAD
        custody = json.loads((folder / CUSTODY).read_bytes())
        reread = custody["source"] == "reread"
        name = "api-response.json" if reread else "polled-item.json"
        head = json.loads((folder / "api-response.headers.json").read_bytes()) if reread else {}
        return Core(
            row=row,
            custody=custody,
            context=json.loads((folder / "context.json").read_bytes()),
            findings=json.loads((folder / "findings.json").read_bytes()),
            text=about.revision.text,
            head={"received_at": custody["polled"]["received_at"], "body": name, **head},
            body=(folder / name).read_bytes(),
        )

    def _page(self, core: Core, files: dict[str, bytes]) -> tuple[dict[str, Any], str | None]:
        """Look at the live page without its pictures; what was seen, and the browser that saw it.

        The page shows other people's pictures too, which nobody has marked: none of the page's is loaded. The
        comment's own are fetched by themselves.

        A page that a browser cannot cope with is told as failed: it must not keep the rest from being sealed.
        """
        address = core.custody["comment"]["permalink"]
        if not address:
            return {"seen": "no_address", "why": None}, None
        ask = Ask(address, core.text, pictures=False)
        try:
            rendered = self._twice(ask)
        except RenderFailed as failed:
            if failed.why == "not_started":
                raise
            seen = "blocked" if failed.why == "blocked" else "failed"
            return {"seen": seen, "why": failed.happened, "asked": address}, None
        name = _PICTURES.get(rendered.seen.state.value, _OTHER_PICTURE)
        names = {made: made.replace("page", Path(name).stem, 1) for made in rendered.files}
        if rendered.seen.state is State.CONTENT and "page.wacz" in names:
            names["page.wacz"] = _ARCHIVE
        files |= {names[made]: content for made, content in rendered.files.items()}
        facts = {**rendered.facts, "final_url": rendered.facts.get("final"), "picture": name}
        return facts | {"archive": names.get("page.wacz")}, rendered.facts.get("chromium")

    def _twice(self, ask: Ask) -> Any:
        with suppress(RenderFailed):
            return self.renderer.render(ask)
        return self.renderer.render(ask)

    def _medium(
        self, number: int, item: Mapping[str, Any], files: dict[str, bytes], why: str, *, allowed: bool
    ) -> dict[str, Any]:
        """One picture or video of the comment: copied, or why not."""
        facts: dict[str, Any] = {"kind": item.get("kind"), "external_id": item.get("external_id")}
        address = item.get("url")
        if not allowed or not address:
            return facts | {"why": why if not allowed else "the platform gave no address for it"}
        try:
            fetched = self.renderer.fetch_media(str(address))
        except RenderFailed as failed:
            return facts | {"why": failed.happened}
        name = f"media-{number}.{fetched.facts['end']}"
        files[name] = fetched.data
        return facts | fetched.facts | {"file": name}

    def _pdf(self, core: Core, facts: Mapping[str, Any], pictures: Shown) -> bytes:
        words = {"polled": core.text, "now": core.text}
        html = report.render_with_pictures(
            core.custody, core.context, core.findings, words, facts, pictures.groups
        )
        return self.renderer.pdf(html, f"Evidence with pictures: case {core.row.case_id}", pictures.files)
