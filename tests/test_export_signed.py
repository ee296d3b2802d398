"""A WACZ that is signed: by the words of the convention, checked with the key in it, the same each time."""

import hashlib
import json
import zipfile
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from archiving import SEED, Archivist, playing_site
from commands import Done, postarchive

CURVES = {"P-384": ec.SECP384R1(), "P-256": ec.SECP256R1()}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("signed") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED)
    return archivist.folder


def key_file(
    folder: Path,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    lock: KeySerializationEncryption = NoEncryption(),  # noqa: B008 - it holds nothing
) -> Path:
    path = folder / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    return path


def export(archive: Path, path: Path, *options: str | Path) -> Done:
    return postarchive("export", "wacz", "-a", archive, "-o", path, *options)


def signed(path: Path) -> tuple[dict[str, str], str]:
    """Return the signature of a package, and the digest that it must be of."""
    with zipfile.ZipFile(path) as package:
        document = json.loads(package.read("datapackage-digest.json"))
        digest = f"sha256:{hashlib.sha256(package.read('datapackage.json')).hexdigest()}"
    assert document["hash"] == digest
    return document["signedData"], digest


def check(data: dict[str, str], text: str) -> None:
    """Check a signature as a browser does. Raises InvalidSignature."""
    key, raw = load_der_public_key(b64decode(data["publicKey"])), b64decode(data["signature"])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    half = len(raw) // 2
    assert half == key.key_size // 8
    numbers = (int.from_bytes(part, "big") for part in (raw[:half], raw[half:]))
    key.verify(encode_dss_signature(*numbers), text.encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("curve", CURVES)
def test_signature_is_over_the_digest_of_the_package(curve: str, archive: Path, tmp_path: Path) -> None:
    key = key_file(tmp_path, ec.generate_private_key(CURVES[curve]))
    assert export(archive, tmp_path / "a.wacz", "--sign", key).returncode == 0

    data, digest = signed(tmp_path / "a.wacz")

    assert set(data) == {"hash", "created", "software", "publicKey", "signature"}
    assert (data["hash"], data["created"][:10]) == (digest, "2026-05-06")
    check(data, digest)
    with pytest.raises(InvalidSignature):
        check(data, digest[:-1] + "x")


def test_same_key_and_archive_give_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    key = key_file(tmp_path, ec.generate_private_key(CURVES["P-384"]))
    paths = [tmp_path / "a.wacz", tmp_path / "b.wacz"]
    for path in paths:
        export(archive, path, "--sign", key)

    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_package_without_a_key_is_not_signed(archive: Path, tmp_path: Path) -> None:
    export(archive, tmp_path / "a.wacz")

    with zipfile.ZipFile(tmp_path / "a.wacz") as package:
        assert set(json.loads(package.read("datapackage-digest.json"))) == {"path", "hash"}


def test_private_key_never_goes_into_the_package(archive: Path, tmp_path: Path) -> None:
    private = ec.generate_private_key(CURVES["P-384"])
    key = key_file(tmp_path, private)
    export(archive, tmp_path / "a.wacz", "--sign", key)

    secret = private.private_numbers().private_value.to_bytes(48, "big")
    package = (tmp_path / "a.wacz").read_bytes()
    assert secret not in package
    assert b"PRIVATE KEY" not in package


@pytest.mark.parametrize("name", ["locked", "RSA", "another curve", "rubbish", "missing", "public"])
def test_invalid_key_is_one_line_and_writes_nothing(name: str, archive: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    match name:
        case "locked":
            key_file(tmp_path, ec.generate_private_key(CURVES["P-384"]), BestAvailableEncryption(b"secret"))
        case "RSA":
            key_file(tmp_path, rsa.generate_private_key(65537, 2048))
        case "another curve":
            key_file(tmp_path, ec.generate_private_key(ec.SECP521R1()))
        case "rubbish":
            key.write_bytes(b"\x00-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        case "public":
            key.write_bytes(b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----\n")

    done = export(archive, tmp_path / "a.wacz", "--sign", key)

    assert (done.returncode, len(done.stderr.splitlines())) == (65, 1)
    assert not (tmp_path / "a.wacz").exists()


def test_only_a_wacz_is_signed(archive: Path, tmp_path: Path) -> None:
    key = key_file(tmp_path, ec.generate_private_key(CURVES["P-384"]))
    done = postarchive("export", "warc", "-a", archive, "-o", tmp_path / "a.warc.gz", "--sign", key)

    assert done.returncode == 2
