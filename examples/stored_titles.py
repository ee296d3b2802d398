"""What the evidence holds: warcio over the WARC files of an archive, without postarchive and its database.

python examples/stored_titles.py demo-archive
"""

import re
import sys
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

for path in sorted(Path(sys.argv[1], "warc").rglob("*.warc.gz")):
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response" and record.http_headers.get_statuscode() == "200":
                title = re.search(rb"<title>(.*?)</title>", record.content_stream().read(), re.DOTALL)
                if title:  # a picture or a file has none
                    print(record.rec_headers["WARC-Target-URI"], title[1].decode())
