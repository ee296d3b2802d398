"""Start the program: as `postarchive`, or as `python -m postarchive`."""

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; what it imports lives to the end: to look for garbage in it takes a sixth of a query."""
    gc.disable()
    from postarchive.cli import main as run  # noqa: PLC0415 - start-up

    gc.freeze()
    gc.enable()
    try:
        run()
    finally:
        gc.freeze()  # the process ends: its memory goes as a whole


if __name__ == "__main__":
    main()
