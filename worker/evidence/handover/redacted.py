"""A redacted copy: a report made afresh from facts, without other people's names, and chosen pictures.

Nothing is copied from a bag as it lies there. A platform's reply can spell a name in ways that no search
finds, and a picture of a page shows everybody on it; so replies, pages and pictures stay out, and a picture
goes along only if a person named it, drawn anew with what they chose blacked out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from worker.errors import EvidenceFault
from worker.evidence.bag import PAYLOAD, Sign
from worker.evidence.handover import facts
from worker.evidence.handover.gather import LOCKED, CaseFile
from worker.evidence.handover.package import SUMS, SUMS_SIGNATURE, Package
from worker.evidence.handover.pages import page
from worker.evidence.handover.people import LARGEST, People, folded, named_in
from worker.evidence.handover.plain import utc
from worker.evidence.handover.redact import Redactor, blacked_out
from worker.evidence.handover.sheets import as_csv
from worker.evidence.handover.whole import Occasion
from worker.evidence.pdf import PICTURE, make_pdf
from worker.evidence.verify import read_small

_LEFT_OUT = (
    "The sealed evidence itself, with the platform's replies, the saved pages and the pictures in it",
    "Pictures that nobody chose for this copy",
    "Ids and addresses of comments and posts",
    "Names of the Trust's staff",
    "Where and with what a picture was taken",
)
#: In the list of what was taken out. It does not say the name.
_MOSTLY_NAMES = (
    "most of these words are also what somebody is called, and became letters; if they are no name here, ask"
    " anew and let that name stay"
)


def fill(
    package: Package, occasion: Occasion, cases: tuple[CaseFile, ...], staff: Sequence[str], sign: Sign
) -> None:
    """Put everything in.

    Args:
        staff: the names of the people who work with Upstander.

    Raises:
        EvidenceFault: a picture that was asked for cannot be redacted.
    """
    redactor = Redactor(_people(occasion, cases, staff).labels())
    pictures, blacked = _pictures(occasion, cases)
    told = [_case(case, redactor, pictures) for case in cases]
    title = f"Redacted copy, not the original: hand-over {occasion.export['id']}"
    given = {
        "purpose": facts.PURPOSES[occasion.request.purpose],
        "export": {"id": occasion.export["id"]},
        "made_at": occasion.made_at,
        "cases": told,
    }
    html = page("redacted.html", title, occasion.trust_name, prefix="", **given)
    drawn = page("redacted.html", title, occasion.trust_name, prefix=PICTURE, **given)
    package.add("redacted-copy.html", html.encode())
    contents = {name: content for _, name, content in pictures}
    package.add("redacted-copy.pdf", make_pdf(drawn, title, pictures=contents))
    for name, content in contents.items():
        package.add(name, content)
    _list(package, occasion, redactor, [*blacked, *_mostly_names(cases, redactor)])
    listing = package.listing()
    package.add(SUMS, listing)
    package.add(SUMS_SIGNATURE, sign(listing))


def _people(occasion: Occasion, cases: tuple[CaseFile, ...], staff: Sequence[str]) -> People:
    """Everybody who is named anywhere in the cases."""
    abouts = [case.about for case in cases if case.about is not None]
    ours = [text for about in abouts for text in (about.account.external_id, about.account.handle)]
    people = People(folded([*occasion.request.keep, *ours]))
    for about in abouts:
        authors = [about.author, *(other.author for other in (*about.above, *about.below))]
        for author in authors:
            if author is not None:
                people.meet(author.external_id, author.handle, author.name)
    for item in (item for case in cases for item in case.given):
        for told_by in () if item.folder is None else named_in(item.folder):
            people.meet(*told_by)
    for case in cases:
        for text in _texts(case):
            people.mentioned(text)
    for name in (*occasion.request.replace, *staff):
        people.meet(None, name)
    return people


def _texts(case: CaseFile) -> Iterator[str | None]:
    """Every text of a case that could mention somebody."""
    yield from (each.text for each in case.wordings)
    if case.about is not None and case.about.post is not None:
        yield case.about.post.text
    context = _context(case)
    yield from (other.get("text") for part in ("above", "below") for other in context.get(part) or ())
    yield from (each.reason for each in case.decisions)
    yield from (each["outcome"] for each in facts.actions(case.actions, named=False))


def _case(case: CaseFile, redactor: Redactor, pictures: Sequence[tuple[int, str, bytes]]) -> dict[str, Any]:
    """What the copy says of a case. All that others wrote has been through the redactor."""
    about, where = case.about, f"case {case.case_id}"
    if about is None:
        return {"id": case.case_id, "locked": LOCKED}
    author, context = about.author, _context(case)
    told_by = (None, None) if author is None else (author.handle, author.external_id)
    post = context.get("post") or {}
    thread = {
        part: [_other(other, redactor, where) for other in context.get(part) or ()]
        for part in ("above", "below")
    }
    decisions = facts.decisions(case.decisions, named=False)
    return {
        "id": case.case_id,
        "locked": None,
        "wordings": [
            {"number": each.number, "seen_at": each.seen_at, "text": redactor.words(each.text, where)}
            for each in case.wordings
        ],
        **facts.where_from(about),
        "author": redactor.person(told_by, where),
        "account": about.account.handle,
        "post": redactor.words(post.get("text"), f"{where}, the post"),
        **thread,
        "findings": [
            {
                "category": each.category.replace("_", " "),
                "severity": each.severity.replace("_", " "),
                "reason": redactor.words(each.reason, where),
            }
            for each in about.findings
        ],
        "decisions": [
            each | {"reason": redactor.words(each["reason"], f"{where}, a reason")} for each in decisions
        ],
        "actions": [
            each | {"outcome": redactor.words(each["outcome"], f"{where}, an outcome")}
            for each in facts.actions(case.actions, named=False)
        ],
        "pictures": [
            {"file": name, "alt": f"Picture {number}, drawn anew; what is black was taken out"}
            for number, (case_id, name, _) in enumerate(pictures, start=1)
            if case_id == case.case_id
        ],
        "snapshots": [facts.snapshot(item) for item in case.items],
    }


def _other(other: Mapping[str, Any], redactor: Redactor, where: str) -> dict[str, Any]:
    author = other.get("author") or {}
    at = other.get("posted_at")
    return {
        "author": redactor.person((author.get("handle"), author.get("id")), where),
        "text": redactor.words(other.get("text"), f"{where}, another's words"),
        "posted_at": None if at is None else utc(datetime.fromisoformat(at)),
    }


def _context(case: CaseFile) -> Mapping[str, Any]:
    """What stood around the comment, as the newest core snapshot that goes along has it sealed."""
    for item in reversed(case.given):
        if item.row.kind == "core" and item.folder is not None:
            content = read_small(item.folder / PAYLOAD / "context.json", LARGEST)
            found = {} if content is None else json.loads(content)
            return found if isinstance(found, dict) else {}
    return {}


def _pictures(
    occasion: Occasion, cases: tuple[CaseFile, ...]
) -> tuple[list[tuple[int, str, bytes]], list[tuple[str, str, int]]]:
    """The chosen pictures, each with its case and name, and what was blacked out in them."""
    chosen: dict[str, list[tuple[int, int, int, int]]] = {}
    for region in occasion.request.regions:
        chosen.setdefault(region.file, []).extend([] if region.box is None else [region.box])
    made: list[tuple[int, str, bytes]] = []
    blacked: list[tuple[str, str, int]] = []
    for number, (file, boxes) in enumerate(chosen.items(), start=1):
        case, path = _chosen(cases, file)
        name = f"pictures/picture-{number}.png"
        made.append((case.case_id, name, blacked_out(path, boxes)))
        blacked.append((name, "[black]", len(boxes)))
    return made, blacked


def _chosen(cases: tuple[CaseFile, ...], file: str) -> tuple[CaseFile, Path]:
    bag, _, name = file.partition("/")
    for case in cases:
        for item in case.given:
            if item.name != bag or item.folder is None:
                continue
            path = item.folder / PAYLOAD / name
            if case.intimate:
                raise _fault(f"{file} may be an intimate image, and those are in no redacted copy")
            if path.is_file() and not path.is_symlink():
                return case, path
    raise _fault(f"there is no picture {file} in these cases")


def _mostly_names(cases: tuple[CaseFile, ...], redactor: Redactor) -> Iterator[tuple[str, str, int]]:
    """Wordings that say little in the copy, since somebody else is called as they say; for the list."""
    for case in cases:
        for each in case.wordings:
            if redactor.mostly_names(each.text):
                yield f"case {case.case_id}, wording {each.number}", _MOSTLY_NAMES, 1


def _list(
    package: Package, occasion: Occasion, redactor: Redactor, more: Sequence[tuple[str, str, int]]
) -> None:
    rows = [(where, label, count) for (where, label), count in sorted(redactor.counts.items())]
    rows += more
    title = f"What was taken out of hand-over {occasion.export['id']}"
    package.add("redactions.csv", as_csv(("where", "written instead", "how often"), rows))
    html = page("redactions.html", title, occasion.trust_name, rows=rows, left_out=_LEFT_OUT)
    package.add("redactions.html", html.encode())


def _fault(why: str) -> EvidenceFault:
    return EvidenceFault(
        f"The redacted copy could not be made: {why}.",
        safe="No file was made; the originals were only read.",
        do="Name the pictures anew in a new request.",
    )
