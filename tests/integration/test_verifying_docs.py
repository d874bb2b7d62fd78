"""docs/verifying-evidence.md does what it says: its commands hold, and each finds what it is there for."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests import outsider
from tests.outsider import HAND_OVER, ONE_BAG, TWO_CHECKPOINTS, Block
from tests.services.tsa import running_authority
from tests.stores import sqlite_store
from tests.unit.evidence.handover.scene import Scene, add, make_scene
from tests.unit.evidence.world import done
from worker.evidence.handover import instructions
from worker.evidence.shared_stamp import COMMANDS
from worker.evidence.sidecars import Trust
from worker.evidence.stamping import Stamping
from worker.evidence.survey import Surveyor


@dataclass
class Received:
    """What an outsider has before them.

    Attributes:
        folder: a hand-over, unpacked into an empty folder.
        bags: two bags that left the house, one with a timestamp of its own, one that shares one, each
            with the certificates beside it.
        growth: the proof that the ledger only grew.
    """

    folder: Path
    bags: tuple[Path, Path]
    growth: Path
    tools: Path

    def fails(self, folder: Path, block: Block) -> bool:
        """Whether a step finds something wrong."""
        return outsider.run(folder, block.commands, self.tools).returncode != 0


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Received:
    """Three bags, two of which share a timestamp, handed over."""
    place = tmp_path_factory.mktemp("trust")
    scene = make_scene(sqlite_store(place), place)
    _stamp_all(scene, place)
    away = tmp_path_factory.mktemp("away")
    folder = away / "unpacked"
    with zipfile.ZipFile(scene.made()) as file:
        file.extractall(folder)
    shared = {path.parent for path in folder.glob("bags/*/*.path")}
    alone = next(path for path in folder.glob("bags/*") if path not in shared)
    growth = away / "growth"
    growth.mkdir()
    sizes = scene.book.show()
    for name, content in scene.book.consistency(1, sizes.size).files().items():
        (growth / name).write_bytes(content)
    bags = (_copied(folder, alone, away / "alone"), _copied(folder, min(shared), away / "shared"))
    return Received(folder, bags, growth, away / "tools")


def _stamp_all(scene: Scene, place: Path) -> None:
    """Two bags share a timestamp, the third has its own."""
    with running_authority(place / "tsa") as tsa:
        add(scene, "17003")
        roots = tsa.authority().roots
        trust = Trust(scene.stage.trust.certificates, lambda: roots)
        clock, bags = scene.world.clock, scene.stage.bags
        stamping = Stamping(scene.store, clock, bags, trust, tsa.authority, 2, scene.stage.steps)
        stamping.run(done)
        add(scene, "17004")
        stamping.run(done)
    surveyor = Surveyor(scene.store, bags, trust, clock, stamps=True, stamp_minutes=60)
    scene.stage = scene.with_(trust=trust, check=surveyor.problems_of)
    (place / "authority.pem").write_bytes(roots[0].public_bytes(Encoding.PEM))


def _copied(folder: Path, bag: Path, to: Path) -> Path:
    """A bag on a disk of its own, with the two certificates beside it."""
    shutil.copytree(bag, to / bag.name)
    shutil.copy(folder / "trust" / "signing-certificates.pem", to / "signer.pem")
    shutil.copy(folder / "trust" / "timestamp-authorities.pem", to / "ca.pem")
    return to / bag.name


def block(part: str, number: int) -> Block:
    """The block of one numbered step."""
    (found,) = (each for each in outsider.blocks(part) if each.title.startswith(f"{number}. "))
    return found


def test_the_page_and_the_hand_over_say_the_same(received: Received) -> None:
    """Every step of verify.txt stands on the page under the same number, and so do the ledger's own."""
    names = {path.relative_to(received.folder).as_posix() for path in received.folder.rglob("*")}
    steps = instructions.steps(names)
    told = {each.title: each.commands.rstrip("\n") for each in outsider.blocks(HAND_OVER)}
    here = {f"{step.number}. {step.title}": "\n".join(step.commands) for step in steps}
    assert here == told, "this hand-over has something for every step"
    page = outsider.PAGE.read_text(encoding="utf-8")
    words = " ".join(page.split())
    assert all(step.title in words and step.shows in words for step in steps)
    assert COMMANDS.replace("-CAfile ca.pem", "-CAfile ../ca.pem") in page
    growth = re.search(r"--8<-- consistency\n(.*?)--8<--", _how_to_check(received), re.DOTALL)
    assert growth
    assert [each.commands for each in outsider.blocks(TWO_CHECKPOINTS)] == [growth[1]]


def _how_to_check(received: Received) -> str:
    return (received.growth / "how-to-check.txt").read_text(encoding="utf-8")


def test_every_command_of_the_page_holds(received: Received) -> None:
    """On a sound hand-over, a sound bag and a sound ledger, each block ends without an error, in order."""
    places = [(HAND_OVER, received.folder), (TWO_CHECKPOINTS, received.growth)]
    places += [(ONE_BAG, bag) for bag in received.bags]
    said = []
    for part, folder in places:
        for each in outsider.blocks(part):
            if each.applies(folder):
                ran = outsider.run(folder, each.commands, received.tools)
                assert ran.returncode == 0, (each.title, ran.stdout + ran.stderr)
                said.append(ran.stdout)
    everything = "".join(said)
    assert everything.count("Time stamp:") == len(list(received.folder.glob("bags/*"))) + 1
    assert len(re.findall(r"^root: [0-9a-f]{64}$", everything, re.MULTILINE)) == 3
    assert re.search(r"^old_root: [0-9a-f]{64}$", everything, re.MULTILINE)
    fingerprints = r"^sha256 Fingerprint=([0-9A-F:]{95})$"
    assert len(re.findall(fingerprints, everything, re.MULTILINE)) == 6, "every certificate in a bundle"


#: A file of each kind, and the steps that find one changed byte in it.
KINDS = (
    ("index.csv", (1,)),
    ("cover-report.pdf", (1,)),
    ("trust/timestamp-authorities.pem", (1, 6, 7)),
    ("trust/signing-certificates.pem", (1, 3, 5, 8)),
    ("SHA256SUMS", (1, 3)),
    ("SHA256SUMS.p7s", (3,)),
    ("bags/*/data/report.html", (1, 4)),
    ("bags/*/bag-info.txt", (1, 4)),
    ("bags/*/manifest-sha256.txt", (1, 4)),
    ("bags/*/tagmanifest-sha256.txt", (1, 4, 5, 8)),
    ("bags/*/tagmanifest-sha256.txt.p7s", (1, 5)),
    ("bags/*/tagmanifest-sha256.txt.tsr", (1, 6)),
    ("bags/*/tagmanifest-sha256.txt.root", (1, 6, 7)),
    ("bags/*/tagmanifest-sha256.txt.path", (1, 7)),
    ("trust/ledger/*/entry.json", (1, 8)),
    ("trust/ledger/*/inclusion.txt", (1, 8)),
    ("trust/ledger/*/checkpoint.txt", (1, 8)),
    ("trust/ledger/*/checkpoint.txt.p7s", (1, 8)),
)


@pytest.mark.parametrize(("kind", "numbers"), KINDS)
def test_one_changed_byte_is_found_by_the_right_step(
    received: Received, kind: str, numbers: tuple[int, ...]
) -> None:
    """Whichever file of a hand-over is changed, the steps that are there for it end with an error."""
    path = max(received.folder.glob(kind))
    # What else inclusion.txt says (position, leaf, root) is for people; the commands compute it themselves.
    change = one_step_flipped if path.name == "inclusion.txt" else flipped
    with _changed(path, change):
        for number in numbers:
            assert received.fails(received.folder, block(HAND_OVER, number)), f"step {number} took it"


@pytest.mark.parametrize(
    ("which", "name", "number"),
    [
        (0, "data/report.html", 1),
        (0, "tagmanifest-sha256.txt", 3),
        (0, "tagmanifest-sha256.txt.p7s", 3),
        (0, "tagmanifest-sha256.txt.tsr", 4),
        (1, "tagmanifest-sha256.txt.tsr", 5),
        (1, "tagmanifest-sha256.txt.root", 5),
        (1, "tagmanifest-sha256.txt.path", 5),
    ],
)
def test_one_changed_byte_of_a_bag_alone_is_found(
    received: Received, which: int, name: str, number: int
) -> None:
    """The steps for a single bag find what they are there for without the rest of the hand-over."""
    bag = received.bags[which]
    with _changed(bag / name, flipped):
        assert received.fails(bag, block(ONE_BAG, number))


def test_what_was_added_is_found(received: Received) -> None:
    """A planted file is told wherever it lies, although no list names it."""
    bag = received.bags[0]
    for folder, part, number, name in (
        (received.folder, HAND_OVER, 2, "please-read.html"),
        (received.folder, HAND_OVER, 2, f"bags/{bag.name}/note.txt"),
        (received.folder, HAND_OVER, 4, f"bags/{bag.name}/data/note.txt"),
        (bag, ONE_BAG, 1, "data/note.txt"),
        (bag, ONE_BAG, 2, "note.txt"),
        (bag, ONE_BAG, 2, ".note"),
    ):
        planted = folder / name
        planted.write_text("planted")
        try:
            assert received.fails(folder, block(part, number)), name
        finally:
            planted.unlink()


def test_a_certificate_that_hides_among_the_others_is_shown(received: Received) -> None:
    """Whoever adds a certificate of their own to those that are believed cannot keep it from the reader."""
    stranger = (received.folder / "trust" / "timestamp-authorities.pem").read_bytes()
    with _changed(received.folder / "trust" / "signing-certificates.pem", lambda content: content + stranger):
        assert not received.fails(received.folder, block(HAND_OVER, 3)), "it is believed"
        ran = outsider.run(received.folder, block(HAND_OVER, 9).commands, received.tools)
    # Some builds of OpenSSL put the name in quotation marks.
    assert re.search(
        r'^signing-certificates-01\nsubject=CN = "?Trial timestamp root', ran.stdout, re.MULTILINE
    )
    with _changed(received.bags[0].parent / "signer.pem", lambda content: content + stranger):
        ran = outsider.run(received.bags[0], block(ONE_BAG, 6).commands, received.tools)
    assert ran.stdout.count("Fingerprint=") == 3
    hidden = b" " * 254 + stranger
    for folder, part, number, bundle in (
        (received.folder, HAND_OVER, 9, received.folder / "trust" / "signing-certificates.pem"),
        (received.folder, HAND_OVER, 9, received.folder / "trust" / "timestamp-authorities.pem"),
        (received.bags[0], ONE_BAG, 6, received.bags[0].parent / "signer.pem"),
        (received.bags[0], ONE_BAG, 6, received.bags[0].parent / "ca.pem"),
    ):
        with _changed(bundle, lambda content: content + hidden):
            assert received.fails(folder, block(part, number)), bundle


def test_a_sidecar_that_was_taken_away_is_found(received: Received) -> None:
    """Without its signature or its timestamp a bag does not hold, with or without the hand-over around it."""
    alone, shared = received.bags
    for folder, part, number, name in (
        (received.folder, HAND_OVER, 1, f"bags/{alone.name}/tagmanifest-sha256.txt.tsr"),
        (received.folder, HAND_OVER, 5, f"bags/{alone.name}/tagmanifest-sha256.txt.p7s"),
        (alone, ONE_BAG, 3, "tagmanifest-sha256.txt.p7s"),
        (alone, ONE_BAG, 4, "tagmanifest-sha256.txt.tsr"),
        (shared, ONE_BAG, 5, "tagmanifest-sha256.txt.tsr"),
        (shared, ONE_BAG, 4, "tagmanifest-sha256.txt.root"),
        (shared, ONE_BAG, 4, "tagmanifest-sha256.txt.path"),
        (received.folder, HAND_OVER, 6, f"bags/{shared.name}/tagmanifest-sha256.txt.root"),
        (received.folder, HAND_OVER, 6, f"bags/{shared.name}/tagmanifest-sha256.txt.path"),
    ):
        path = folder / name
        content = path.read_bytes()
        path.unlink()
        try:
            assert received.fails(folder, block(part, number)), name
        finally:
            path.write_bytes(content)


def test_a_proof_of_another_ledger_is_no_proof(received: Received) -> None:
    """Where one line of the proof is another, the ledger did not only grow."""
    (step,) = outsider.blocks(TWO_CHECKPOINTS)
    with _changed(
        received.growth / "consistency.txt", lambda content: content.replace(b"start ", b"start f")
    ):
        assert received.fails(received.growth, step)


def one_step_flipped(content: bytes) -> bytes:
    """The first hash on the way to the root is another."""
    changed = re.compile(rb"^(left|right) (.)", re.MULTILINE)
    return changed.sub(lambda found: found[1] + b" " + flipped(found[2]), content, count=1)


def flipped(content: bytes) -> bytes:
    """One bit in the middle is another."""
    changed = bytearray(content)
    changed[len(changed) // 2] ^= 1
    return bytes(changed)


@contextmanager
def _changed(path: Path, change: Callable[[bytes], bytes]) -> Iterator[None]:
    """A file with other bytes for as long as this lasts."""
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(change(whole))
    assert path.read_bytes() != whole
    try:
        yield
    finally:
        path.write_bytes(whole)
