"""Fetch a local site with `postarchive fetch` and with `wget -r --warc-file`, and compare the CPU time of both.

A local server, set as the proxy, plays the site: robots.txt and a front page that leads to `--pages` stories of real
size. Each program crawls into a new folder, in turns; the minimum of `--rounds` counts. Both send requests without a
pause over one connection. Our program is compiled, as an installed one is, whatever the environment says. wget only
keeps the bytes: it reads no records, knows no versions and makes no index. Exit code 1 if a bound is broken; without
wget only a line says that there is nothing to compare.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit
from zlib import crc32

from realsize import KINDS, ROOT, captures

COUNT, ROUNDS = 300, 3
KIND, KILOBYTES = "English", 32
MAX_TIMES_WGET = 3.0
SOME_MISSING = 8  # wget asks for scripts and pictures too, which the site does not have
PROXIES = ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY")
UNCOMPILED = "PYTHONDONTWRITEBYTECODE"  # if it is set, a tree that was never installed is compiled at every start
LINK = re.compile(rb"/html1/[\w/-]+\.htm")
FRONT = "<html><head><title>Front</title></head><body><ul>{}</ul></body></html>"


def main() -> int:
    """Print what each takes; return 1 if the bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=COUNT)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--kilobytes", type=int, default=KILOBYTES)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.pages, options.kilobytes)
    took = compared(options.pages, options.rounds, options.kilobytes)
    ours, wget = took["postarchive fetch"], took.get("wget -r --warc-file")
    if wget is None:
        print("wget is not installed: nothing to compare with")
        return 0
    what = f"{options.pages} pages of {options.kilobytes} kB"
    print(f"{what}: {ours / wget:.2f} times wget's CPU; the bound is {MAX_TIMES_WGET}")
    return 1 if ours / wget > MAX_TIMES_WGET else 0


def compared(pages: int, rounds: int, kilobytes: int = KILOBYTES) -> dict[str, float]:
    """Return the CPU seconds of each crawler, the minimum of alternating rounds."""
    took: dict[str, float] = {}
    with serving(pages, kilobytes) as served, tempfile.TemporaryDirectory() as compiled:
        environment = served | {"PYTHONPYCACHEPREFIX": compiled}
        run_once(environment)  # compiles
        for _ in range(rounds):
            for name, command in crawlers().items():
                with tempfile.TemporaryDirectory() as folder:
                    seconds = cpu_seconds(command, Path(folder), environment)
                took[name] = min(seconds, took.get(name, seconds))
    for name, seconds in took.items():
        print(f"{name:20}{seconds:8.2f} s CPU{seconds / pages * 1000:8.2f} ms a page")
    return took


def run_once(environment: dict[str, str]) -> None:
    """Let the program crawl once without measuring it."""
    with tempfile.TemporaryDirectory() as folder:
        cpu_seconds(crawlers()["postarchive fetch"], Path(folder), environment)


def crawlers() -> dict[str, list[str]]:
    """Return the command line of each crawler, to be run in a new folder."""
    contact = ["--contact", "https://archive.example/contact"]
    ours = [sys.executable, "-m", "postarchive", "fetch", "--delay", "0", "--quiet", "--archive", "archive", *contact]
    wget = shutil.which("wget")
    theirs = [str(wget), "--quiet", "--recursive", "--level=inf", "--warc-file=site", f"{ROOT}/"]
    return {"postarchive fetch": ours} | ({"wget -r --warc-file": theirs} if wget else {})


def cpu_seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Return the CPU seconds of a process, user and system; it must have kept something."""
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, SOME_MISSING), command
    assert list(folder.rglob("*.warc.gz")), command
    return usage.ru_utime + usage.ru_stime


# --- the site ---------------------------------------------------------------------------------------------------------


@contextmanager
def serving(pages: int, kilobytes: int) -> Iterator[dict[str, str]]:
    """Play the site in another process; yield an environment that uses it as its proxy."""
    command = [sys.executable, __file__, "--serve", "--pages", str(pages), "--kilobytes", str(kilobytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - this file
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            own = {name: value for name, value in os.environ.items() if name not in (*PROXIES, UNCOMPILED)}
            yield own | {"http_proxy": f"http://127.0.0.1:{port}"}
        finally:
            server.kill()


def serve(pages: int, kilobytes: int) -> int:
    """Print the port, then serve until killed."""
    found = {urlsplit(capture.url).path: capture.body for capture in captures(KIND, kilobytes, pages)}
    names = [path.encode() for path in found]
    stories = {
        path: LINK.sub(lambda link: names[crc32(link[0]) % len(names)], body) for path, body in found.items()
    }  # a site that links to its own stories only
    links = "".join(f"<li><span id='ReportIDname'><a href='{path}'>{path}</a></span></li>" for path in stories)
    Site.pages = {"/": FRONT.format(links).encode(), "/robots.txt": b"User-agent: *\nAllow: /\n"} | stories
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    print(server.server_port, flush=True)
    server.serve_forever()
    return 0


class Site(BaseHTTPRequestHandler):
    """A site served from memory, over connections that stay open."""

    protocol_version = "HTTP/1.1"
    pages: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """Send the page of a path; 404 for any other."""
        path = urlsplit(self.path).path
        body = self.pages.get(path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/plain" if path == "/robots.txt" else "text/html")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


assert KIND in KINDS

if __name__ == "__main__":
    sys.exit(main())
