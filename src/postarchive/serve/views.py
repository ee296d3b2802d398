"""Our own pages, by the pattern of their path."""

from collections.abc import Callable
from pathlib import Path

from postarchive.serve.articles import ArticleViews
from postarchive.serve.front import FrontPage
from postarchive.serve.memento import MementoViews
from postarchive.serve.numbers import numbers
from postarchive.serve.percopy import cached_pages
from postarchive.serve.pictures import Pictures
from postarchive.serve.plugin import Route
from postarchive.serve.results import ResultsPage
from postarchive.serve.shelf import Shelf
from postarchive.serve.stamps import StampViews

NAME = r"(?P<name>[^/]+)"


class Views:
    """The pages over one archive."""

    def __init__(self, archive: Path, pictures: Pictures, mementos: MementoViews, copied: Callable[[], str]) -> None:
        """Serve the copies of this archive; `copied` says when the current one was made, as text."""
        shelf = Shelf(archive, pictures)
        self._front = FrontPage(archive, shelf, copied)
        self._results = ResultsPage(shelf)
        self._articles = ArticleViews(archive, shelf, mementos)
        self._stamps = StampViews(shelf)

    def routes(self) -> list[Route]:
        """Return the pages by their path."""
        return [
            (r"/$", cached_pages(self._front.front)),
            (r"/-/search$", cached_pages(self._results.search)),
            (rf"/-/article/{NAME}$", self._articles.article),
            (rf"/-/article/{NAME}/text$", self._articles.text),
            (rf"/-/article/{NAME}/cite$", self._articles.cite),
            (rf"/-/article/{NAME}/original$", self._articles.original),
            (r"/-/stamps$", cached_pages(self._stamps.gallery)),
            (r"/-/stamps/checklist$", cached_pages(self._stamps.checklist)),
            (r"/-/stamps/checklist\.csv$", cached_pages(self._stamps.checklist_csv)),
            (r"/-/numbers$", cached_pages(numbers)),
        ]
