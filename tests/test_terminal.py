"""Nothing that a page, an argument or a file name holds is obeyed by a terminal, whatever command prints it."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archiving import HOME, SEED, SEED_FILE, SEED_NODE, STAMP, Archivist, playing_site
from commands import postarchive, watched
from interminal import in_terminal
from postarchive.cli import COMMANDS
from postarchive.jsonvalue import Json

C0 = "".join(map(chr, (*range(1, 9), 0x0B, 0x0C, 0x0D, *range(0x0E, 0x20), 0x7F)))
C1 = "".join(map(chr, range(0x80, 0xA0)))
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = f"evil\x1b[2J\x1b]0;title\x07{C0}{C1}{TURNING}\u2028\u2029live"
ARGUMENT = HOSTILE.replace("/", "")
ACTING = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{TURNING}\u2028\u2029]")
EDITED = SEED_FILE.read_bytes().replace(b"rural", b"urban")
NODE = str(SEED_NODE)
RUN = "20260506T080010Z"
ROWS = ("table", "json", "jsonl", "csv", "tsv", "md")
# A command on an archive whose every text is hostile; what stands in HOSTILE's place is an argument.
PRINTS = (
    *(("query", "--limit", "9", "-f", form) for form in ROWS),
    *(("query", "China", "-f", form, "--fields", "title,paragraphs,images,stamp,snippet") for form in ROWS),
    *(("query", "--sql", "SELECT title, source, record AS r FROM pages, versions", "-f", form) for form in ROWS),
    ("query", "--sql", "SELECT title AS 'a\x1b[2J\u202eb' FROM pages"),
    *(("show", NODE, "-f", form) for form in ("text", "md", "json", "html")),
    *(("history", NODE, "-f", form) for form in ROWS),
    *(("cite", NODE, "-f", form) for form in ("text", "bibtex", "csl-json")),
    *(("diff", NODE, "--from", "1", "--to", "2", "-f", form) for form in ("text", "json")),
    *(("hotlines", "-f", form) for form in ROWS),
    *(("registrations", "-f", form) for form in ROWS),
    *(("stats", "--by", "source", "-f", form) for form in ("table", "json", "csv", "tsv", "md")),
    ("stats",),
    *(("runs", "-f", form) for form in ROWS),
    *(("runs", RUN, "-f", form) for form in ROWS),
    ("check",),
    ("verify", "--no-deep"),
    ("verify", "--no-deep", "-f", "json"),
    ("export", "jsonl"),
    ("export", "csv"),
    ("feed",),
)
REPEATS = (
    ("query", HOSTILE),
    ("query", "--kind", HOSTILE),
    ("query", "--sql", HOSTILE),
    ("query", "--fields", HOSTILE),
    ("query", "--since", HOSTILE),
    ("query", "-f", HOSTILE),
    ("query", f"--{HOSTILE}"),
    ("query", "-o", f"/proc/{ARGUMENT}/x.csv"),
    (HOSTILE,),
    ("show", HOSTILE),
    ("history", HOSTILE),
    ("cite", HOSTILE),
    ("diff", HOSTILE),
    ("runs", HOSTILE),
    ("fetch", f"http://evil.example/{HOSTILE}"),
    ("fetch", "--host", HOSTILE),
    ("fetch", "--dry-run", f"{HOME}{HOSTILE}"),
    ("import", f"/{ARGUMENT}"),
    ("parse", f"/{ARGUMENT}"),
    ("backfill", HOSTILE),
    ("schedule", HOSTILE),
    ("hotlines", HOSTILE),
    ("registrations", HOSTILE),
    ("stats", "--year", HOSTILE),
    ("stats", "--plot", f"{ARGUMENT}.gif"),
    ("check", "--max-age", HOSTILE),
    ("verify", "--manifest", HOSTILE, "--no-deep"),
    ("verify", "--token", f"/{ARGUMENT}", "--no-deep"),
    ("verify", "--tsa-ca", f"/{ARGUMENT}", "--no-deep"),
    ("export", "wacz", "--sign", f"/{ARGUMENT}", "-o", "/proc/a.wacz"),
    ("rebuild", "-f", HOSTILE),
    ("export", HOSTILE),
    ("export", "md", "-o", f"/proc/{ARGUMENT}"),
    ("feed", "--self-url", HOSTILE),
    ("serve", "--host", HOSTILE),
    ("demo", HOSTILE),
    ("fixture", HOSTILE),
    ("seal", "--tsa", HOSTILE),
    ("probe", HOSTILE),
    ("bulk", f"/{ARGUMENT}", "-o", f"/proc/{ARGUMENT}"),
    ("mcp", HOSTILE),
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive whose database holds hostile text in every field that a page fills."""
    archivist = Archivist(tmp_path_factory.mktemp("terminal") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.fetch(SEED, STAMP)
        site.edit(SEED, EDITED)
        archivist.fetch(SEED)
        archivist.fetch(f"{HOME}html1/report/9999/1-1.htm")
    with closing(sqlite3.connect(archivist.database, isolation_level=None)) as connection:
        connection.create_function("soiled", 1, lambda record: json.dumps(soiled(json.loads(record), "")))
        connection.execute("UPDATE versions SET record = soiled(record)")
        for table, columns in SOILED.items():
            values = ", ".join(f"{column} = {column} || :text" for column in columns)
            connection.execute(f"UPDATE {table} SET {values}", {"text": HOSTILE})  # noqa: S608 - our own names
    return archivist.folder


SOILED = {
    "pages": ("title", "source"),
    "numbers": ("label", "number", "dial"),
    "changes": ("detail",),
    "problems": ("url", "detail"),
}


def soiled(value: Json, name: str) -> Json:
    """Return a record with hostile text behind every text, but for what names its kind and day."""
    if isinstance(value, dict):
        return {key: soiled(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [soiled(item, name) for item in value]
    return value + HOSTILE if isinstance(value, str) and name not in {"kind", "date", "issued"} else value


def assert_nothing_acts(text: str) -> None:
    found = ACTING.search(re.sub(r"\r +\r", "", text.replace("\r\n", "\n")))  # a line of progress is erased so
    assert found is None, (found, text[max(found.start() - 80, 0) :][:160])


def names(arguments: tuple[str, ...]) -> str:
    return " ".join(arguments).replace(HOSTILE, "EVIL").replace(ARGUMENT, "EVIL")[:50]


@pytest.mark.parametrize("arguments", PRINTS, ids=names)
def test_text_of_a_page_is_shown_and_not_obeyed(hostile: Path, arguments: tuple[str, ...]) -> None:
    done = watched(*arguments, "--archive", hostile)

    assert "Traceback" not in done.stderr
    assert done.stdout
    assert_nothing_acts(done.stdout)
    assert_nothing_acts(done.stderr)


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "log"])
@pytest.mark.parametrize("arguments", REPEATS, ids=names)
def test_argument_is_repeated_and_not_obeyed(hostile: Path, arguments: tuple[str, ...], is_terminal: bool) -> None:  # noqa: FBT001
    run = watched if is_terminal else postarchive
    done = run(*arguments, POSTARCHIVE_ARCHIVE=str(hostile))

    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr
    assert_nothing_acts(done.stderr)
    if is_terminal:
        assert_nothing_acts(done.stdout)


def test_every_command_is_swept() -> None:
    assert {arguments[0] for arguments in (*PRINTS, *REPEATS)} >= set(COMMANDS)


def test_pipe_has_the_text_as_it_is(hostile: Path) -> None:
    done = postarchive("query", "--kind", "news", "-f", "jsonl", "--fields", "title", "--archive", hostile)

    assert json.loads(done.stdout.splitlines()[0])["title"].endswith(HOSTILE)


def test_json_on_a_terminal_loses_nothing(hostile: Path) -> None:
    done = watched("show", NODE, "-f", "json", "--archive", hostile)

    assert json.loads(done.stdout)["title"].endswith(HOSTILE)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("show", "a\x1b[2J\u202e", "--archive", "/nowhere/\x9b"), r"/nowhere/\u009b"),
        (("query", "--kind", "\x9bx"), r"--kind \u009bx: no such kind"),
    ],
)
def test_real_terminal_gets_nothing_to_obey(arguments: tuple[str, ...], shown: str) -> None:
    _, text = in_terminal(*arguments)

    assert shown in text
    assert_nothing_acts(text)


@pytest.mark.parametrize("arguments", [("-h",), ("query", "--help"), ("fixture",)], ids=names)
def test_own_help_keeps_its_colours(arguments: tuple[str, ...]) -> None:
    _, text = in_terminal(*arguments)

    assert "\x1b[1m" in text
    assert r"\u001b" not in text
