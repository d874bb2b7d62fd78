"""A hand-over of the sealed bags themselves, with all that explains them and proves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.evidence.bag import Sign
from worker.evidence.handover import facts, instructions, statement
from worker.evidence.handover.gather import CaseFile
from worker.evidence.handover.package import SUMS, SUMS_SIGNATURE, Package
from worker.evidence.handover.pages import page
from worker.evidence.handover.request import IN_COURT, NAMES_STAFF, Request
from worker.evidence.handover.sheets import as_csv
from worker.evidence.handover.trust_files import Proofs, certificates, proofs_of
from worker.evidence.pdf import make_pdf
from worker.evidence.sidecars import Trust

_READ_ME = """Start with cover-report.html (or cover-report.pdf): it says what is in here.
The evidence lies in the folder bags, as it was sealed. Do not open it in place if you must prove it
later: make a copy, and work with the copy.
How to check that nothing was changed: how-to-verify.html, or verify.txt.
"""
_CONTENTS = (
    ("bags/", "the sealed evidence, a folder for each snapshot; its report.html opens in any browser"),
    ("cover-report.html, .pdf", "this report"),
    ("index.html, .csv", "one entry for each snapshot"),
    ("how-to-verify.html, verify.txt", "how to check all of it with public tools"),
    ("trust/", "certificates of the keys that signed it, and the proofs from the Trust's ledger"),
    (
        "SHA256SUMS, SHA256SUMS.p7s",
        "the fingerprint of every file in here, and the Trust's signature over them",
    ),
)
_FOR_COURT = (
    ("exhibit-label.pdf", "to print, sign and keep with the exhibit"),
    (
        "draft-witness-statement.docx",
        "a draft for the named person to correct; nobody has signed or said it yet",
    ),
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a hand-over is, beside its cases.

    Attributes:
        export: id, recipient, legal_basis, asked_at, decided_at.
        asked_by, decided_by: in words.
    """

    export: dict[str, Any]
    request: Request
    trust_name: str
    asked_by: str
    decided_by: str
    made_at: datetime

    @property
    def named(self) -> bool:
        """Whether the Trust's staff are named."""
        return self.request.purpose in NAMES_STAFF and not self.request.redacted


def fill(
    package: Package,
    occasion: Occasion,
    cases: tuple[CaseFile, ...],
    trust: Trust,
    sign: Sign,
    proofs: Proofs,
) -> None:
    """Put everything in.

    Raises:
        EvidenceFault: a file of the evidence cannot be read.
        KeyringFault: there is no key to sign with.
    """
    proved, waiting = proofs_of(cases, proofs)
    _reports(package, occasion, cases, waiting)
    for item in (item for case in cases for item in case.given):
        if item.folder is not None:
            package.copy_folder(f"bags/{item.name}", item.folder, item.left_out)
    for name, content in sorted({**certificates(cases, proved, trust, sign), **proved}.items()):
        package.add(name, content)
    title = f"How to check hand-over {occasion.export['id']}"
    found = instructions.steps(package.sums)
    package.add("verify.txt", instructions.as_text(title, found).encode())
    package.add("how-to-verify.html", page("verify.html", title, occasion.trust_name, steps=found).encode())
    listing = package.listing()
    package.add(SUMS, listing)
    package.add(SUMS_SIGNATURE, sign(listing))


def _reports(package: Package, occasion: Occasion, cases: tuple[CaseFile, ...], waiting: list[str]) -> None:
    inside = occasion.request.purpose != "platform"
    told = [facts.case_facts(case, named=occasion.named, inside=inside) for case in cases]
    in_court = occasion.request.purpose in IN_COURT
    warnings = facts.warnings(cases)
    if waiting:
        lines = [f"{', '.join(waiting)}: no signed checkpoint of the ledger covers them yet."]
        warnings.append({"title": "Not proved by the Trust's ledger yet", "lines": lines})
    title = f"Evidence handed over: number {occasion.export['id']}"
    cover = page(
        "cover.html",
        title,
        occasion.trust_name,
        purpose=facts.PURPOSES[occasion.request.purpose],
        export=occasion.export,
        asked_by=occasion.asked_by,
        decided_by=occasion.decided_by,
        made_at=occasion.made_at,
        cases=told,
        warnings=warnings,
        contents=(*_CONTENTS, *(_FOR_COURT if in_court else ())),
    )
    package.add("read-me-first.txt", _READ_ME.encode())
    package.add("cover-report.html", cover.encode())
    package.add("cover-report.pdf", make_pdf(cover, title))
    _index(package, occasion, cases)
    if in_court:
        _for_court(package, occasion, told)


def _index(package: Package, occasion: Occasion, cases: tuple[CaseFile, ...]) -> None:
    rows = facts.index_rows(cases)
    headings = [name for name, _ in max(rows, key=len)]
    table = [[dict(row).get(name) for name in headings] for row in rows]
    package.add("index.csv", as_csv(headings, table))
    title = f"Index of hand-over {occasion.export['id']}"
    package.add("index.html", page("index.html", title, occasion.trust_name, rows=rows).encode())


def _for_court(package: Package, occasion: Occasion, told: list[dict[str, Any]]) -> None:
    request = occasion.request
    witness = request.witness or ""
    exhibit = request.exhibit or f"{''.join(part[0] for part in witness.split()).upper()}/1"
    title = f"Exhibit label {exhibit}"
    label = page(
        "label.html",
        title,
        occasion.trust_name,
        exhibit=exhibit,
        witness=witness,
        export=occasion.export,
        made_at=occasion.made_at,
        cases=told,
    )
    package.add("exhibit-label.pdf", make_pdf(label, title))
    package.add(
        "draft-witness-statement.docx",
        statement.draft(
            witness,
            request.occupation,
            exhibit,
            occasion.trust_name,
            told,
            civil=request.purpose == "solicitor",
        ),
    )
