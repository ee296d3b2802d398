"""Cite a version of a page, with its time of capture and its proof, as text, BibTeX and CSL-JSON.

A title may hold anything: control characters are dropped, blanks collapse, and BibTeX's own signs are escaped.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from postarchive.export.plain import printable
from postarchive.jsonvalue import Json, JsonObject
from postarchive.models import shown_digest
from postarchive.record.values import date_of, source_of
from postarchive.store.articles import ArticleVersion, StoredSheet
from postarchive.store.read import StoredSeal

PUBLISHER = "China Post"
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
NEWS, WEBPAGE = "article-newspaper", "webpage"
BIBTEX_SIGNS: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # BibTeX counts braces, even after a backslash
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "$&#%_"},
}
URL_SIGNS = ":/?#[]@!$&'()*+,;=%~-._"  # stay as they are; everything else is percent-encoded


@dataclass(frozen=True, slots=True)
class CitedCapture:
    """Where the capture of one sheet is: its URL and time, the digest of its body, the WARC file and offset."""

    url: str
    captured: datetime
    payload_digest: str
    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Citation:
    """What a citation says about a version; `source` and `date` as the page shows them, None when it shows none.

    `key` names it, `proofs` are those of its sheets in order, `seals` cover all of them; empty if it is not sealed.
    """

    key: str
    kind: str
    title: str
    source: str | None
    date: str | None
    url: str
    version: int
    proofs: tuple[CitedCapture, ...]
    seals: tuple[StoredSeal, ...]

    @property
    def captured(self) -> datetime:
        """The time when its first sheet was captured."""
        return self.proofs[0].captured


def citation_of(found: ArticleVersion, seals: Sequence[StoredSeal]) -> Citation:
    """Return the citation of a version; `seals` are those on the newest run that captured any of it."""
    record, first = found.record, found.sheets[0]
    return Citation(
        key=f"chinapost-{f'page-{first.page}' if record.node is None else record.node}-v{found.number}",
        kind=record.kind,
        title=_line(record.title) or first.url,
        source=_line(source_of(record)) or None,
        date=_line(date_of(record)) or None,
        url=first.url,
        version=found.number,
        proofs=tuple(map(_proof, found.sheets)),
        seals=tuple(seals),
    )


def as_text(cited: Citation) -> str:
    """Return a citation for a footnote, one line per statement."""
    who = ", ".join(filter(None, (cited.source or PUBLISHER, cited.date)))
    captured = f"Captured {_moment(cited.captured)}, version {cited.version}."
    lines = [f"“{cited.title}”. {who}. {_url(cited.url)}", captured, *_evidence(cited), *_sealed(cited)]
    return "\n".join(map(_line, lines)) + "\n"


def as_bibtex(cited: Citation) -> str:
    """Return a BibTeX entry, also valid for biblatex; the title keeps its capitals."""
    year, month, day = _parts(cited.date) or (0, 0, 0)
    fields: dict[str, str] = {
        "title": f"{{{_bibtex(cited.title)}}}",
        "author": f"{{{_bibtex(cited.source or PUBLISHER)}}}",
        **({"date": f"{year:04}-{month:02}-{day:02}", "year": f"{year:04}"} if year else {}),
        "url": _url(cited.url),
        "urldate": f"{cited.captured.astimezone(UTC):%Y-%m-%d}",
        "note": _bibtex(_note(cited)),
    }
    return f"@misc{{{cited.key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}\n"


def as_csl(cited: Citation) -> list[Json]:
    """Return a citation as CSL-JSON, a list of one item, for Zotero, Pandoc and citeproc."""
    issued = _parts(cited.date)
    moment = cited.captured.astimezone(UTC)
    item: JsonObject = {
        "id": cited.key,
        "type": NEWS if cited.kind == "news" else WEBPAGE,
        "title": cited.title,
        "container-title": cited.source or PUBLISHER,
        "publisher": PUBLISHER,
        "URL": _url(cited.url),
        **({"issued": _csl_date(issued)} if issued else {}),
        "accessed": _csl_date((moment.year, moment.month, moment.day)),
        "version": str(cited.version),
        "archive": "WARC",
        "archive_location": _place(cited.proofs[0]),
        "note": _note(cited),
    }
    return [item]


def _proof(sheet: StoredSheet) -> CitedCapture:
    place = sheet.evidence
    return CitedCapture(sheet.url, sheet.seen, place.payload_digest, place.file, place.offset)


def _evidence(cited: Citation) -> list[str]:
    """Return a line for each sheet: the digest of what was captured, and where it is."""
    is_in_parts = len(cited.proofs) > 1
    return [
        f"Evidence{f' of {_url(proof.url)}, captured {_moment(proof.captured)}' if is_in_parts else ''}: "
        f"{shown_digest(proof.payload_digest)} in {_place(proof)}."
        for proof in cited.proofs
    ]


def _sealed(cited: Citation) -> list[str]:
    """Return a line for each seal, in its own words; `verify` checks it."""
    if not cited.seals:
        return ["Not sealed."]
    return [
        f"Sealed {_moment(datetime.fromisoformat(seal.time))} by {_url(seal.authority)}, manifest {seal.manifest}, "
        f"in {seal.file}@{seal.offset}."
        for seal in cited.seals
    ]


def _note(cited: Citation) -> str:
    captured = f"Captured {_moment(cited.captured)}, version {cited.version}."
    return _line(" ".join((captured, *_evidence(cited), *_sealed(cited))))


def _place(proof: CitedCapture) -> str:
    return f"{proof.file}@{proof.offset}"


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _parts(date: str | None) -> tuple[int, int, int] | None:
    """Return year, month and day of a date; None when it is not a day."""
    found = ISO_DAY.fullmatch(date or "")
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _csl_date(parts: tuple[int, int, int]) -> Json:
    return {"date-parts": [list(parts)]}


def _line(value: Json) -> str:
    """Return a text on one line, without what a terminal would obey; empty for anything else."""
    return " ".join(printable(value).split()) if isinstance(value, str) else ""


def _bibtex(text: str) -> str:
    return "".join(BIBTEX_SIGNS.get(sign, sign) for sign in text)


def _url(url: str) -> str:
    return quote(url, safe=URL_SIGNS)
