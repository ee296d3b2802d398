"""The errors of the program: one root, a subject apart from the problem, an exit code for each."""

import pickle

import pytest

from postarchive import errors
from postarchive.errors import DamagedRecord, ParseError, PostarchiveError, SoftError, UnreadableInput

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PostarchiveError)]
EXIT_CODES = {
    "PostarchiveError": 1,
    "UsageError": 2,
    "UnreadableInput": 65,
    "NotAPage": 65,
    "NotOfTheCms": 65,
    "SoftError": 65,
    "ParseError": 65,
    "DamagedRecord": 65,
    "UnknownRecord": 65,
    "FetchError": 3,
    "Forbidden": 3,
    "RetryLater": 3,
    "BudgetSpent": 3,
    "SiteUnavailable": 69,
    "Blocked": 69,
    "SchedulerUnavailable": 69,
    "AuthorityUnavailable": 69,
    "ArchiveUnwritable": 73,
    "ArchiveBusy": 75,
    "Interrupted": 130,
}


def raised(kind: type[PostarchiveError]) -> PostarchiveError:
    return DamagedRecord("a.warc.gz", "cut", 7) if kind is DamagedRecord else kind("http://x/", "does not answer")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_error_has_the_documented_exit_code(kind: type[PostarchiveError]) -> None:
    """The table is DESIGN.md's; a new error must be put into it."""
    assert kind.exit_code == EXIT_CODES[kind.__name__]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_error_is_one_line_of_subject_and_problem(kind: type[PostarchiveError]) -> None:
    error = raised(kind)

    assert str(error) == f"{error.subject}: {error.problem}"


def test_error_without_subject_is_its_problem() -> None:
    assert str(PostarchiveError("", "the disk is full")) == "the disk is full"


def test_what_cannot_be_read_is_one_family() -> None:
    unreadable = {kind.__name__ for kind in KINDS if issubclass(kind, UnreadableInput)}

    assert unreadable == {name for name, code in EXIT_CODES.items() if code == 65}


def test_parse_error_names_what_is_missing() -> None:
    assert ParseError("http://x/", "no body", ("text",)).missing == ("text",)
    assert ParseError("http://x/", "no body").missing == ()


def test_error_of_a_page_is_the_same_in_another_process() -> None:
    for error in (ParseError("http://x/", "no body", ("text",)), SoftError("http://x/", "a login page")):
        found = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

        assert (type(found), str(found), vars(found)) == (type(error), str(error), vars(error))


def test_damaged_record_names_its_place() -> None:
    error = DamagedRecord("a.warc.gz", "digest differs", 1234)

    assert (str(error), error.offset) == ("a.warc.gz@1234: digest differs", 1234)
