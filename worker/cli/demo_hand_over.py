"""The demo's stage in which evidence is handed over, and looked at as somebody outside would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

from worker.cli.demo_steps import Byte, Round, check, refused
from worker.cli.demo_world import OFFICER, REVIEWER, SENIOR
from worker.cli.os_user import os_user
from worker.cms import fingerprint
from worker.evidence.bag import TIMESTAMP
from worker.evidence.handover import instructions
from worker.evidence.handover.making import Made
from worker.evidence.handover.request import Request
from worker.review.referral_words import Handed

#: Longer than any of these commands takes on a slow machine.
_SECONDS = 120


def hand_over(round_: Round) -> str:
    """Asked for by one person, approved by another, made, and verified outside with public tools."""
    made = _two_people(round_)
    round_.handed_over = made.path
    folder = round_.world.folder / "handed-over"
    with zipfile.ZipFile(made.path) as file:
        file.extractall(folder)
    bags = sorted(folder.glob("bags/*"))
    check(bool(bags), "the file that was handed over holds no evidence")
    lacking = [
        bag.name
        for bag in bags
        if not ((bag / TIMESTAMP).is_file() and (folder / instructions.LEDGER / bag.name).is_dir())
    ]
    check(not lacking, f"these have no timestamp or no proof of the ledger with them: {lacking}")
    tools = _tools(round_.world.folder / "tools")
    said, wrong = _outside(folder, tools)
    check(wrong is None, f"outside, with public tools, this does not hold: {wrong}")
    _whose(round_, said)
    for bag in bags:
        check(_verify_bag(bag), f"`evidence verify --bag` does not hold for {bag.name}")
    byte = Byte(bags[0] / "data" / "custody.json")
    byte.flip()
    try:
        check(_outside(folder, tools)[1] is not None, "outside, a changed byte was not found")
        check(not _verify_bag(bags[0]), "`evidence verify --bag` did not find a changed byte")
    finally:
        byte.flip()
    handed = Handed(made.export_id, "PC 4521", "Demo: on an encrypted stick.")
    round_.world.app.casework.desk.referrals.handed_over(round_.who(REVIEWER), round_.referral, handed)
    return (
        f"a ZIP with {len(bags)} sealed folders, asked for by one person and approved by another, holds"
        " outside by sha256sum, bagit.py, openssl and `evidence verify --bag`; a changed byte does not;"
        f" it is in the log of referral {round_.referral}"
    )


def _two_people(round_: Round) -> Made:
    """The file of one export; nobody but a second person with a right of their own lets it be made."""
    office, user = round_.world.app.hand_over, os_user()
    asker, second = round_.who(OFFICER), round_.who(SENIOR)
    request = Request(
        cases=(round_.to_hand_over,),
        purpose="police",
        legal_basis="DPA 2018 Schedule 2 paragraph 2",
        recipient="PC 4521, Northmoor Police (demo)",
        reason="Crime reference 42/1234/26 (made up)",
        redacted=False,
        witness=OFFICER,
    )
    number = office.ask(asker, request, os_user=user)
    refused(lambda: office.make(asker, number), "a file was made that nobody approved")
    refused(
        lambda: office.approve(asker, number, os_user=user), "who asked for a hand-over approved it as well"
    )
    refused(
        lambda: office.approve(second, number, os_user=user),
        "one user of this computer passed for two people",
    )
    # Two made-up people at one computer: nowhere but in a demo is its user taken for both.
    replace(office, one_os_user_will_do=True).approve(second, number, os_user=user)
    return office.make(asker, number)


def _tools(folder: Path) -> Path:
    """A folder with bagit.py and nothing else of this program's."""
    folder.mkdir()
    (folder / "bagit.py").symlink_to(Path(sys.executable).parent / "bagit.py")
    return folder


def _outside(folder: Path, tools: Path) -> tuple[str, str | None]:
    """Run every step that comes with a hand-over; docs/verifying-evidence.md holds the same commands.

    Returns:
        What was printed, and the first step that did not hold.
    """
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    path = os.pathsep.join((str(tools), "/usr/local/bin", "/usr/bin", "/bin"))
    bash = shutil.which("bash", path=path)
    check(bash is not None, "there is no bash to run the commands in")
    said = []
    for step in instructions.steps(names):
        ran = subprocess.run(  # noqa: S603 - our own commands, in a folder of our own
            [str(bash), "-c", "\n".join(step.commands)],
            cwd=folder,
            env={"PATH": path, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        said.append(ran.stdout)
        if ran.returncode != 0:
            return "".join(said), step.title
    return "".join(said), None


def _whose(round_: Round, said: str) -> None:
    """The certificates that the steps believe are the Trust's and its authority's, and no others."""
    app = round_.world.app
    shown = {
        line.partition("=")[2].replace(":", "").lower()
        for line in said.splitlines()
        if line.lower().startswith("sha256 fingerprint=")
    }
    ours = {*app.keyring.certificates(), *(fingerprint(each) for each in app.trust.roots())}
    check(shown == ours, "the certificates in the file are not the Trust's and its timestamp authority's")


def _verify_bag(bag: Path) -> bool:
    """Whether a folder by itself holds, to the command that needs no database."""
    # The commands as a whole know this one; only when it runs does it know them.
    from worker.cli.app import cli

    trust = bag.parent.parent / "trust"
    with redirect_stdout(StringIO()):
        left_with = cli(
            [
                *("evidence", "verify", "--bag", str(bag)),
                *("--certificate", str(trust / "signing-certificates.pem")),
                *("--tsa-ca", str(trust / "timestamp-authorities.pem")),
            ],
            standalone_mode=False,
        )
    return not left_with
