"""What every kind of record has besides its own fields: where it is, the numbers in its frame, its doubts."""

from collections.abc import Sequence
from typing import TypedDict

from postarchive.pages.cms.frame import INNER, frame_text
from postarchive.pages.cms.material import Material, half_text, is_cut_off
from postarchive.pages.cms.numbers import frame_numbers, line_hotlines
from postarchive.pages.html.flow import Span
from postarchive.pages.html.text import PARAGRAPH
from postarchive.record.values import CUT_OFF, NO_FRAME, Hotline, Registration


class Common(TypedDict):
    """The fields of `Page` that are read in the same way for all kinds."""

    kind: str
    url: str | None
    node: int | None
    sheet: int
    created: str | None
    hotlines: tuple[Hotline, ...]
    registrations: tuple[Registration, ...]
    leftovers: tuple[str, ...]
    warnings: tuple[str, ...]


def common(
    material: Material, region: Span, kind: str, *, leftovers: Sequence[str] = (), warnings: Sequence[str] = ()
) -> Common:
    """Return the fields that every kind has, from around a content region; numbers among the leftovers count too."""
    frame = frame_text(material.tree, region, material.frame_blocks(region))
    numbers = frame_numbers(PARAGRAPH.join([frame, *leftovers]) if leftovers else frame)
    hotlines, registrations = numbers.hotlines, numbers.registrations
    if half := half_text(material.tree):
        half = "".join(half.split())
        hotlines = tuple(item for item in hotlines if not half.endswith("".join(item.number.split())))
        registrations = tuple(item for item in registrations if not _is_half(item.number, half))
    return {
        "kind": kind,
        "url": material.url,
        "node": material.node,
        "sheet": material.sheet,
        "created": material.head.created,
        "hotlines": hotlines,
        "registrations": registrations,
        "leftovers": _left(leftovers, hotlines) if leftovers else (),
        "warnings": (*material.warnings, *material.tree.warnings, *_doubts(material), *warnings),
    }


def _is_half(number: str, half: str) -> bool:
    """Tell whether the page breaks off inside a registration number; one that ends in its last word is whole."""
    return half.endswith(number) and not number.endswith(("号", "號"))


def _left(leftovers: Sequence[str], phones: Sequence[Hotline]) -> tuple[str, ...]:
    """Return the lines that no hotline explains; its label and its number may be on a line each."""
    left: list[str] = []
    for text in leftovers:
        if left and left[-1].endswith((":", "：")) and _is_of(phones, f"{left[-1]} {text}"):
            left.pop()
        elif not _is_of(phones, text):
            left.append(text)
    return tuple(left)


def _is_of(phones: Sequence[Hotline], text: str) -> bool:
    """Tell whether a line holds these hotlines and nothing else."""
    found = line_hotlines(text)
    return bool(found) and set(phones).issuperset(found)


def _doubts(material: Material) -> list[str]:
    doubts = []
    if material.tree.names.isdisjoint(INNER):
        doubts.append(NO_FRAME)
    if material.url is None:
        doubts.append("url unknown: links stand as printed (name it with --url)")
    address = material.address
    if address is not None and material.head.node is not None and address.node != material.head.node:
        doubts.append(f"node disagrees: {material.head.node} in the page, {address.node} in its URL")
    if is_cut_off(material.tree):
        doubts.append(CUT_OFF)
    return doubts
