"""How somebody who knows nothing of us checks what was handed over, with public tools only."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.resources import files

from worker.evidence.bag import SIGNATURE, STAMPED_PATH, TAGMANIFEST, TIMESTAMP
from worker.evidence.handover.package import SUMS, SUMS_SIGNATURE
from worker.evidence.shared_stamp import COMMANDS

#: The certificates of every key that signed something in here, in one file, and one file each beside it.
SIGNERS = "trust/signing-certificates.pem"
AUTHORITIES = "trust/timestamp-authorities.pem"
LEDGER = "trust/ledger"

#: OpenSSL believes the file that it is told, and besides it every authority that the machine trusts for the
#: web: anybody with a website could sign. And each certificate in the file stands for itself: those of keys
#: that were used one after the other bear one name, of which it would look at the first alone.
_THESE_ALONE = "-no-CApath -no-CAstore -partial_chain"
#: OpenSSL also reads a certificate that does not begin at the start of a line, which the next commands would
#: not show. Nothing is printed: what somebody hid in there must not reach the terminal.
_ONLY_CERTIFICATES = (
    "(! LC_ALL=C grep -aqvxE -e '-----(BEGIN|END) CERTIFICATE-----' -e '[A-Za-z0-9+/=]{1,64}'"
)

#: Said above the steps, whose numbers may have gaps.
_LEFT_OUT = "Where a number is left out, nothing that came with this calls for that step."
_MARKED = re.compile(r"--8<-- inclusion\n(.*?)--8<--", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to check.

    Attributes:
        number: the same here and in docs/verifying-evidence.md, whatever is left out.
        shows: what it shows, in words.
        commands: lines for a shell, to be run in the folder that holds everything.
    """

    number: int
    title: str
    shows: str
    commands: tuple[str, ...]


def steps(names: Collection[str]) -> tuple[Step, ...]:
    """How to check a hand-over that holds these files.

    Args:
        names: every file in it so far.
    """
    found = [_whole(), _nothing_added(), _signed(), _bags(), _bags_signed()]
    if any(name.endswith(TIMESTAMP) for name in names):
        found.append(_stamped())
    if any(name.endswith(STAMPED_PATH) for name in names):
        found.append(_shared())
    if any(name.startswith(f"{LEDGER}/") for name in names):
        found.append(_in_ledger())
    return (*found, _fingerprints())


def as_text(title: str, found: Sequence[Step]) -> str:
    """The same as plain text; commands are indented by four blanks."""
    lines = [title, "=" * len(title), ""]
    lines += [
        "Type the indented lines into a terminal, in the folder that holds this file and bags/.",
        _LEFT_OUT,
    ]
    for step in found:
        lines += ["", f"{step.number}. {step.title}", "", step.shows, ""]
        lines += [f"    {command}" for command in step.commands]
    return "\n".join([*lines, ""])


def _whole() -> Step:
    return Step(
        1,
        "Nothing was changed since it was packed",
        f"Every file must have the fingerprint that {SUMS} says. All lines end with OK.",
        (f"sha256sum -c --strict {SUMS}",),
    )


def _nothing_added() -> Step:
    others = f"! -path ./{SUMS} ! -path ./{SUMS_SIGNATURE}"
    return Step(
        2,
        "Nothing was added since it was packed",
        "What lies here and what the list names must be the same; nothing is printed.",
        (
            f"diff <(cut -c 67- {SUMS} | LC_ALL=C sort) \\",
            f"  <(find . ! -type d {others} -printf '%P\\n' | LC_ALL=C sort)",
        ),
    )


def _signed() -> Step:
    return Step(
        3,
        "The Trust packed it",
        "It says: CMS Verification successful (or: Verification successful).",
        (_cms(SUMS_SIGNATURE, SUMS, SIGNERS),),
    )


def _bags() -> Step:
    return Step(
        4,
        "Each folder of evidence is whole",
        "Each folder below bags is a BagIt bag (RFC 8493). Both lists must fit, and bagit.py must call it "
        "valid: it also finds files that were added.",
        (
            "(set -e; for bag in bags/*/; do",
            '  (cd "$bag"; sha256sum -c --strict manifest-sha256.txt tagmanifest-sha256.txt)',
            '  bagit.py --validate "$bag"',
            "done)",
        ),
    )


def _bags_signed() -> Step:
    return Step(
        5,
        "The Trust sealed each folder",
        f"The signature is over {TAGMANIFEST}, which stands for every byte of its folder.",
        (
            "(set -e; for bag in bags/*/; do",
            f"  {_cms(f'${{bag}}{SIGNATURE}', f'${{bag}}{TAGMANIFEST}', SIGNERS)}",
            "done)",
        ),
    )


def _stamped() -> Step:
    return Step(
        6,
        "When each folder was sealed, by an outside clock",
        "A timestamp authority (RFC 3161) confirmed that the folder was there at the time it names. Folders "
        "without this file were not timestamped yet when they were packed.",
        (
            *_each("stamp", f"bags/*/{TIMESTAMP}", "No folder here has a timestamp.", "do"),
            '  data="${stamp%.tsr}"',
            # A root without the way to it is another folder's: its timestamp says nothing of this one.
            '  if [ -e "$data.root" ] || [ -e "$data.path" ]; then',
            '    [ -e "$data.path" ]; data="$data.root"',
            "  fi",
            f'  openssl ts -verify -data "$data" -in "$stamp" -CAfile {AUTHORITIES}',
            '  openssl ts -reply -in "$stamp" -text | grep "Time stamp:"',
            "done)",
        ),
    )


def _shared() -> Step:
    commands = COMMANDS.replace("-CAfile ca.pem", f"-CAfile ../../{AUTHORITIES}").strip().splitlines()
    return Step(
        7,
        "That a folder had its share in a timestamp",
        "Several folders can share one timestamp. The way from a folder to what was timestamped stands in "
        f"{STAMPED_PATH}. These lines are for bash.",
        (
            *_each("path", f"bags/*/{STAMPED_PATH}", "No folder here shares a timestamp.", "do ("),
            '  cd "$(dirname "$path")"',
            *(f"  {line}" for line in commands),
            "); done)",
        ),
    )


def _in_ledger() -> Step:
    text = (files("worker.ledger") / "how-to-check.txt").read_text(encoding="utf-8")
    found = _MARKED.search(text)
    commands = found[1].strip().splitlines() if found else []
    return Step(
        8,
        "Each sealing stands in the Trust's ledger",
        "The ledger is a Merkle tree (RFC 6962) that can only grow. For each folder the way from its entry "
        "to a signed checkpoint lies in trust/ledger. For each it prints the fingerprint of the folder that "
        "the entry names, and the checkpoint's root.",
        (
            *_each("proof", f"{LEDGER}/*/", "No proof from the ledger is here.", "do ("),
            '  cd "$proof"',
            '  bag="../../../bags/$(basename "$PWD")"',
            f'  grep -o "$(sha256sum < "$bag/{TAGMANIFEST}" | cut -c 1-64)" entry.json',
            *(f"  {line}" for line in commands),
            f"  {_cms('checkpoint.txt.p7s', 'checkpoint.txt', f'../../../{SIGNERS}')}",
            "); done)",
        ),
    )


def _fingerprints() -> Step:
    # Every certificate in the bundles, for those are what the other steps believe: one that was slipped in
    # beside the Trust's own must show here.
    return Step(
        9,
        "That the keys are the Trust's own",
        "A signature is worth as much as the certificate it is checked against. This shows every certificate "
        "that the steps above believe. Ask the Trust, by a way that you choose, for the fingerprints of its "
        "signing certificates; each one listed under signing-certificates must be among them, and each one "
        "under timestamp-authorities must be one that the authority itself publishes. If it ends with an "
        "error before it shows any, something else than certificates stands in one of the files: believe "
        "nothing that was checked with it.",
        (
            "(set -e; aside=$(mktemp -d)",
            "for bundle in trust/signing-certificates.pem trust/timestamp-authorities.pem; do",
            '  [ -e "$bundle" ] || continue',
            f'  {_ONLY_CERTIFICATES} "$bundle")',
            '  csplit -s -z -f "$aside/$(basename "$bundle" .pem)-" "$bundle" \'/^-----BEGIN /\' \'{*}\'',
            "done",
            'for certificate in "$aside"/*; do',
            '  echo "${certificate##*/}"',
            '  openssl x509 -in "$certificate" -noout -subject -fingerprint -sha256',
            "done",
            'rm -r "$aside")',
        ),
    )


def _each(name: str, pattern: str, none: str, begins: str) -> tuple[str, ...]:
    """How a step begins that is taken for each of some files, and that says so where there is none."""
    return (
        f"(set -e; shopt -s nullglob; set -- {pattern}",
        f'[ $# -gt 0 ] || echo "{none}"',
        f'for {name} in "$@"; {begins}',
    )


def _cms(signature: str, content: str, certificates: str) -> str:
    return (
        f'openssl cms -verify -binary -inform DER -in "{signature}" -content "{content}" '
        f"-CAfile {certificates} {_THESE_ALONE} -purpose any -no_check_time -out /dev/null"
    )
