"""Hand-overs that somebody else signed fail by the commands that go along; sound ones hold by them.

The page that an outsider goes by holds the same commands: `tests/integration/test_verifying_docs.py`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.certificates import Website, as_earlier
from tests.unit.evidence.handover.scene import Scene, add, make_scene
from worker.evidence.handover import instructions
from worker.evidence.handover.package import SUMS, SUMS_SIGNATURE
from worker.keyring import Keyring, ring
from worker.keyring.certificate import certify
from worker.store.session import Store

SIGNED = {
    "The Trust packed it",
    "The Trust sealed each folder",
    "Each sealing stands in the Trust's ledger",
}


def failing(folder: Path, *, environ: Mapping[str, str] | None = None, without: str = "") -> set[str]:
    """The titles of the steps that end with an error, or do without one of the options."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    path = os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin"))
    found = set()
    for step in instructions.steps(names):
        told = "\n".join(step.commands)
        commands = told.replace(f"{without} ", "") if without else told
        ran = subprocess.run(
            ["bash", "-c", commands],
            cwd=folder,
            env={"PATH": path, **(environ or {})},
            capture_output=True,
            check=False,
        )
        found |= {step.title} if ran.returncode else set()
    return found


@pytest.mark.parametrize("made", ["by this version", "by an earlier one"])
def test_every_step_holds_after_the_key_was_changed(
    sqlite: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    """Whichever of the Trust's keys sealed a folder, and in whatever order their certificates stand."""
    if made == "by an earlier one":
        monkeypatch.setattr(ring, "certify", _certify_as_earlier)
    scene = make_scene(sqlite, tmp_path)
    Keyring(tmp_path / "bags-keys").rotate("Ashdown NHS Trust", scene.world.clock.now())
    add(scene, "17003")
    folder = scene.unpacked()
    bundle = folder / instructions.SIGNERS
    certificates = bundle.read_text().split("-----END CERTIFICATE-----\n")[:-1]
    assert len(certificates) == 2
    assert failing(folder) == set()
    bundle.write_text("".join(f"{each}-----END CERTIFICATE-----\n" for each in reversed(certificates)))
    assert failing(folder) == {"Nothing was changed since it was packed"}


def _certify_as_earlier(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    return as_earlier(certify(key, name, now), key)


@pytest.mark.parametrize("left_out", ["-no-CApath", "-no-CAstore"])
def test_a_certificate_for_a_website_seals_nothing(scene: Scene, tmp_path: Path, left_out: str) -> None:
    """Whoever has one signs everything anew, and by the Trust's certificates none of it holds."""
    website = Website(tmp_path, scene.world.clock.now())
    folder = scene.unpacked()
    for signature in (*folder.glob("bags/*/*.p7s"), *folder.glob("trust/ledger/*/*.p7s")):
        signature.chmod(0o644)
        signature.write_bytes(website.sign(signature.with_suffix("").read_bytes()))
    names = [line[66:] for line in (folder / SUMS).read_text().splitlines()]
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / SUMS).write_text("".join(lines))
    (folder / SUMS_SIGNATURE).write_bytes(website.sign("".join(lines).encode()))
    assert failing(folder, environ=website.environ) == SIGNED
    assert failing(folder, environ=website.environ, without=left_out) == set(), "the option is needed"
