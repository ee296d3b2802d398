"""The documentation is true: the reference is the code's, commands print what the text shows, links lead somewhere."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiving import Archivist
from commands import postarchive
from docs import CONSOLE, ROOT, Place, agrees, furnish, make_archives, masked, steps
from fakesite import FIXTURES, FakeSite, Response
from postarchive.cli.codes import CODES
from postarchive.errors import PostarchiveError

DOCS = sorted((ROOT / "docs").glob("*.md"))
TOLD = [path for path in (ROOT / "README.md", *DOCS) if CONSOLE.search(path.read_text(encoding="utf-8"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,4} (?P<text>.+)$", re.MULTILINE)
SHELL_BLOCK = re.compile(r"^```sh\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE)
# Command lines that no test can run: they install, serve until they are stopped, or ask somebody on the network.
NOT_RUN = re.compile(
    r"make \w+|pip install |postarchive serve |postarchive fetch .*--contact|postarchive seal |openssl "
    r"|\.venv/bin/postarchive fetch "
)


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def docs_site() -> Iterator[FakeSite]:
    with FakeSite(FIXTURES) as site:
        yield site


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory, docs_site: FakeSite) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    make_archives(folder, docs_site)
    return folder


# --- the reference ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_reference_is_what_the_code_says(reference: ModuleType, path: Path) -> None:
    """`make reference` writes it."""
    text = path.read_text(encoding="utf-8")

    assert text == reference.written(text)


def test_every_block_of_the_reference_is_in_the_documentation(reference: ModuleType) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS)

    assert [name for name in reference.BLOCKS if f"<!-- generated: {name} -->" not in text] == []


def test_every_option_of_every_command_is_in_the_reference(reference: ModuleType) -> None:
    text = reference.commands()

    for command, option in (("fetch", "--max-requests"), ("export", "--sign"), ("probe", "--contact")):
        section = text.partition(f"# postarchive {command}\n")[2].partition("\n## ")[0]
        assert f"`{option}`" in section, command
    assert "`POSTARCHIVE_FETCH_DELAY`" in text


def test_every_exit_code_of_an_error_is_documented() -> None:
    kinds = [PostarchiveError]
    for kind in kinds:
        kinds += kind.__subclasses__()

    assert {kind.exit_code for kind in kinds} <= {code.number for code in CODES}


def test_drawing_of_the_database_names_every_table_and_lead(reference: ModuleType) -> None:
    drawing = (ROOT / "docs" / "database.md").read_text(encoding="utf-8").split("```")[1]
    tables = {found["name"] for found in reference.TABLE.finditer(reference.TABLES)} | {"search"}

    assert {name for name in tables if not re.search(rf"\b{name}\b", drawing)} == set()
    assert len(reference.references()) == 18


# --- the WARC profile -------------------------------------------------------------------------------------------------


def test_warc_profile_names_every_header_that_is_written(site: FakeSite, archivist: Archivist) -> None:
    """A redirect out of the list, a page twice, a 404: every kind of record but a seal."""
    url = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
    site.answer("http://english.chinapost.com.cn/html1/report/2304/1-1.htm", Response(status=503))
    for _ in range(2):
        archivist.fetch(url, "http://english.chinapost.com.cn/html1/report/2304/1-1.htm")
    text = (ROOT / "docs" / "warc.md").read_text(encoding="utf-8")

    written = {(kind, name) for file in archivist.files for kind, name in _headers(file)}

    assert {kind for kind, _ in written} == {"warcinfo", "request", "response", "revisit", "metadata"}
    assert {name for _, name in written if f"`{name}`" not in text} == set()
    assert {kind for kind, _ in written if f"| `{kind}` |" not in text} == set()


def _headers(file: Path) -> Iterator[tuple[str, str]]:
    with file.open("rb") as stream:
        for record in ArchiveIterator(stream):
            for name, _ in record.rec_headers.headers:
                yield record.rec_type, name


# --- the command lines ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.name)
def test_command_lines_print_what_the_documentation_says(
    path: Path, archives: Path, docs_site: FakeSite, tmp_path: Path
) -> None:
    """`make outputs` writes it."""
    furnish(tmp_path, archives)
    place = Place(tmp_path, docs_site)

    for step in steps(path.read_text(encoding="utf-8")):
        code, printed = place.run(step.command)
        assert agrees(step.expected, printed), (
            f"$ {step.command}\n{masked(printed)}\n--- expected\n{masked(step.expected)}"
        )
        assert code == 0 or "postarchive: " in printed or "FAILED" in printed, step.command


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda path: path.name)
def test_what_no_test_can_run_is_known(path: Path) -> None:
    blocks = SHELL_BLOCK.finditer(path.read_text(encoding="utf-8"))
    lines = [line for block in blocks for line in block["lines"].splitlines() if line and not line.startswith(" ")]

    assert [line for line in lines if not NOT_RUN.match(line)] == []


@pytest.mark.parametrize(
    ("expected", "printed", "is_same"),
    [
        pytest.param("a\nb", "a\nb\n", True, id="the same"),
        pytest.param("a\nb", "a\nc\n", False, id="another line"),
        pytest.param("a", "a\nb\n", False, id="a line more"),
        pytest.param("a\n…\nz", "a\nb\nc\nz", True, id="lines left out"),
        pytest.param("a\n…", "a", True, id="no line left out"),
        pytest.param("a … z", "a b c z", True, id="text left out"),
        pytest.param("a … z", "a b\nc z", False, id="text left out is in one line"),
        pytest.param(
            "in warc/2024/20240101T000000Z.warc.gz@7", "in warc/2026/20261129T100000Z.warc.gz@81", True, id="place"
        ),
        pytest.param("2023-03-29  news", "2023-03-30  news", False, id="a printed date"),
        pytest.param("65 pages", "64 pages", False, id="a count"),
        pytest.param("", "", True, id="nothing"),
        pytest.param("", "x", False, id="not nothing"),
    ],
)
def test_only_what_is_another_each_time_may_differ(expected: str, printed: str, *, is_same: bool) -> None:
    assert agrees(expected, printed) is is_same


# --- the examples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_example_is_short_and_is_in_the_documentation(path: Path) -> None:
    """That it runs is shown with the command lines of docs/publishing.md."""
    code = path.read_text(encoding="utf-8").rpartition('"""')[2]
    lines = [line for line in code.splitlines() if line.strip() and not re.match(r"import|from", line)]

    assert len(lines) <= 10
    assert f"python examples/{path.name} " in (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")


# --- the links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*ROOT.glob("*.md"), *DOCS], ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    dead = []
    for found in LINK.finditer(path.read_text(encoding="utf-8")):
        target, _, anchor = found["target"].partition("#")
        if ":" not in target and not _is_there(path.parent / target if target else path, anchor):
            dead.append(found["target"])

    assert dead == []


def _is_there(path: Path, anchor: str) -> bool:
    if not path.exists():
        return False
    text = path.read_text(encoding="utf-8") if anchor else ""
    return not anchor or anchor in {_slug(heading["text"]) for heading in HEADING.finditer(text)}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_document_is_in_the_table_of_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()

    assert [path.stem for path in DOCS if path.stem not in {*index, "index"}] == []


def test_readme_shows_a_picture_and_the_promises() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert re.search(r"!\[[^\]]+\]\(docs/serve\.png\)", text)
    assert "## What it promises" in text
    assert postarchive("--version").stdout
