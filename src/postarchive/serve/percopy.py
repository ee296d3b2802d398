"""What is computed once for each copy of the archive, and kept until the next copy takes its place."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeAlias, TypeVar

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.serve.tables import DATABASE

T = TypeVar("T")
View: TypeAlias = Callable[[Datasette, Request], Awaitable[Response]]

KEPT_PAGES, LARGEST_PAGE_BYTES = 64, 1 << 17  # of each view: 8 MiB at most


class PerCopy(Generic[T]):
    """The latest `most` values by key, all of one copy; a caller waits for a value that is being made."""

    def __init__(self, most: int) -> None:
        """Keep this many values."""
        self._most = most
        self._copy: object = None
        self._kept: OrderedDict[Hashable, asyncio.Future[T]] = OrderedDict()

    async def get(self, datasette: Datasette, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return the value of a key, made if this copy has none yet; after a failure the next call tries again."""
        kept = self._of_this_copy(datasette)
        if key not in kept:
            kept[key] = asyncio.ensure_future(make())
            if len(kept) > self._most:
                kept.popitem(last=False)
        made = kept[key]
        kept.move_to_end(key)
        try:
            return await asyncio.shield(made)  # a caller that leaves does not cancel it for the others
        finally:
            if made.done() and (made.cancelled() or made.exception()):
                kept.pop(key, None)

    def drop(self, key: Hashable) -> None:
        """Forget the value of a key."""
        self._kept.pop(key, None)

    def _of_this_copy(self, datasette: Datasette) -> OrderedDict[Hashable, asyncio.Future[T]]:
        copy = datasette.get_database(DATABASE).path
        if copy != self._copy:
            self._copy, self._kept = copy, OrderedDict()
        return self._kept


def kept_pages(view: View) -> View:
    """Wrap a view so that its latest pages are kept as sent; it must depend only on the copy and the address."""
    kept: PerCopy[Response] = PerCopy(KEPT_PAGES)

    async def page(datasette: Datasette, request: Request) -> Response:
        made = await kept.get(datasette, request.full_path, lambda: view(datasette, request))
        if len(made.body) > LARGEST_PAGE_BYTES:
            kept.drop(request.full_path)
        return made

    return page
