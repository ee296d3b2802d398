"""What a response says to do next: where to go, and when to ask again. Pure."""

from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import quote

from postarchive.models import Capture
from postarchive.times import after, http_date
from postarchive.urls import resolve

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})
URL_CHARACTERS = "%!#$&'()*+,/:;=?@[]~"
LONGEST_COOL_DOWN = timedelta(days=7)  # a mistake in a date must not silence the archive for years


def redirect_target(capture: Capture) -> str | None:
    """Return the absolute URL that a redirect points to; None if it is not a redirect or names no target."""
    location = capture.header("Location") if capture.status in REDIRECTS else None
    if not location:
        return None
    return resolve(capture.url, quote(_as_utf8(location), safe=URL_CHARACTERS, errors="replace"))


def cool_down(capture: Capture) -> datetime | None:
    """Return until when the host asked to be left alone: `Retry-After` of a 429 or 503; None when it did not."""
    text = (capture.header("Retry-After") or "").strip() if capture.status in BUSY else ""
    if not text:
        return None
    until = _after_seconds(capture.time, text) if text.isdecimal() else http_date(text)
    return until and min(until, after(capture.time, LONGEST_COOL_DOWN))


def _as_utf8(text: str) -> str:
    """Return a header's text decoded as UTF-8 if its bytes, which arrive as Latin-1, allow it; else unchanged."""
    with suppress(UnicodeError):
        return text.encode("latin-1").decode()
    return text


def _after_seconds(start: datetime, digits: str) -> datetime:
    is_long = len(digits) > len(str(int(LONGEST_COOL_DOWN.total_seconds())))
    return after(start, LONGEST_COOL_DOWN if is_long else timedelta(seconds=int(digits)))
