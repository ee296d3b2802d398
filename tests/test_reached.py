"""Which names a server answers to, and how it names itself."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from archiving import SEED, SEED_NODE, Archivist, playing_site
from commands import postarchive
from postarchive.errors import UsageError
from postarchive.serve.follow import following
from postarchive.serve.reached import LOCAL, Reached, public_url, reached
from serving import site_over

PAGES = ("/", f"/-/article/{SEED_NODE}", "/-/search?q=rural", "/postarchive.json", "/-/assets/style.css")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("reached") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED)
    return archivist.folder


def asked(archive: Path, place: Reached, *hosts: str, path: str = "/-/search") -> list[Any]:
    with asyncio.Runner() as runner, following(archive) as follower, site_over(follower, archive, place) as site:
        return [runner.run(site.client.get(path, headers={"Host": host})) for host in hosts]


@pytest.mark.parametrize("path", PAGES)
def test_a_name_that_was_pointed_at_this_machine_reads_nothing(archive: Path, path: str) -> None:
    """A page of evil.example points its name at 127.0.0.1, and its script sends requests there (DNS rebinding)."""
    hosts = (
        "evil.example",
        "evil.example:8001",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "a b",
        "x\x00",
    )

    for response in asked(archive, Reached(), *hosts, path=path):
        assert response.status_code == 421
        assert "answers to its own names only" in response.text
        assert response.headers["x-content-type-options"] == "nosniff"
        assert SEED not in response.text


def test_its_own_names_are_answered(archive: Path) -> None:
    place = reached("https://archive.example", listens="http://127.0.0.5:8001/", is_private=True)
    hosts = ("localhost", "LOCALHOST:8001", "127.0.0.1:1", "[::1]:8001", "127.0.0.5:8001", "archive.example")

    assert [response.status_code for response in asked(archive, place, *hosts)] == [200] * len(hosts)


def test_a_server_for_all_answers_to_any_name_that_is_one(archive: Path) -> None:
    place = reached(None, listens="http://localhost:8001/", is_private=False)

    good, bad = asked(archive, place, "whoever.example", "<script>")

    assert (good.status_code, bad.status_code) == (200, 421)


def test_addresses_name_the_public_url(archive: Path) -> None:
    place = reached("https://archive.example", listens="http://127.0.0.1:8001/", is_private=True)

    (response,) = asked(archive, place, "localhost:8001", path=f"/-/timemap/link/{SEED}")

    assert "<https://archive.example/-/memento/" in response.text
    assert "localhost" not in response.text


def test_without_a_public_url_addresses_use_the_requested_host(archive: Path) -> None:
    (response,) = asked(archive, Reached(), "localhost:8765", path=f"/-/timemap/link/{SEED}")

    assert f"<http://localhost:8765/-/timegate/{SEED}>" in response.text


@pytest.mark.parametrize(
    "text",
    [
        *("", "archive.example", "ftp://a.example", "http://", "http://a.example/x", "http://a.example/?q"),
        *("http://a b/", "http://u@a.example/", "javascript:alert(1)", "http://[::1", 'http://a"b/'),
    ],
)
def test_invalid_server_address_is_refused(archive: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is no address of a server"):
        public_url(text)
    done = postarchive("serve", "--archive", archive, "--port", "0", f"--url={text}") if text else None
    assert done is None or (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_an_address_of_a_server_is_kept_without_its_slash() -> None:
    assert public_url("https://archive.example:8443/") == "https://archive.example:8443"
    assert public_url(None) is None
    assert Reached().names == LOCAL
