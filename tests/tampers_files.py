"""Tampering with whole files: those of runs, and torn ends."""

import os
from functools import partial
from pathlib import Path

from archiving import Archivist
from damages import EVIDENCE_DAMAGES, Damage, flip, members
from guarantees import add, kind

FILES, TORN = "Records and files", "Torn ends"
KILLED = 3


def of_old(damage: Damage, archivist: Archivist) -> None:
    damage(archivist)


NOT_HERE = ("run that was cut off", "run of another archive", "system changed", "body changed")  # as elsewhere
for what, damage in EVIDENCE_DAMAGES.items():
    if not any(words in what for words in NOT_HERE):
        add(FILES, what, partial(of_old, damage))


def year(archivist: Archivist) -> Path:
    return archivist.files[0].parent


def torn(archivist: Archivist) -> Path:
    (found,) = year(archivist).glob("*.torn")
    return found


# --- files ------------------------------------------------------------------------------------------------------------


@kind(FILES, "two records swapped inside a file")
def _(archivist: Archivist) -> None:
    *_, one, other, last = members(archivist, 0)[:-1]
    data = one.path.read_bytes()
    one.path.write_bytes(data[: one.offset] + other.raw + one.raw + last.raw + data[last.end :])


@kind(FILES, "a request and its response swapped with the pair behind them")
def _(archivist: Archivist) -> None:
    one, two, three, four = members(archivist, 0)[3:7]
    data = one.path.read_bytes()
    one.path.write_bytes(data[: one.offset] + three.raw + four.raw + one.raw + two.raw + data[four.end :])


@kind(FILES, "a response of another run put in between")
def _(archivist: Archivist) -> None:
    stranger, member = members(archivist, 2)[7:9], members(archivist, 0)[3]
    data = member.path.read_bytes()
    raw = b"".join(other.raw for other in stranger)
    member.path.write_bytes(data[: member.offset] + raw + data[member.offset :])


@kind(FILES, "the warcinfo record removed")
def _(archivist: Archivist) -> None:
    first = members(archivist, 0)[0]
    first.path.write_bytes(first.path.read_bytes()[first.end :])


@kind(FILES, "the first byte removed")
def _(archivist: Archivist) -> None:
    archivist.files[0].write_bytes(archivist.files[0].read_bytes()[1:])


@kind(FILES, "the last byte of an older file removed")
def _(archivist: Archivist) -> None:
    archivist.files[0].write_bytes(archivist.files[0].read_bytes()[:-1])


@kind(FILES, "the last byte of the newest file removed")
def _(archivist: Archivist) -> None:
    archivist.files[-1].write_bytes(archivist.files[-1].read_bytes()[:-1])


@kind(FILES, "a file's closing record there twice")
def _(archivist: Archivist) -> None:
    last = members(archivist, 0)[-1]
    last.path.write_bytes(last.path.read_bytes() + last.raw)


@kind(FILES, "two files joined into one")
def _(archivist: Archivist) -> None:
    one, other = archivist.files[:2]
    one.write_bytes(one.read_bytes() + other.read_bytes())
    other.unlink()


@kind(FILES, "a byte changed in the file of the run that was killed")
def _(archivist: Archivist) -> None:
    flip(archivist.files[KILLED], 200)


@kind(FILES, "the last record removed from the run that was killed")
def _(archivist: Archivist) -> None:
    last = members(archivist, KILLED)[-1]
    last.path.write_bytes(last.path.read_bytes()[: last.offset])


@kind(FILES, "the file of the run that was killed removed")
def _(archivist: Archivist) -> None:
    archivist.files[KILLED].unlink()


@kind(FILES, "the torn end put back behind the run that was killed")
def _(archivist: Archivist) -> None:
    end = torn(archivist).read_bytes()
    archivist.files[KILLED].write_bytes(archivist.files[KILLED].read_bytes() + end)


@kind(FILES, "the newest closing record removed, as if that run had been killed")
def _(archivist: Archivist) -> None:
    last = members(archivist, -1)[-1]
    last.path.write_bytes(last.path.read_bytes()[: last.offset])


# --- torn ends --------------------------------------------------------------------------------------------------------


@kind(TORN, "a bit of a torn end flipped")
def _(archivist: Archivist) -> None:
    flip(torn(archivist), 20)


@kind(TORN, "a torn end shortened")
def _(archivist: Archivist) -> None:
    torn(archivist).write_bytes(torn(archivist).read_bytes()[:-1])


@kind(TORN, "a torn end removed")
def _(archivist: Archivist) -> None:
    torn(archivist).unlink()


@kind(TORN, "a torn end renamed")
def _(archivist: Archivist) -> None:
    torn(archivist).rename(torn(archivist).with_name(f"{torn(archivist).name}7"))


@kind(TORN, "a torn end put beside a run that left none")
def _(archivist: Archivist) -> None:
    archivist.files[0].with_name(f"{archivist.files[0].name}.torn").write_bytes(b"half a record")


@kind(TORN, "a torn end put beside the newest run")
def _(archivist: Archivist) -> None:
    archivist.files[-1].with_name(f"{archivist.files[-1].name}.torn").write_bytes(b"half a record")


@kind(TORN, "a torn end of a run that never was")
def _(archivist: Archivist) -> None:
    (year(archivist) / "20990101T000000Z.warc.gz.torn").write_bytes(b"half a record")


@kind(TORN, "a symbolic link in place of a torn end")
def _(archivist: Archivist) -> None:
    path = torn(archivist)
    path.rename(archivist.folder / "kept")
    path.symlink_to(archivist.folder / "kept")


@kind(TORN, "a FIFO in place of a torn end")
def _(archivist: Archivist) -> None:
    path = torn(archivist)
    path.unlink()
    os.mkfifo(path)
