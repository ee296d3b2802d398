"""Kill fetches at random moments; the last run must leave the same archive as an undisturbed one.

Each round starts `postarchive fetch` against a local copy of the site and sends it SIGKILL after a random time. The
site changes every few rounds, so that the kills hit new pages, edits and pages that are gone. Finally one run is left
to finish; then the records, SQLite's own check, and `fastwarc check -p` of every file must be right.
"""

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from fakesite import FIXTURES, FakeSite  # noqa: E402  # the tests' server, found once the path is set

ROUNDS, LONGEST_SECONDS, EDIT_EVERY = 200, 1.2, 10
EDITED = "english.chinapost.com.cn/html1/report/2304/8456-1.htm"
SENTENCE = b"Recently, China Post Group Corporation Limited issued"


def main() -> int:
    """Run the rounds and print the figures; return 1 if the archive is not what it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as folder:
        return torment(Path(folder), chance, rounds=options.rounds)


def torment(folder: Path, chance: random.Random, *, rounds: int) -> int:
    """Kill one run after another in an archive; compare it with an undisturbed one."""
    site = folder / "site"
    shutil.copytree(FIXTURES, site)
    killed, started = 0, time.monotonic()
    with FakeSite(site) as server:
        for number in range(rounds):
            if number % EDIT_EVERY == EDIT_EVERY - 1:
                edit(site, number)
            killed += kill_one(folder / "killed", server.proxy_url, chance.uniform(0.05, LONGEST_SECONDS))
        fetch(folder / "killed", server.proxy_url).wait()
        fetch(folder / "quiet", server.proxy_url).wait()
    problems = compare(folder / "killed", folder / "quiet")
    torn = len(list((folder / "killed").rglob("*.torn*")))
    print(f"{rounds} rounds, {killed} killed in flight, {torn} torn ends, {time.monotonic() - started:.0f} s")
    print("\n".join(problems) or "records equal, integrity_check ok, every WARC passes fastwarc check -p")
    return 1 if problems else 0


def edit(site: Path, number: int) -> None:
    """Change one sentence of one page."""
    page = site / EDITED
    page.write_bytes(page.read_bytes().replace(SENTENCE, SENTENCE + f" ({number})".encode(), 1))


def fetch(archive: Path, proxy: str) -> subprocess.Popen[bytes]:
    """Start a fetch of the site."""
    command = [sys.executable, "-m", "postarchive", "fetch", "--quiet", "--delay", "0", "--archive", str(archive)]
    return subprocess.Popen(command, env=os.environ | {"http_proxy": proxy})  # noqa: S603 - our own program


def kill_one(archive: Path, proxy: str, seconds: float) -> bool:
    """Kill a fetch after some seconds; tell whether it was still running."""
    process = fetch(archive, proxy)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def compare(killed: Path, quiet: Path) -> list[str]:
    """Return what is wrong with the archive that was killed."""
    problems = []
    if latest_records(killed) != latest_records(quiet):
        problems.append("the records are not those of an undisturbed archive")
    with closing(sqlite3.connect(killed / "postarchive.db")) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            problems.append("integrity_check fails")
    for file in sorted((killed / "warc").rglob("*.warc.gz")):
        code = "from fastwarc.cli import main; main()"
        checked = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code, "check", "-p", "-q", str(file)], capture_output=True, check=False
        )
        if checked.returncode:
            problems.append(f"{file.name} fails fastwarc check -p")
    return problems


def latest_records(archive: Path) -> list[tuple[str, str]]:
    """Return the latest record of each page."""
    with closing(sqlite3.connect(archive / "postarchive.db")) as connection:
        return connection.execute(
            "SELECT pages.key, record FROM pages JOIN versions ON versions.page = pages.id "
            "WHERE number = (SELECT max(number) FROM versions WHERE page = pages.id) ORDER BY pages.key"
        ).fetchall()


if __name__ == "__main__":
    sys.exit(main())
