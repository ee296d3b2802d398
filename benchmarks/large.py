"""Read pages that are far too large or made to be slow, each in a new process: none may cost too much time or memory.

Each is parsed, explained, prepared for the index, and hashed. With `--archive`, those that give a record are also
fetched from a local server in two versions and passed through the commands that read an archive. Exit code 1 if
anything took more than 300 MB or too many seconds. `--only WORD` takes the pages whose names contain it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from largepages import CHINESE, LARGE, SLOW, TOO_LARGE

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from commands import environment  # the tests' own, found once the path is set
from fakesite import FakeSite
from postarchive.errors import UnreadableInput
from postarchive.models import Capture
from postarchive.pages import read
from postarchive.pages.explain import explain
from postarchive.record.revisions import fingerprint
from postarchive.record.values import to_json
from postarchive.search import indexed

MAX_MEGABYTES = 300.0
MAX_SECONDS = 5.0  # to parse
MAX_EXPLAIN_SECONDS = 15.0  # slower, for a person who looks at one page
MAX_COMMAND_SECONDS = 30.0
TIMEOUT_SECONDS = 60
ARTICLE_URL = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
PAGES: Mapping[str, Callable[[], bytes]] = {**TOO_LARGE, **LARGE, **SLOW}
COMMANDS = (
    ("fetch", ARTICLE_URL, "--delay", "0"),
    ("rebuild",),
    ("show", "23048456"),
    ("show", "23048456", "--format", "json"),
    ("diff", "23048456"),
    ("query", "words"),
    ("query", "邮政", "--format", "json"),
    ("export", "jsonl", "-o", "all.jsonl"),
    ("export", "md", "-o", "md"),
    ("feed", "-o", "feed.xml"),
    ("verify",),
)
# A small process starts what is measured, because a child's peak memory begins at that of its parent.
MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(code, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, sep="\\t")
"""


def main() -> int:
    """Print the table; return 1 if a bound was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--archive", action="store_true")
    parser.add_argument("--page", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.page:
        print(figures(options.page))
        return 0
    names = [name for name in PAGES if options.only in name]
    print(f"{'read s':>8}{'explain':>9}{'MB':>6}  page and outcome")
    broken = [name for name in names if not is_within_bounds(name)]
    if options.archive:
        broken += [name for name in names if name in LARGE and not is_archived_within_bounds(name)]
    print(f"{len(names)} pages, {len(broken)} beyond a bound", *broken, sep="\n  ")
    return 1 if broken else 0


def is_within_bounds(name: str) -> bool:
    """Read a page in a new process and print its row; tell whether it stayed within its bounds."""
    command = [sys.executable, __file__, "--page", name]
    try:
        done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=TIMEOUT_SECONDS)  # noqa: S603 - this very script
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        print(f"{'':23}  {name}: {type(error).__name__}", (error.stderr or "")[-300:])
        return False
    read, explained, megabytes, became = done.stdout.strip().split("\t")
    is_fine = float(read) <= MAX_SECONDS and float(megabytes) <= MAX_MEGABYTES
    is_fine = is_fine and float(explained) <= MAX_EXPLAIN_SECONDS
    mark = "" if is_fine else "  TOO MUCH"
    print(f"{float(read):8.2f}{float(explained):9.2f}{float(megabytes):6.0f}  {name}: {became}{mark}", flush=True)
    return is_fine


def figures(name: str) -> str:
    """Read a page here; return its seconds, those of its explanation, peak megabytes and outcome, tab-separated."""
    capture = Capture(ARTICLE_URL, datetime(2026, 1, 1, tzinfo=UTC), 200, (), PAGES[name]())
    start = time.perf_counter()
    try:
        became = read_whole(capture)
    except UnreadableInput as error:
        became = f"refused, {error.problem[:70]}"
    middle = time.perf_counter()
    if not became.startswith("refused"):
        became += f", {len(explain(capture))} places"
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{middle - start:.2f}\t{end - middle:.2f}\t{peak:.0f}\t{became}"


def read_whole(capture: Capture) -> str:
    """Do everything that happens to a page before it is stored; return its kind and warnings."""
    reading = read(capture)
    to_json(reading.page)
    fingerprint(reading.page)
    reading.skeleton()
    links = len(reading.links())
    indexed(reading.page)
    return "; ".join([f"{reading.page.kind}, {links} links", *reading.page.warnings])[:100]


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that was run: its exit code, seconds, and peak memory."""

    command: str
    code: int
    seconds: float
    megabytes: float

    @property
    def is_fine(self) -> bool:
        """Tell whether it succeeded within its time and memory."""
        is_small = self.megabytes <= MAX_MEGABYTES and self.seconds <= MAX_COMMAND_SECONDS
        return is_small and self.code == 0


def is_archived_within_bounds(name: str) -> bool:
    """Fetch two versions of a page and read them with each command; print the command that took most."""
    page = PAGES[name]()
    with tempfile.TemporaryDirectory() as folder, FakeSite() as playing:
        runs = []
        for body in (page, edited(page)):
            playing.edit(ARTICLE_URL, body)
            runs.append(measured(Path(folder), playing.proxy_url, COMMANDS[0]))
        runs += [measured(Path(folder), playing.proxy_url, command) for command in COMMANDS[1:]]
    for run in runs:
        mark = "" if run.is_fine else "  TOO MUCH"
        print(
            f"{run.seconds:8.2f}{'':9}{run.megabytes:6.0f}    {name}: {run.command}, exit {run.code}{mark}", flush=True
        )
    return all(run.is_fine for run in runs)


def edited(page: bytes) -> bytes:
    """Return a page with another title, and one word less at the beginning and the end of its text."""
    page = page.replace(b"A title", b"Another title")
    for word in (b"words ", CHINESE.encode()):
        page = page.replace(word, b"", 1)[::-1].replace(word[::-1], b"", 1)[::-1]
    return page


def measured(folder: Path, proxy_url: str, command: tuple[str, ...]) -> Ran:
    """Run a command on an archive from a small process, which measures it."""
    program = [sys.executable, "-m", "postarchive", *command, "--archive", str(folder / "archive")]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", MEASURE, *program],
        cwd=folder,
        env=environment(http_proxy=proxy_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        text=True,
        timeout=2 * TIMEOUT_SECONDS,
    )
    code, seconds, megabytes = done.stdout.split("\t")
    return Ran(" ".join(command), int(code), float(seconds), float(megabytes))


if __name__ == "__main__":
    sys.exit(main())
