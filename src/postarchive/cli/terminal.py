r"""The border to a terminal: whatever is printed, the terminal shows it as text and obeys none of it.

A title, an argument or a file name may hold control sequences, or characters that reverse a line. Rather than trust
every line of the program to think of it, the streams themselves write such characters as JSON would, `\u202e`: on
stdout if it is a terminal, because what goes into a pipe or a file is data; on stderr always. What the program itself
wants a terminal to obey (colours, erasing a line) goes to the `unguarded_stream`, and the caller has cleaned the rest
with `printable`.
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
    """A text stream that passes on no control characters; in all else it is the underlying stream."""

    def __init__(self, stream: TextIO) -> None:
        """Guard this stream."""
        self.stream = stream
        self.buffer = io.BufferedWriter(cast("io.RawIOBase", _Utf8(self.write)))

    def __getattr__(self, name: str) -> object:
        """Return an attribute of the underlying stream: its encoding, its descriptor, whether it is a terminal."""
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write a text with control characters made visible."""
        if not isinstance(text, str):
            raise TypeError("a text is needed")  # typer asks with bytes what kind of stream it is
        self.stream.write(visible(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts with control characters made visible."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the underlying stream."""
        self.buffer.flush()
        self.stream.flush()


class _Utf8(io.RawIOBase):
    """Bytes that are UTF-8, or look like it, on their way to a text stream."""

    def __init__(self, write: Callable[[str], int]) -> None:
        super().__init__()
        self._write = write
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        """Return True: it takes bytes."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # whatever has bytes
        """Write bytes as text."""
        self._write(self._decoder.decode(bytes(data)))
        return len(data)


def guard_streams() -> None:
    """Guard stderr, and stdout when it is a terminal."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal must not stop a Chinese record
    sys.stderr = _guarded(sys.stderr)
    if sys.stdout.isatty():
        sys.stdout = _guarded(sys.stdout)


@contextmanager
def unguarded() -> Iterator[None]:
    """Let a terminal obey what is printed: the program's own help, which a library prints in colours."""
    guarded = sys.stdout
    sys.stdout = unguarded_stream(guarded)
    try:
        yield
    finally:
        sys.stdout = guarded


def unguarded_stream(stream: TextIO) -> TextIO:
    """Return the unguarded stream, for text whose other parts went through `printable`."""
    return stream.stream if isinstance(stream, Guarded) else stream


def _open_closed() -> None:
    """Open /dev/null in place of a closed stream (`>&-`), else the next file opened would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def _guarded(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, Guarded) else cast("TextIO", Guarded(stream))
