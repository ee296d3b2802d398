"""What many tests begin with: the site, and an archivist who has fetched nothing yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archiving import Archivist, playing_site
from fakesite import FakeSite
from visiting import Visit, visiting


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
