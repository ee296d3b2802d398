r"""The border to a terminal: whatever is printed, it shows text and obeys none of it.

A title, an argument or a file name may hold what a terminal obeys, or what turns a line around. Rather than trust every
line of the program to think of it, the streams themselves write such characters as JSON would, `\u202e`: on stdout if
it is a terminal, for what goes into a pipe or a file is data; on stderr always, for that is talk. What the program
itself wants a terminal to obey, colours and a line that is erased, goes to the stream behind (`behind`), and whoever
writes there has taken the rest out with `printable`.
"""

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from postarchive.export.plain import visible


class Guarded:
    """A text stream that obeys nothing; all else of it is that of the stream behind."""

    def __init__(self, stream: TextIO) -> None:
        """Write to this stream."""
        self.stream = stream
        self.buffer = io.BufferedWriter(cast("io.RawIOBase", _Utf8(self.write)))

    def __getattr__(self, name: str) -> object:
        """Return what the stream behind has: its encoding, its number, whether it is a terminal."""
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write a text, shown."""
        if not isinstance(text, str):
            raise TypeError("a text is needed")  # typer asks with bytes what kind of stream it is
        self.stream.write(visible(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts, shown."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what waits."""
        self.buffer.flush()
        self.stream.flush()


class _Utf8(io.RawIOBase):
    """Bytes that are UTF-8, or look like it, on their way to a text stream."""

    def __init__(self, write: Callable[[str], int]) -> None:
        super().__init__()
        self._write = write
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        """Tell that it takes bytes."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # whatever has bytes
        """Write bytes as text."""
        self._write(self._decoder.decode(bytes(data)))
        return len(data)


def guard_streams() -> None:
    """Let stderr, and stdout when it is a terminal, show what would act."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal must not stop a Chinese record
    sys.stderr = _guarded(sys.stderr)
    if sys.stdout.isatty():
        sys.stdout = _guarded(sys.stdout)


@contextmanager
def unguarded() -> Iterator[None]:
    """Let what is printed act: the program's own help, which a library prints in colours."""
    guarded = sys.stdout
    sys.stdout = behind(guarded)
    try:
        yield
    finally:
        sys.stdout = guarded


def behind(stream: TextIO) -> TextIO:
    """Return the stream that obeys, for text in which everything else is `printable`."""
    return stream.stream if isinstance(stream, Guarded) else stream


def _open_closed() -> None:
    """Put /dev/null where a caller closed a stream (`>&-`): the next file to be opened would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def _guarded(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, Guarded) else cast("TextIO", Guarded(stream))
