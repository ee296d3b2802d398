"""What many tests begin with: the site, and an archivist who has fetched nothing yet."""

import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiving import Archivist, playing_site
from fakesite import FakeSite
from visiting import Visit, visiting

with warnings.catch_warnings():  # importing it opens a database in memory and leaves it open; Python 3.13 tells of it
    warnings.simplefilter("ignore", ResourceWarning)
    import datasette.app as _datasette  # noqa: F401
sqlite3.enable_callback_tracebacks(False)  # noqa: FBT003 - takes no name; importing Datasette switched them on


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make guarantees` write what the tests found into the documentation."""
    parser.addoption("--write-guarantees", action="store_true", help="write the table of docs/guarantees.md anew")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    with playing_site(monkeypatch) as playing:
        yield playing


@pytest.fixture
def archivist(tmp_path: Path) -> Archivist:
    return Archivist(tmp_path / "archive")


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    with visiting(monkeypatch) as visit:
        yield visit
