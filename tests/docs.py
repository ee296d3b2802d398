"""Run the command lines of the documentation, in order, and compare what they print with the text.

A block of the language `console` holds command lines, which begin with `$ `, and their output; `…` stands for what is
left out. The demo's site is the network. `python tests/docs.py docs/x.md` writes the outputs again.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from archiving import SEED, SEED_FILE
from commands import Done, environment, postarchive
from fakesite import FakeSite

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = re.compile(r"(?P<fence>^ *```console\n)(?P<lines>.*?)(?=^ *```$)", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"[|;&><$*`]|\A(?!postarchive )")  # of a command line that a shell must read
QUOTED = re.compile(r"'[^']*'|\"[^\"$`\\]*\"")
# The program before a pipe or another command; what --raw writes is not text.
FIRST = re.compile(r"(?P<own>postarchive (?!.*--raw)(?:'[^']*'|[^|;'])+)(?P<sign>[|;])(?P<rest>[^|;].*)", re.DOTALL)
LEFT_OUT = "…"
DELAYS = {"POSTARCHIVE_FETCH_DELAY": "0", "POSTARCHIVE_PROBE_DELAY": "0"}
# What is different each time, and the name that replaces it in both texts.
MASKS = (
    (re.compile(r"\d{8}T\d{6}Z"), "RUN"),
    (re.compile(r"(?:20[2-9]\d)-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00| UTC)?"), "TIME"),
    (re.compile(r"\b202[6-9]-\d\d(?:-\d\d)?\b"), "DAY"),
    (re.compile(r"\bsha256:[A-Z2-7=]+|\b(?:sha256:)?[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"warc/\d{4}/"), "warc/YEAR/"),
    (re.compile(r"@\d+|\bat byte \d+"), "@PLACE"),
    (re.compile(r"\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "TIME"),
    (re.compile(r"\bbytes: \d+"), "bytes: SIZE"),
    (re.compile(r"\burn:uuid:[0-9a-f-]{36}"), "UUID"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:B|kB|MB|KiB|MiB|GiB)\b"), "SIZE"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:s|min|seconds?)\b"), "SPAN"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"-{3,}|={3,}|─{3,}|[█▏▎▍▌▋▊▉]+"), "LINE"),
    (re.compile(r"[ \t]+"), " "),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command line of a document, and the output below it."""

    command: str
    expected: str


def steps(text: str) -> Iterator[Step]:
    """Yield the command lines of a document."""
    for block in CONSOLE.finditer(text):
        yield from _steps(block["lines"])


def _steps(lines: str) -> Iterator[Step]:
    command, output = "", list[str]()
    for line in lines.splitlines():
        if command and is_open(command):
            command = f"{command}\n{line}"
        elif line.lstrip().startswith("$ "):
            if command:
                yield Step(command, "\n".join(output))
            command, output = line.lstrip().removeprefix("$ "), []
        else:
            output.append(line)
    yield Step(command, "\n".join(output))


def is_open(command: str) -> bool:
    """Tell whether a command continues in the next line: a quote is open, or the line end is escaped."""
    try:
        shlex.split(command)
    except ValueError:
        return True
    return command.endswith("\\")


def needs_a_shell(command: str) -> bool:
    """Tell whether a command line is more than the program and its arguments."""
    return SHELL.search(QUOTED.sub("", command)) is not None


def masked(text: str) -> str:
    """Return a text without what is another one each time."""
    for pattern, name in MASKS:
        text = pattern.sub(name, text)
    return "\n".join(line.strip() for line in text.strip().splitlines())


def agrees(expected: str, printed: str) -> bool:
    """Tell whether an output is the expected one; a line `…` stands for any lines, `…` within a line for any text."""
    lines = [re.escape(masked(line)) for line in expected.strip().splitlines()]
    pattern = "\n".join(".*" if line == LEFT_OUT else line.replace(LEFT_OUT, "[^\n]*") for line in lines)
    pattern = re.sub(r"\n\.\*", "(?:\n.*)?", pattern)
    return re.fullmatch(pattern, masked(printed), re.DOTALL) is not None


class Place:
    """A folder in which a document's commands are run, with the demo's site for a network."""

    def __init__(self, folder: Path, site: FakeSite) -> None:
        """Begin in a folder, which may hold `demo-archive` and what else the document needs."""
        self._folder = folder
        self._variables = {"http_proxy": site.proxy_url, "https_proxy": site.proxy_url, **DELAYS}

    def run(self, command: str) -> tuple[int, str]:
        """Run a command line; return its exit code and all that it printed.

        The program runs in this process where it comes first: that takes a tenth of the time.
        """
        if not needs_a_shell(command):
            done = self._run_here(command)
            return done.returncode, done.stdout + done.stderr
        first = FIRST.fullmatch(command)
        if first is None or needs_a_shell(first["own"]):
            return self._run_in_a_shell(command)
        done = self._run_here(first["own"])
        rest = first["rest"] if first["sign"] == "|" else f"cat; (exit {done.returncode});{first['rest']}"
        code, printed = self._run_in_a_shell(rest, done.stdout)
        return code, done.stderr + printed

    def _run_here(self, command: str) -> Done:
        with chdir(self._folder):
            return postarchive(*shlex.split(command)[1:], **self._variables)  # type: ignore[arg-type]

    def _run_in_a_shell(self, command: str, given: str = "") -> tuple[int, str]:
        program = f'postarchive() {{ {shlex.quote(sys.executable)} -m postarchive "$@"; }}\n'
        python = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\n'
        warcio = f'warcio() {{ {shlex.quote(str(Path(sys.executable).with_name("warcio")))} "$@"; }}\n'
        done = subprocess.run(  # noqa: S603 - what stands in our own documentation
            ["/bin/bash", "-c", f"{program}{python}{warcio}{command}"],
            cwd=self._folder,
            env=environment(**self._variables),
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout.decode()


def make_archives(folder: Path, site: FakeSite) -> None:
    """Make the archives that the documents speak of: the demo's, and one in which a sentence was edited."""
    postarchive("demo", "--archive", folder / "demo-archive")
    page = SEED_FILE.read_bytes()
    for shown in (page, page.replace(b"launches 17 major tasks", b"launches 18 major tasks")):
        site.edit(SEED, shown)
        postarchive("fetch", SEED, "--archive", folder / "edited-archive", http_proxy=site.proxy_url, **DELAYS)  # type: ignore[arg-type]
    site.edit(SEED, page)


def furnish(folder: Path, archives: Path) -> None:
    """Put into a folder what the documents speak of: archives, a saved page, the examples and the tool."""
    for name in ("demo-archive", "edited-archive"):
        shutil.copytree(archives / name, folder / name)
    shutil.copytree(archives / "demo-archive", folder / ".demo")
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "verify_archive.py", folder / "tools")
    for name in ("html/english.chinapost.com.cn/html1/report/2304/8456-1.htm", "odd/loading.htm"):
        (folder / "saved" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "fixtures" / name, folder / "saved" / name)


def rewritten(text: str, place: Place) -> str:
    """Return a document with the outputs as they are; one that agrees, or leaves something out, stays."""

    def block(found: re.Match[str]) -> str:
        parts = list[str]()
        for step in _steps(found["lines"]):
            _, printed = place.run(step.command)
            is_kept = agrees(step.expected, printed) or LEFT_OUT in step.expected
            output = step.expected if is_kept else printed.rstrip("\n")
            parts += [f"$ {step.command}", *([output] if output else [])]
        return found["fence"] + "\n".join(parts) + "\n"

    return CONSOLE.sub(block, text)


def main() -> None:
    """Write the outputs of the documents that are named."""
    with FakeSite(ROOT / "fixtures" / "html") as site:
        archives = Path(tempfile.mkdtemp())
        make_archives(archives, site)
        for name in sys.argv[1:]:
            folder = Path(tempfile.mkdtemp())
            furnish(folder, archives)
            path = Path(name)
            path.write_text(rewritten(path.read_text(encoding="utf-8"), Place(folder, site)), encoding="utf-8")


if __name__ == "__main__":
    main()
