"""Start the program: as `postarchive`, or as `python -m postarchive`."""

import gc
import sys
from typing import NoReturn

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; its imports live to the end, and collecting garbage among them takes a sixth of a query."""
    gc.disable()
    try:
        from postarchive.cli import main as run  # noqa: PLC0415 - start-up
    except KeyboardInterrupt:
        sys.stderr.write("postarchive: interrupted; nothing was done yet\n")
        sys.exit(INTERRUPTED)
    gc.freeze()
    gc.enable()
    try:
        run()
    finally:
        gc.freeze()  # the process is ending: its memory is freed as a whole


if __name__ == "__main__":
    main()
