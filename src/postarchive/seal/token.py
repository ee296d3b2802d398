"""A time stamp of RFC 3161: what it says, and whether a trusted certificate vouches for it. No network.

The stamped text is the manifest as `verify` prints it, 64 characters without a line end, so anybody can check it:
`openssl ts -verify -data MANIFEST.txt -in TOKEN.tsr -CAfile CA.pem`.
"""

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from rfc3161_client import (
    TimeStampRequest,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.verify import SHA256_OID

from postarchive.errors import UnreadableInput

GRANTED = (0, 1)  # PKIStatus: granted, granted with modifications
SHA256 = x509.ObjectIdentifier(SHA256_OID)
CERTIFICATE_END = b"-----END CERTIFICATE-----"


class Trust(StrEnum):
    """The result of checking a token."""

    OK = "ok"
    FAILED = "failed"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says: which text it stamps (by its SHA-256), when, and who signed it."""

    imprint: bytes
    time: datetime
    signer: str


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """Whether a token holds; `problem` says why it does not."""

    trust: Trust
    problem: str = ""


def stamped_text(manifest: str) -> bytes:
    """Return the bytes that a token stamps for a manifest."""
    return manifest.encode("ascii")


def imprint_of(manifest: str) -> bytes:
    """Return the digest by which a token names a manifest."""
    return hashlib.sha256(stamped_text(manifest)).digest()


def read_token(reply: bytes) -> Token:
    """Return what an authority's reply says, unchecked. Raises UnreadableInput when it holds no token."""
    with _reading():
        response = decode_timestamp_response(reply)
        if response.status not in GRANTED:
            raise ValueError(f"the authority refused: {' '.join(response.status_string) or response.status}")
        info = response.tst_info
        if info.message_imprint.hash_algorithm != SHA256:
            raise ValueError("it stamps no SHA-256 digest")
        return Token(info.message_imprint.message, info.gen_time, _signer(response))


def check_token(
    reply: bytes,
    manifest: str,
    *,
    kept: bytes = b"",
    trusted: bytes | None = None,
    request: TimeStampRequest | None = None,
) -> TokenCheck:
    """Tell whether a reply stamps a manifest, signed by an authority under a root certificate.

    Root certificates are those in `trusted` (PEM); without it, those that were `kept` beside the token or are inside
    it: that proves only that some authority signed it, not which. `request` is the one that the reply must belong to.
    """
    try:
        token = read_token(reply)
        if token.imprint != imprint_of(manifest):
            return TokenCheck(Trust.FAILED, f"it stamps a manifest other than {manifest}")
        with _reading():
            response = decode_timestamp_response(reply)
            return _check(response, manifest, kept=kept, trusted=trusted, request=request)
    except UnreadableInput as error:
        return TokenCheck(Trust.FAILED, error.problem)


def read_certificates(pem: bytes, subject: str) -> list[x509.Certificate]:
    """Return the certificates in PEM text. Raises UnreadableInput about `subject` when it holds none."""
    try:
        with warnings.catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
            return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise UnreadableInput(
            subject, "contains no certificate in PEM form; name the file of the authority's root"
        ) from error


def _check(
    response: TimeStampResponse,
    manifest: str,
    *,
    kept: bytes,
    trusted: bytes | None,
    request: TimeStampRequest | None,
) -> TokenCheck:
    embedded = [x509.load_der_x509_certificate(der) for der in sorted(response.signed_data.certificates)]
    beside = [*embedded, *(x509.load_pem_x509_certificates(kept) if CERTIFICATE_END in kept else ())]
    named = beside if trusted is None else x509.load_pem_x509_certificates(trusted)
    roots = _unique([certificate for certificate in named if _is_root(certificate)])
    others = _unique([certificate for certificate in (*beside, *named) if not _is_root(certificate)])
    if not _leads_to(roots, others):
        where = "with --tsa-ca" if trusted is None else "in --tsa-ca, that file holds another's"
        return TokenCheck(Trust.UNVERIFIABLE, f"the root certificate of its authority is needed {where}")
    builder = VerifierBuilder.from_request(request) if request else VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    for other in others:
        builder = builder.add_intermediate_certificate(other)
    try:
        builder.build().verify(response, imprint_of(manifest))
    except VerificationError:
        return TokenCheck(Trust.FAILED, "its signature is not valid, or not under this root certificate")
    return TokenCheck(Trust.OK)


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _leads_to(roots: Sequence[x509.Certificate], others: Sequence[x509.Certificate]) -> bool:
    """Tell whether any certificate names one of the roots as its issuer."""
    names = [root.subject for root in roots]
    return any(certificate.issuer in names for certificate in others)


def _unique(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    return list(dict.fromkeys(certificates))


def _signer(response: TimeStampResponse) -> str:
    """Return the signer's name from the certificate in the token; empty when it holds no certificate."""
    for info in response.signed_data.signer_infos:
        for der in sorted(response.signed_data.certificates):
            certificate = x509.load_der_x509_certificate(der)
            if (certificate.issuer, certificate.serial_number) == (info.issuer, info.serial_number):
                return certificate.subject.rfc4514_string()
    return ""


@contextmanager
def _reading() -> Iterator[None]:
    """Map the libraries' errors about bytes that anybody may have written."""
    try:
        with warnings.catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
            yield
    except (ValueError, TypeError, OverflowError, LookupError, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise UnreadableInput("", f"cannot be read as a time stamp: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:120]
