"""Editions of the reading copy: a new one takes the place of an old one, which stays until its last reader is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from threading import Lock
from typing import Any, Generic, TypeVar

from postarchive.store.mark import Mark

Link = TypeVar("Link", bound=Connection)
Made = TypeVar("Made")


class Edition(Generic[Link]):
    """A copy as of one moment, and the connections of its readers.

    `mark` is the state of the archive that it holds; None if unknown. `notes` is what Datasette found out about it.
    """

    def __init__(self, path: Path, mark: Mark | None, made: datetime, remove: Callable[[], None]) -> None:
        """Read the copy at this path, which `remove` removes."""
        self.path = path
        self.mark = mark
        self.made = made
        self.notes: dict[str, Any] = {}
        self._remove = remove
        self._idle: list[Link] = []
        self._readers = 0
        self._is_current = True
        self._lock = Lock()

    def enter(self) -> None:
        """Let a reader in, who has to leave again."""
        with self._lock:
            self._readers += 1

    def leave(self) -> None:
        """Let a reader go; the last one of an old edition removes it."""
        with self._lock:
            self._readers -= 1
            is_over = not self._is_current and self._readers == 0
        if is_over:
            self._end()

    def retire(self) -> None:
        """Take no more readers, and end when the last one is done."""
        self.enter()
        self._is_current = False
        self.leave()

    def call(self, opened: Callable[[Path], Link], function: Callable[[Link], Made]) -> Made:
        """Call a function with a connection that no other thread uses; `opened` makes one when all are in use."""
        self.enter()
        try:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            connection = connection or opened(self.path)
            try:
                return function(connection)
            finally:
                self._idle.append(connection)
        finally:
            self.leave()

    def _end(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self._remove()


class Editions(Generic[Link]):
    """The current edition, and old ones for as long as somebody reads them."""

    def __init__(self, first: Edition[Link]) -> None:
        """Begin with this one."""
        self._current = first
        self._lock = Lock()

    @property
    def current(self) -> Edition[Link]:
        """The edition that a new reader gets."""
        return self._current

    @property
    def read_now(self) -> Edition[Link]:
        """The edition that this request reads; the current one outside of a request."""
        return _READ.get() or self._current

    @contextmanager
    def reading(self) -> Iterator[Edition[Link]]:
        """Yield the edition that this request reads, else the current one, and keep it until the end."""
        with self._lock:
            edition = self.read_now
            edition.enter()
        token = _READ.set(edition)
        try:
            yield edition
        finally:
            _READ.reset(token)
            edition.leave()

    def replace(self, edition: Edition[Link]) -> None:
        """Give new readers this one."""
        with self._lock:
            old, self._current = self._current, edition
        old.retire()

    def close(self) -> None:
        """Remove the current edition, which nobody reads any more."""
        self._current.retire()


_READ: ContextVar[Edition[Any] | None] = ContextVar("edition", default=None)  # of the current request
