"""Records that say what nobody ever wrote: folding them raises nothing, and the pages beside them are right."""

from pathlib import Path
from random import Random

from archiving import Archivist
from fakesite import FakeSite
from mutations import Poisoner, make_run
from postarchive.collect.archive import open_archive
from postarchive.collect.imports import import_paths
from postarchive.foreign import Damage

FILES = 40


def test_mutated_records_cost_themselves_alone(tmp_path: Path, site: FakeSite) -> None:
    """The full size is in benchmarks/poison.py."""
    run = make_run(tmp_path / "whole", site)
    archivist = Archivist(tmp_path / "archive")
    poisoner = Poisoner(archivist.folder, run, Random(1))  # noqa: S311 - the same each time

    for _ in range(FILES):
        poisoner.add_file()
        with open_archive(archivist.folder):
            pass  # catches up

    assert poisoner.mutated > 10 * FILES
    assert poisoner.wrong() == []
    assert archivist.rows("SELECT count(*) > 20 FROM problems WHERE kind = 'bug'") == [(1,)]
    assert archivist.rebuilt_differences() == []


def test_mutated_records_of_somebody_else_cost_themselves_alone(tmp_path: Path, site: FakeSite) -> None:
    poisoner = Poisoner(tmp_path / "foreign", make_run(tmp_path / "whole", site), Random(2))  # noqa: S311 - as above
    archivist = Archivist(tmp_path / "archive")
    for _ in range(FILES):
        poisoner.add_file()

    results = list(import_paths(archivist.folder, [tmp_path / "foreign" / "warc"]))

    assert sum(isinstance(item, Damage) for item in results) > 0
    assert archivist.rows("SELECT count(DISTINCT node) FROM pages WHERE node % 10000 = 8450") == [(FILES,)]
    assert archivist.rebuilt_differences() == []
