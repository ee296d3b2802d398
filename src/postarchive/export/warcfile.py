"""Write captures as others read them: one WARC/1.1 file, or a WACZ package of it with its index and list of pages.

Each answer stands there in full, head and body as they came, also one that the archive keeps as a revisit. Repeated
with the same captures and time a file is the same to the byte. `wacz` follows version 1.1.1 of its standard.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import NAMESPACE_URL, uuid5

from postarchive import __version__
from postarchive.export.digests import sha256_labelled
from postarchive.models import Json

if TYPE_CHECKING:
    from warcio.warcwriter import WARCWriter

SOFTWARE = f"postarchive/{__version__}"
LIVE = "live"
WARC_PATH, INDEX_PATH, PAGES_PATH = "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"
ZIP_FIRST_YEAR = 1980


@dataclass(frozen=True, slots=True)
class Handed:
    """An answer to be handed on: its block as it came, and the block of its request, None when nobody kept it.

    `title` is its page's, None for an answer that is no page. Record ids come without angle brackets.
    """

    url: str
    time: datetime
    status: int
    media_type: str | None
    origin: str
    title: str | None
    record_id: str
    block: bytes
    payload_digest: str
    request_id: str | None = None
    request_block: bytes | None = None
