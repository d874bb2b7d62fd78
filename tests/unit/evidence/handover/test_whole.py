"""What the police or a solicitor get: the sealed bags, whole, with all that explains and proves them."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path

import pypdf
import pytest
from docx import Document
from sqlalchemy import text

from tests.services.tsa import running_authority
from tests.unit.evidence.handover.scene import (
    ASKER,
    SECOND,
    Scene,
    add,
)
from tests.unit.evidence.world import done
from worker.errors import Conflict, EvidenceFault, NotYet
from worker.evidence.handover.package import SUMS
from worker.evidence.handover.sheets import as_csv
from worker.evidence.sidecars import Trust
from worker.evidence.stamping import Stamping
from worker.evidence.survey import Surveyor
from worker.store import tables as t


def pdf_text(content: bytes) -> str:
    """The text that a PDF shows."""
    # A font that lacks one of the characters is read with its bytes doubled.
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages).replace(
        "\0", ""
    )


def docx_text(path: Path) -> str:
    """The text of a word processor's file."""
    pages = Document(str(path))
    boxes = [cell.text for box in pages.tables for row in box.rows for cell in row.cells]
    return "\n".join([*boxes, *(paragraph.text for paragraph in pages.paragraphs)])


def flip(path: Path) -> None:
    """Change one byte of a read-only file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(content))


def bag_of(scene: Scene, case_id: int) -> Path:
    """The folder of a case's first bag."""
    with scene.store.read() as session:
        row = session.query(t.Snapshot).filter_by(case_id=case_id).first()
    assert row is not None
    assert row.bag is not None
    return scene.world.bags / row.bag


def test_an_officer_finds_everything_and_the_bags_are_as_sealed(scene: Scene) -> None:
    """Each bag goes along byte for byte, every file is listed, the report says what, who, where and when."""
    snapshot = add(
        scene, "17003", '=HYPERLINK("http://bad.example.test")\n</div><script>x</script> \u202etxt'
    )
    folder = scene.unpacked()
    for case_id in scene.cases:
        sealed = bag_of(scene, case_id)
        copy = next(folder.glob(f"bags/{case_id}-*"))
        there = {path.relative_to(sealed): path.read_bytes() for path in sealed.rglob("*") if path.is_file()}
        here = {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
        assert here == there
    listed = dict(line.split("  ", 1)[::-1] for line in (folder / SUMS).read_text().splitlines())
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(files) - set(listed) == {SUMS, f"{SUMS}.p7s"}
    assert all(hashlib.sha256(files[name].read_bytes()).hexdigest() == listed[name] for name in listed)
    page = (folder / "cover-report.html").read_text(encoding="utf-8")
    for words in (
        "rude_person", "a-1", "16 November 2026, 09:30:15 UTC", "16 November 2026, 09:30:15 GMT", "Bo Larch",
        "Sam Elder", "Northmoor Police", "upheld", "hide", "evidence was sealed", "Ashdown Trust",
        snapshot.tagmanifest_sha256 or "-", "Not timestamped by an outside authority yet",
    ):  # fmt: skip
        assert words in page
    assert "<script>" not in page
    assert "U+202E" in page
    shown = pdf_text((folder / "cover-report.pdf").read_bytes())
    assert "I will find you" in shown
    assert "Page 1 of" in shown
    label = pdf_text((folder / "exhibit-label.pdf").read_bytes())
    assert "BL/1" in label
    assert (snapshot.tagmanifest_sha256 or "-")[:20] in label
    statement = docx_text(folder / "draft-witness-statement.docx")
    for words in (
        "DRAFT",
        "Criminal Justice Act 1967, s. 9",
        "Statement of: Bo Larch",
        "liable to prosecution",
    ):
        assert words in statement
    assert "[U+202E]txt" in statement


HOSTILE_CELLS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", " =1", "\uff1d1", 'a","=1', "x\n=cmd|' /C calc'!A0",
)  # fmt: skip


def test_the_index_is_safe_in_a_spreadsheet(scene: Scene) -> None:
    """No cell begins as a formula, none breaks its row, and reading it back gives the facts."""
    add(scene, "17003", HOSTILE_CELLS[0])
    folder = scene.unpacked(scene.for_the_platform())
    text = (folder / "index.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert [int(row["case"]) for row in rows] == scene.cases
    assert [row["words"][:3] for row in rows] == ["I w", "'=1"]
    assert rows[0]["author id"] == "a-1"
    made = as_csv(("words",), [(words,) for words in HOSTILE_CELLS]).decode("utf-8-sig")
    cells = [cell for row in csv.reader(StringIO(made, newline="")) for cell in row]
    assert len(cells) == 1 + len(HOSTILE_CELLS)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))]
    assert not [cell for cell in cells if "\n" in cell or "\r" in cell]


def outside(folder: Path, commands: str) -> subprocess.CompletedProcess[str]:
    """Run commands of the instructions where somebody unpacked the file."""
    return subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_of_the_instructions_holds_and_finds_a_changed_byte(
    scene: Scene, tmp_path: Path
) -> None:
    """With sha256sum, bagit.py and openssl an outsider checks bags, signatures, shared timestamps, ledger."""
    with running_authority(tmp_path / "tsa") as tsa:
        add(scene, "17003")
        roots = tsa.authority().roots
        trust = Trust(scene.stage.trust.certificates, lambda: roots)
        stamping = Stamping(
            scene.store, scene.world.clock, scene.stage.bags, trust, tsa.authority, 2, scene.stage.steps
        )
        stamping.run(done)
        add(scene, "17004")
        stamping.run(done)
    surveyor = Surveyor(
        scene.store, scene.stage.bags, trust, scene.world.clock, stamps=True, stamp_minutes=60
    )
    scene.stage = scene.with_(trust=trust, check=surveyor.problems_of)
    folder = scene.unpacked()
    lines = (folder / "verify.txt").read_text(encoding="utf-8").splitlines()
    commands = "\n".join(line.removeprefix("    ") for line in lines if line.startswith("    "))
    assert "Not timestamped" not in (folder / "cover-report.html").read_text(encoding="utf-8")
    page = unescape((folder / "how-to-verify.html").read_text(encoding="utf-8"))
    assert all(line in page for line in commands.splitlines())
    good = outside(folder, commands)
    assert good.returncode == 0, good.stdout + good.stderr
    assert good.stdout.count("Time stamp:") == 3
    assert len(re.findall(r"^root: [0-9a-f]{64}$", good.stdout, re.MULTILINE)) == 3
    steps = re.split(r"\n(?=\d\. )", (folder / "verify.txt").read_text(encoding="utf-8"))[1:]
    each = ["\n".join(re.findall(r"^    (.*)$", step, re.MULTILINE)) for step in steps]
    assert "\n".join(each) == commands
    for number, file in (
        (0, folder / "index.csv"),
        (2, folder / f"{SUMS}.p7s"),
        (3, next(folder.glob("bags/*/data/report.html"))),
        (4, next(folder.glob("bags/*/*.p7s"))),
        (5, next(folder.glob("bags/*/*.tsr"))),
        (6, next(folder.glob("bags/*/*.path"))),
        (7, next(folder.glob("trust/ledger/*/entry.json"))),
        (7, next(folder.glob("trust/ledger/*/checkpoint.txt.p7s"))),
    ):
        whole = file.read_bytes()
        flip(file)
        assert outside(folder, each[number]).returncode != 0, file
        file.write_bytes(whole)
    way = next(folder.glob("bags/*/*.path"))
    way.rename(tmp_path / "way")
    assert outside(folder, each[5]).returncode != 0, "a shared timestamp was taken without the way to it"
    (tmp_path / "way").rename(way)
    one, other, aside = (folder / "trust" / name for name in ("ledger/2-2", "ledger/3-3", "aside"))
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    assert outside(folder, each[7]).returncode != 0, "another bag's proof was taken for this one's"


def test_evidence_that_does_not_verify_is_refused_by_name(scene: Scene) -> None:
    """A changed byte stops the hand-over; with a reason that two people saw, it goes along with a warning."""
    flip(bag_of(scene, scene.cases[0]) / "data" / "findings.json")
    with pytest.raises(EvidenceFault, match=r"findings\.json' was altered"):
        scene.made()
    assert not list(scene.folder.glob("exports/*"))
    folder = scene.unpacked(scene.request(damaged_reason="The police want it as it lies there"))
    page = (folder / "cover-report.html").read_text(encoding="utf-8")
    assert "does not verify. Do not rely on it" in page
    assert "was altered" in page
    assert "does NOT agree" in docx_text(folder / "draft-witness-statement.docx")


def test_what_was_planted_in_damaged_evidence_stays_out_and_is_named(scene: Scene) -> None:
    """A link, a pipe and odd names keep no damaged bag back, and nobody waiting; each is listed."""
    data = bag_of(scene, scene.cases[0]) / "data"
    data.chmod(0o755)
    (data / "link.json").symlink_to("/etc/hostname")
    os.mkfifo(data / "pipe.json")
    (data / "a b<script>.txt").write_text("x")
    (data / "REPORT.html").write_text("y")
    folder = scene.unpacked(scene.request(damaged_reason="The police want it as it lies there"))
    there = {path.name for path in folder.rglob("*")}
    assert {"report.html", "findings.json"} <= there
    assert not {"link.json", "pipe.json", "a b<script>.txt", "REPORT.html"} & there
    page = (folder / "cover-report.html").read_text(encoding="utf-8")
    for name in ("link.json", "pipe.json", "a b&lt;script&gt;.txt", "REPORT.html"):
        assert f"data/{name}" in page.partition("Left out")[2]


def test_evidence_that_is_changed_while_it_is_packed_is_found(scene: Scene) -> None:
    """What was whole when it was looked at and is not in the finished file makes no file."""
    target = bag_of(scene, scene.cases[0]) / "data" / "custody.json"
    check = scene.stage.check

    def then_tampered(row: t.Snapshot, stamp: t.Timestamp | None) -> tuple[str, ...]:
        found = check(row, stamp)
        flip(target)
        return found

    scene.stage = scene.with_(check=then_tampered)
    with pytest.raises(EvidenceFault, match="copy of snapshot"):
        scene.made()
    assert not list(scene.folder.glob("exports/*"))
    assert scene.exports()[0].state == "approved"


def test_words_that_were_changed_in_the_database_are_not_reported(scene: Scene) -> None:
    """The report says what was sealed, or there is none: a row edited by the tables' owner is found."""
    with scene.store.write() as session:
        session.connection().execute(text("DROP TRIGGER revisions_only_erased"))
        session.connection().execute(text("UPDATE revisions SET text = 'I was only joking'"))
    with pytest.raises(EvidenceFault, match="not those of the sealed report"):
        scene.made()


def test_a_proof_that_is_not_there_yet_is_said(scene: Scene) -> None:
    """While no checkpoint covers a sealing, the report says so instead of keeping silent."""

    def not_yet(audit_id: int) -> dict[str, bytes]:
        raise NotYet("soon", seconds=1)

    scene.stage = scene.with_(proofs=not_yet)
    folder = scene.unpacked(scene.for_the_platform())
    assert "Not proved by the Trust&#39;s ledger yet" in (folder / "cover-report.html").read_text(
        encoding="utf-8"
    )
    assert "trust/ledger" not in (folder / "verify.txt").read_text(encoding="utf-8")


def test_our_copy_can_be_removed_and_the_record_stays(scene: Scene) -> None:
    """After it was handed over the file goes; its hash, and who got it, stay."""
    number = scene.approved(scene.for_the_platform())
    made = scene.stage.make(scene.people[ASKER], number)
    assert scene.stage.show(scene.people[SECOND], number).file == made.path
    scene.stage.remove_file(scene.people[SECOND], number)
    (view,) = scene.stage.list(scene.people[SECOND])
    assert (view.file, view.file_sha256) == (None, made.sha256)
    assert len(scene.world.audits("export_file_removed")) == 1
    with pytest.raises(Conflict, match="no file"):
        scene.stage.remove_file(scene.people[SECOND], number)
