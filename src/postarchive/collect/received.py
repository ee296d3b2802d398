"""A response that has its row, about to have its consequences: what all kinds of response do with the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from postarchive.commoncrawl import ORIGIN as COMMONCRAWL
from postarchive.http1 import LIVE
from postarchive.models import Capture, FetchResult, Outcome
from postarchive.record.identity import address_identity
from postarchive.record.revisions import Change
from postarchive.store.write import PageRow, Writer
from postarchive.urls import host_of, parse_address
from postarchive.wayback import ORIGIN as WAYBACK

NO_PARTS: Final[Mapping[str, str]] = MappingProxyType({})
OF_THE_PAST = frozenset((WAYBACK, COMMONCRAWL))


@dataclass(frozen=True, slots=True)
class Received:
    """A response, its row and run; `is_replay` when it had its consequences before, in another order."""

    store: Writer
    capture: Capture
    row: int
    run: str
    is_replay: bool = False

    @property
    def is_newest(self) -> bool:
        """Tell whether it counts as newer than all before it: a live one always does, a replay comes in its order."""
        return self.is_replay or self.capture.origin == LIVE

    def record_sighting(
        self,
        *,
        page: int | None = None,
        version: int | None = None,
        parts: Mapping[str, str] = NO_PARTS,
        missing: str | None = None,
        refused: str | None = None,
    ) -> None:
        """Note what its URL says now: page and version that it shows, what wrote each field; or why it shows none."""
        self.store.addresses.record_sighting(
            self.capture.url,
            host=host_of(self.capture.url),
            page=page,
            version=version,
            parts=parts,
            time=self.capture.time,
            status=self.capture.status,
            missing=missing,
            refused=refused,
            capture=self.row,
            is_newest=self.is_newest,
        )

    def refuse(self, kind: str, detail: str, *, missing: tuple[str, ...] = ()) -> FetchResult:
        """Keep why a response makes no record: its bytes are kept, and no row of its page is touched.

        That an old page out of another archive cannot be read says nothing of the site as it is: no drift.
        """
        outcome = Outcome.ARCHIVED if kind == "drift" else Outcome.FAILED
        is_drift = kind == "drift" and self.capture.origin not in OF_THE_PAST
        self.add_problem(kind if is_drift or kind != "drift" else "refused", detail, missing=missing)
        self.record_sighting(refused=kind)
        return FetchResult(self.capture.url, outcome, detail, is_drift=is_drift)

    def disbelieve(self, detail: str) -> FetchResult:
        """Keep that a capture cannot be of its time: its bytes are kept, and its URL is not even seen by it."""
        self.add_problem("refused", detail)
        return FetchResult(self.capture.url, Outcome.FAILED, detail)

    def add_problem(self, kind: str, detail: str, *, missing: tuple[str, ...] = ()) -> None:
        """Keep a problem with it; one that is judged again had it before."""
        if not self.is_replay:
            self.store.runs.add_problem(
                self.run,
                self.capture.url,
                time=self.capture.time,
                kind=kind,
                detail=detail,
                missing=" ".join(missing) or None,
                capture=self.row,
            )

    def add_change(self, page: int, change: Change, *, detail: str | None = None, version: int | None = None) -> None:
        """Add a line to the history of a page; `version` is the number of its latest version, if it is at hand."""
        number = self.store.versions.newest_number(page) if version is None else version
        self.store.versions.add_change(
            page, time=self.capture.time, change=change, detail=detail, version=number, capture=self.row
        )

    def bring_back(self, page: PageRow) -> bool:
        """Note that a page that was gone is there again; tell whether it was gone."""
        if page.gone is None:
            return False
        self.store.pages.set_gone(page.id, None)
        self.add_change(page.id, Change.BACK)
        return True

    def page_of_url(self) -> PageRow | None:
        """Return the page that the URL had before; None when it had none."""
        address = self.store.addresses.find(self.capture.url)
        return self.store.pages.get(address.page) if address and address.page is not None else None

    def page(self) -> PageRow | None:
        """Return the page that the URL stands for, by what it said before or by its address; None when unknown."""
        address = parse_address(self.capture.url)
        return self.page_of_url() or (self.store.pages.find(*address_identity(address)) if address else None)
