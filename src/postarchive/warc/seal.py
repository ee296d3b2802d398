"""A seal as records: the authority's reply as it came, preceded by the certificates it is checked against."""

import re
from datetime import datetime

from postarchive.models import Headers, Seal, iso_time
from postarchive.warc.frame import WarcRecord

REPLY = "application/timestamp-reply"
CERTIFICATES = "application/pem-certificate-chain"
DIGEST = re.compile("[0-9a-f]{64}")
MANIFEST, SEALED = "Postarchive-Sealed-Manifest", "Postarchive-Sealed-Time"


def seal_fields(seal: Seal) -> Headers:
    """Return what a reply's record says besides its bytes, so that rows can be made without reading DER."""
    return ((MANIFEST, seal.manifest), (SEALED, iso_time(seal.sealed)))


def seal_in(record: WarcRecord) -> Seal | None:
    """Return the seal of a `resource` record; None for the certificates beside it. Raises DamagedRecord for others."""
    match record.header("Content-Type"):
        case kind if kind == CERTIFICATES:
            return None
        case kind if kind == REPLY:
            return Seal(
                authority=_url(record),
                time=_time(record, "WARC-Date"),
                manifest=_manifest(record),
                sealed=_time(record, SEALED),
                reply=record.block,
            )
        case other:
            raise record.damaged(f"unexpected resource type {other}")


def certificates_in(record: WarcRecord) -> bytes | None:
    """Return the certificates that a record keeps, as PEM; None for any other record."""
    is_kept = record.headers.get("warc-type") == "resource" and record.headers.get("content-type") == CERTIFICATES
    return record.block if is_kept else None


def _url(record: WarcRecord) -> str:
    url = record.header("WARC-Target-URI")
    if not url.isascii():
        raise record.damaged("WARC-Target-URI is no URL")
    return url


def _manifest(record: WarcRecord) -> str:
    digest = record.header(MANIFEST)
    if not DIGEST.fullmatch(digest):
        raise record.damaged(f"{MANIFEST} is no digest")
    return digest


def _time(record: WarcRecord, name: str) -> datetime:
    try:
        time = datetime.fromisoformat(record.header(name))
    except ValueError as error:
        raise record.damaged(f"{name}: {error}") from error
    if time.tzinfo is None:
        raise record.damaged(f"{name} names no time zone")
    return time
