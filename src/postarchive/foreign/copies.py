"""One record from somebody else's WARC file, given as the bytes of its gzip member alone."""

import base64
import hashlib
from dataclasses import replace
from io import BytesIO
from itertools import islice

from postarchive.foreign.bounds import Allowance, Broken
from postarchive.foreign.members import GZIP_MAGIC
from postarchive.foreign.pieces import Content
from postarchive.foreign.records import Damage, ForeignRecord, read_records
from postarchive.foreign.responses import OK, Response, is_in_scope, response_of
from postarchive.models import Capture

SHA1 = "sha1:"


def read_copy(data: bytes, address: str, *, origin: str, url: str, digest: str | None) -> Capture | Damage:
    """Return the response in a gzip member, or what is wrong with it; `address` is where the member came from.

    It must be one whole record, for this URL, with status 200; its body must have the SHA-1 that the record names and,
    if given, `digest`, the SHA-1 from an index (base 32).
    """
    try:
        response = _response(_one_record(data, address))
        _check(response, url, digest)
    except Broken as error:
        return Damage(address, 0, str(error))
    return replace(response.capture, origin=origin, copied_from=address)


def _one_record(data: bytes, address: str) -> ForeignRecord:
    if not data.startswith(GZIP_MAGIC):
        raise Broken("the bytes that were sent are not a gzip member")
    content = Content(BytesIO(data), Allowance(len(data)))
    found = list(islice(read_records(address, content, is_wanted=lambda _: True), 2))
    for item in found:
        if isinstance(item, Damage):
            raise Broken(item.problem)
    records = [item for item in found if isinstance(item, ForeignRecord)]
    if len(records) != 1:
        raise Broken(f"{'more than' if records else 'less than'} one record in the bytes that were sent")
    return records[0]


def _response(record: ForeignRecord) -> Response:
    if not is_in_scope(record.headers):
        raise Broken("the record is not a response of a China Post host")
    response = response_of(record)
    if response is None or response.refers_to is not None:
        raise Broken("the record has no body of its own")
    return response


def _check(response: Response, url: str, digest: str | None) -> None:
    capture = response.capture
    if capture.url != url:
        raise Broken(f"the record is of another URL, {capture.url[:200]}")
    if capture.status != OK:
        raise Broken(f"the record is a response with HTTP {capture.status}, not a page")
    listed = f"{SHA1}{(digest or '').lower().removeprefix(SHA1)}"
    digests = [response.payload_digest or "", listed if digest else ""]
    bodies = {_sha1(capture.body), _sha1(capture.sent)}
    if any(one.startswith(SHA1) and one.rstrip("=") not in bodies for one in digests):
        raise Broken("payload digest does not match")


def _sha1(body: bytes) -> str:
    found = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest())
    return f"{SHA1}{found.decode()}".lower()
