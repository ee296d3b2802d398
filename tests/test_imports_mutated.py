"""No foreign file, however it went wrong, ends an import or harms an archive; in full size: `benchmarks/foreign.py`."""

from pathlib import Path

from archiving import SEED, Archivist
from foreignmutations import PAGE, made
from foreignwarc import Foreign, packed, put
from postarchive.collect.imports import import_paths
from postarchive.errors import UnreadableInput
from postarchive.foreign import Damage
from postarchive.verify import Summary, verify_archive

FILES = 100


def test_no_foreign_file_ends_an_import_or_harms_the_archive(tmp_path: Path) -> None:
    archivist = Archivist(tmp_path / "archive")
    honest = put(tmp_path / "honest.warc.gz", packed(Foreign(url=SEED, body=PAGE, date="2018-01-01T00:00:00Z")))
    list(import_paths(archivist.folder, [honest]))

    damaged = refused = 0
    for number in range(FILES):
        path = put(tmp_path / "foreign", made(number))
        try:
            found = list(import_paths(archivist.folder, [path]))  # to its end
            damaged += any(isinstance(item, Damage) for item in found)
        except UnreadableInput:
            refused += 1

    assert damaged > FILES / 4
    assert refused < FILES / 2
    assert archivist.rows("SELECT url FROM captures WHERE time < '2018-02'") == [(SEED,)]
    findings = list(verify_archive(archivist.folder, Summary()))
    assert findings == []
    assert archivist.rebuilt_differences() == []
