"""What is counted once for each copy of the archive, and kept until the next copy takes its place."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from datasette.app import Datasette

from postarchive.serve.tables import DATABASE

T = TypeVar("T")


class PerCopy(Generic[T]):
    """Values by their key, the latest `most` of them, all of one copy."""

    def __init__(self, most: int) -> None:
        """Keep so many."""
        self._most = most
        self._copy: object = None
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    async def get(self, datasette: Datasette, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return the value of a key, made when this copy has none yet."""
        kept = self._of_this_copy(datasette)
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
        made = await make()
        kept[key] = made  # of a copy that is gone by now: nobody looks there again
        if len(kept) > self._most:
            kept.popitem(last=False)
        return made

    def _of_this_copy(self, datasette: Datasette) -> OrderedDict[Hashable, T]:
        copy = datasette.get_database(DATABASE).path
        if copy != self._copy:
            self._copy, self._kept = copy, OrderedDict()
        return self._kept
