"""Web archives as other people's tools find them: validators as programs, and a reader that is not ours."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

WARC, INDEX, PAGES = "archive/capture.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"
_PACKAGE = ("datapackage.json", "datapackage-digest.json")
_TOOLS = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Found:
    """One reply as a reader of web archives finds it.

    Attributes:
        headers: names in small letters.
        date: WARC-Date.
    """

    url: str
    status: str
    headers: list[tuple[str, str]]
    body: bytes
    date: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What is in a WACZ.

    Attributes:
        page: the line of pages.jsonl.
        replies: in the order of the archive.
    """

    page: dict[str, Any]
    package: dict[str, Any]
    replies: list[Found]

    def bodies(self) -> dict[str, bytes]:
        """The bodies by path."""
        return {"/" + each.url.split("/", 3)[3]: each.body for each in self.replies}


def opened(wacz: bytes, folder: Path) -> Opened:
    """Have public tools check a WACZ, then look into it.

    Args:
        folder: an empty one to work in.
    """
    path = folder / "given.wacz"
    path.write_bytes(wacz)
    assert "the passed WACZ is valid" in _run("wacz", "validate", "-f", path)
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        file.extractall(folder)
    warc = folder / WARC
    assert "digest pass" in _run("warcio", "check", "-v", warc)
    subprocess.run(["gunzip", "-t", warc], check=True, timeout=60)
    lines = (folder / INDEX).read_text("ascii").splitlines()
    theirs = _run("cdxj-indexer", warc).splitlines()
    assert sorted(line.split(" ", 1)[1] for line in theirs) == sorted(line.split(" ", 1)[1] for line in lines)
    return look(wacz)


def look(wacz: bytes) -> Opened:
    """Look into a WACZ, and hold it to what the public validator passes over."""
    with zipfile.ZipFile(io.BytesIO(wacz)) as file:
        assert sorted(file.namelist()) == sorted({WARC, INDEX, PAGES, *_PACKAGE})
        assert file.getinfo(WARC).compress_type == zipfile.ZIP_STORED
        files = {name: file.read(name) for name in file.namelist()}
    package = json.loads(files["datapackage.json"])
    assert {each["path"] for each in package["resources"]} == {WARC, INDEX, PAGES}
    lines = [line.split(" ", 2) for line in files[INDEX].decode("ascii").splitlines()]
    index = [(key, moment, json.loads(entry)) for key, moment, entry in lines]
    head, page, *more = [json.loads(line) for line in files[PAGES].decode("ascii").splitlines()]
    assert (head["format"], more) == ("json-pages-1.0", [])
    assert page["url"] in {entry["url"] for _, _, entry in index}
    assert (page["url"], page["ts"]) == (package["mainPageURL"], package["mainPageDate"])
    replies = _read(files[WARC])
    assert len(replies) == len(index) >= 1
    for _, _, entry in index:
        assert _read(files[WARC][int(entry["offset"]) :])[0].url == entry["url"]
    return Opened(page, package, replies)


def _read(data: bytes) -> list[Found]:
    return [
        Found(
            record.rec_headers.get_header("WARC-Target-URI"),
            record.http_headers.get_statuscode(),
            [(name.lower(), value) for name, value in record.http_headers.headers],
            record.content_stream().read(),
            record.rec_headers.get_header("WARC-Date"),
        )
        for record in ArchiveIterator(io.BytesIO(data))
        if record.rec_type == "response"
    ]


def _run(tool: str, *arguments: str | Path) -> str:
    ran = subprocess.run(
        [_TOOLS / tool, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
