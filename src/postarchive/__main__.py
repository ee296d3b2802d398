"""Run the program as `python -m postarchive`."""

from postarchive.cli import main

main()
