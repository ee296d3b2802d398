"""What others captured becomes part of the archive: a run of its own, each answer with its own time and its origin."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from postarchive import __version__
from postarchive.collect.archive import capture_reader, open_archive
from postarchive.collect.fold import OK, apply
from postarchive.collect.run import check_clock, new_run, utc_now
from postarchive.errors import Interrupted
from postarchive.fetch import is_html
from postarchive.foreign import Damage, find_sources, read_foreign
from postarchive.models import Capture, Event, Evidence, FetchResult, Outcome, RunEnded, RunStarted
from postarchive.store.write import Writer
from postarchive.warc import WarcWriter, manifest_before

KNOWN = "already in the archive"
SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import behaves; clock and stop come from outside, `should_stop` is asked between answers.

    `tell_clock` is told the time of the newest capture when the import begins before it.
    """

    wait_seconds: float = 0.0
    now: Callable[[], datetime] = utc_now
    should_stop: Callable[[], bool] = lambda: False
    tell_clock: Callable[[datetime], None] = lambda _: None


def import_paths(
    archive: Path, paths: Iterable[Path], *, options: ImportOptions | None = None
) -> Iterator[FetchResult | Damage]:
    """Add the pages in WARC files, WACZ files and folders of saved pages; yield what became of each, and each damage.

    Only pages of allow-listed hosts with status 200 and a date that can be true count. One that is stored already, by
    URL, time and body, is UNCHANGED and not stored again; an import of nothing else leaves no run. Raises
    UnreadableInput when a path cannot be read as any of these, before anything is stored; the errors of
    `open_archive`; Interrupted.
    """
    options = options or ImportOptions()
    named = list(paths)
    sources = find_sources(named)
    with open_archive(archive, wait_seconds=options.wait_seconds) as store:
        run = _Import(archive, store, options, tuple(path.absolute().name for path in named))
        try:
            for item in read_foreign(sources, is_wanted=_is_page, now=options.now()):
                if options.should_stop():
                    break
                yield item if isinstance(item, Damage) else run.take(item)
            run.end()
        finally:
            run.close()
    if options.should_stop():
        raise Interrupted("", "interrupted; what was imported is kept, import again for the rest")


def _is_page(capture: Capture) -> bool:
    return capture.status == OK and is_html(capture)


@dataclass(slots=True)
class _Import:
    """The run of an import; its WARC file begins with the first answer that is new."""

    archive: Path
    store: Writer
    options: ImportOptions
    names: tuple[str, ...]
    _writer: WarcWriter | None = None
    _run: str = ""
    _counts: dict[str, int] = field(default_factory=dict)

    def take(self, capture: Capture) -> FetchResult:
        """Keep an answer, bytes first, unless it is known; return what became of its page."""
        if self.store.captures.is_stored(capture):
            self._count("known")
            return FetchResult(capture.url, Outcome.UNCHANGED, KNOWN)
        writer = self._writer or self._begin()
        result = self._apply(capture, writer.append_foreign(capture))
        self._count("imported")
        self._count("bytes", len(capture.body))
        result = result or FetchResult(capture.url, Outcome.ARCHIVED, "kept, but no page")
        self._count(result.outcome.lower())
        return result

    def end(self) -> None:
        """Close the run, if there is one: its counts and its manifest."""
        if self._writer is None:
            return
        counts = tuple((name, str(count)) for name, count in sorted(self._counts.items()))
        ended = RunEnded(self._run, self.options.now(), counts)
        self._apply(ended, self._writer.end(ended))

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()

    def _begin(self) -> WarcWriter:
        now = self.options.now()
        check_clock(self.store, now, self.options.tell_clock)
        self._run = new_run(self.store, now)
        started = RunStarted(self._run, now, (("version", __version__), ("importing", _shown(self.names))))
        self._writer = WarcWriter.create(
            self.archive, started, new_id=lambda: str(uuid4()), before=manifest_before(self.archive)
        )
        self._apply(started, self._writer.started)
        return self._writer

    def _apply(self, event: Event, evidence: Evidence) -> FetchResult | None:
        return apply(self.store, event, evidence, read_capture=capture_reader(self.archive, self.store))

    def _count(self, name: str, amount: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + amount


def _shown(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more
