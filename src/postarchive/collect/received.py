"""A response that has its row, about to be applied: what every kind of response does with the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from postarchive.http1 import COMMONCRAWL, LIVE, WAYBACK
from postarchive.models import Capture, FetchResult, Outcome
from postarchive.record.identity import address_identity
from postarchive.record.revisions import Change
from postarchive.store.write import PageRow, Writer
from postarchive.urls import host_of, parse_address

NO_PARTS: Final[Mapping[str, str]] = MappingProxyType({})
OF_THE_PAST = frozenset((WAYBACK, COMMONCRAWL))


@dataclass(frozen=True, slots=True)
class Received:
    """A response, its row and run; `is_replay` when it was applied before, in another order."""

    store: Writer
    capture: Capture
    row: int
    run: str
    is_replay: bool = False

    @property
    def is_newest(self) -> bool:
        """Tell whether it counts as newer than all before it: a live one does, and so does one replayed in order."""
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
        """Note what its URL shows now: page, version, what wrote each field; or why it shows none."""
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
        """Keep why a response gives no record: its bytes are kept, and no row of its page changes.

        An unreadable old page from another archive says nothing about the site today, so it is not drift.
        """
        outcome = Outcome.ARCHIVED if kind == "drift" else Outcome.FAILED
        is_drift = kind == "drift" and self.capture.origin not in OF_THE_PAST
        self.add_problem(kind if is_drift or kind != "drift" else "refused", detail, missing=missing)
        self.record_sighting(refused=kind)
        return FetchResult(self.capture.url, outcome, detail, is_drift=is_drift)

    def disbelieve(self, detail: str) -> FetchResult:
        """Note that a capture cannot be from its stated time: its bytes are kept, its URL does not count as seen."""
        self.add_problem("refused", detail)
        return FetchResult(self.capture.url, Outcome.FAILED, detail)

    def add_problem(self, kind: str, detail: str, *, missing: tuple[str, ...] = ()) -> None:
        """Keep a problem with it, unless it is judged again: then the problem is there already."""
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
        """Add a line to the history of a page; `version` is the number of its latest version, if known."""
        number = self.store.versions.newest_number(page) if version is None else version
        self.store.versions.add_change(
            page, time=self.capture.time, change=change, detail=detail, version=number, capture=self.row
        )

    def bring_back(self, page: PageRow) -> bool:
        """Note that a page that was gone is back; tell whether it was gone."""
        if page.gone is None:
            return False
        self.store.pages.set_gone(page.id, None)
        self.add_change(page.id, Change.BACK)
        return True

    def page_of_url(self) -> PageRow | None:
        """Return the page that the URL showed before; None when it showed none."""
        address = self.store.addresses.find(self.capture.url)
        return self.store.pages.get(address.page) if address and address.page is not None else None

    def page(self) -> PageRow | None:
        """Return the URL's page, from what it showed before or from its address; None when unknown."""
        address = parse_address(self.capture.url)
        return self.page_of_url() or (self.store.pages.find(*address_identity(address)) if address else None)
