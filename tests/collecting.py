"""What the tests of runs share: pages in several states, and a run that was begun."""

import json
from collections.abc import Generator

from archiving import (
    HOME,
    SEED_FILE,
    Archivist,
)
from fakesite import FIXTURES, Response
from postarchive.collect import fetch_urls
from postarchive.models import FetchResult, Outcome

NEW, CHANGED, UNCHANGED, GONE = Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.GONE
ARCHIVED, FAILED = Outcome.ARCHIVED, Outcome.FAILED
ODD = FIXTURES.parent / "odd"
LOADING = (ODD / "loading.htm").read_bytes()
OLD_STORY = f"{HOME}html1/report/16036/2546-1.htm"
MISSING = f"{HOME}html1/report/2304/9999-1.htm"
SEED_PAGE = SEED_FILE.read_bytes()
SEED_PARAGRAPHS = json.loads(SEED_FILE.with_suffix(".json").read_text(encoding="utf-8"))["paragraphs"]
EDITED_PAGE = SEED_PAGE.replace(b"17 major tasks", b"18 major tasks")
DRIFTED_PAGE = SEED_PAGE.replace(b"ReportIDtext", b"StoryBody")
DISALLOW = Response(body=b"User-agent: *\nDisallow: /html1/report/\n", content_type="text/plain")


def begun(archivist: Archivist, *urls: str) -> Generator[FetchResult, None, None]:
    """Return a run that has said what became of its first page."""
    results = fetch_urls(archivist.folder, urls, options=archivist.options)
    assert isinstance(results, Generator)
    next(results)
    return results
