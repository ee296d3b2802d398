"""Ask an authority for a time stamp over HTTP, as RFC 3161 specifies; its reply is checked before it is trusted."""

from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

import requests
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from postarchive import __version__
from postarchive.errors import AuthorityUnavailable, UnreadableInput, UsageError
from postarchive.seal.token import Token, TokenCheck, Trust, check_token, read_token, stamped_text

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
OK = 200
MAX_REPLY_BYTES = 1 << 18  # a token with a chain of certificates has about 6,000
CHUNK_BYTES = 1 << 12


@dataclass(frozen=True, slots=True)
class Stamped:
    """A reply that stamps the manifest that was sent; `check` says whether a root certificate vouches for it."""

    reply: bytes
    token: Token
    check: TokenCheck


def check_authority(url: str) -> str:
    """Return the URL of an authority. Raises UsageError when it is not an http or https URL."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isascii() and url.isprintable()
    except ValueError:
        is_good = False
    if not is_good or " " in url:
        raise UsageError(f"--tsa {url}", "is not an http or https URL; name a time-stamping authority")
    return url


def request_stamp(url: str, manifest: str, *, timeout_seconds: float, kept: bytes = b"") -> Stamped:
    """Send a manifest's digest to an authority and return its reply; nothing else in the archive leaves the machine.

    Raises AuthorityUnavailable when no reply comes, or when it does not stamp what was sent or is badly signed.
    """
    request = TimestampRequestBuilder(stamped_text(manifest), HashAlgorithm.SHA256).build()
    reply = _post(url, request.as_bytes(), timeout_seconds)
    try:
        token = read_token(reply)
    except UnreadableInput as error:
        raise AuthorityUnavailable(url, f"its reply cannot be used: {error.problem}") from error
    if decode_timestamp_response(reply).tst_info.nonce != request.nonce:
        raise AuthorityUnavailable(url, "its reply belongs to another request")
    check = check_token(reply, manifest, kept=kept, request=request)
    if check.trust is Trust.FAILED:
        raise AuthorityUnavailable(url, f"its reply cannot be used: {check.problem}")
    return Stamped(reply, token, check)


def _post(url: str, data: bytes, timeout_seconds: float) -> bytes:
    """Return the body of a reply, read within the given time."""
    headers = {"Content-Type": QUERY, "Accept": REPLY, "User-Agent": f"postarchive/{__version__}"}
    ends = monotonic() + timeout_seconds
    body = bytearray()
    try:
        with requests.post(
            url, data=data, headers=headers, timeout=timeout_seconds, stream=True, allow_redirects=False
        ) as response:
            if response.status_code != OK:
                raise AuthorityUnavailable(url, f"responds with HTTP {response.status_code}; is it the right URL?")
            for chunk in response.iter_content(CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_REPLY_BYTES or monotonic() > ends:
                    raise AuthorityUnavailable(url, "its reply is too large, or came too slowly")
    except (requests.RequestException, OSError, ValueError) as error:
        raise AuthorityUnavailable(url, f"does not respond ({type(error).__name__}); nothing was sealed") from error
    return bytes(body)
