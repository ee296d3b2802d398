"""How patient a run is, and whom it asks for the time and for addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Resolve: TypeAlias = Callable[[str, int | None], list[str]]  # the addresses of a host, for a port


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a run is, and how large a response may be.

    `delay_seconds` lies between request starts to a host. `timeout_seconds` without a byte, `total_seconds` for a whole
    response, and `slow_seconds` below `slow_bytes_per_second` end a request. `max_body_bytes` counts the body as it is
    sent, with its chunks. `attempts` counts the first one too. `max_wait_seconds` is the longest wish of a server to be
    left alone that is waited for. `max_requests` counts every request that is begun, those for robots.txt and further
    attempts too; None is no limit.

    `pauses` are longer delays of single hosts, in seconds. With `most_pause_seconds` each 429 or 5xx doubles the delay
    of its host up to that, in place of the back-off between attempts; 0 for none. `blocking` are the statuses by which
    a server says that it has locked us out; where there are any, a connection closed without a response says so too.
    """

    delay_seconds: float = 2.0
    timeout_seconds: float = 30.0
    total_seconds: float = 300.0
    slow_seconds: float = 60.0
    slow_bytes_per_second: float = 10.0
    max_body_bytes: int = 32 << 20
    attempts: int = 4
    max_wait_seconds: float = 600.0
    max_requests: int | None = None
    pauses: tuple[tuple[str, float], ...] = ()
    most_pause_seconds: float = 0.0
    blocking: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """What connections live by: limits, a monotonic clock in seconds, and who knows the addresses of hosts."""

    limits: Limits
    monotonic: Callable[[], float]
    resolve: Resolve
