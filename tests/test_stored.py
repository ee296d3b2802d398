"""Values of the database that this program never writes are damage: one line, never a traceback."""

import pytest

from archiving import OTHER, SEED, SEED_NODE, Archivist
from commands import Run, assert_one_line

pytestmark = pytest.mark.usefixtures("site")
NOT_WRITTEN = {
    "a time that is none": ("UPDATE captures SET time = 'yesterday'", "fetch", OTHER, 65),
    "a time that is no text": ("UPDATE captures SET time = x'ff00'", "fetch", OTHER, 65),
    "a record that is none": ("UPDATE versions SET record = '[]'", "show", str(SEED_NODE), 65),
    "bytes for a text that is none": ("UPDATE pages SET url = x'ff00'", "query --format jsonl", "post", 65),
    "a version's number that is none": ("UPDATE versions SET number = 'x'", "history", str(SEED_NODE), 65),
    "options of a run that are none": ("UPDATE runs SET options = 'x'", "runs", "--limit=1", 65),
    "a length that is none": ("UPDATE files SET ingested_bytes = '2026 bytes'", "stats", "--format=json", 65),
    "a year that is none": (
        "INSERT INTO pages SELECT 99, site, 'x', node, 1, url, 99, kind, title, 'in May', source, gone FROM pages",
        "stats --by year",
        "--format=json",
        65,
    ),
    "counts of a run that are none": ("UPDATE runs SET counts = '[]'", "stats --by runs", "--format=json", 65),
    "a count that is none": ("UPDATE runs SET counts = '{\"new\": null}'", "stats --by runs", "--format=json", 65),
    "a run that is none": ("UPDATE runs SET run = x'ff00'", "fetch", OTHER, 65),
    "a place that is none": ("UPDATE files SET ingested_bytes = 'x'", "rebuild --compare", "--jobs=1", 65),
    "links of which there are none": ("DROP TABLE link_lists", "fetch", "--dry-run", 65),
    "an offset that is none": ("UPDATE captures SET offset = 'x'", "show", str(SEED_NODE), 65),
    "an offset that no file has": (
        "UPDATE captures SET offset = 9223372036854775807",
        "show --raw",
        str(SEED_NODE),
        65,
    ),
    "an offset before the file": ("UPDATE captures SET offset = -1", "show --raw", str(SEED_NODE), 65),
}


def test_value_that_acts_on_a_terminal_is_not_obeyed(archivist: Archivist, run: Run) -> None:
    archivist.fetch(SEED)
    archivist.execute("UPDATE pages SET gone = '2026' || char(27) || '[31m'")

    assert "\x1b" not in run("show", str(SEED_NODE), "-a", archivist.folder).stdout


@pytest.mark.parametrize("kind", NOT_WRITTEN)
def test_value_that_we_never_write_is_reported_in_one_line(
    archivist: Archivist, run: Run, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    statement, command, name, code = NOT_WRITTEN[kind]
    archivist.fetch(SEED)
    archivist.execute(statement)

    done = run(*command.split(), name, "-a", archivist.folder)

    assert_one_line(done, code, "damaged" if "time" in kind or "none" in kind else "warc.gz@")
    assert "Traceback" not in capfd.readouterr().err
