"""Import other programs' files, broken in every way: no exception, no hang, and the archive intact afterwards.

`foreign.py --files 20000 --seed 1` makes them from a few good records: flipped bytes, cuts at boundaries, false
lengths, other fields, compressed and packaged in every way. Each round is an archive of its own that begins with a good
page, and is verified and rebuilt at the end. Exit code 1 on any exception except a refusal, on an import that takes
longer than ten seconds, and if an archive is damaged. `--only N` writes one file to stdout.
"""

import argparse
import faulthandler
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from archiving import SEED, Archivist  # noqa: E402  # the tests' helpers, found once the path is set
from foreignmutations import PAGE, made  # noqa: E402
from foreignwarc import Foreign, packed, put  # noqa: E402
from postarchive.collect.imports import import_paths  # noqa: E402
from postarchive.errors import UnreadableInput  # noqa: E402
from postarchive.models import FetchResult  # noqa: E402
from postarchive.verify import Summary, verify_archive  # noqa: E402

FILES_A_ROUND, HANG_SECONDS = 500, 10


def main() -> int:
    """Run the rounds and print the figures; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    if options.only is not None:
        sys.stdout.buffer.write(made(options.only, seed=options.seed))
        return 0
    started, outcomes, wrong = time.monotonic(), Counter[str](), 0
    for first in range(0, options.files, FILES_A_ROUND):
        with tempfile.TemporaryDirectory() as folder:
            numbers = range(first, min(first + FILES_A_ROUND, options.files))
            wrong += bool(problems(Path(folder), numbers, options.seed, outcomes))
    print(f"{options.files} files in {time.monotonic() - started:.0f} s, {wrong} archives harmed")
    print(", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common()))
    return 1 if wrong or outcomes["EXCEPTION"] else 0


def problems(folder: Path, numbers: range, seed: int, outcomes: Counter[str]) -> list[object]:
    """Import the files into one archive; return what is wrong with it afterwards."""
    archivist = Archivist(folder / "archive")
    honest = put(folder / "honest.warc.gz", packed(Foreign(url=SEED, body=PAGE, date="2018-01-01T00:00:00Z")))
    list(import_paths(archivist.folder, [honest]))
    for number in numbers:
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        path = put(folder / "foreign", made(number, seed=seed))
        try:
            items = list(import_paths(archivist.folder, [path]))
            outcomes.update(item.outcome if isinstance(item, FetchResult) else "damage" for item in items)
        except UnreadableInput:
            outcomes["refused"] += 1
        except Exception as error:  # noqa: BLE001 - finding these is the purpose
            outcomes["EXCEPTION"] += 1
            print(f"file {number}: {type(error).__name__}: {error}"[:300])
    faulthandler.cancel_dump_traceback_later()
    return [*verify_archive(archivist.folder, Summary()), *archivist.rebuilt_differences()]


if __name__ == "__main__":
    sys.exit(main())
