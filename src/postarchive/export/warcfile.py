"""Write captures for other programs: one WARC/1.1 file, or a WACZ package of it with its index and list of pages.

Each response is written in full, head and body as they came, even if the archive keeps it as a revisit. The same
captures give the same file, to the byte. WACZ is version 1.1.1; its list of pages includes their text, which
ReplayWeb.page searches.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Protocol, TypeAlias
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from postarchive import __version__
from postarchive.export.bundle import Written, ZipBundle
from postarchive.jsonvalue import Json, JsonObject
from postarchive.models import Headers
from postarchive.urls import START_URL
from postarchive.warc import digest_name, pack, sha256

Sign: TypeAlias = Callable[[str, datetime], Mapping[str, str]]
SOFTWARE = f"postarchive/{__version__}"
LIVE = "live"
WARC_NAME = "data.warc.gz"
FIELDS = "application/warc-fields"
HTTP = "application/http;msgtype={}"
BLANK_LINE = b"\r\n\r\n"
CONTROLS = re.compile(r"[\x00-\x20\x7f]")
WWW = re.compile(r"www\d*\.")


class Output(Protocol):
    """The stream that a WARC file is written to."""

    def write(self, data: bytes, /) -> int:
        """Write the bytes."""

    def tell(self) -> int:
        """Return how many bytes have been written."""

    def flush(self) -> None:
        """Pass on what was written."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A response to export: its head with the blank line, its body as sent and without chunks, its request's block.

    `request` is None if it was not kept, `title` if the response is not a page; ids have no angle brackets.
    """

    url: str
    time: datetime
    status: int
    media_type: str | None
    origin: str
    title: str | None
    record_id: str
    head: bytes
    sent: bytes
    body: bytes
    request_id: str | None = None
    request: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """A line of the list of pages: the latest response of a URL."""

    id: str
    url: str
    time: datetime
    title: str


def write_warc(responses: Iterable[Handed], out: Output, *, created: datetime) -> int:
    """Write a WARC file, gzip per record; return how many responses are in it. `created` dates its `warcinfo`."""
    return sum(1 for _ in _warc(responses, out, created))


def write_wacz(
    responses: Iterable[Handed],
    out: BinaryIO,
    *,
    created: datetime,
    text_of: Callable[[str], str | None],
    sign: Sign | None = None,
) -> int:
    """Write a WACZ package; return how many responses are in it. `created` dates the package and the files in it.

    `text_of` returns a page's text by its URL, None when there is none. `sign` signs a digest and a date; None makes
    an unsigned package.
    """
    index: list[str] = []
    pages: dict[str, _Shown] = {}
    with zipfile.ZipFile(out, "w") as package:
        written: list[Written] = []
        files = ZipBundle(package, created, written.append)
        with files.entry(f"archive/{WARC_NAME}") as entry:
            for response, offset, length in _warc(responses, entry, created):
                index.append(_index_line(response, offset, length))
                if response.title is not None and response.status == 200:  # noqa: PLR2004 - HTTP's OK
                    pages[response.url] = _Shown(response.record_id, response.url, response.time, response.title)
        files.write("indexes/index.cdx", "".join(sorted(index)))
        with files.entry("pages/pages.jsonl") as entry:
            for line in _page_lines(pages.values(), text_of):
                entry.write(line.encode())
        _describe(files, written, created, main_page=_main_page(pages), sign=sign)
    return len(index)


def _warc(responses: Iterable[Handed], out: Output, created: datetime) -> Iterator[tuple[Handed, int, int]]:
    """Write a WARC file; yield each response once written, with its offset and length in bytes."""
    _write_info(out, created)
    for response in responses:
        _write_request(out, response)
        offset = out.tell()
        _write_response(out, response)
        yield response, offset, out.tell() - offset


def _write_info(out: Output, created: datetime) -> None:
    fields = f"software: {SOFTWARE}\r\nformat: WARC File Format 1.1\r\n".encode()
    record_id = uuid5(NAMESPACE_URL, f"{SOFTWARE} {created.isoformat()}").urn
    _write(out, "warcinfo", _named(record_id, created), FIELDS, fields)


def _write_request(out: Output, response: Handed) -> None:
    if response.request is None or response.request_id is None:
        return
    headers = (
        *_named(response.request_id, response.time, response.url),
        ("WARC-Concurrent-To", f"<{response.record_id}>"),
        ("WARC-Payload-Digest", sha256(response.request.partition(BLANK_LINE)[2])),
    )
    _write(out, "request", headers, HTTP.format("request"), response.request)


def _write_response(out: Output, response: Handed) -> None:
    headers = (
        *_named(response.record_id, response.time, response.url),
        *((("WARC-Concurrent-To", f"<{response.request_id}>"),) if response.request_id else ()),
        *((("Postarchive-Origin", response.origin),) if response.origin != LIVE else ()),
        (digest_name(response.head, is_coded=response.sent != response.body), sha256(response.body)),
    )
    _write(out, "response", headers, HTTP.format("response"), response.head + response.sent)


def _write(out: Output, kind: str, headers: Headers, content_type: str, block: bytes) -> None:
    named: Headers = (
        ("WARC-Type", kind),
        *headers,
        ("WARC-Block-Digest", sha256(block)),
        ("Content-Type", content_type),
        ("Content-Length", str(len(block))),
    )
    out.write(pack(named, (block,)))


def _named(record_id: str, time: datetime, url: str | None = None) -> Headers:
    date = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    uri = (("WARC-Target-URI", CONTROLS.sub(_percent, url)),) if url else ()
    return ("WARC-Record-ID", f"<{record_id}>"), ("WARC-Date", date), *uri


def _percent(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"


def _describe(
    files: ZipBundle, written: Iterable[Written], created: datetime, *, main_page: _Shown | None, sign: Sign | None
) -> None:
    """Write the list of the package's files with size and digest, and the list's own digest, signed or not."""
    date = _seconds(created)
    document: JsonObject = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "China Post, archived",
        "software": SOFTWARE,
        "created": date,
        "modified": date,
        **({"mainPageUrl": main_page.url, "mainPageDate": _seconds(main_page.time)} if main_page else {}),
        "resources": [_resource(file) for file in written],
    }
    text = json.dumps(document, ensure_ascii=False, indent=2)
    files.write("datapackage.json", text)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    signed: JsonObject = {"signedData": dict(sign(digest, created))} if sign else {}
    files.write("datapackage-digest.json", json.dumps({"path": "datapackage.json", "hash": digest, **signed}, indent=2))


def _resource(file: Written) -> Json:
    name = file.path.rpartition("/")[2]
    return {"name": name, "path": file.path, "hash": f"sha256:{file.sha256_hex}", "bytes": file.length_bytes}


def _index_line(response: Handed, offset: int, length: int) -> str:
    """Return a response's line in the CDXJ index: sortable URL, time, and where it is."""
    place = {
        "url": response.url,
        "mime": response.media_type or "unk",
        "status": str(response.status),
        "digest": sha256(response.body),
        "length": str(length),
        "offset": str(offset),
        "filename": WARC_NAME,
    }
    moment = response.time.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"{sortable(response.url)} {moment} {json.dumps(place, ensure_ascii=False)}\n"


def sortable(url: str) -> str:
    """Return the key under which replay programs look up a URL: `cn,com,chinapost,english)/html1/…`, in lower case."""
    parts = urlsplit(CONTROLS.sub(_percent, url).lower())
    host = WWW.sub("", parts.hostname or "", count=1) if WWW.match(parts.hostname or "") else parts.hostname or ""
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}){parts.path or '/'}{'?' + query if query else ''}"


def _page_lines(pages: Iterable[_Shown], text_of: Callable[[str], str | None]) -> Iterator[str]:
    yield json.dumps({"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}) + "\n"
    for page in pages:
        line = {"id": page.id, "url": page.url, "ts": _seconds(page.time), "title": page.title}
        text = text_of(page.url)
        yield json.dumps(line | {"text": text} if text else line, ensure_ascii=False) + "\n"


def _main_page(pages: Mapping[str, _Shown]) -> _Shown | None:
    """Return the page to open first: the front page, else the first in the list."""
    return pages.get(START_URL) or next(iter(pages.values()), None)


def _seconds(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
