"""Tampering with the folders of the evidence, links and strangers in it; and what a wrong clock does to a run."""

import os
import shutil
import socket
from datetime import timedelta
from pathlib import Path

from archiving import SEED, Archivist
from guarantees import Meaning, kind, run_again
from tampers_files import year

FOLDERS, CLOCKS = "Folders, links and strangers", "Clocks"
NO_EVIDENCE = "no byte of the evidence, and no row, is another one"
ORDER = "what was received first counts as first, whatever a clock said"
TEN_YEARS = timedelta(days=3652)


@kind(FOLDERS, "the folder of a year renamed")
def _(archivist: Archivist) -> None:
    year(archivist).rename(year(archivist).with_name("2025"))


@kind(FOLDERS, "a file moved into the folder of another year")
def _(archivist: Archivist) -> None:
    other = year(archivist).with_name("2025")
    other.mkdir()
    archivist.files[0].rename(other / archivist.files[0].name)


@kind(FOLDERS, "a file moved one folder down")
def _(archivist: Archivist) -> None:
    deeper = year(archivist) / "05"
    deeper.mkdir()
    archivist.files[0].rename(deeper / archivist.files[0].name)


@kind(FOLDERS, "a file moved one folder up")
def _(archivist: Archivist) -> None:
    archivist.files[0].rename(year(archivist).parent / archivist.files[0].name)


@kind(FOLDERS, "a folder that is no year")
def _(archivist: Archivist) -> None:
    (year(archivist).parent / "mine").mkdir()


@kind(FOLDERS, "a hidden file in the folder of a year")
def _(archivist: Archivist) -> None:
    (year(archivist) / ".hidden").write_bytes(b"")


@kind(FOLDERS, "a WARC file that is not packed, in the folder of a year")
def _(archivist: Archivist) -> None:
    (year(archivist) / "20260506T080001Z.warc").write_bytes(b"WARC/1.1\r\n")


@kind(FOLDERS, "a WARC file whose name ends in capitals")
def _(archivist: Archivist) -> None:
    archivist.files[0].rename(archivist.files[0].with_name("20260506T080001Z.WARC.GZ"))


@kind(FOLDERS, "a folder in place of a WARC file")
def _(archivist: Archivist) -> None:
    archivist.files[0].unlink()
    archivist.files[0].parent.joinpath("20260506T080001Z.warc.gz").mkdir()


@kind(FOLDERS, "a FIFO in place of a WARC file")
def _(archivist: Archivist) -> None:
    path = archivist.files[0]
    path.unlink()
    os.mkfifo(path)


@kind(FOLDERS, "a FIFO beside the WARC files, named like one")
def _(archivist: Archivist) -> None:
    os.mkfifo(year(archivist) / "20260101T000000Z.warc.gz")


@kind(FOLDERS, "a socket beside the WARC files")
def _(archivist: Archivist) -> None:
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(year(archivist))  # the path of a socket may have but a hundred bytes
        listener.bind("mine")
        os.chdir(here)


@kind(FOLDERS, "a symbolic link in place of a WARC file, to the same bytes inside the archive")
def _(archivist: Archivist) -> None:
    path = archivist.files[0]
    path.rename(archivist.folder / "kept")
    path.symlink_to(archivist.folder / "kept")


@kind(FOLDERS, "a symbolic link in place of a WARC file, to the same bytes elsewhere")
def _(archivist: Archivist) -> None:
    path, elsewhere = archivist.files[0], archivist.folder.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


@kind(FOLDERS, "a symbolic link that leads nowhere, named like a WARC file")
def _(archivist: Archivist) -> None:
    (year(archivist) / "20260101T000000Z.warc.gz").symlink_to("nowhere")


@kind(FOLDERS, "a symbolic link in place of the folder of a year")
def _(archivist: Archivist) -> None:
    shutil.move(year(archivist), archivist.folder / "kept")
    (archivist.folder / "warc" / "2026").symlink_to(archivist.folder / "kept")


@kind(FOLDERS, "a symbolic link in place of the folder `warc`")
def _(archivist: Archivist) -> None:
    shutil.move(archivist.folder / "warc", archivist.folder / "kept")
    (archivist.folder / "warc").symlink_to(archivist.folder / "kept")


@kind(FOLDERS, "a file whose name would steer a terminal")
def _(archivist: Archivist) -> None:
    (year(archivist) / "\x1b]0;mine\x07").write_bytes(b"")


@kind(FOLDERS, "an empty folder of another year", passes=Meaning.HARMLESS, because=NO_EVIDENCE)
def _(archivist: Archivist) -> None:
    (year(archivist).parent / "1999").mkdir()


@kind(
    FOLDERS,
    "a stranger's file beside the folder `warc`",
    passes=Meaning.HARMLESS,
    because="files beside `warc` and the database are not evidence",
)
def _(archivist: Archivist) -> None:
    (archivist.folder / "notes.txt").write_bytes(b"mine")


@kind(FOLDERS, "the file `lock` removed", passes=Meaning.HARMLESS, because="it holds nothing; the next run makes it")
def _(archivist: Archivist) -> None:
    (archivist.folder / "lock").unlink()


@kind(FOLDERS, "times and modes of all files changed", passes=Meaning.HARMLESS, because=NO_EVIDENCE)
def _(archivist: Archivist) -> None:
    for path in archivist.files:
        os.utime(path, (0, 0))
        path.chmod(0o600)


@kind(
    FOLDERS,
    "the whole archive moved into another folder",
    passes=Meaning.HARMLESS,
    because="its place is no part of it",
)
def _(archivist: Archivist) -> None:
    moved = archivist.folder.with_name("moved")
    archivist.folder.rename(moved)
    archivist.folder = moved


# --- clocks -----------------------------------------------------------------------------------------------------------


@kind(CLOCKS, "a run by a clock that was set back by ten years", passes=Meaning.HARMLESS, because=ORDER)
def _(archivist: Archivist) -> None:
    run_again(archivist, SEED, later=-TEN_YEARS)


@kind(
    CLOCKS,
    "a run by a clock that was ten years ahead, and one by the right clock",
    passes=Meaning.HARMLESS,
    because=ORDER,
)
def _(archivist: Archivist) -> None:
    run_again(archivist, SEED, later=TEN_YEARS)
    run_again(archivist, SEED, later=-TEN_YEARS)


@kind(CLOCKS, "the newest file under a name of ten years later")
def _(archivist: Archivist) -> None:
    later = year(archivist).with_name("2036")
    later.mkdir()
    archivist.files[-1].rename(later / archivist.files[-1].name.replace("2026", "2036"))


@kind(CLOCKS, "the oldest file under a name of ten years later")
def _(archivist: Archivist) -> None:
    later = year(archivist).with_name("2036")
    later.mkdir()
    archivist.files[0].rename(later / archivist.files[0].name.replace("2026", "2036"))
