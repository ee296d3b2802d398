"""A saved page: its URL from the path below a known host's folder, its time from the file's date."""

from pathlib import Path, PurePath

from postarchive.foreign.bounds import Broken
from postarchive.foreign.records import MAX_BODY_BYTES
from postarchive.foreign.responses import OK, ORIGIN
from postarchive.models import Capture
from postarchive.times import since_epoch
from postarchive.urls import HOSTS, is_allowed, normalize, parse_address

PAGE_SUFFIXES = (".htm", ".html", ".shtml")
FRONT_PAGES = ("/index.htm", "/index.html")  # as this project's fixtures and as wget call it


def saved_url(path: PurePath) -> str | None:
    """Return the URL that a saved page's path tells: what follows the last known host's folder; None for none.

    Only names of pages count: `8456-1.htm`, or wget's `Node?node=23048456`.
    """
    parts = path.parts
    places = [place for place, part in enumerate(parts[:-1]) if part.lower() in HOSTS]
    if not places:
        return None
    url = f"http://{'/'.join(parts[places[-1] :])}"
    host = parts[places[-1]]
    if url.removeprefix(f"http://{host}") in FRONT_PAGES:
        url = f"http://{host}/"
    is_page = path.name.lower().endswith(PAGE_SUFFIXES) or parse_address(url) is not None
    return normalize(url) if is_page and is_allowed(url) else None


def read_saved(path: Path, url: str) -> Capture:
    """Return a saved page as a response without headers. Raises Broken for what is too large, OSError as it comes."""
    with path.open("rb") as stream:
        body = stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise Broken("larger than a page; left out")
    time = since_epoch(path.stat().st_mtime)
    return Capture(url, time, OK, (), body, origin=ORIGIN)
