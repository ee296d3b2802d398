"""Follow the archive: when a run has ended, a new copy is made beside the old one, and the next page shows it.

A separate process makes the copy (see `child`). A request that notices a change waits a moment for it; if the copy
takes longer, the request is served from the old one. During a run, its pages are copied only now and then, so that
copying takes a small part of the time.
"""

import asyncio
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread

from postarchive.errors import Interrupted, PostarchiveError, UnreadableInput
from postarchive.serve.child import child_copy
from postarchive.serve.copy import ReportProgress, reading_copy
from postarchive.serve.database import Watched
from postarchive.serve.editions import Edition, Editions
from postarchive.serve.policy import App, Message, Receive, Send
from postarchive.store.mark import Mark, Pulse

LOOK_SECONDS = 1.0  # between two checks of the archive
IDLE_SECONDS = 30.0  # between two checks when nobody reads
GLANCE_SECONDS = 0.02
PATIENCE_SECONDS = 2.0  # that a reader waits for a copy
QUIET_SECONDS = 10.0  # without a change: then an unfinished run was killed
RARELY = 20  # during a run, copying takes a twentieth of the time
MIN_SECONDS = 30.0  # between two copies during a run
AGAIN_SECONDS = 60.0  # until a copy that failed is tried again
UNMOVED = ("/-/assets/", "/-/picture/")  # the same in every edition


@dataclass(frozen=True, slots=True)
class _Making:
    """A copy being made: of which state, and since when by the monotonic clock."""

    mark: Mark
    since: float


class Follower:
    """Watches an archive, and makes new editions."""

    def __init__(self, archive: Path, pulse: Pulse, editions: Editions[Watched], say: Callable[[str], None]) -> None:
        """Follow this archive from the current edition on; `say` is called when a copy cannot be made."""
        self.editions = editions
        self._archive, self._pulse, self._say = archive, pulse, say
        self._making: _Making | None = None
        self._seen, self._changed = editions.current.mark, time.monotonic()
        self._made, self._took = time.monotonic(), 0.0
        self._next_look = self._not_before = 0.0
        self._reported: str | None = None
        self._lock, self._wake, self._stopped = Lock(), Event(), Event()
        self._thread = Thread(target=self._work, name="follow", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """Stop following, abandoning any copy in the making."""
        self._stopped.set()
        self._wake.set()
        self._thread.join()

    async def fresh(self) -> None:
        """Check whether the archive has changed, at most once a second, and wait a moment for the new copy."""
        if self._making is None and time.monotonic() >= self._next_look:
            await asyncio.to_thread(self._look)
        making = self._making
        while making and making is self._making and time.monotonic() - making.since < PATIENCE_SECONDS:  # noqa: ASYNC110
            await asyncio.sleep(GLANCE_SECONDS)  # another thread ends it

    def wrap(self, app: App) -> App:
        """Wrap the application so that each request reads one edition from beginning to end."""

        async def follow(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"].startswith(UNMOVED):
                await app(scope, receive, send)
                return
            await self.fresh()
            with self.editions.reading():
                await app(scope, receive, send)

        return follow

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()
            self._look()
            if self._making is not None:
                self._make(self._making)

    def _look(self) -> None:
        """Begin a new copy when one is due."""
        with self._lock:
            now = time.monotonic()
            if self._making is not None or now < self._next_look or self._stopped.is_set():
                return
            mark = self._marked()
            self._next_look = time.monotonic() + LOOK_SECONDS
            if mark is not None and self._is_due(mark, now):
                self._making = _Making(mark, now)
                self._wake.set()

    def _marked(self) -> Mark | None:
        with suppress(UnreadableInput):  # a rebuild may be running, or the disk absent for a moment
            return self._pulse.mark()
        return None

    def _is_due(self, mark: Mark, now: float) -> bool:
        """Tell whether to copy now: at once after a run or rebuild, or when the copy is gone from its folder.

        Otherwise, if nothing changes or the last copy is old.
        """
        old = self.editions.current.mark
        if mark != self._seen:
            self._seen, self._changed = mark, now
        if now < self._not_before:
            return False
        if not self.editions.current.path.exists():  # something that tidies the temporary folder removed it
            return True
        if mark == old:
            return False
        if old is None or (mark.file, mark.ended) != (old.file, old.ended):
            return True
        pause = max(RARELY * self._took, MIN_SECONDS)
        return now - self._changed > QUIET_SECONDS or now - self._made > pause

    def _make(self, making: _Making) -> None:
        try:
            edition = opened_edition(child_copy(self._archive, self._stopped.is_set), making.mark)
        except Interrupted:
            pass
        except PostarchiveError as error:
            self._put_off(str(error))
        except Exception as error:  # noqa: BLE001 - it is reported, and following continues
            traceback.print_exception(error, file=sys.stderr)
            self._put_off(f"a bug of this program ({type(error).__name__})")
        else:
            self.editions.replace(edition)
            self._made, self._reported = time.monotonic(), None
            self._took = self._made - making.since
        self._making = None

    def _put_off(self, problem: str) -> None:
        """Report once why a copy failed; readers keep the old one."""
        self._not_before = time.monotonic() + AGAIN_SECONDS
        if problem != self._reported:
            self._reported = problem
            self._say(f"Readers still see the copy of {self.editions.current.made:%Y-%m-%d %H:%M} UTC: {problem}")


@contextmanager
def following(
    archive: Path,
    *,
    report: ReportProgress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda _text: None,
) -> Iterator[Follower]:
    """Yield a follower of the archive with a first edition; all copies are removed at the end.

    Raises like `make_copy` for the first copy; `say` is called when a later one cannot be made.
    """
    pulse = Pulse(archive)
    mark = pulse.mark()
    first: Edition[Watched] = opened_edition(reading_copy(archive, report=report, is_stopped=is_stopped), mark)
    follower = Follower(archive, pulse, Editions(first), say)
    follower.start()
    try:
        yield follower
    finally:
        follower.close()
        follower.editions.close()


def opened_edition(copy: AbstractContextManager[Path], mark: Mark | None) -> Edition[Watched]:
    """Return an edition over a copy, which is removed when the edition ends."""
    stack = ExitStack()
    began = datetime.now(UTC)
    return Edition(stack.enter_context(copy), mark, began, stack.close)
