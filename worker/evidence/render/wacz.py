"""A WACZ: the replies that made up a page, as web archives hold them, so that others' tools can open them.

Only writes. What came from outside is never parsed here, only put where it can break nothing: bodies into
records of known length, texts into JSON, header lines stripped of all that could end one.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

#: The layout that is written: github.com/webrecorder/specs, WACZ 1.1.1.
LAYOUT = "1.1.1"
_WARC = "archive/capture.warc.gz"
_INDEX = "indexes/index.cdx"
_PAGES = "pages/pages.jsonl"
_PACKAGE = "datapackage.json"
_TITLE = "What a browser received that was not signed in"
_HOW = (
    "Bodies are as received, after the browser undid their compression; header lines are as the browser told "
    "them, without cookies and credentials. Pictures and video were not loaded unless they are in here. "
    "Whether the page shows the comment, or a log-in page, stands in custody.json beside this file."
)
#: Of use to whoever would sign in with it, and to nobody else.
_CREDENTIALS = frozenset(
    {"set-cookie", "set-cookie2", "cookie", "authorization", "www-authenticate", "authentication-info"}
    | {"proxy-authenticate", "proxy-authorization", "proxy-authentication-info"}
)
#: Said between the browser and our guard, and by the guard itself.
_HOP = frozenset({"connection", "keep-alive", "proxy-connection"})
#: True of what went over the line, untrue of the body as it is kept; archives keep them under another name.
_OF_THE_LINE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_WWW = re.compile(r"www\d*\.")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, whole.

    Attributes:
        url: without a fragment; printable ASCII.
        reason: the words after the status; often none.
        headers: as the browser told them.
        body: the very bytes, any compression undone.
        at: when it began to come.
    """

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime


def write_wacz(replies: Sequence[Reply], page: Reply, title: str, made_at: datetime) -> bytes:
    """Put replies into a WACZ.

    Args:
        page: the one of them that is the page itself.
        title: what the page calls itself.
        made_at: when the file is made, by the clock that was handed in.
    """
    warc, index = _warc(replies, made_at)
    files = {_WARC: warc, _INDEX: index, _PAGES: _page_list(page, title)}
    package = _package(files, page, made_at)
    files[_PACKAGE] = package
    files["datapackage-digest.json"] = _json({"path": _PACKAGE, "hash": _sha256(package)}) + b"\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
            # What is compressed already must lie there as it is, so that a reader can go to one record.
            entry.compress_type = zipfile.ZIP_STORED if name == _WARC else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            file.writestr(entry, content)
    return made.getvalue()


def _warc(replies: Sequence[Reply], made_at: datetime) -> tuple[bytes, bytes]:
    """The records, and the index that says where each begins."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    told = {"software": _software(), "format": "WARC File Format 1.1", "description": f"{_TITLE}. {_HOW}"}
    info = writer.create_warcinfo_record(_WARC.rpartition("/")[2], told)
    info.rec_headers.replace_header("WARC-Date", _iso(made_at))
    writer.write_record(info)
    lines: list[str] = []
    for reply in replies:
        begins = out.tell()
        headers = _headers(reply)
        writer.write_record(_record(writer, reply, headers))
        entry = {
            "url": reply.url,
            **_mime(headers),
            "status": str(reply.status),
            "digest": _sha256(reply.body),
            "length": str(out.tell() - begins),
            "offset": str(begins),
            "filename": _WARC.rpartition("/")[2],
        }
        lines.append(f"{_key(reply.url)} {reply.at.astimezone(UTC):%Y%m%d%H%M%S} {json.dumps(entry)}\n")
    return out.getvalue(), "".join(sorted(lines)).encode("ascii")


def _record(writer: WARCWriter, reply: Reply, headers: list[tuple[str, str]]) -> Any:
    http = StatusAndHeaders(f"{reply.status} {_one_line(reply.reason)}".strip(), headers, protocol="HTTP/1.1")
    http.compute_headers_buffer()
    # The writer's own digests would be SHA-1.
    about = {
        "WARC-Date": _iso(reply.at),
        "WARC-Payload-Digest": _sha256(reply.body),
        "WARC-Block-Digest": _sha256(http.headers_buff + reply.body),
    }
    return writer.create_warc_record(
        reply.url,
        "response",
        payload=io.BytesIO(reply.body),
        length=len(reply.body),
        warc_headers_dict=about,
        http_headers=http,
    )


def _headers(reply: Reply) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    for name, value in reply.headers:
        if name.lower() in _CREDENTIALS | _HOP or _NAME.match(name) is None:
            continue
        renamed = f"X-Orig-{name}" if name.lower() in _OF_THE_LINE else name
        kept.append((renamed, _one_line(value)))
    return [*kept, ("Content-Length", str(len(reply.body)))]


def _mime(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    given = [value for name, value in headers if name.lower() == "content-type"]
    return {"mime": re.split(r"[;\s]", given[0])[0]} if given else {}


def _key(url: str) -> str:
    """What an index is sorted by: the host the other way round, so that sites stay together, and the rest."""
    parts = urlsplit(url.lower())
    host = ",".join(reversed(_WWW.sub("", parts.hostname or "", count=1).split(".")))
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    path = (parts.path.rstrip("/") or "/") if parts.path else "/"
    query = "&".join(sorted(parts.query.split("&")))
    return f"{host}{port}){path}{'?' + query if query else ''}"


def _page_list(page: Reply, title: str) -> bytes:
    first = {"format": "json-pages-1.0", "id": "pages", "title": _TITLE}
    shown = {"id": "page", "url": page.url, "ts": _iso(page.at), "title": title or page.url}
    return _json(first) + b"\n" + _json(shown) + b"\n"


def _package(files: Mapping[str, bytes], page: Reply, made_at: datetime) -> bytes:
    resources = [
        {"name": name.rpartition("/")[2], "path": name, "hash": _sha256(content), "bytes": len(content)}
        for name, content in files.items()
    ]
    told = {
        "profile": "data-package",
        "wacz_version": LAYOUT,
        "title": _TITLE,
        "description": _HOW,
        "software": _software(),
        "created": _iso(made_at),
        "mainPageURL": page.url,
        "mainPageDate": _iso(page.at),
        "resources": resources,
    }
    return _json(told, indent=2) + b"\n"


def _json(what: Mapping[str, Any], indent: int | None = None) -> bytes:
    return json.dumps(what, indent=indent).encode("ascii")


def _one_line(text: str) -> str:
    """A text for a header line: nothing in it ends the line, and what is not ASCII is percent-encoded."""
    return _FOREIGN.sub(lambda found: quote(found[0]), _CONTROL.sub(" ", text)).strip()


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _software() -> str:
    return f"Upstander {version('upstander')}"
