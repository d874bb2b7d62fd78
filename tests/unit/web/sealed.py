"""Cases with sealed evidence behind the pages of evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web import Site
from worker.evidence.bagstore import CUSTODY
from worker.evidence.plain_json import plain_json
from worker.evidence.subject import Subject
from worker.ledger.audit import Actor
from worker.review.opening import Opening
from worker.store import tables as t

WORDS = "You useless vermin <script>alert(1)</script>"


def picture() -> bytes:
    """A small real picture."""
    made = BytesIO()
    Image.new("RGB", (40, 20), (0, 94, 184)).save(made, "PNG")
    return made.getvalue()


def sealed_case(
    site: Site,
    external_id: str = "c1",
    *,
    pictures: tuple[str, ...] = (),
    media: Sequence[Mapping[str, str]] = (),
) -> int:
    """A case whose core is sealed.

    Args:
        pictures: numbers of pictures that hang on it on the platform; or
        media: what hangs on it, as a platform names it.
    """
    comment_id, revision_id = site.scene.comment(external_id, WORDS)
    hanging = [*media, *({"kind": "image", "external_id": each} for each in pictures)]
    if hanging:
        with site.scene.store.write() as session:
            revision_id = _hang(session, comment_id, hanging, site)
    case_id = site.scene.open(opening(comment_id, revision_id))[comment_id]
    seal(site, case_id)
    return case_id


def _hang(session: Session, comment_id: int, media: Sequence[Mapping[str, str]], site: Site) -> int:
    """A second wording of a comment: the same words, and something that hangs on it."""
    row = t.Revision(
        comment_id=comment_id, number=2, text=WORDS, revision_hash="1" * 64,
        media=[dict(each) for each in media],
        flaws=[], raw=b"{}", page_sha256="0" * 64, seen_at=site.scene.clock.now(),
        severity="serious", priority=50, queued=True, pack_version="test",
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.get_one(t.Comment, comment_id).revision_id = row.id
    return row.id


def rendered(site: Site, case_id: int, files: Mapping[str, bytes]) -> int:
    """A sealed rendered snapshot of a case with these files, without a browser."""
    whole = core(site, case_id)
    with site.scene.store.write() as session:
        row = t.Snapshot(
            case_id=case_id, comment_id=whole.comment_id, revision_id=whole.revision_id, kind="rendered",
            state="pending", core_id=whole.id, asked_at=site.scene.clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id

    def make(about: Subject) -> Mapping[str, bytes]:
        facts = {"format": "test", "snapshot": about.identity.as_json(), "source": "content"}
        return {CUSTODY: plain_json(facts), **files}

    site.app.evidence.sealing.run(number, "rendered", make, _done, Actor(None, "render"))
    return number


def opening(comment_id: int, revision_id: int) -> Opening:
    """The opening of a serious case."""
    return Opening(comment_id, revision_id, "serious", 50)


def seal(site: Site, case_id: int) -> None:
    """Seal what waits of a case, as its jobs do."""
    jobs = {row.payload["snapshot_id"]: row.payload for row in _jobs(site) if "token" in row.payload}
    for row in snapshots(site, case_id):
        if row.state == "pending" and row.kind == "core":
            site.app.evidence.capture(row.id, _done)
        elif row.state == "pending" and row.id in jobs:
            given = jobs[row.id]
            site.app.supplements.seal(row.id, given["token"], given["sha256"], _done)


def screenshot(site: Site, case_id: int, content: bytes | None = None) -> int:
    """A person's own picture in a sealed snapshot of a case."""
    officer = site.person("evidence_officer")
    number = site.app.supplements.add(case_id, "mine.png", BytesIO(content or picture()), officer)
    seal(site, case_id)
    return number


def snapshots(site: Site, case_id: int) -> list[t.Snapshot]:
    """Every snapshot of a case, oldest first."""
    with site.scene.store.read() as session:
        rows = select(t.Snapshot).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id)
        return list(session.scalars(rows))


def core(site: Site, case_id: int) -> t.Snapshot:
    """The sealed core of a case."""
    return next(row for row in snapshots(site, case_id) if row.kind == "core" and row.state == "sealed")


def marked(site: Site, case_id: int, mark: str, who: Actor | None = None) -> None:
    """Say what a case's pictures are; the evidence officer does, where nobody is named."""
    with site.scene.store.read() as session:
        revision_id = session.get_one(t.Case, case_id).revision_id
    actor = who or site.person("evidence_officer")
    site.app.marking.mark(case_id, mark, actor, revision_id=revision_id)


def _jobs(site: Site) -> list[t.Job]:
    with site.scene.store.read() as session:
        return list(session.scalars(select(t.Job).where(t.Job.state == "waiting").order_by(t.Job.id)))


def _done(_session: object) -> None:
    """The finish of a job that nobody else took over."""
