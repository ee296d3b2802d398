"""What a run would request: for `fetch --dry-run`, which opens the archive read-only."""

from collections.abc import Iterator
from pathlib import Path

from postarchive.collect.pages import frontier_of
from postarchive.collect.run import FetchOptions
from postarchive.crawl import Due, Scope
from postarchive.looks import is_there
from postarchive.store.files import database_path
from postarchive.store.read import Reader


def plan(archive: Path, scope: Scope, *, options: FetchOptions) -> Iterator[Due]:
    """Yield what a run would request first and why, as far as is known; nothing is requested or written."""
    if not is_there(database_path(archive)):
        yield Due(scope.start, "the start page of a new archive")
        return
    with Reader(archive) as reader:
        frontier = frontier_of(scope, reader, options)
    while (due := frontier.take()) is not None:
        yield due
