"""A cache of what is computed once for each copy of the archive, and dropped when the next copy takes its place."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeAlias, TypeVar

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.serve.tables import DATABASE

T = TypeVar("T")
View: TypeAlias = Callable[[Datasette, Request], Awaitable[Response]]

MAX_PAGES, LARGEST_PAGE_BYTES = 64, 1 << 17  # of each view: 8 MiB at most


class PerCopy(Generic[T]):
    """The latest `max_values` values by key, all of one copy; a caller waits for a value that is being made."""

    def __init__(self, max_values: int) -> None:
        """Keep this many values."""
        self._max_values = max_values
        self._copy: object = None
        self._values: OrderedDict[Hashable, asyncio.Future[T]] = OrderedDict()

    async def get(self, datasette: Datasette, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return the value of a key, made if this copy has none yet; after a failure the next call tries again."""
        values = self._of_this_copy(datasette)
        if key not in values:
            values[key] = asyncio.ensure_future(make())
            if len(values) > self._max_values:
                values.popitem(last=False)
        made = values[key]
        values.move_to_end(key)
        try:
            return await asyncio.shield(made)  # a caller that leaves does not cancel it for the others
        finally:
            if made.done() and (made.cancelled() or made.exception()):
                values.pop(key, None)

    def drop(self, key: Hashable) -> None:
        """Forget the value of a key."""
        self._values.pop(key, None)

    def _of_this_copy(self, datasette: Datasette) -> OrderedDict[Hashable, asyncio.Future[T]]:
        copy = datasette.get_database(DATABASE).path
        if copy != self._copy:
            self._copy, self._values = copy, OrderedDict()
        return self._values


def cached_pages(view: View) -> View:
    """Wrap a view so that its latest pages are cached as sent; it must depend only on the copy and the address."""
    pages: PerCopy[Response] = PerCopy(MAX_PAGES)

    async def page(datasette: Datasette, request: Request) -> Response:
        made = await pages.get(datasette, request.full_path, lambda: view(datasette, request))
        if len(made.body) > LARGEST_PAGE_BYTES:
            pages.drop(request.full_path)
        return made

    return page
