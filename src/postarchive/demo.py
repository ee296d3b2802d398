"""The bundled site on a local port, archived by the ordinary fetch: everything but the network."""

import gzip
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from postarchive.collect import FetchOptions, crawl
from postarchive.crawl import Scope
from postarchive.demopictures import FILE, picture_of
from postarchive.errors import UnreadableInput
from postarchive.fetch import Limits
from postarchive.models import FetchResult
from postarchive.urls import ENGLISH_HOSTS, START_URL

HOST = "english.chinapost.com.cn"
FRONT = "index.htm"
DELAY_SECONDS = 0.02
# What the pages link to besides pages; the pictures of the site's own frame are missing.
PICTURE = re.compile(r"/res/chinaposten/(?!structure/)[\w/]+\.(?:jpg|png)", re.ASCII)
FILES = re.compile(r"/res/chinaposten/[\w/]+\.pdf|/Attchs\.do", re.ASCII)
PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY")


def site_folder() -> Path:
    """Return the folder of the bundled site: inside the installed package, or the fixtures of a checkout."""
    package = Path(__file__).resolve().parent
    places = [package / "demosite" / HOST, package.parent.parent / "fixtures" / "html" / HOST]
    for place in places:
        if (place / FRONT).is_file():
            return place
    raise UnreadableInput(str(places[0]), "the bundled site is missing; reinstall postarchive")


def fetch_demo_site(archive: Path) -> Iterator[FetchResult]:
    """Archive the bundled site with its pictures, starting at its front page, and yield the outcome of each page."""
    with serving(site_folder()) as proxy, _proxied(proxy):
        options = FetchOptions(limits=Limits(delay_seconds=DELAY_SECONDS), has_media=True)
        yield from crawl(archive, Scope(ENGLISH_HOSTS, START_URL), options=options)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the folder on a free local port as an HTTP proxy that knows one site; yield the proxy's URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Site,), {"folder": folder}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _proxied(proxy: str) -> Iterator[None]:
    """Send this process's requests to the proxy, the way a user would set one."""
    before = {name: os.environ.pop(name) for name in PROXY_VARIABLES if name in os.environ}
    os.environ["http_proxy"] = proxy
    try:
        yield
    finally:
        del os.environ["http_proxy"]
        os.environ.update(before)


class _Site(BaseHTTPRequestHandler):
    """Responds as the site's static server does: no charset, an unquoted ETag, gzip on request."""

    folder: Path
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each body waits 40 ms, until the client acknowledges its head

    def do_GET(self) -> None:
        """Send the page, picture or file at the path, or 404."""
        place = urlsplit(self.path).path
        if PICTURE.fullmatch(place):
            self._offer(picture_of(place), "image/png")
            return
        if FILES.fullmatch(place):
            self._offer(FILE, "application/pdf")
            return
        path = self.folder / (place.lstrip("/") or FRONT)
        is_page = path.suffix == ".htm" and path.is_file() and path.resolve().is_relative_to(self.folder.resolve())
        if not is_page:
            self._answer(404, b"<html><head><title>404</title></head><body>404 Not Found</body></html>")
            return
        self._offer(path.read_bytes(), "text/html")

    def _offer(self, body: bytes, content_type: str) -> None:
        """Send a body, or 304 to a client that has it."""
        etag = md5(body, usedforsecurity=False).hexdigest().upper()
        is_known = self.headers.get("If-None-Match") == etag
        self._answer(304 if is_known else 200, b"" if is_known else body, content_type, etag=etag)

    def _answer(self, status: int, body: bytes, content_type: str = "text/html", *, etag: str | None = None) -> None:
        is_text = body and etag is not None and content_type == "text/html"
        is_packed = is_text and "gzip" in self.headers.get("Accept-Encoding", "")
        sent = gzip.compress(body, mtime=0) if is_packed else body
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if etag:
            self.send_header("ETag", etag)
        if is_packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Log nothing: the fetch reports each page."""
