"""How patient a run is, and where it gets the time and addresses from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Resolve: TypeAlias = Callable[[str, int | None], list[str]]  # the addresses of a host, for a port


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a run is, and how large a response may be.

    `delay_seconds` is the pause between request starts to a host. `timeout_seconds` without a byte, `total_seconds` for
    a whole response, and `slow_seconds` below `slow_bytes_per_second` end a request. `max_body_bytes` counts the body
    as it is sent, with its chunks. `attempts` includes the first one. `max_wait_seconds` is the longest `Retry-After`
    that is waited for. `max_requests` counts all requests, robots.txt and retries included; None is no limit.

    `pauses` are longer delays for single hosts, in seconds. With `max_pause_seconds` each 429 or 5xx doubles the delay
    of its host up to that, in place of the back-off between attempts; 0 turns this off. `blocking` are the statuses by
    which a server says that it has locked us out; if there are any, a connection closed without a response means the
    same.
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
    max_pause_seconds: float = 0.0
    blocking: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """What connections need: limits, a monotonic clock in seconds, and a resolver for host names."""

    limits: Limits
    monotonic: Callable[[], float]
    resolve: Resolve
