"""Open an archive's database to read or write, and say in one line what is wrong with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from postarchive.errors import ArchiveUnwritable, UnreadableInput
from postarchive.looks import is_there
from postarchive.paths import below, check_regular
from postarchive.schema import APPLICATION_ID, TABLES, VERSION
from postarchive.store.complete import check_complete
from postarchive.store.objects import foreign_objects

NAME = "postarchive.db"
BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps next to a database
BUSY_SECONDS = 10.0
HELD = "another program holds the database; close it and run again"
ADVICE = {
    sqlite3.SQLITE_FULL: "disk is full; free some space and run again",
    sqlite3.SQLITE_BUSY: HELD,
    sqlite3.SQLITE_LOCKED: HELD,
}
GENERAL = 0xFF  # the part of an extended error code that says what kind of error it is


def database_path(archive: Path) -> Path:
    """Return where an archive keeps its database."""
    return archive / NAME


def open_for_reading(archive: Path, *, may_lag: bool = False) -> sqlite3.Connection:
    """Return a read-only connection, even on a read-only or full disk.

    Raises UnreadableInput when there is no database that this program can read; also when it lacks rows for some
    evidence that no run is about to write, unless it `may_lag`.
    """
    path = database_path(archive)
    try:
        check_files(path)
        if not path.is_file():
            raise UnreadableInput(str(archive), _what_is_missing(archive))
    except OSError as error:
        raise UnreadableInput(str(archive), f"{error.strerror or error}; name an archive with --archive") from error
    connection = _first_that_opens(path)
    with closed_on_error(connection):
        connection.row_factory = _row
        _check_version(connection, path)
        if not may_lag:
            check_complete(connection, archive)
    return connection


def open_for_writing(path: Path, *, is_scratch: bool = False) -> sqlite3.Connection:
    """Return a connection to an existing database, or to a new one; a scratch one is not protected against a crash.

    Raises ArchiveUnwritable when it cannot be made, UnreadableInput when it is not a database of this version.
    """
    check_files(path)
    with mapped_errors(path), _gone_on_error(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        with closed_on_error(connection):
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA trusted_schema = OFF")
            if _count_tables(connection):
                _check_version(connection, path)
                _check_objects(connection, path)
            journal = "MEMORY" if is_scratch else "WAL"
            connection.execute(f"PRAGMA journal_mode = {journal}")
            connection.execute(f"PRAGMA synchronous = {'OFF' if is_scratch else 'NORMAL'}")
            connection.execute(f"PRAGMA foreign_keys = {'OFF' if is_scratch else 'ON'}")
            _create_tables(connection)
    return connection


@contextmanager
def _gone_on_error(path: Path) -> Iterator[None]:
    """Leave no empty database behind when a new one cannot be made, as on a full disk."""
    is_new = not is_there(path)
    try:
        yield
    except BaseException:
        for suffix in ("", *BESIDE) if is_new else ():
            with suppress(OSError):
                path.with_name(path.name + suffix).unlink()
        raise


def _row(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> sqlite3.Row:
    """Return a row as it is read. Raises DatabaseError for bytes: no column holds them, so a bit has rotted."""
    if bytes in map(type, values):
        raise sqlite3.DatabaseError("bytes where a text or a number belongs")
    return sqlite3.Row(cursor, values)


@contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """Close a connection when its preparation fails: the caller never gets it and cannot."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def check_files(path: Path) -> None:
    """Raise UnreadableInput when the database, or one of SQLite's files beside it, is not a regular file."""
    for suffix in ("", *BESIDE):
        name = path.name + suffix
        check_regular(below(path.parent, name), str(path.with_name(name)))


def check_replaceable(path: Path) -> None:
    """Raise UnreadableInput when a rebuild would replace another program's database, or a newer version's.

    A file that is not a database at all is damage, and a rebuild repairs it.
    """
    check_files(path)
    with suppress(sqlite3.Error):
        with closing(_as_it_is(path)) as connection:
            tables = _count_tables(connection)
            owner = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        if tables and (owner != APPLICATION_ID or version > VERSION):
            raise _wrong_database(path, owner, version)


def needs_rebuild(path: Path) -> bool:
    """Tell whether there is a database of an older version of the program."""
    check_files(path)
    with suppress(sqlite3.Error), closing(_as_it_is(path)) as connection:
        is_ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        return is_ours and bool(connection.execute("PRAGMA user_version").fetchone()[0] < VERSION)
    return False


def is_usable(path: Path) -> bool:
    """Tell whether there is a whole database of this version of the program."""
    with suppress(sqlite3.Error, UnreadableInput), closing(_as_it_is(path)) as connection:
        _check_version(connection, path)
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    return False


def reached(path: Path) -> dict[str, int]:
    """Return how many bytes of each WARC file a database has rows for; empty if it cannot be read."""
    with suppress(sqlite3.Error), closing(_as_it_is(path)) as connection:
        found = connection.execute("SELECT file, ingested_bytes FROM files ORDER BY file").fetchall()
        return {file: end for file, end in found if isinstance(file, str) and isinstance(end, int)}
    return {}


@contextmanager
def mapped_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into the program's own: cannot be written, or not a database."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise mapped(error, path) from error


def mapped(error: sqlite3.DatabaseError, path: Path) -> ArchiveUnwritable | UnreadableInput:
    """Return the program's own error for one of SQLite's: cannot be written, or not a database."""
    if isinstance(error, sqlite3.OperationalError):
        other = f"{error}; check the folder's permissions and free space"
        return ArchiveUnwritable(str(path), ADVICE.get(code_of(error), other))
    return UnreadableInput(str(path), f"{error}; `postarchive rebuild` recreates it from the WARC files")


def code_of(error: sqlite3.Error) -> int:
    """Return the kind of SQLite's error, as in `sqlite3.SQLITE_FULL`; 0 if it comes from Python's own module."""
    return getattr(error, "sqlite_errorcode", 0) & GENERAL


@contextmanager
def mapped_damage(path: Path) -> Iterator[None]:
    """Turn what a damaged database causes, errors or impossible values, into UnreadableInput."""
    try:
        yield
    except (sqlite3.Error, ValueError) as error:
        raise UnreadableInput(
            path.name, f"the database is damaged ({error}); `postarchive rebuild` recreates it"
        ) from error


def _as_it_is(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    with closed_on_error(connection):
        _count_tables(connection)
    return connection


def _count_tables(connection: sqlite3.Connection) -> int:
    """Count what the schema names, which reads it. Raises sqlite3.DatabaseError when it is damaged."""
    try:
        return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except UnicodeDecodeError as error:  # Python cannot decode SQLite's message about a name whose bytes rotted
        raise sqlite3.DatabaseError("a name in its schema is not text") from error


def _what_is_missing(archive: Path) -> str:
    if archive.exists() and not archive.is_dir():
        return "is a file, not an archive folder; name a folder with --archive"
    if (archive / "warc").is_dir():
        return "has WARC files but no database; run `postarchive rebuild`"
    return "no archive here; make one with `postarchive fetch` or try `postarchive demo`"


def _first_that_opens(path: Path) -> sqlite3.Connection:
    """Open as a reader beside a running writer or, if the disk cannot share it so, as a file that nobody changes.

    SQLite then keeps in memory what it otherwise keeps in the `-shm` file, and reads the `-wal` file if there is one.
    """
    has_log = path.with_name(path.name + BESIDE[0]).exists()
    alone = ("mode=ro&vfs=unix-none", "PRAGMA locking_mode = EXCLUSIVE") if has_log else ("immutable=1", "")
    problem: sqlite3.Error | None = None
    for mode, pragma in (("mode=ro", ""), alone):
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_SECONDS)
            with closed_on_error(connection):
                connection.execute(pragma)
                connection.execute("PRAGMA trusted_schema = OFF")
                _count_tables(connection)
        except sqlite3.Error as error:
            problem = error
        else:
            return connection
    raise UnreadableInput(
        str(path), f"is not a database ({problem}); `postarchive rebuild` recreates it from the WARC files"
    ) from problem


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise UnreadableInput(str(path), f"is not a database ({error}); run `postarchive rebuild`") from error
    if owner != APPLICATION_ID or version != VERSION:
        is_empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if is_empty:
            problem = "the database is empty: its -wal file was not copied, or it was never written"
            raise UnreadableInput(str(path), f"{problem}; `postarchive rebuild` recreates it from the WARC files")
        raise _wrong_database(path, owner, version)


def _check_objects(connection: sqlite3.Connection, path: Path) -> None:
    found = next(foreign_objects(connection), None)
    if found is not None:
        problem = f"is not as this program made it: {found.name!a}, {found.problem}"
        raise UnreadableInput(str(path), f"{problem}; `postarchive rebuild` recreates it from the WARC files")


def _wrong_database(path: Path, owner: int, version: int) -> UnreadableInput:
    if owner != APPLICATION_ID:
        return UnreadableInput(
            str(path), "is a database of another program; move it away and run `postarchive rebuild`"
        )
    if version > VERSION:
        return UnreadableInput(str(path), "was made by a newer postarchive; upgrade the program to read it")
    return UnreadableInput(str(path), "was made by an older postarchive; run `postarchive rebuild`")


def _create_tables(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return
    connection.executescript(
        f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
    )
