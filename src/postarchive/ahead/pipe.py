"""Messages between two processes through a socket: a length in eight bytes, then as many bytes.

`multiprocessing.connection` takes four times as long for a message of a megabyte, which it copies in parts.
"""

import selectors
import socket
from struct import Struct
from typing import Final

_LENGTH: Final = Struct("!Q")


class Pipe:
    """One end of a connection to another process; its methods raise EOFError or OSError when that process is gone."""

    def __init__(self, end: socket.socket) -> None:
        """Take one of a pair of connected sockets."""
        self._end = end

    def send(self, message: bytes) -> None:
        """Send a message; wait until the other process has taken most of it."""
        self._end.sendall(_LENGTH.pack(len(message)))
        self._end.sendall(message)

    def receive(self) -> bytearray:
        """Wait for a message and return it."""
        (length,) = _LENGTH.unpack(self._received(_LENGTH.size))
        return self._received(length)

    def _received(self, length: int) -> bytearray:
        message = bytearray(length)
        rest = memoryview(message)
        while rest:
            count = self._end.recv_into(rest, flags=socket.MSG_WAITALL)
            if not count:
                raise EOFError
            rest = rest[count:]
        return message

    def has_news(self) -> bool:
        """Tell whether a message has begun to arrive, or the other process is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._end, selectors.EVENT_READ)
            return bool(selector.select(0))

    def close(self) -> None:
        """Close this end."""
        self._end.close()
