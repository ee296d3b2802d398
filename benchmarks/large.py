"""Parse pages that are far too large, each in a fresh process: none may take more than 10 s or 500 MB.

Run without arguments for the table; with the name of one page, that page is parsed here and its figures are printed.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from postarchive.errors import UnreadableInput
from postarchive.models import Capture
from postarchive.pages import parse

MOST_SECONDS = 10.0
MOST_MEGABYTES = 500.0
TIMEOUT_SECONDS = 120
MEGABYTE = 1024 * 1024
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
ARTICLE_URL = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
HEAD = (
    b"<html><head><title>T - China Post</title><script>var node={id:23048456,type:%d}</script></head>"
    b"<body><div id='Content3'>"
)
NEWS, LIST, STAMP = HEAD % 13, HEAD % 1, HEAD % 11
END = b"</div></body></html>"
STORY = NEWS + b"<span id='ReportIDname'>A title</span><span id='ReportIDtext'><p>Text.</p>"
ROW = b"<li><span id='ReportIDname'><a href='/html1/report/2304/8456-1.htm'>T</a></span><span id='ReportIDIssueTime'>"
ROW += b"2023-03-29</span></li>"

PAGES: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "nested div, 5 MB": lambda: STORY + b"<div>" * MEGABYTE + END,
        "nested b and stray ends, 5 MB": lambda: STORY + b"<b>" * 500 + b"</i>" * (5 * MEGABYTE // 4) + END,
        "paragraphs, 5 MB": lambda: STORY + b"<p>a" * (5 * MEGABYTE // 4) + END,
        "links, 5 MB": lambda: STORY + b"<a href=a>b</a>" * (5 * MEGABYTE // 15) + END,
        "list of 10,000 rows": lambda: LIST + b"<ul>" + ROW * 10_000 + b"</ul>" + END,
        "list of 10,000 rows without li": lambda: LIST + ROW[4:-5] * 10_000 + END,
        "story beside 10,000 rows": lambda: STORY + b"</span><ul>" + ROW * 10_000 + b"</ul>" + END,
        "story with 10,000 bylines": lambda: STORY + b"</span>" + b"<i id='ReportIDIssueTime'>2023</i>" * 10_000 + END,
        "story of 10,000 pictures": lambda: STORY + b"<img src='/res/a.jpg'>text<br>" * 10_000 + END,
        "10,000 pictures in a row": lambda: STORY
        + b"<table><tr>" + b"<td><img src=/res/a.jpg></td>" * 10_000 + b"</tr><tr><td>x</td></tr></table>" + END,
        "100,000 ids": lambda: STORY + b"<i id='NodeTitle'><a href=/x>x</a></i>" * 100_000 + END,
        "stamp of 10,000 facts": lambda: STAMP
        + b"<table>" + b"<tr><td>Serial Number:</td><td>2016-8</td></tr>" * 10_000 + b"</table>" + END,
        "nested tables, 1 MB": lambda: STORY + b"<table><tr><td>" * (MEGABYTE // 15) + END,
        "hotlines on a line, 5 MB": lambda: NEWS + b"Tel: 8610 11185 " * (5 * MEGABYTE // 16) + END,
        "stray span and open comments, 5 MB": lambda: STORY + b"</span></span>x" + b"<!--" * (5 * MEGABYTE // 4) + END,
        "stray span and open quotes, 5 MB": lambda: STORY + b"</span></span>x" + b"<a '" * (5 * MEGABYTE // 4) + END,
        "stray spans, 5 MB": lambda: STORY + b"</span>x" * (5 * MEGABYTE // 8) + END,
        "dashes and blanks, 5 MB": lambda: STORY + b"</span>" + b"- | " * (5 * MEGABYTE // 4) + END,
        "head of one word, 5 MB": lambda: b"<html>" + b"publishdate " * (5 * MEGABYTE // 12) + END,
        "text, 15 MB": lambda: STORY + "邮政 ".encode() * (15 * MEGABYTE // 7) + END,
        "page, 50 MB": lambda: STORY + b"<p>words of a story</p>" * (50 * MEGABYTE // 23) + END,
    }
)  # fmt: skip


def main() -> int:
    """Print the table; return 1 when a page broke a bound."""
    if len(sys.argv) > 1:
        print(figures(sys.argv[1]))
        return 0
    print(f"{'seconds':>8}{'MB':>6}  page, and what became of it")
    return 1 if sum(not is_within_bounds(name) for name in PAGES) else 0


def is_within_bounds(name: str) -> bool:
    """Parse a page in a fresh process and print its line."""
    try:
        answer = subprocess.run(  # noqa: S603 - this very script
            [sys.executable, __file__, name], capture_output=True, check=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        print(f"{TIMEOUT_SECONDS:8}+{'':6} {name}: NO ANSWER")
        return False
    seconds, megabytes, became = answer.stdout.strip().split("\t")
    is_fine = float(seconds) <= MOST_SECONDS and float(megabytes) <= MOST_MEGABYTES
    print(f"{float(seconds):8.2f}{float(megabytes):6.0f}  {name}: {became}{'' if is_fine else '  TOO MUCH'}")
    return is_fine


def figures(name: str) -> str:
    """Parse a page here; return its seconds, the process's peak megabytes and the outcome, between tabs."""
    capture = Capture(ARTICLE_URL, EPOCH, 200, (), PAGES[name]())
    start = time.perf_counter()
    try:
        page = parse(capture)
        became = "; ".join([page.kind, *page.warnings])[:100]
    except UnreadableInput as error:
        became = f"refused, {error.problem[:60]}"
    seconds = time.perf_counter() - start
    return f"{seconds:.2f}\t{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}\t{became}"


if __name__ == "__main__":
    sys.exit(main())
