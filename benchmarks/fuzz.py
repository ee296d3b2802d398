"""Feed `parse` damaged pages and noise in one process: no crash, no hang, no growing memory.

`fuzz.py --inputs 100000 --seed 1` makes its inputs from the fixtures; the same seed makes the same ones, and
`--only N` writes a single one to stdout. Exit code 1 on any exception except a PostarchiveError, on an
input that takes longer than ten seconds, or if memory grows after the first fifth of the inputs.
"""

import argparse
import faulthandler
import json
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from postarchive.errors import PostarchiveError
from postarchive.models import Capture
from postarchive.pages import parse
from postarchive.record.values import to_json

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
HANG_SECONDS = 10
MAX_GROWTH_MIB = 30
MAX_BYTES = 150_000
PROGRESS = 1000
RSS_UNITS_A_MIB = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes on Linux

URLS = (
    "",
    "http://english.chinapost.com.cn/",
    "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm",
    "http://english.chinapost.com.cn/html1/stamp/17116/4327-1.htm",
    "http://english.chinapost.com.cn/html1/category/17026/254-99.htm",
    "http://www.chinapost.com.cn/cn/report/2306/11864-1.html",
    "http://[broken",
    "no url at all",
)
HEADERS = (
    (),
    (("Content-Type", "text/html"),),
    (("Content-Type", "text/html; charset=gb2312"),),
    (("Content-Type", "text/html; charset=utf-16"),),
    (("Content-Type", "text/html; charset=x-none"),),
    (("Content-Encoding", "gzip"),),
    (("Content-Encoding", "deflate"),),
)
# What breaks a page most: pieces of markup, of the CMS's own marks, of other encodings.
SHARDS = (
    *(b"<", b">", b"'", b'"', b"<!--", b"-->", b"</", b"/>", b"&#", b"&#0;", b"&#xffffff;", b"&#55296;", b"&nbsp"),
    *(b"\x00", b"\x0b", b"\x1c", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe3\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"<span id='ReportIDtext'>", b"<span id='ReportIDname'>", b"<span id=StampIDcode>", b"</span>", b"<span>"),
    *(b"<table>", b"<tr>", b"<td>", b"<th>", b"</td>", b"</tr>", b"</table>", b"<li>", b"</ul>", b"<br/>", b"<p>"),
    *(b"<a href='", b"<a href=http://[x>", b"<img src='1.jpg'>", b"<img src='", b"<title>", b"<script>", b"<style>"),
    *(b"<body>", b"</body></html>", b"<plaintext>", b"<frameset>", b"<svg><p>", b"<math>", b"<![CDATA[", b"<?xml "),
    *(b"<li id='PageNum'><!--{total:999999}-->", b"<a id=CBNext href=''>", b"node={id:99999999999999999999,type:39}"),
    *(b"|China Post|2023-02-31", b"2023-03-29", b"Editor:", "来源:".encode(), "——".encode(), "京ICP备1".encode()),
    *(b"<div>" * 400, b"</div>" * 400, b"<br/>" * 400, b"<table><tr><td>" * 60, b"<b><i>" * 300, b"|" * 400),
    *(
        b"&#" + b"0" * 5000 + b"65;",
        b"<p " + b"a=1 " * 6000,
        b"Supporting Information Title: " * 900,
        b"Editor: Time: " * 900,
    ),
    *(
        b"<img src=/a.jpg>" * 900,
        b"[" + "摄".encode() * 4000,
        b"<script " * 2000,
        b"<a class=more href=/x>b</a>" * 900,
    ),
    *(b"8" * 400, b" " * 4000, b"8610 11185: " * 40, b"a:" * 2000, "—".encode() * 900, b"<p>x</span>" * 80),
)


@dataclass(slots=True)
class Tally:
    """The outcomes of the inputs; times in seconds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: list[int] = field(default_factory=list)
    slowest: int = 0
    slowest_seconds: float = 0.0
    early_mib: float = 0.0


def main() -> int:
    """Run the inputs, print the figures; return 1 if something is wrong."""
    options = arguments()
    pages = [path.read_bytes() for path in sorted(FIXTURES.rglob("*.htm*")) if path.suffix != ".json"]
    if options.only is not None:
        sys.stdout.buffer.write(made(pages, options.seed, options.only).body)
        return 0
    start = time.perf_counter()
    tally = run(pages, seed=options.seed, inputs=options.inputs)
    print_figures(tally, seed=options.seed, seconds=time.perf_counter() - start)
    return 1 if tally.crashes or growth_mib(tally) > MAX_GROWTH_MIB else 0


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="write this input to stdout and stop")
    return parser.parse_args()


def run(pages: Sequence[bytes], *, seed: int, inputs: int) -> Tally:
    """Return the outcomes of all inputs; a hang ends the process with a traceback and exit code 1."""
    tally = Tally()
    for number in range(inputs):
        if number % PROGRESS == 0:
            print(f"\r{number} inputs", end="", file=sys.stderr, flush=True)
        capture = made(pages, seed, number)
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        try_one(capture, number, tally)
        faulthandler.cancel_dump_traceback_later()
        if number == inputs // 5:
            tally.early_mib = rss_mib()
    print(f"\r{inputs} inputs", file=sys.stderr)
    return tally


def try_one(capture: Capture, number: int, tally: Tally) -> None:
    """Parse one input as `postarchive parse` does, down to the bytes of the record."""
    start = time.perf_counter()
    try:
        json.dumps(to_json(parse(capture)), ensure_ascii=False).encode()
        outcome = "record"
    except PostarchiveError as refused:
        outcome = type(refused).__name__
    except Exception as crash:  # noqa: BLE001  # finding these is the purpose
        outcome = f"CRASH {type(crash).__name__}"
        tally.crashes.append(number)
        if not tally.outcomes[outcome]:  # the first of its kind is shown
            print(f"\ninput {number}:", *traceback.format_exception(crash)[-4:], file=sys.stderr)
    tally.outcomes[outcome] += 1
    seconds = time.perf_counter() - start
    if seconds > tally.slowest_seconds:
        tally.slowest, tally.slowest_seconds = number, seconds


def made(pages: Sequence[bytes], seed: int, number: int) -> Capture:
    """Return one input: a damaged page, two pages joined, or noise; the same for the same numbers."""
    random = Random(f"{seed}-{number}")  # noqa: S311  # no secret
    body = noise(random) if random.random() < 0.05 else random.choice(pages)  # noqa: PLR2004  # one in twenty
    for _ in range(random.randrange(1, 7)):
        body = wounded(body, random.choice(pages), random)[:MAX_BYTES]
    return Capture(random.choice(URLS), WHEN, 200, random.choice(HEADERS), body)


def noise(random: Random) -> bytes:
    """Return bytes that were never a page: random ones, or a row of shards."""
    if random.random() < 0.5:  # noqa: PLR2004  # half and half
        return random.randbytes(random.randrange(2000))
    return b"".join(random.choices(SHARDS, k=random.randrange(40)))


def wounded(body: bytes, other: bytes, random: Random) -> bytes:
    """Return the body damaged in one way: cut, repeated, overwritten, mirrored, split by a shard, or grafted."""
    first, second = sorted(random.randrange(len(body) + 1) for _ in range(2))
    near = min(second, first + random.randrange(1, 60))
    wounds = (
        lambda: body[:second],
        lambda: body[:first] + body[near:],
        lambda: body[:second] + body[first:],
        lambda: body[:first] + body[first:near] * random.randrange(2, 40) + body[near:],
        lambda: body[:first] + random.randbytes(random.randrange(1, 9)) + body[near:],
        lambda: body[:first] + body[first:near][::-1] + body[near:],
        lambda: body[:first] + random.choice(SHARDS) + body[first:],
        lambda: body[:first] + random.choice(SHARDS) + body[near:],
        lambda: body[:first] + other[random.randrange(len(other) + 1) :] + body[second:],
        lambda: body.replace(random.choice(SHARDS[:40]), random.choice(SHARDS), random.randrange(1, 9)),
    )
    return random.choice(wounds)()


def rss_mib() -> float:
    """Return the peak memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / RSS_UNITS_A_MIB


def growth_mib(tally: Tally) -> float:
    """Return by how many MiB the peak rose after the first fifth of the inputs."""
    return rss_mib() - tally.early_mib


def print_figures(tally: Tally, *, seed: int, seconds: float) -> None:
    """Print outcomes, time, memory, and the input to look at."""
    inputs = tally.outcomes.total()
    print(f"{inputs} inputs, seed {seed}, {seconds:.0f} s, {seconds * 1000 / max(inputs, 1):.2f} ms each")
    for outcome, count in tally.outcomes.most_common():
        print(f"{outcome:20}{count:9}")
    print(f"slowest: input {tally.slowest}, {tally.slowest_seconds:.2f} s")
    print(f"memory: {tally.early_mib:.0f} MiB after a fifth, {rss_mib():.0f} MiB at the end")
    print(f"crashes: {len(tally.crashes)}", *tally.crashes[:20])


if __name__ == "__main__":
    sys.exit(main())
