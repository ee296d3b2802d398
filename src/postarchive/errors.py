"""The errors of the program: one root, each member with its subject and its exit code.

A message is one line for a person and ends with what to do next, if there is anything to do.
"""

from typing import ClassVar


class PostarchiveError(Exception):
    """Root of every error the program raises on purpose; `subject` is the URL, file or folder it is about."""

    exit_code: ClassVar[int] = 1

    def __init__(self, subject: str, problem: str) -> None:
        """Store the subject apart from the problem, so that a report can group by either."""
        super().__init__(f"{subject}: {problem}" if subject else problem)
        self.subject = subject
        self.problem = problem

    def __reduce__(self) -> tuple[type["PostarchiveError"], tuple[str, str], dict[str, object]]:
        """Let an error go to another process as it is."""
        return type(self), (self.subject, self.problem), self.__dict__


class UsageError(PostarchiveError):
    """The command cannot mean what was typed."""

    exit_code = 2


class UnreadableInput(PostarchiveError):
    """A file or a stored thing that cannot be read as what it should be."""

    exit_code = 65


class NotAPage(UnreadableInput):
    """The bytes are not a page of the CMS: a PDF, noise, a page of another program."""


class NotOfTheCms(NotAPage):
    """The bytes are a page of another program; at a URL that used to be a page of the CMS, this is a redesign."""


class SoftError(UnreadableInput):
    """A page with status 200 that says nothing: loading, login, alert, script redirect (SITE.md §8)."""


class ParseError(UnreadableInput):
    """A page of the CMS without something its kind must have; `missing` names the fields."""

    def __init__(self, subject: str, problem: str, missing: tuple[str, ...] = ()) -> None:
        """Keep the names of the missing fields for the drift report."""
        super().__init__(subject, problem)
        self.missing = missing


class FetchError(PostarchiveError):
    """No usable response came for a URL: time-out, reset, too large, refused by a rule."""

    exit_code = 3


class Forbidden(FetchError):
    """A rule forbids the request: the allow-list or robots.txt."""


class RetryLater(FetchError):
    """The host has asked to be left alone for longer than a run waits (`Retry-After`)."""


class BudgetSpent(PostarchiveError):
    """The budget of requests is spent; nothing is wrong with the URL that is not requested."""

    exit_code = 3


class SiteUnavailable(PostarchiveError):
    """The host does not respond, or its robots.txt cannot be fetched; to continue would be hammering."""

    exit_code = 69


class Blocked(SiteUnavailable):
    """The host has locked us out: every further request makes it worse."""


class AuthorityUnavailable(PostarchiveError):
    """A time-stamping authority does not respond, or its response cannot be used."""

    exit_code = 69


class SchedulerUnavailable(PostarchiveError):
    """No Dask scheduler responds where one should be."""

    exit_code = 69


class DamagedRecord(UnreadableInput):
    """A WARC record whose framing or digest does not hold; `offset` is its byte position in the file."""

    def __init__(self, subject: str, problem: str, offset: int) -> None:
        """Keep the offset, so that a report can name the place."""
        super().__init__(f"{subject}@{offset}", problem)
        self.offset = offset


class UnknownRecord(UnreadableInput):
    """A record that refers to another one that is not in the archive."""


class ArchiveUnwritable(PostarchiveError):
    """The archive folder cannot be written: a file in its place, read-only, disk full."""

    exit_code = 73


class Interrupted(PostarchiveError):
    """A person or the system asked the run to stop, and it stopped cleanly."""

    exit_code = 130


class ArchiveBusy(PostarchiveError):
    """Another run holds the lock."""

    exit_code = 75
