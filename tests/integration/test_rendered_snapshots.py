"""Rendered snapshots: what the live page showed, after the core and naming it, never passed off as more."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from tests.archives import opened
from tests.worlds import World, world
from worker.bootstrap import App
from worker.errors import EvidenceFault, NotYet
from worker.evidence.bag import sha256
from worker.evidence.render.addresses import Address, AllowList
from worker.evidence.render.pool import Renderer
from worker.evidence.subject import load
from worker.evidence.survey import nobody
from worker.jobs.run import drain
from worker.store import tables as t

pytestmark = pytest.mark.browser

THREAT = "I will find the nurse on ward 7 after her shift tonight and stab her"
WITH_PICTURE = "I know where the porter lives and I will burn his house down tonight"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose live pages are captured, with a threat in words and one with a picture, both sealed."""
    with world(tmp_path_factory.mktemp("rendered")) as made:
        made.environ["UPSTANDER_EVIDENCE__RENDER"] = "true"
        made.environ["UPSTANDER_EVIDENCE__RENDER_HOSTS"] = ""
        made.environ["UPSTANDER_EVIDENCE__RENDER_LOOPBACK"] = urlsplit(made.sandbox.web_url).netloc
        given: dict[str, Any] = {"platform": "facebook", "account": "NorthmoorFacebook"}
        made.control("comment", **given, author="passer.by", text=THREAT)
        address = f"{made.sandbox.web_url}/_sandbox/media/porter.jpg"
        picture = {"id": "m1", "kind": "photo", "url": address}
        made.control("comment", **given, author="passer.by", text=WITH_PICTURE, media=[picture])
        yield made


@pytest.fixture(scope="module")
def app(place: World) -> Iterator[App]:
    """The stages, after everything that was due is done; the platform shows its log-in walls."""
    made = place.app()
    made.intake.schedule()
    drain(made)
    yield made
    made.close()


def case_of(app: App, words: str) -> int:
    """The case of a comment."""
    with app.store.read() as session:
        return session.scalars(
            select(t.Case.id)
            .join(t.Revision, t.Revision.id == t.Case.revision_id)
            .where(t.Revision.text == words)
        ).one()


def rendered(app: App, case_id: int) -> list[t.Snapshot]:
    """A case's rendered snapshots."""
    with app.store.read() as session:
        rows = session.scalars(
            select(t.Snapshot)
            .where(t.Snapshot.case_id == case_id, t.Snapshot.kind == "rendered")
            .order_by(t.Snapshot.id)
        ).all()
        session.expunge_all()
    return list(rows)


def payload(app: App, row: t.Snapshot) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of a sealed snapshot, and its custody facts."""
    folder = app.evidence.shelf.root / (row.bag or "") / "data"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return files, json.loads(files["custody.json"])


def text_of(pdf: bytes) -> str:
    """The words of a PDF in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_wall_is_called_a_wall(app: App) -> None:
    """Behind a log-in wall the words come from the core; the wall's picture never passes for the comment."""
    (row,) = rendered(app, case_of(app, THREAT))
    files, custody = payload(app, row)
    assert (row.state, row.source, custody["page"]["seen"]) == ("sealed", "wall", "wall")
    assert {"login-wall.png", "login-wall.wacz"} <= set(files)
    assert not {"page.png", "page.mhtml", "page.wacz", "capture.wacz"} & set(files)
    words = text_of(files["report.pdf"])
    assert "The platform showed a log-in page instead of the comment" in words
    assert THREAT in words
    assert "The comment is not on it" in words


def test_it_names_the_core_that_it_belongs_to(app: App) -> None:
    """The rendered snapshot states the core's tagmanifest hash, and both verify."""
    case_id = case_of(app, THREAT)
    (row,) = rendered(app, case_id)
    _, custody = payload(app, row)
    with app.store.read() as session:
        core = session.get_one(t.Snapshot, row.core_id)
    assert custody["core"]["tagmanifest_sha256"] == core.tagmanifest_sha256
    surveyed = app.evidence.surveyor.survey(case_id=case_id, pending_minutes=15, progress=nobody)
    assert [result.problems for result in surveyed] == [(), ()]


def test_media_wait_for_a_person_and_then_are_captured(place: World, app: App) -> None:
    """Nothing of a comment with a picture is rendered until somebody marks it; then page and picture are."""
    case_id = case_of(app, WITH_PICTURE)
    assert rendered(app, case_id) == []
    place.control("settings", login_wall=False)
    with app.store.read() as session:
        seen = session.get_one(t.Case, case_id).revision_id
    app.marking.mark(case_id, "safe_to_copy", place.reviewer, revision_id=seen)
    drain(app)
    (row,) = rendered(app, case_id)
    files, custody = payload(app, row)
    assert (row.source, custody["page"]["seen"]) == ("content", "content")
    wanted = {"page.png", "page.mhtml", "capture.wacz", "media-1.jpg", "api-reply.png", "report.pdf"}
    assert wanted <= set(files)
    (medium,) = custody["media"]
    assert len(medium["pdq"]) == 64
    with app.store.read() as session:
        kept = session.scalars(select(t.PicturePrint.pdq).where(t.PicturePrint.pdq.is_not(None))).all()
    assert kept == ([medium["pdq"]] if medium["pdq_quality"] >= 50 else [])
    assert custody["files"]["media-1.jpg"] == medium["sha256"]
    pictures = [image for page in PdfReader(io.BytesIO(files["report.pdf"])).pages for image in page.images]
    assert len(pictures) >= 3
    assert WITH_PICTURE in text_of(files["report.pdf"])
    first = PdfReader(io.BytesIO(files["report.pdf"])).pages[0].extract_text()
    assert WITH_PICTURE in " ".join(first.split())
    assert "First seen by us" in first, "the first sheet has words where a picture does not fit"


def test_the_web_archive_holds_the_page_and_says_which(app: App, tmp_path: Path) -> None:
    """Others' tools open both: one has the comment, the other the wall; the report says which is which."""
    found: dict[str, bytes] = {}
    for words, name in ((THREAT, "login-wall.wacz"), (WITH_PICTURE, "capture.wacz")):
        (row,) = rendered(app, case_of(app, words))
        files, custody = payload(app, row)
        folder = tmp_path / name
        folder.mkdir()
        archive = opened(files[name], folder)
        assert custody["page"]["archive"] == name
        assert custody["files"][name] == sha256(files[name])
        assert custody["page"]["wacz"]["replies"] == len(archive.replies)
        assert archive.page["url"] == custody["page"]["final_url"].partition("#")[0]
        found[name] = b"".join(each.body for each in archive.replies)
        report = text_of(files["report.pdf"])
        assert f"{name} is a web archive (WACZ)" in report
        assert ("which did not show the comment" in report) == (name != "capture.wacz")
    assert WITH_PICTURE.encode() in found["capture.wacz"]
    assert THREAT.encode() not in found["login-wall.wacz"]


@pytest.mark.parametrize("address", [None, "javascript:alert(1)"])
def test_a_page_that_cannot_be_opened_leaves_the_rest(app: App, address: str | None) -> None:
    """Without an address that may be opened, or without media, there is still a report, which says so."""
    with app.store.read() as session:
        about = load(session, rendered(app, case_of(app, WITH_PICTURE))[0].id)
    core = app.rendering._core(about)
    comment = {**core.custody["comment"], "permalink": address}
    core = replace(core, custody={**core.custody, "comment": comment})
    facts = {"snapshot": about.identity.as_json(), "core": {"tagmanifest_sha256": "made up"}}
    files = app.rendering._captured(about, core, facts, media=False, why="nobody marked it")
    assert set(files) == {"api-reply.png", "custody.json", "report.pdf"}
    report = text_of(files["report.pdf"])
    assert "not copied: nobody marked it" in report
    assert ("there is no page to open" in report) == (address is None)
    assert "was opened without its pictures" not in report


def test_a_page_whose_name_is_not_found_is_not_told_as_forbidden(app: App) -> None:
    """It is tried again for a while; then the report says what it was: not refused by us, and not opened."""
    with app.store.read() as session:
        about = load(session, rendered(app, case_of(app, THREAT))[0].id)
    core = app.rendering._core(about)
    comment = {**core.custody["comment"], "permalink": "https://nobody.invalid/1"}
    core = replace(core, custody={**core.custody, "comment": comment})
    facts = {"snapshot": about.identity.as_json(), "core": {"tagmanifest_sha256": "made up"}}
    settings = app.rendering.renderer._settings
    elsewhere = replace(settings, allow=AllowList.of(["nobody.invalid"]))
    with Renderer(elsewhere, app.clock, resolve=_no_name) as renderer:
        rendering = replace(app.rendering, renderer=renderer)
        with pytest.raises(NotYet) as wait:
            rendering._captured(about, core, facts, media=False, why="nobody marked it")
        assert 15 <= wait.value.seconds < 600
        later = about.snapshot.asked_at + timedelta(minutes=11)
        rendering = replace(rendering, clock=_At(later))
        files = rendering._captured(about, core, facts, media=False, why="nobody marked it")
    custody, report = json.loads(files["custody.json"]), text_of(files["report.pdf"])
    assert (custody["source"], custody["refused"]) == ("unreached", [])
    assert "The page could not be reached." in report
    assert "nobody.invalid: no address was found for its name" in report
    assert not [words for words in ("guard lets", "was opened without its pictures") if words in report]


@dataclass(frozen=True)
class _At:
    """A clock that stands at a moment."""

    moment: datetime

    def now(self) -> datetime:
        """That moment."""
        return self.moment


def _no_name(host: str, port: int) -> Sequence[Address]:
    raise OSError("no such name")


def test_nothing_is_captured_on_top_of_an_altered_core(app: App, tmp_path: Path) -> None:
    """Where the core does not verify, no rendered snapshot is made that would lend it weight."""
    case_id = case_of(app, THREAT)
    with app.store.write() as session:
        core = session.get_one(t.Snapshot, rendered(app, case_id)[0].core_id)
        row = t.Snapshot(
            case_id=core.case_id,
            comment_id=core.comment_id,
            revision_id=core.revision_id,
            kind="rendered",
            state="pending",
            core_id=core.id,
            asked_at=app.clock.now(),
        )
        session.add(row)
        session.flush()
        pending = row.id
        report = app.evidence.shelf.root / (core.bag or "") / "data" / "report.html"
    report.chmod(0o644)
    report.write_bytes(report.read_bytes() + b" ")
    with pytest.raises(EvidenceFault, match="does not verify"):
        app.rendering.render(pending, lambda _session: None)
    assert [each.state for each in rendered(app, case_id)] == ["sealed", "pending"]
