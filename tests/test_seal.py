"""Time stamps of an outside authority: kept as evidence, checked offline, broken by whoever rewrites what they seal.

The authority is made by `openssl ts` and answers on 127.0.0.1.
"""

import csv
import gzip
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiving import LIST, OTHER, SEED, STAMP, Archivist, playing_site
from authority import OPENSSL, Authority, answering, make_authority, openssl
from commands import Done, postarchive
from damages import write_again
from postarchive.cli.seal import seal_options
from postarchive.collect import rebuild
from postarchive.collect.imports import import_paths
from postarchive.collect.sealing import seal_archive
from postarchive.errors import AuthorityUnavailable, UnreadableInput, UsageError
from postarchive.seal.authority import check_authority, request_stamp
from postarchive.seal.token import Trust, check_token, imprint_of, read_token
from postarchive.store.read import Reader
from postarchive.verify import Finding, Proof, Summary, verify_archive
from postarchive.warc import read_manifest
from test_verify_archive import isolated
from test_verify_archive import verified as verified_alone

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl here, which plays the authority")
MANIFEST = "0123456789abcdef" * 4
DEAD = "http://127.0.0.1:9/"
OLD_WORD, NEW_WORD = b"17 major tasks", b"71 major tasks"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with answering(make_authority(tmp_path_factory.mktemp("tsa") / "one")) as authority:
        yield authority


@pytest.fixture
def authority(made: Authority) -> Authority:
    made.says = None
    made.requests.clear()
    return made


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of two runs, made an hour ago: clocks of the test and of the authority agree."""
    archivist = Archivist(tmp_path_factory.mktemp("fetched") / "archive")
    archivist.clock.time = datetime.now(UTC) - timedelta(hours=1)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED, LIST)
        archivist.clock.sleep(60)
        archivist.fetch(OTHER)
    return archivist.folder


@pytest.fixture
def archivist(fetched: Path, tmp_path: Path) -> Archivist:
    shutil.copytree(fetched, tmp_path / "archive")
    return Archivist(tmp_path / "archive")


@pytest.fixture(scope="module")
def sealed_once(fetched: Path, made: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive with a seal."""
    archivist = Archivist(shutil.copytree(fetched, tmp_path_factory.mktemp("sealed") / "archive"))
    seal(archivist, made)
    return archivist.folder


@pytest.fixture
def sealed(sealed_once: Path, tmp_path: Path) -> Archivist:
    return Archivist(shutil.copytree(sealed_once, tmp_path / "archive"))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with answering(make_authority(tmp_path_factory.mktemp("tsa") / "second")) as authority:
        yield authority


def seal(archivist: Archivist, authority: Authority, *options: str | Path) -> Done:
    done = postarchive("seal", "-a", archivist.folder, "--tsa", authority.url, "--tsa-ca", authority.root, *options)
    assert done.returncode == 0, done.stderr
    return done


def verified(archivist: Archivist, **options: Any) -> tuple[list[Finding], Summary]:  # noqa: ANN401 - as it takes them
    summary = Summary()
    return list(verify_archive(archivist.folder, summary, **options)), summary


def runs(archivist: Archivist) -> list[str]:
    return [file.name.partition(".")[0] for file in archivist.files]


# --- sealing ----------------------------------------------------------------------------------------------------------


def test_seal_proves_before_when_each_run_existed(archivist: Archivist, authority: Authority) -> None:
    first, second = runs(archivist)
    done = seal(archivist, authority)

    findings, summary = verified(archivist)
    (proven,) = summary.seals

    assert findings == []
    assert (summary.proof, proven.proof, proven.runs) == (Proof.OK, Proof.OK, (first, second))
    assert abs(proven.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert summary.unsealed == tuple(runs(archivist)[2:])
    assert done.stdout.splitlines()[0] == f"Manifest: {proven.manifest}"
    assert proven.manifest == read_manifest(archivist.folder, f"warc/{second[:4]}/{second}.warc.gz").digest  # type: ignore[union-attr]


def test_only_a_digest_leaves_the_machine(archivist: Archivist, authority: Authority) -> None:
    seal(archivist, authority)

    with Reader(archivist.folder) as reader:
        (kept,) = reader.seals_over(runs(archivist)[0])
    (request,) = authority.requests
    assert imprint_of(kept.manifest) in request
    assert len(request) < 100


def test_every_row_follows_from_the_evidence(sealed: Archivist, authority: Authority) -> None:

    assert sealed.rows("SELECT count(*), max(authority) FROM seals") == [(1, authority.url)]
    assert sealed.rebuilt_differences() == []


def test_next_seal_proves_only_what_is_new(sealed: Archivist, authority: Authority) -> None:
    seal(sealed, authority)

    _, summary = verified(sealed)

    assert [len(proven.runs) for proven in summary.seals] == [2, 1]


def test_program_of_others_reads_the_file(sealed: Archivist) -> None:
    with sealed.files[-1].open("rb") as stream:
        records = [(record.rec_type, record.content_type) for record in ArchiveIterator(stream, check_digests=True)]

    assert records == [
        ("warcinfo", "application/warc-fields"),
        ("resource", "application/pem-certificate-chain"),
        ("resource", "application/timestamp-reply"),
        ("metadata", "application/warc-fields"),
    ]


def test_fetch_continues_after_a_seal(sealed: Archivist) -> None:
    sealed.clock.time = datetime.now(UTC)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        sealed.fetch(STAMP)

    assert verified(sealed)[0] == []
    assert postarchive("check", "-a", sealed.folder).returncode == 0


def test_package_carries_the_seals(sealed: Archivist, authority: Authority, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    assert postarchive("export", "package", "-a", sealed.folder, "-o", folder).returncode == 0

    code, said = isolated(folder / "verify_archive.py", folder)

    assert code == 0
    assert "1 seals." in said
    with (folder / "data" / "seals.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["authority"], row["manifest"], row["time"]) for row in csv.DictReader(file, strict=True)]
    (proven,) = verified(sealed)[1].seals
    assert rows == [(authority.url, proven.manifest, f"{proven.time:%Y-%m-%dT%H:%M:%S.%f}Z")]


def test_import_does_not_take_a_seal_for_a_page(sealed: Archivist, tmp_path: Path) -> None:
    other = tmp_path / "other"

    assert list(import_paths(other, [sealed.files[-1]])) == []


# --- openssl ----------------------------------------------------------------------------------------------------------


def test_openssl_accepts_the_token_that_was_kept_elsewhere(
    archivist: Archivist, authority: Authority, tmp_path: Path
) -> None:
    token = tmp_path / "kept.tsr"
    done = seal(archivist, authority, "-o", token)

    said = openssl("ts", "-verify", "-data", f"{token}.manifest", "-in", token, "-CAfile", authority.root)

    assert "Verification: OK" in said
    assert done.stdout.splitlines()[0] == f"Manifest: {Path(f'{token}.manifest').read_text()}"


def test_openssl_accepts_what_the_stand_alone_verifier_writes(sealed: Archivist, tmp_path: Path) -> None:
    code, said = verified_alone(sealed, "--seals", str(tmp_path / "seals"))

    command = next(line.split() for line in said.splitlines() if line.startswith("  openssl"))

    assert code == 0
    assert "cannot be checked here" in said
    assert "Verification: OK" in openssl(*command[1:])


# --- rewritten --------------------------------------------------------------------------------------------------------


def rewrite(archivist: Archivist) -> None:
    """Change a word in the first run and write the whole archive again, with a right chain."""
    write_again(archivist, lambda block: block.replace(OLD_WORD, NEW_WORD))
    archivist.database.unlink()
    rebuild(archivist.folder)


def test_rewritten_archive_with_a_right_chain_is_seen_by_its_seal_alone(archivist: Archivist) -> None:
    rewrite(archivist)
    assert verified(archivist)[1].proof is Proof.OK  # without a seal nothing can be seen


def test_rewritten_archive_fails_and_the_runs_are_named(sealed: Archivist) -> None:
    first, second, sealing = runs(sealed)
    rewrite(sealed)

    findings, summary = verified(sealed)

    assert summary.proof is Proof.FAILED
    assert [finding.subject for finding in findings] == [f"warc/{sealing[:4]}/{sealing}.warc.gz"]
    assert f"one of the runs {first} to {second} is not what was sealed" in findings[0].problem
    assert postarchive("verify", "-a", sealed.folder).returncode == 5
    assert verified_alone(sealed)[0] == 5


def test_with_a_seal_after_each_run_the_rewritten_one_is_named_alone(
    archivist: Archivist, authority: Authority
) -> None:
    first, _ = runs(archivist)
    for file in archivist.files[1:]:
        file.unlink()
    rebuild(archivist.folder, skips_damaged=True)
    seal(archivist, authority)
    rewrite(archivist)

    ((finding,), _) = verified(archivist)

    assert f"the run {first} is not what was sealed" in finding.problem


def test_rewritten_archive_without_its_seals_fails_the_token_kept_elsewhere(
    archivist: Archivist, authority: Authority, tmp_path: Path
) -> None:
    token = tmp_path / "kept.tsr"
    seal(archivist, authority, "-o", token)
    archivist.files[-1].unlink()
    rewrite(archivist)

    assert verified(archivist)[1].proof is Proof.OK
    done = postarchive("verify", "-a", archivist.folder, "--token", token, "--tsa-ca", authority.root)
    assert done.returncode == 5
    assert f"FAILED        {token}  it stamps no manifest of this archive" in done.stdout


def test_removed_tail_shows_only_against_a_token_kept_elsewhere(
    sealed: Archivist, authority: Authority, tmp_path: Path
) -> None:
    token = tmp_path / "kept.tsr"
    seal(sealed, authority, "-o", token)
    assert postarchive("verify", "-a", sealed.folder, "--token", token).returncode == 0
    for file in sealed.files[-2:]:
        file.unlink()
    sealed.database.unlink()
    rebuild(sealed.folder)

    assert postarchive("verify", "-a", sealed.folder).returncode == 0
    assert postarchive("verify", "-a", sealed.folder, "--token", token).returncode == 5


def test_seal_much_later_than_its_run_claims_is_reported(archivist: Archivist, authority: Authority) -> None:
    options = seal_options([authority.url], [authority.root])
    long_ago = datetime.now(UTC) - timedelta(days=400)
    seal_archive(archivist.folder, replace(options, now=lambda: long_ago))

    ((finding,), summary) = verified(archivist)

    assert finding.proof is Proof.UNVERIFIABLE
    assert "399 days later" in finding.problem or "400 days later" in finding.problem
    assert len(summary.unsealed) == 3


# --- certificates -----------------------------------------------------------------------------------------------------


def test_seal_without_a_root_certificate_is_unverifiable_until_one_is_named(
    archivist: Archivist, authority: Authority
) -> None:
    done = postarchive("seal", "-a", archivist.folder, "--tsa", authority.url)

    assert (done.returncode, "--tsa-ca" in done.stdout) == (0, True)
    ((finding,), _) = verified(archivist)
    assert finding.proof is Proof.UNVERIFIABLE
    assert verified(archivist, trusted=authority.root.read_bytes())[0] == []


def test_root_certificate_inside_the_reply_is_enough(archivist: Archivist, tmp_path: Path) -> None:
    with answering(make_authority(tmp_path / "tsa", sends_root=True)) as authority:
        assert postarchive("seal", "-a", archivist.folder, "--tsa", authority.url).returncode == 0

    assert verified(archivist)[0] == []


def test_authority_of_a_forger_fails_under_the_certificate_that_one_trusts(
    archivist: Archivist, authority: Authority, second: Authority
) -> None:
    seal(archivist, second)

    assert verified(archivist)[0] == []  # its own certificate, kept beside, fits
    assert verified(archivist, trusted=authority.root.read_bytes())[1].proof is Proof.FAILED


def test_without_the_extra_seals_are_unverifiable(sealed: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postarchive.verify.seals.is_installed", lambda: False)

    ((finding,), _) = verified(sealed)

    assert finding.proof is Proof.UNVERIFIABLE
    assert "pip install 'postarchive[seal]'" in finding.problem


def test_mutated_replies_never_raise_and_hold_only_where_no_signature_covers(authority: Authority) -> None:
    stamped = request_stamp(authority.url, MANIFEST, timeout_seconds=20, kept=authority.root.read_bytes())
    rng, root = random.Random(11), authority.root.read_bytes()  # noqa: S311 - the same each time
    honest = read_token(stamped.reply)

    for _ in range(400):
        reply = bytearray(stamped.reply)
        for _ in range(rng.choice((1, 1, 3))):
            reply[rng.randrange(len(reply))] = rng.randrange(256)
        check = check_token(bytes(reply), MANIFEST, kept=root, trusted=root)
        if check.trust is Trust.OK:
            assert read_token(bytes(reply)).time == honest.time


# --- the authority ----------------------------------------------------------------------------------------------------


def no_run_was_added(archivist: Archivist) -> bool:
    return len(archivist.files) == 2 and verified(archivist)[0] == []


@pytest.mark.parametrize(
    "says",
    [
        (500, b""),
        (200, b""),
        (200, b"<html>login</html>"),
        (200, b"\x30\x05\x30\x03\x02\x01\x02"),  # PKIStatus 2: rejected
        (302, b""),
        (200, b"\x30" * (1 << 19)),
    ],
    ids=["error", "nothing", "a page", "refused", "elsewhere", "too much"],
)
def test_useless_reply_is_reported_and_nothing_is_kept(
    says: tuple[int, bytes], archivist: Archivist, authority: Authority
) -> None:
    authority.says = says
    done = postarchive("seal", "-a", archivist.folder, "--tsa", authority.url)

    assert (done.returncode, done.stdout) == (69, "")
    assert len(done.stderr.splitlines()) == 1
    assert no_run_was_added(archivist)


def test_old_reply_of_another_request_is_refused(authority: Authority) -> None:
    stamped = request_stamp(authority.url, MANIFEST, timeout_seconds=20)
    authority.says = (200, stamped.reply)

    with pytest.raises(AuthorityUnavailable, match="another request"):
        request_stamp(authority.url, MANIFEST, timeout_seconds=20)


def test_one_dead_authority_of_two_is_reported(archivist: Archivist, authority: Authority) -> None:
    done = postarchive(
        "seal", "-a", archivist.folder, "--tsa", DEAD, "--tsa", authority.url, "--tsa-ca", authority.root
    )

    assert done.returncode == 3
    assert "Sealed" in done.stdout
    assert done.stderr.startswith(f"postarchive: not sealed: {DEAD}")
    assert verified(archivist)[0] == []


def test_two_authorities_give_two_seals_and_two_tokens(
    archivist: Archivist, authority: Authority, second: Authority, tmp_path: Path
) -> None:
    token = tmp_path / "kept.tsr"
    seal(archivist, authority, "--tsa", second.url, "--tsa-ca", second.root, "-o", token)

    findings, summary = verified(archivist)
    assert findings == []
    assert [(proven.authority, len(proven.runs)) for proven in summary.seals] == [(authority.url, 2), (second.url, 2)]
    assert (tmp_path / "kept-2.tsr").exists()


@pytest.mark.parametrize("url", ["", "tsa", "ftp://a/", "file:///etc/passwd", "http://", "http://[", "http://a b/"])
def test_invalid_url_of_an_authority_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        check_authority(url)


@pytest.mark.parametrize(
    "data", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_file_without_a_certificate_is_refused(data: bytes, archivist: Archivist, tmp_path: Path) -> None:
    path = tmp_path / "root.pem"
    path.write_bytes(data)
    done = postarchive("seal", "-a", archivist.folder, "--tsa", DEAD, "--tsa-ca", path)

    assert (done.returncode, len(done.stderr.splitlines())) == (65, 1)


def test_archive_without_runs_has_nothing_to_seal(tmp_path: Path) -> None:
    done = postarchive("seal", "-a", tmp_path / "none", "--tsa", DEAD)

    assert done.returncode == 65
    assert not (tmp_path / "none").exists()


def test_rubbish_is_not_a_token(tmp_path: Path, archivist: Archivist) -> None:
    with pytest.raises(UnreadableInput):
        read_token(gzip.compress(b"x"))
    path = tmp_path / "token.tsr"
    path.write_bytes(b"rubbish")

    assert postarchive("verify", "-a", archivist.folder, "--token", path).returncode == 5
    assert postarchive("verify", "-a", archivist.folder, "--token", tmp_path / "none").returncode == 65


# --- after a fetch ----------------------------------------------------------------------------------------------------


def fetch(archivist: Archivist, url: str, *options: str | Path) -> Done:
    asked = ("fetch", url, "-a", archivist.folder, "--delay", "0", "--contact", "https://a.example/", *options)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        return postarchive(*asked, http_proxy=site.proxy_url, no_proxy="127.0.0.1")


def test_fetch_seals_its_own_run(archivist: Archivist, authority: Authority) -> None:
    done = fetch(archivist, STAMP, "--seal", "--tsa", authority.url, "--tsa-ca", authority.root)

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    findings, summary = verified(archivist)
    assert findings == []
    assert len(summary.seals[0].runs) == 3


def test_dead_authority_costs_a_fetch_one_line(archivist: Archivist) -> None:
    done = fetch(archivist, STAMP, "--quiet", "--seal", "--tsa", DEAD)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"postarchive: not sealed: {DEAD}")
    assert len(done.stderr.splitlines()) == 1
    assert verified(archivist)[0] == []


def test_seal_without_an_authority_is_seen_before_the_run(archivist: Archivist) -> None:
    done = fetch(archivist, STAMP, "--seal")

    assert done.returncode == 2
    assert no_run_was_added(archivist)


def test_documented_command_is_the_one_that_works(archivist: Archivist, authority: Authority, tmp_path: Path) -> None:
    """The line in the documentation, with its file names."""
    text = (Path(__file__).parent.parent / "docs" / "sealing.md").read_text()
    seal(archivist, authority, "-o", tmp_path / "china-post.tsr")
    shutil.copy(authority.root, tmp_path / "root.pem")
    line = next(line for line in text.splitlines() if line.startswith("openssl ts -verify"))

    done = subprocess.run(line.split(), cwd=tmp_path, capture_output=True, check=False, text=True)  # noqa: S603 - ours

    assert "Verification: OK" in done.stdout + done.stderr
