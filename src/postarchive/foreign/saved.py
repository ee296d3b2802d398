"""A saved page as a response: its URL by the one rule (`postarchive.saved`), its time from the file's date."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from postarchive.foreign.bounds import Broken
from postarchive.foreign.records import MAX_BODY_BYTES
from postarchive.foreign.responses import OK, ORIGIN
from postarchive.models import Capture
from postarchive.paths import open_regular
from postarchive.saved import LOOKED_AT_BYTES, is_page_name, url_in_saved_page, url_of_path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def saved_url(path: Path) -> str | None:
    """Return the URL of a saved page; None if it is not a page, or does not name its URL. Raises UnreadableInput."""
    path = path.absolute()
    url = url_of_path(path.parts)
    if url is not None:
        return url if is_page_name(path.name, url) else None
    return url_in_saved_page(_beginning(path)) if is_page_name(path.name, "") else None


def read_saved(path: Path, url: str) -> Capture:
    """Return a saved page as a response without headers.

    Raises Broken when it is too large or has an impossible date, UnreadableInput if it is not a regular file, OSError.
    """
    with open_regular(path, str(path)) as stream:
        body = stream.read(MAX_BODY_BYTES + 1)
        seconds = os.fstat(stream.fileno()).st_mtime
    if len(body) > MAX_BODY_BYTES:
        raise Broken("too large for a page; left out")
    try:
        time = EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise Broken("its date is impossible; set it to the time of its capture (`touch -d`)") from error
    return Capture(url, time, OK, (), body, origin=ORIGIN)


def _beginning(path: Path) -> bytes:
    with open_regular(path, str(path)) as stream:
        return stream.read(LOOKED_AT_BYTES)
