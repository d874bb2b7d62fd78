"""Who looks: the product's own commands, and public tools that know nothing of us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bagit

from tests.certificates import THESE_ALONE, TRUSTED
from tests.integration.tampering.scene import Scene
from worker.evidence.bag import MANIFEST, SIGNATURE, TAGMANIFEST, TIMESTAMP
from worker.evidence.sidecars import check_sidecars
from worker.evidence.survey import nobody
from worker.evidence.verify import verify_bag

#: The columns of the table, in order.
NAMES = (
    "evidence verify",
    "verify --bag",
    "ledger verify",
    "published checkpoint",
    "bagit.py",
    "sha256sum manifest",
    "sha256sum tagmanifest",
    "openssl cms",
    "openssl ts",
)
TOOLS = NAMES[4:]


def survey(made: Scene) -> list[str]:
    """Everything that `upstander evidence verify --all` says, each with the place it is about."""
    results = made.surveyor.survey(case_id=None, pending_minutes=15, progress=nobody)
    return [f"{result.bag}: {problem}" for result in results for problem in result.problems]


def own(made: Scene) -> dict[str, bool]:
    """Which of the product's own looks find something."""
    bag = made.bag()
    report = verify_bag(bag)
    alone = report.ok and all(check.ok for check in check_sidecars(bag, made.trust))
    ledger = {finding.name for finding in made.book.verify(published_dir=_nowhere(made)).findings}
    outside = {finding.name for finding in made.book.verify(published_dir=made.published).findings}
    return {
        "evidence verify": bool(survey(made)),
        "verify --bag": not alone,
        "ledger verify": bool(ledger),
        "published checkpoint": bool(outside - ledger),
    }


def tools(made: Scene) -> dict[str, bool]:
    """Which public tools find something in the bag as it lies there."""
    bag = made.bag()
    if not bag.is_dir():
        return dict.fromkeys(TOOLS, True)
    moment = f"{made.clock.now().timestamp():.0f}"
    certificate = made.keyring.certificate_file(made.keyring.current().fingerprint)
    commands: dict[str, list[str]] = {
        "bagit.py": [sys.executable, bagit.__file__, "--quiet", "--validate", str(bag)],
        "sha256sum manifest": ["sha256sum", "-c", "--strict", "--quiet", MANIFEST],
        "sha256sum tagmanifest": ["sha256sum", "-c", "--strict", "--quiet", TAGMANIFEST],
        "openssl cms": [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", SIGNATURE),
            *("-content", TAGMANIFEST, "-CAfile", str(certificate), "-purpose", "any"),
            *(*THESE_ALONE.split(), "-attime", moment, "-out", "/dev/null"),
        ],
        "openssl ts": [
            *("openssl", "ts", "-verify", "-data", TAGMANIFEST, "-in", TIMESTAMP),
            *("-CAfile", str(made.grown.tsa.trial.ca.resolve())),
        ],
    }
    environ = os.environ | {"SSL_CERT_DIR": str(made.folder / TRUSTED)}
    return {name: _finds(command, bag, environ) for name, command in commands.items()}


def _finds(command: list[str], bag: Path, environ: dict[str, str]) -> bool:
    try:
        ran = subprocess.run(command, cwd=bag, env=environ, capture_output=True, check=False, timeout=2)
    except subprocess.TimeoutExpired:
        # A tool that waits for ever for a planted pipe says nothing, but nobody takes that for a yes.
        return True
    return ran.returncode != 0


def _nowhere(made: Scene) -> Path:
    """A folder that nothing was published to."""
    folder = made.folder / "nowhere"
    folder.mkdir(exist_ok=True)
    return folder
