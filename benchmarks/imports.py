"""Measure the import of a WARC file, and of WACZ files made from it, which may take half as long again.

`imports.py --megabytes 200` writes a WARC file of that size, of articles of real size (32 kB), and packs it into WACZ
files, as the standard wants it (stored) and as other programs do (an uncompressed WARC, deflated). A new process
imports each into a new archive; they take turns, and the fastest of `--rounds` counts. Then the WARC file is imported
again into its own archive, which knows all of it. `--profile` imports it in this process and shows where the time goes.
"""

import argparse
import cProfile
import gzip
import os
import pstats
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from articles import articles

from postarchive.collect.imports import import_paths

SEED = Path(__file__).resolve().parent.parent / "fixtures/html/english.chinapost.com.cn/html1/report/2304/8456-1.htm"
CONTENT = re.compile(rb"(?<=<span id='ReportIDtext'>).*?(?=</span>)", re.DOTALL)
PAGE_BYTES = 32_000
MEGABYTE = 1_000_000
MAX_RATIO = 1.5
STORIES = 8000


@dataclass(frozen=True, slots=True)
class Figures:
    """What an import took: wall time and CPU time in seconds, and peak megabytes."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def main() -> int:
    """Import each form, print the table; return 1 if a WACZ takes too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        forms = make_files(folder, options.megabytes)
        if options.profile:
            profile(folder, forms["WARC"])
            return 0
        return compare(folder, forms, options.rounds)


def compare(folder: Path, forms: dict[str, Path], rounds: int) -> int:
    """Print what each form takes, and its ratio to the WARC file; return 1 if one is too large."""
    found: dict[str, list[Figures]] = {form: [] for form in (*forms, "WARC again")}
    for _ in range(rounds):
        for form, path in forms.items():
            found[form].append(measured(folder / form, path))
            if form == "WARC":
                found["WARC again"].append(measured(folder / form, path))
            shutil.rmtree(folder / form)
    best = {form: min(figures, key=lambda item: item.seconds) for form, figures in found.items()}
    floor = best["WARC"].seconds
    print(f"{'':16}{'MB':>8}{'seconds':>10}{'CPU':>8}{'peak MB':>9}{'ratio':>7}")
    for form, item in best.items():
        size = (forms.get(form) or forms["WARC"]).stat().st_size / MEGABYTE
        ratio = item.seconds / floor
        print(f"{form:16}{size:8.0f}{item.seconds:10.1f}{item.cpu_seconds:8.1f}{item.megabytes:9.0f}{ratio:7.2f}")
    return int(any(best[form].seconds > MAX_RATIO * floor for form in forms))


def make_files(folder: Path, megabytes: float) -> dict[str, Path]:
    """Write the WARC file and the packages around it."""
    warc, plain = folder / "pages.warc.gz", folder / "pages.warc"
    pages = 0
    with warc.open("wb") as packed, plain.open("wb") as unpacked:
        for record in records():
            pages += 1
            packed.write(gzip.compress(record, 6, mtime=0))
            unpacked.write(record)
            if packed.tell() >= megabytes * MEGABYTE:
                break
    print(f"{pages} pages of {PAGE_BYTES // 1000} kB")
    forms = {"WARC": warc}
    for form, inside, method in (("WACZ", warc, zipfile.ZIP_STORED), ("WACZ deflated", plain, zipfile.ZIP_DEFLATED)):
        forms[form] = folder / f"{form.replace(' ', '-')}.wacz"
        with zipfile.ZipFile(forms[form], "w", method) as package:
            package.write(inside, f"archive/{inside.name}")
    plain.unlink()
    return forms


def records() -> Iterator[bytes]:
    """Yield WARC records of articles endlessly, each of real size and with its own text."""
    seed = SEED.read_bytes()
    texts = [" ".join(article.paragraphs).encode() for article in articles(STORIES)]
    for number in range(10_000_000):
        body = CONTENT.sub(lambda _: story, seed) if (story := story_of(texts, number)) else seed
        high, low = 2304 + number // 9000, number % 9000 + 1
        url = f"http://english.chinapost.com.cn/html1/report/{high}/{low}-1.htm"
        yield record_of(url, number, body.replace(b"23048456", str(high * 10_000 + low).encode()))


def story_of(texts: list[bytes], number: int) -> bytes:
    """Return the paragraphs of a page, different for each number."""
    parts, size, step = [], 0, number // len(texts) + 1
    for place in islice(iter(range(number, number + 1000 * step, step)), 1000):
        parts.append(b"<p>%b</p>\n" % texts[place % len(texts)])
        size += len(parts[-1])
        if size >= PAGE_BYTES:
            break
    return b"".join(parts)


def record_of(url: str, number: int, body: bytes) -> bytes:
    """Return a response as other programs write it."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    date = f"2020-01-{number % 28 + 1:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    fields = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032x}>\r\nWARC-Date: {date}\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\n"
        f"Content-Length: {len(head) + len(body)}\r\n\r\n"
    )
    return fields.encode() + head + body + b"\r\n\r\n"


def measured(archive: Path, path: Path) -> Figures:
    """Import a file in a new process and measure it."""
    program = [sys.executable, "-m", "postarchive", "import", "--quiet", "--archive", str(archive), str(path)]
    start = time.perf_counter()
    process = subprocess.Popen(program)  # noqa: S603 - our own interpreter
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    process.returncode = 0
    units = 2**20 if sys.platform == "darwin" else 2**10
    return Figures(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / units)


def profile(folder: Path, path: Path) -> None:
    """Print where the time of an import goes."""
    profiler = cProfile.Profile()
    profiler.enable()
    count = sum(1 for _ in import_paths(folder / "archive", [path]))
    profiler.disable()
    print(f"{count} pages, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:.0f} MB")
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    sys.exit(main())
