"""How patient a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a run is, and how large a response may be.

    `delay_seconds` lies between request starts to a host. `timeout_seconds` without a byte, `total_seconds` for a whole
    response, and `slow_seconds` below `slow_bytes_per_second` end a request. `max_body_bytes` counts the body as it is
    sent, with its chunks. `attempts` counts the first one too. `max_wait_seconds` is the longest wish of a server to be
    left alone that is waited for.
    """

    delay_seconds: float = 2.0
    timeout_seconds: float = 30.0
    total_seconds: float = 300.0
    slow_seconds: float = 60.0
    slow_bytes_per_second: float = 10.0
    max_body_bytes: int = 32 << 20
    attempts: int = 4
    max_wait_seconds: float = 600.0
