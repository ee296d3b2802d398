"""The rules of the house, of its documents and of what is handed out."""

import ast
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from statistics import median

import pytest

import postarchive
from archiving import SEED, Archivist
from fakesite import FakeSite
from postarchive.cli import app

MAX_README_BYTES = 6000
ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures" / "html"
DEMO_SITE = FIXTURES / "english.chinapost.com.cn"
VERIFIER = ROOT / "tools" / "verify_archive.py"
PACKAGE = Path(postarchive.__file__).parent
GIT = shutil.which("git")
TEXT_SUFFIXES = {"", ".cfg", ".json", ".md", ".py", ".pyi", ".sql", ".toml", ".txt", ".yaml", ".yml"}

# A home or scratch folder of one machine, and the options and hosts of one machine's package index.
MACHINE_PATH = re.compile(r"(?<![\w.:])/(?:root|work|tmp/venv)/")
REGISTRY = re.compile(
    r"(?:index-url|find-links|trusted-host)\s*[= ]|https?://[\w.-]*(?:pypi|pythonhosted|artifactory|nexus)"
)

LOADED_BY_IMPORT = """
import sys
before = set(sys.modules)
import postarchive
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
LOADED_BY_COMMAND = """
import atexit, sys
atexit.register(lambda: print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr))
from postarchive.cli import main
main()
"""
SLOW_TO_IMPORT = {"bs4", "lxml", "requests", "urllib3", "warcio", "fastwarc", "matplotlib", "numpy", "pyarrow"} | {
    "aiohttp",
    "dask",
    "distributed",
    "fsspec",
}


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | variables
    return subprocess.run(  # noqa: S603  # the tests' own words
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@cache
def tracked_files() -> tuple[Path, ...]:
    listed = run(str(GIT), "ls-files", "-z")
    return tuple(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def command_names() -> list[str]:
    return [info.name or getattr(info.callback, "__name__", "").replace("_", "-") for info in app.registered_commands]


def test_every_library_that_is_installed_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in wanted}
    homes_of = packages_distributions()
    modules = {module for module, homes in homes_of.items() if names & {home.lower() for home in homes}}
    imported = {
        line.split()[1].partition(".")[0]
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(from|import) \w", line)
    }
    used = {home.lower() for module in modules & imported for home in homes_of[module]}

    assert names - used == {"s3fs"}  # fsspec imports it, by the scheme of an address


def test_importing_the_package_loads_no_third_party_library() -> None:
    loaded = run(sys.executable, "-c", LOADED_BY_IMPORT)

    assert set(loaded.stdout.split()) - sys.stdlib_module_names == {"postarchive"}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["query", "--help"], ["query", "stamps"], ["feed"], ["stats"], ["export", "csv"]],
    ids=" ".join,
)
def test_a_quick_command_imports_nothing_slow(arguments: list[str], archive: Path) -> None:
    done = run(sys.executable, "-c", LOADED_BY_COMMAND, *arguments, POSTARCHIVE_ARCHIVE=str(archive))

    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "postarchive" in loaded
    assert not SLOW_TO_IMPORT & loaded


def test_late_imports_are_where_the_architecture_says() -> None:
    allowed = {"__main__.py", "search/near.py", "store/fields.py", "store/find.py", "verify/seals.py"}
    late = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if "PLC0415" in path.read_text()}
    told = (ROOT / "docs" / "architecture.md").read_text().partition("## Start-up")[2].partition("\n## ")[0]

    assert late == allowed
    assert [name for name in sorted(allowed) if f"`{name}`" not in told] == []


def test_writing_imports_no_library_of_numbers_or_dates(site: FakeSite, archivist: Archivist) -> None:
    """They would cost half a second of every run, and a thirtieth."""
    assert [result.url for result in archivist.fetch(SEED)] == site.urls[1:]
    done = run(sys.executable, "-c", LOADED_BY_COMMAND, "rebuild", "--archive", archivist.folder)

    assert done.returncode == 0, done.stderr
    assert not {"numpy", "pandas", "zoneinfo"} & set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("name", command_names())
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"(?m)^## .*\bpostarchive {name}\b", (ROOT / "docs/commands.md").read_text())


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text()

    assert len(text.encode()) <= MAX_README_BYTES
    assert [link for link in re.findall(r"\]\(([^)]+)\)", text) if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help(name: str) -> None:
    infos = dict(zip(command_names(), app.registered_commands, strict=True))

    assert (infos[name].help or getattr(infos[name].callback, "__doc__", None) or "").strip()


def test_there_are_commands() -> None:
    assert {"fetch", "query", "show", "parse", "rebuild", "verify", "demo"} <= set(command_names())


@pytest.mark.parametrize("kind", ["news", "stamp", "listing", "folder"])
def test_every_page_kind_has_a_fixture(kind: str) -> None:
    kinds = {json.loads(path.read_text(encoding="utf-8")).get("kind") for path in FIXTURES.rglob("*.json")}

    assert kind in kinds


def test_every_test_file_mirrors_a_module() -> None:
    """A name is a module's or helper's, alone or with one aspect of it: test_pages.py, test_pages_charset.py."""
    sources = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").glob("*.py"), ROOT / "project"]
    sources = [path for path in sources if not path.stem.startswith("test_")]
    modules = {path.parent.name if path.stem == "__init__" else path.stem for path in sources}
    names = [path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")]

    assert [name for name in names if not any(f"{name}_".startswith(f"{module}_") for module in modules)] == []


def test_the_version_has_its_changes() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()

    assert re.search(rf"^## \[?{re.escape(postarchive.__version__)}\b", changes, re.MULTILINE)


def test_imports_keep_the_contracts() -> None:
    checked = run(Path(sys.executable).with_name("lint-imports"), "--no-logo")

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.skipif(GIT is None or not (ROOT / ".git").exists(), reason="not a git checkout")
@pytest.mark.parametrize("forbidden", [MACHINE_PATH, REGISTRY], ids=["machine paths", "registry hosts"])
def test_no_file_knows_the_machine_it_was_written_on(forbidden: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in tracked_files()
        if path.suffix in TEXT_SUFFIXES
        for hit in forbidden.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []


@pytest.mark.skipif(GIT is None or not (ROOT / ".git").exists(), reason="not a git checkout")
def test_no_file_names_this_checkout() -> None:
    places = [str(place).encode() for place in (ROOT, Path(sys.prefix)) if len(place.parts) > 2]  # not a mere /usr

    assert [path.name for path in tracked_files() for place in places if place in path.read_bytes()] == []


def test_the_wheel_is_packed_from_the_only_copy_in_the_tree() -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    packed = targets["wheel"]["force-include"]

    assert {ROOT / source: target for source, target in packed.items()} == {
        DEMO_SITE: f"postarchive/demosite/{DEMO_SITE.name}",
        VERIFIER: f"postarchive/shipped/{VERIFIER.name}",
    }
    assert any(DEMO_SITE.rglob("*.htm"))


@pytest.mark.skipif(not (PACKAGE / "demosite").exists(), reason="runs from the source tree, not from the wheel")
def test_the_installed_demo_site_equals_the_fixtures() -> None:
    assert contents(PACKAGE / "demosite" / DEMO_SITE.name) == contents(DEMO_SITE)


@pytest.mark.skipif(not (PACKAGE / "shipped").exists(), reason="runs from the source tree, not from the wheel")
def test_the_installed_verifier_equals_the_tool() -> None:
    assert (PACKAGE / "shipped" / VERIFIER.name).read_bytes() == VERIFIER.read_bytes()


def test_a_class_name_has_one_meaning() -> None:
    places: dict[str, list[str]] = {}
    for path, tree in syntax_trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_files_classes_and_functions_stay_small() -> None:
    trees = syntax_trees()
    modules = {path: len(path.read_text(encoding="utf-8").splitlines()) for path, _ in trees}
    nodes = [node for _, tree in trees for node in ast.walk(tree)]
    classes = {node.name: lines_of(node) for node in nodes if isinstance(node, ast.ClassDef)}
    functions = [lines_of(node) for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert {str(path): count for path, count in modules.items() if count > 300} == {}
    assert {name: count for name, count in classes.items() if count > 200} == {}
    assert median(modules.values()) <= 100
    assert median(functions) <= 7


def lines_of(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_json_is_taken_apart_at_the_borders_alone() -> None:
    """A record travels as a value; a mapping of JSON is named `JsonObject`, and shapes are tested in few places."""
    borders = {"record/values.py", "wayback.py", "cli/runs.py"}
    asking = re.compile(r"isinstance\([^)]*\b(?:list|dict)\b")
    sources = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path, _ in syntax_trees()}

    assert {name for name, text in sources.items() if asking.search(text)} <= borders
    assert sum(text.count("dict[str, Json]") for text in sources.values()) <= 8


@cache
def syntax_trees() -> list[tuple[Path, ast.Module]]:
    modules = [path for path in sorted(PACKAGE.rglob("*.py")) if "shipped" not in path.parts]  # a tool of one file
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in modules]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_picture_of_the_house_has_the_floors_of_its_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (house,) = [contract for contract in contracts if contract.get("exhaustive")]
    picture = (ROOT / "docs" / "architecture.md").read_text().split("```")[1].splitlines()
    names = [re.split(r" {2,}", line.strip())[0] for line in picture if re.match(r" {2}\w", line)]

    assert [name.replace("/", "") for name in names] == house["layers"]


MAKE = shutil.which("make")


@pytest.mark.skipif(MAKE is None, reason="no make on this system")
def test_each_python_that_is_named_has_an_environment_of_its_own() -> None:
    own = {"MAKEFLAGS": "", "MAKEOVERRIDES": ""}  # not those of the make that may run this test
    plain, named = (run(str(MAKE), "-n", "test", *words, **own).stdout for words in ((), (f"PYTHON={sys.executable}",)))

    assert f".venv-{platform.python_version()}/bin/python -m pytest" in named
    assert ".venv/bin/python -m pytest" in plain
