"""A certificate that somebody slipped into a hand-over is believed by the steps, so it must be shown."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.evidence.handover.scene import Scene
from worker.cms import fingerprint
from worker.evidence.handover import instructions
from worker.keyring import Keyring


def last_step(folder: Path) -> subprocess.CompletedProcess[str]:
    """The last step of the instructions, as somebody outside runs it."""
    step = instructions.steps({path.relative_to(folder).as_posix() for path in folder.rglob("*")})[-1]
    return subprocess.run(
        ["bash", "-c", "\n".join(step.commands)], cwd=folder, capture_output=True, text=True, check=False
    )


def shown(folder: Path) -> set[str]:
    """The fingerprints that the last step of the instructions prints."""
    ran = last_step(folder)
    assert ran.returncode == 0, ran.stderr
    found = re.findall(r"^sha256 Fingerprint=(\S+)$", ran.stdout, re.MULTILINE | re.IGNORECASE)
    return {each.replace(":", "").lower() for each in found}


@pytest.mark.parametrize("bundle", [instructions.SIGNERS, instructions.AUTHORITIES])
@pytest.mark.parametrize("place", ["before", "behind"])
def test_every_certificate_that_is_believed_is_shown(
    scene: Scene, tmp_path: Path, bundle: str, place: str
) -> None:
    """Before or behind the Trust's own, in either file: its fingerprint is among those to be compared."""
    folder = scene.unpacked()
    ours = shown(folder)
    assert ours == set(scene.stage.trust.certificates())
    stranger = Keyring(tmp_path / "stranger").init("Ashdown NHS Trust", scene.world.clock.now())
    path = folder / bundle
    own, slipped = (
        path.read_bytes() if path.exists() else b"",
        stranger.certificate.public_bytes(Encoding.PEM),
    )
    path.write_bytes(slipped + own if place == "before" else own + slipped)
    assert shown(folder) == ours | {fingerprint(stranger.certificate)}


@pytest.mark.parametrize("bundle", [instructions.SIGNERS, instructions.AUTHORITIES])
@pytest.mark.parametrize("before", [b" " * 254, b"\x1b[2J", b"\0", b"A" * 65 + b"\n"])
def test_what_hides_a_certificate_from_the_reader_ends_the_step(
    scene: Scene, tmp_path: Path, bundle: str, before: bytes
) -> None:
    """OpenSSL believes one that begins after 254 characters of a line: then the step fails, showing none."""
    folder = scene.unpacked()
    stranger = Keyring(tmp_path / "stranger").init("Ashdown NHS Trust", scene.world.clock.now())
    alone, path = tmp_path / "alone.pem", folder / bundle
    alone.write_bytes(stranger.certificate.public_bytes(Encoding.PEM))
    path.write_bytes((path.read_bytes() if path.exists() else b"") + before + alone.read_bytes())
    if before == b" " * 254:
        believed = ["openssl", "verify", "-partial_chain", "-no_check_time", "-CAfile", str(path), str(alone)]
        subprocess.run(believed, check=True, capture_output=True)
    ran = last_step(folder)
    assert ran.returncode != 0
    assert ran.stdout == ""
