"""The two files of a copy: one for machines, one for people. Nobody else on the computer can read them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from worker.clock import for_people
from worker.errors import Conflict
from worker.evidence.handover.plain import written_out
from worker.evidence.plain_json import plain_json
from worker.evidence.subjects.copy import Copy

_ABOUT = """\
{trust} reads comments on its own social media accounts so that abuse of staff and patients can be dealt with.
A person decides on every comment; no program hides, deletes or blocks anything by itself.
This is what Upstander holds of you on {at}. How long it is kept, who gets it, and your right to complain to
the Information Commissioner (ico.org.uk) are in the privacy notice that comes with it."""


def files_of(copy: Copy, *, trust: str, request_id: int, made_at: datetime) -> dict[str, bytes]:
    """The files by name."""
    whole = {
        "made_by": trust,
        "made_at": made_at.isoformat(),
        "request": request_id,
        **copy.value,
        "withheld": [{"what": what, "why": why} for what, why in copy.withheld],
        "names_replaced": copy.replaced,
    }
    about = _ABOUT.format(trust=trust, at=for_people(made_at))
    lines = "\n".join(("What we hold about you", "", about, *_lines(copy)))
    return {
        "what-we-hold.json": plain_json(whole),
        "what-we-hold.txt": f"{written_out(lines)}\n".encode(),
    }


def hashes_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file."""
    return {name: sha256(content).hexdigest() for name, content in files.items()}


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write them into a new folder.

    Raises:
        Conflict: the folder is there already, or cannot be made.
    """
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise Conflict(
            f"The folder {folder} cannot be made: {error.strerror}.",
            safe="Nothing was written.",
            do="Name a folder that is there and that you may write into, without an older copy.",
        ) from error
    for name, content in files.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)


def _lines(copy: Copy) -> Iterator[str]:
    value = copy.value
    for each in value["accounts"]:
        yield f"\nYou on {each['platform']}: {each['handle'] or each['name'] or each['id']} (id {each['id']})"
    if not value["comments"]:
        yield "\nNothing that you wrote is held."
    for comment in value["comments"]:
        yield f"\n{comment['kind'].replace('_', ' ')} of {_when(comment['posted_at'])} ({comment['id']})"
        yield from _said(comment)
        for case in comment["cases"]:
            yield from _case(case)
    for request in value["requests"]:
        outcome = (request["outcome"] or "not answered yet").replace("_", " ")
        yield f"\nYou asked for {request['kind']} on {_when(request['received_at'])}: {outcome}"
    yield "\nWhat is not in this copy, and why"
    yield from (f"  {what}: {why}" for what, why in copy.withheld)
    yield f"  {copy.replaced} names, addresses or numbers of others were replaced by letters."


def _said(comment: Mapping[str, Any]) -> Iterator[str]:
    for wording in comment["wordings"]:
        yield f"  As seen on {_when(wording['seen_at'])}:"
        text = wording["text"] if wording["erased_at"] is None else "(its words were erased)"
        yield from (f"    {line}" for line in (text or "(no words)").splitlines())


def _case(case: Mapping[str, Any]) -> Iterator[str]:
    yield f"  Case {case['number']}, opened on {_when(case['opened_at'])}"
    for decision in case["decisions"]:
        categories = f" ({', '.join(decision['categories'])})" if decision["categories"] else ""
        verdict = decision["verdict"].replace("_", " ")
        yield f"    Decided on {_when(decision['decided_at'])}: {verdict}{categories}"
        yield from (f"      {line}" for line in (decision["reason"] or "").splitlines())
    for action in case["actions"]:
        yield f"    Asked of the platform: {action['kind']}, {action['state'].replace('_', ' ')}"
    for appeal in case["appeals"]:
        outcome = appeal["outcome"] or appeal["state"]
        yield f"    Appeal received on {_when(appeal['received_at'])}: {outcome}"


def _when(iso: str | None) -> str:
    return "an unknown time" if iso is None else for_people(datetime.fromisoformat(iso))
