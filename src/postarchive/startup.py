"""What makes the program start sooner: patterns compiled when they are needed, libraries that are not loaded."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import AnyStr, Final, Generic, cast

_METHODS: Final = ("fullmatch", "match", "search", "sub", "subn", "split", "findall", "finditer")


def late(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled when it is first used, which takes up to two milliseconds.

    It is for patterns that most runs never use, and has the methods of a compiled one, `pattern` and `flags`.
    """
    return cast("re.Pattern[AnyStr]", _Late(pattern, flags))


@contextmanager
def without(*libraries: str) -> Iterator[None]:
    """Hide libraries from an import that would load them if they are installed, but works without them."""
    hidden = [name for name in libraries if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: an import of it fails
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


class _Late(Generic[AnyStr]):
    """A pattern that has not been compiled yet."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> object:
        """Compile it, and keep the methods of the compiled one: Python calls this only for what is not there yet."""
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self.flags)
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        return self.__dict__[name]
