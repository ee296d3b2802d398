"""A local server that plays the three calls of S3 that reading needs: list, and get of a file, whole or in part."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

DENIED = "denied"  # a bucket that gives nothing
TIME = "2015-10-21T07:28:00.000Z"


class FakeS3(ThreadingHTTPServer):
    """Buckets of files; `credentials` are the access keys of the requests, `cuts` the next replies to cut off."""

    def __init__(self, buckets: Mapping[str, Mapping[str, bytes]]) -> None:
        """Listen on a free port of the loopback address."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.buckets = buckets
        self.credentials: set[str] = set()
        self.cuts = 0

    @property
    def url(self) -> str:
        """Return the endpoint."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def playing(buckets: Mapping[str, Mapping[str, bytes]]) -> Iterator[FakeS3]:
    """Serve until the block ends."""
    with FakeS3(buckets) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FakeS3
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        # AWS4-HMAC-SHA256 Credential=KEY/20261129/us-east-1/s3/aws4_request, SignedHeaders=…
        credential = self.headers.get("Authorization", "").partition("Credential=")[2]
        self.server.credentials.add(credential.partition("/")[0])
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path)[1:].partition("/")
        files = self.server.buckets.get(bucket)
        if bucket == DENIED:
            self._refuse(403, "AccessDenied")
        elif files is None:
            self._refuse(404, "NoSuchBucket")
        elif not key:
            self._list(files, {name: values[0] for name, values in parse_qs(parts.query).items()})
        elif key not in files:
            self._refuse(404, "NoSuchKey")
        else:
            self._file(files[key])

    do_HEAD = do_GET  # noqa: N815 - the name is given

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, f"<Error><Code>{code}</Code><Message>it is {code}</Message></Error>".encode())

    def _file(self, content: bytes) -> None:
        first, _, last = self.headers.get("Range", "bytes=-").removeprefix("bytes=").partition("-")
        part = content[int(first or 0) : int(last or len(content)) + 1]
        place = f"bytes {first or 0}-{int(first or 0) + len(part) - 1}/{len(content)}"
        self._send(206 if first else 200, part, ("Content-Range", place), ("ETag", '"x"'))

    def _list(self, files: Mapping[str, bytes], asked: Mapping[str, str]) -> None:
        prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
        found = [key for key in sorted(files) if key.startswith(prefix)]
        ends = {key: key.find(delimiter, len(prefix)) if delimiter else -1 for key in found}
        folders = sorted({key[: end + 1] for key, end in ends.items() if end >= 0})
        items = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{TIME}</LastModified><Size>{len(files[key])}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for key, end in ends.items()
            if end < 0
        )
        items += "".join(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in folders)
        told = f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>"
        self._send(200, told.encode(), ("Content-Type", "application/xml"))

    def _send(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            is_cut, self.server.cuts = self.server.cuts > 0, max(self.server.cuts - 1, 0)
            self.wfile.write(body[: len(body) // 2] if is_cut else body)
            self.close_connection = is_cut
