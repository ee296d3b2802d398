"""What is counted once for each copy of the archive, and kept until the next copy takes its place."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from datasette.app import Datasette

from postarchive.serve.tables import DATABASE

T = TypeVar("T")


class PerCopy(Generic[T]):
    """Values by their key, the latest `most` of them, all of one copy; who asks for one that is being made waits."""

    def __init__(self, most: int) -> None:
        """Keep so many."""
        self._most = most
        self._copy: object = None
        self._kept: OrderedDict[Hashable, asyncio.Future[T]] = OrderedDict()

    async def get(self, datasette: Datasette, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return the value of a key, made when this copy has none yet; one that failed is made anew the next time."""
        kept = self._of_this_copy(datasette)
        if key not in kept:
            kept[key] = asyncio.ensure_future(make())
            if len(kept) > self._most:
                kept.popitem(last=False)
        made = kept[key]
        kept.move_to_end(key)
        try:
            return await asyncio.shield(made)  # who goes away leaves it to the others
        finally:
            if made.done() and (made.cancelled() or made.exception()):
                kept.pop(key, None)

    def _of_this_copy(self, datasette: Datasette) -> OrderedDict[Hashable, asyncio.Future[T]]:
        copy = datasette.get_database(DATABASE).path
        if copy != self._copy:
            self._copy, self._kept = copy, OrderedDict()
        return self._kept
