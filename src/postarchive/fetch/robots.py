"""What a host's robots.txt allows (RFC 9309)."""

import math
import zlib
from contextlib import suppress
from dataclasses import dataclass

from protego import Protego

from postarchive.models import Capture

TOKEN = "postarchive"  # noqa: S105 - the name that robots.txt may call us by
MAX_BYTES = 512 << 10
GZIP_MAGIC = b"\x1f\x8b"
OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in one robots.txt that apply to us."""

    parser: Protego

    def allow(self, url: str) -> bool:
        """Tell whether the URL may be requested."""
        return bool(self.parser.can_fetch(url, TOKEN))

    @property
    def crawl_delay_seconds(self) -> float:
        """Return the pause between requests that it asks for; 0 if it asks for none, or not for a number."""
        seconds = float(self.parser.crawl_delay(TOKEN) or 0)
        return 0.0 if math.isnan(seconds) else max(seconds, 0.0)


def read_rules(response: Capture | None) -> Rules:
    """Return the rules in a response; if it has no robots.txt (404; None: a redirect to nowhere), all is allowed."""
    if response is None or response.status not in OK:
        return Rules(Protego.parse(""))
    text = _unpacked(response.body).decode("utf-8-sig", errors="replace")
    return Rules(Protego.parse(text))


def _unpacked(body: bytes) -> bytes:
    """Return at most as much as we promise to read; the body is as sent, so it may be gzipped."""
    if body.startswith(GZIP_MAGIC):
        with suppress(zlib.error):
            return zlib.decompressobj(wbits=31).decompress(body, MAX_BYTES)
    return body[:MAX_BYTES]
