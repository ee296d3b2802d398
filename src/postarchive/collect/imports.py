"""What others captured becomes part of the archive: in its own run, each response with its own time and origin."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from postarchive.ahead.crew import Crew
from postarchive.ahead.importing import Named, Ready, make_ready
from postarchive.ahead.prepared import Prepared
from postarchive.collect.archive import open_archive
from postarchive.collect.fold import OK
from postarchive.collect.journal import Journal, utc_now
from postarchive.collect.reading import SMALL_BYTES
from postarchive.errors import Interrupted
from postarchive.fetch import is_html
from postarchive.foreign import Damage, find_sources, read_foreign
from postarchive.foreign.sources import size_of
from postarchive.models import Capture, Evidence, FetchResult, Outcome
from postarchive.store.write import Writer
from postarchive.warc import foreign_draft, sha256

KNOWN = "already in the archive"
SHOWN_NAMES = 20
BATCH, BATCH_BYTES = 16, 1 << 19  # responses that are made ready together
WRITTEN_TOGETHER = 4  # batches: each time they are written, all wait for the disk
_Key: TypeAlias = tuple[str, datetime, str]  # URL, time, and digest of the body
_Batch: TypeAlias = tuple[tuple[_Key, Capture] | Damage, ...]
_Packers: TypeAlias = Crew[Named, tuple[Ready, ...]]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import behaves; clock and stop are passed in, and `should_stop` is called between responses.

    `report_clock` gets the time of the newest capture if the import begins before it, `report_damage` each damaged
    place in the evidence that has no rows. `jobs` processes read the pages and pack the records.
    """

    wait_seconds: float = 0.0
    jobs: int = 1
    now: Callable[[], datetime] = utc_now
    should_stop: Callable[[], bool] = lambda: False
    report_clock: Callable[[datetime], None] = lambda _: None
    report_damage: Callable[[str], None] = lambda _: None


def import_paths(
    archive: Path, paths: Iterable[Path], *, options: ImportOptions | None = None
) -> Iterator[FetchResult | Damage]:
    """Add the pages in WARC files, WACZ files and folders of saved pages; yield each outcome and each damaged place.

    Only pages of allow-listed hosts with status 200 and a plausible date count. One already stored with the same URL,
    time and body is UNCHANGED and not stored again; an import of nothing else leaves no run. Raises UnreadableInput
    when a path cannot be read as any of these, before anything is stored; the errors of `open_archive`; Interrupted.
    """
    options = options or ImportOptions()
    named = list(paths)
    sources = find_sources(named)
    with (
        open_archive(archive, wait_seconds=options.wait_seconds, report_damage=options.report_damage) as store,
        ExitStack() as until_done,
    ):
        is_small = sum(map(size_of, sources)) <= SMALL_BYTES
        jobs = 1 if is_small else options.jobs
        crew = until_done.enter_context(Crew(make_ready, jobs - 1)) if jobs > 1 else None
        run = _Import(archive, store, options, tuple(path.absolute().name for path in named), crew)
        until_done.callback(run.close)
        found = read_foreign(sources, is_wanted=_is_page, now=options.now())
        yield from run.take(_batches(_until(options.should_stop, found)))
        run.end()
    if options.should_stop():
        raise Interrupted("", "interrupted; what was imported is kept, import again for the rest")


def _until(should_stop: Callable[[], bool], items: Iterable[Capture | Damage]) -> Iterator[Capture | Damage]:
    return takewhile(lambda _: not should_stop(), items)


def _is_page(capture: Capture) -> bool:
    return capture.status == OK and is_html(capture)


def _batches(found: Iterable[Capture | Damage]) -> Iterator[_Batch]:
    """Yield what was found in batches."""
    batch, size = list[tuple[_Key, Capture] | Damage](), 0
    for item in found:
        batch.append(item if isinstance(item, Damage) else (_key(item), item))
        size += 0 if isinstance(item, Damage) else len(item.body)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    yield tuple(batch)


def _key(capture: Capture) -> _Key:
    return capture.url, capture.time, sha256(capture.body)


def _record_id() -> str:
    return f"urn:uuid:{uuid4()}"


@dataclass(slots=True)
class _Import:
    """The run of an import; its WARC file begins with the first new response."""

    archive: Path
    store: Writer
    options: ImportOptions
    names: tuple[str, ...]
    crew: _Packers | None = None
    _journal: Journal | None = None
    _counts: Counter[str] = field(default_factory=Counter)

    def take(self, batches: Iterator[_Batch]) -> Iterator[FetchResult | Damage]:
        """Keep responses; yield the outcomes of their pages, and the damaged places between them."""
        ready = ((batch, {}) for batch in batches) if self.crew is None else self._made_ahead(self.crew, batches)
        while together := tuple(islice(ready, WRITTEN_TOGETHER)):
            items = tuple(item for batch, _ in together for item in batch)
            yield from self._settle(items, {key: made for _, found in together for key, made in found.items()})

    def _made_ahead(self, crew: _Packers, batches: Iterator[_Batch]) -> Iterator[tuple[_Batch, dict[_Key, Ready]]]:
        """Yield batches with what was made ready of them."""
        begun = deque[tuple[_Batch, list[_Key]]]()
        for _, made in crew.in_order(self._begun(batches, begun)):
            batch, named = begun.popleft()
            yield batch, dict(zip(named, made or (), strict=False))

    def _begun(self, batches: Iterator[_Batch], begun: deque[tuple[_Batch, list[_Key]]]) -> Iterator[Named]:
        """Yield of each batch what is to be made ready ahead: what is not known already."""
        for batch in batches:
            new = [item for item in batch if not isinstance(item, Damage) and not self._is_known(item[0])]
            begun.append((batch, [key for key, _ in new]))
            yield tuple((capture, _record_id(), digest) for (_, _, digest), capture in new)

    def _settle(self, batch: _Batch, made: Mapping[_Key, Ready]) -> Iterator[FetchResult | Damage]:
        """Keep the responses of a batch unless they are known, bytes first; yield the outcomes of their pages.

        They are flushed to disk all together: waiting for each one took a quarter of the time. `made` is what was made
        ready ahead; the rest is made here.
        """
        new = dict[_Key, Ready]()
        for item in batch:
            if not isinstance(item, Damage) and item[0] not in new and not self._is_known(item[0]):
                key, capture = item  # the first of several alike: its rows are made below
                new[key] = made.get(key) or Ready(foreign_draft(capture, _record_id(), payload=key[2]))
        drafts = [ready.draft for ready in new.values()]
        places = dict(zip(new, self._run().evidence.append_drafts(*drafts), strict=True)) if drafts else {}
        for item in batch:
            if isinstance(item, Damage):
                yield item
                continue
            key, capture = item
            place = places.pop(key, None)
            yield self._keep(capture, place, new[key].prepared) if place else self._known(capture)

    def _is_known(self, key: _Key) -> bool:
        return self.store.captures.is_stored(*key)

    def _known(self, capture: Capture) -> FetchResult:
        self._counts["known"] += 1
        return FetchResult(capture.url, Outcome.UNCHANGED, KNOWN)

    def _keep(self, capture: Capture, place: Evidence, prepared: Prepared | None) -> FetchResult:
        """Make the rows of a response that is on disk."""
        result = self._run().apply(capture, place, prepared)
        result = result or FetchResult(capture.url, Outcome.ARCHIVED, "kept, but not a page")
        self._counts.update({"imported": 1, "bytes": len(capture.body), result.outcome.lower(): 1})
        return result

    def end(self) -> None:
        """Close the run, if there is one: its counts and its manifest."""
        if self._journal is not None:
            self._journal.end()

    def close(self) -> None:
        """Close the file."""
        if self._journal is not None:
            self._journal.close()

    def _run(self) -> Journal:
        if self._journal is None:
            self._journal = Journal.begin(
                self.archive,
                self.store,
                details=(("importing", _shown(self.names)),),
                now=self.options.now,
                report_clock=self.options.report_clock,
                counts=self._counts,
            )
        return self._journal


def _shown(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more
