"""`postarchive mcp`: four tools, called over stdio by a client of the official SDK, and what may go wrong."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archiving import SEED, SEED_NODE, Archivist
from commands import environment, postarchive
from postarchive.errors import PostarchiveError, UsageError
from postarchive.mcp import tools as toolbox
from postarchive.mcp.quoted import NOTE, excerpt, length_of
from postarchive.mcp.tools import Tools
from postarchive.models import shown_digest
from serving import EDITED, EDITED_NODE, HARM, HOSTILE_NODE

EVIDENCE = {"url", "date", "captured", "warc_file", "offset", "digest"}
PARTS_NODE, STAMP_NODE = 22033375, 171164327


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def tools(archive: Archivist) -> Tools:
    return Tools(archive.folder)


CALLS: dict[str, dict[str, Any]] = {
    "search": {"text": "rural revitalization"},
    "read": {"page": str(SEED_NODE)},
    "changes": {"limit": 3},
    "sql": {"statement": "SELECT url, title FROM pages WHERE node = 23048456"},
}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("read", {"page": "99999999"}),
    ("sql", {"statement": "DELETE FROM pages"}),
    ("search", {"text": '"'}),
    ("search", {"limit": "many"}),
    ("search", {"max_bytes": 5}),
    ("read", {}),
]


# The command as a program for models starts it, and what it writes is kept too. Before the client speaks, a line comes
# that is not a message, and a message with an unknown method.
OVERHEARD = """
{ echo "no JSON"; echo '{"jsonrpc": "2.0", "id": "nobody", "method": "no/such/method"}'; cat; } |
{ "$0" -m postarchive mcp --archive "$1" 2>"$2/said"; echo $? >"$2/code"; } | tee "$2/written"
"""


@dataclass(frozen=True)
class Conversation:
    """What a client received: the list of tools, a result of each, errors of wrong calls, and a result after those.

    And what the command wrote to stdout and stderr, and its exit code.
    """

    listed: Any
    results: dict[str, Any]
    failed: list[Any]
    last: Any
    written: str
    said: str
    code: int


@pytest.fixture(scope="module")
def conversation(archive: Archivist, tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """Start the command as a program for models does, and ask it."""
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - takes a second, which one test process has to spend
    from mcp.client.stdio import stdio_client  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("overheard")
    words = ["-c", OVERHEARD, sys.executable, str(archive.folder), str(folder)]
    server = StdioServerParameters(command="/bin/sh", args=words, env=environment())

    async def asking() -> tuple[Any, dict[str, Any], list[Any], Any]:
        async with Client(stdio_client(server)) as client:
            return (
                await client.list_tools(),
                {name: await client.call_tool(name, arguments) for name, arguments in CALLS.items()},
                [await client.call_tool(name, arguments) for name, arguments in WRONG],
                await client.call_tool("changes", {}),
            )

    received = asyncio.run(asking())
    written, said, code = ((folder / name).read_text() for name in ("written", "said", "code"))
    return Conversation(*received, written, said, int(code))


def test_a_client_completes_all_four_tools_over_stdio(conversation: Conversation) -> None:
    listed, results = conversation.listed, conversation.results

    assert [tool.name for tool in listed.tools] == ["search", "read", "changes", "sql"]
    assert all(tool.annotations.read_only_hint and tool.description for tool in listed.tools)
    assert not any(result.is_error for result in results.values())
    told = {name: json.loads(result.content[0].text) for name, result in results.items()}
    assert all(len(result.content[0].text.encode()) <= 8_000 for result in results.values())
    assert all(result["note"] == NOTE for result in told.values())
    assert told["search"]["results"][0]["url"] == told["read"]["url"] == told["sql"]["results"][0]["url"] == SEED
    for one in (told["read"], *(row for name in ("search", "changes", "sql") for row in told[name]["results"])):
        assert set(one) >= EVIDENCE
        assert one["digest"].startswith("sha256:")
        assert one["warc_file"].startswith("warc/2026/")


def test_a_failing_tool_does_not_end_the_conversation(conversation: Conversation, archive: Archivist) -> None:
    assert all(result.is_error for result in conversation.failed)
    assert not conversation.last.is_error
    said = [result.content[0].text for result in conversation.failed]
    assert "not in the archive" in said[0]
    assert "only reading is allowed" in said[1]
    assert not any("Traceback" in text or str(archive.folder) in text for text in said)


def test_stdout_holds_messages_of_the_protocol_and_nothing_else(conversation: Conversation) -> None:
    lines = [json.loads(line) for line in conversation.written.splitlines()]

    assert all(line["jsonrpc"] == "2.0" for line in lines)
    assert ["error" in line for line in lines if line.get("id") == "nobody"] == [True]
    assert len(lines) > len(CALLS) + len(WRONG)
    assert conversation.code == 0
    assert "Traceback" not in conversation.said


def test_a_search_names_the_page_and_where_its_bytes_are(archive: Archivist, tools: Tools) -> None:
    ((file, offset, digest),) = archive.rows(
        "SELECT captures.file, captures.offset, payload_digest FROM versions "
        "JOIN captures ON captures.id = first_capture JOIN pages ON pages.id = page WHERE node = 23048456"
    )

    told = json.loads(tools.search("rural"))

    (result, *_) = told["results"]
    assert (result["warc_file"], result["offset"], result["digest"]) == (file, offset, shown_digest(str(digest)))
    assert (result["date"], result["page"], result["kind"]) == ("2023-03-29", SEED_NODE, "news")
    assert "rural" in result["quoted"]["text"].lower()
    assert told["found"] == len(told["results"])


def test_a_search_finds_what_query_finds(archive: Archivist, tools: Tools) -> None:
    for text, kind in (("mail", "news"), ("邮政", None), ("horses", "stamp"), ("", None)):
        options = ("--kind", kind) if kind else ()
        done = postarchive("query", "--archive", archive.folder, "--format", "jsonl", *options, "--", text)

        told = json.loads(tools.search(text, kind, limit=100, max_bytes=1_000_000))

        assert [row["page"] for row in told["results"]] == [
            json.loads(line)["node"] for line in done.stdout.splitlines()
        ]


def test_a_year_and_a_month_limit_a_search(tools: Tools) -> None:
    def found(since: str | None, until: str | None) -> list[str]:
        return [row["date"] for row in json.loads(tools.search(since=since, until=until, limit=100))["results"]]

    assert set(found("2023-03", "2023-03")) == {"2023-03-29"}
    assert all(date[:4] == "2023" for date in found("2023", "2023"))
    assert found("2023-04-12", None)


def test_a_long_page_is_read_in_parts(tools: Tools) -> None:
    whole = json.loads(tools.read(str(SEED_NODE), max_bytes=1_000_000))
    text, start, parts = "", 0, 0
    while start >= 0:
        told = tools.read(str(SEED_NODE), start=start, max_bytes=1_000)
        assert len(told.encode()) <= 1_000
        part = json.loads(told)
        text, start, parts = text + part["quoted"]["text"], part.get("next_start", -1), parts + 1

    assert parts > 2
    assert text == whole["quoted"]["text"]
    assert (whole["start"], whole["end"], whole["characters"]) == (0, len(text), len(text))


@pytest.mark.parametrize(
    "text",
    ["中国邮政" * 3_000, '"\\' * 5_000, "\n" * 9_000, "\U0001f4ee" * 4_000, "\x00\u202e" * 9_000, ""],
    ids=["Chinese", "signs", "lines", "pictograms", "controls", "nothing"],
)
def test_no_text_makes_a_result_longer_than_requested(text: str) -> None:
    start, whole = 0, ""
    while start >= 0:
        told = excerpt({"url": "x"}, text, start, 1_000)
        assert len(told.encode()) <= 1_000
        part = json.loads(told)
        whole, start = whole + part["quoted"]["text"], part.get("next_start", -1)

    assert whole == text.replace("\x00", "").replace("\u202e", "")


def test_every_sheet_of_an_article_in_parts_has_its_evidence(tools: Tools) -> None:
    told = json.loads(tools.read(str(PARTS_NODE)))

    assert [sheet["sheet"] for sheet in told["sheets"]] == [1, 2]
    assert all(set(sheet) >= EVIDENCE for sheet in told["sheets"])
    assert len({sheet["digest"] for sheet in told["sheets"]}) == 2


def test_an_older_version_is_read_by_its_number(tools: Tools) -> None:
    first, last = (json.loads(tools.read(EDITED, version)) for version in (1, None))

    assert "40 parcels" in first["quoted"]["text"]
    assert "4000 parcels" in last["quoted"]["text"]
    assert (first["version"], last["version"], last["versions"]) == (1, 2, 2)
    assert first["digest"] != last["digest"]


def test_changes_are_given_by_the_words_that_changed(tools: Tools) -> None:
    told = json.loads(tools.changes(since="2026", kind="news"))

    edits = [row for row in told["results"] if row["event"] == "edit"]
    assert [(row["page"], row["quoted"]["changed"]) for row in edits] == [
        (EDITED_NODE, [{"field": "paragraphs", "removed": "40", "added": "4000"}])
    ]
    assert [row["event"] for row in told["results"]][:2] == ["gone", "edit"]


def test_sql_without_a_page_has_the_evidence_of_the_whole_database(archive: Archivist, tools: Tools) -> None:
    (row,) = json.loads(tools.sql("SELECT count(*) AS n FROM pages"))["results"]

    assert row["quoted"] == {"n": 11}
    assert set(row) >= EVIDENCE
    assert row["warc_file"] == str(archive.files[-1].relative_to(archive.folder))
    assert row["digest"].startswith("manifest of all files up to this one: ")


def test_sql_by_a_record_id_has_that_captures_evidence(archive: Archivist, tools: Tools) -> None:
    ((file, offset),) = archive.rows("SELECT file, offset FROM captures WHERE id = 3")

    (row,) = json.loads(tools.sql("SELECT record_id FROM captures WHERE id = 3"))["results"]

    assert (row["warc_file"], row["offset"]) == (file, offset)


def test_too_many_rows_are_cut_and_reported(tools: Tools) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000) SELECT x, 'word' AS w FROM n"

    told = tools.sql(endless)

    assert len(told.encode()) <= 8_000
    assert json.loads(told)["left_out"] > 900
    assert json.loads(told)["more"] == "only the first 1,000 rows"


@pytest.mark.parametrize(
    "statement",
    [
        *("", "DROP TABLE pages", "ATTACH 'x' AS y", "PRAGMA user_version", "SELECT 1; SELECT 2", "selekt", "SELECT ?"),
        *("SELECT load_extension('x')", "SELECT zeroblob(999999999)"),
    ],
)
def test_what_does_not_only_read_is_refused(tools: Tools, statement: str) -> None:
    with pytest.raises(PostarchiveError):
        tools.sql(statement)


def test_a_statement_without_end_is_stopped(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolbox, "SQL_SECONDS", 0.1)

    with pytest.raises(UsageError, match=r"stopped after 0\.1 seconds"):
        tools.sql("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")


@pytest.mark.parametrize("node", [HOSTILE_NODE])
def test_hostile_text_is_only_under_quoted(tools: Tools, node: int) -> None:
    results = [
        json.loads(tools.read(str(node))),
        *json.loads(tools.search("script"))["results"],
        *json.loads(tools.changes(limit=100, max_bytes=100_000))["results"],
        *json.loads(tools.sql(f"SELECT url, title, node FROM pages WHERE node = {node}"))["results"],  # noqa: S608
    ]

    assert sum(HARM in json.dumps(one["quoted"]) for one in results) >= 4
    for one in results:
        outside = {name: value for name, value in one.items() if name != "quoted"}
        assert HARM not in json.dumps(outside)
        assert "\u202e" not in json.dumps(one, ensure_ascii=False)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search", {"kind": "poem"}),
        ("search", {"since": "yesterday"}),
        ("search", {"limit": 0}),
        ("search", {"limit": 10**9}),
        ("search", {"max_bytes": 10**9}),
        ("search", {"text": "'"}),
        ("read", {"page": "http://evil.example/"}),
        ("read", {"page": str(SEED_NODE), "version": 9}),
        ("read", {"page": str(SEED_NODE), "sheet": 9}),
        ("read", {"page": str(SEED_NODE), "start": -1}),
        ("read", {"page": ""}),
        ("changes", {"since": "2023-99-99x"}),
        ("changes", {"kind": "'; DROP"}),
    ],
)
def test_impossible_argument_is_reported_in_one_line(tools: Tools, tool: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(PostarchiveError) as caught:
        getattr(tools, tool)(**arguments)

    assert "\n" not in str(caught.value)


def test_a_start_after_the_end_reads_nothing(tools: Tools) -> None:
    told = json.loads(tools.read(str(STAMP_NODE), start=10**9))

    assert told["quoted"]["text"] == ""
    assert "next_start" not in told


def test_a_bug_is_reported_to_the_log_and_the_model_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415

    from postarchive.mcp.server import with_plain_errors  # noqa: PLC0415

    def broken() -> str:
        raise ZeroDivisionError("secret of the machine")

    with pytest.raises(ToolError, match=r"a bug of this program \(ZeroDivisionError\)") as caught:
        with_plain_errors(broken)()

    assert "secret" not in str(caught.value)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_missing_archive_is_reported_before_anybody_waits(tmp_path: Path) -> None:
    done = postarchive("mcp", "--archive", tmp_path)

    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (65, 1, "")


def test_a_missing_extra_is_reported_with_what_to_install(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    done = postarchive("mcp", "--archive", archive.folder)

    assert (done.returncode, done.stderr) == (
        2,
        "postarchive: mcp: needs mcp; install with: pip install 'postarchive[mcp]'\n",
    )


def test_the_length_of_a_value_is_that_of_its_bytes() -> None:
    assert length_of({"邮": "政"}) == len(json.dumps({"邮": "政"}, ensure_ascii=False).encode())
