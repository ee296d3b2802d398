"""Sign a WACZ package with the user's own key, by Webrecorder's convention for anonymous signatures.

The signed text is the digest of `datapackage.json`, `sha256:…`, which covers every file of the package: ECDSA over
SHA-256, the two numbers of the signature joined (IEEE P1363), the public key as SPKI, both in base 64. ReplayWeb.page
checks signatures of P-384 keys. The same key and package give the same signature (RFC 6979).
"""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from postarchive import __version__
from postarchive.errors import UnreadableInput

CURVES = (ec.SECP384R1, ec.SECP256R1)
MAKE_ONE = "`openssl ecparam -name secp384r1 -genkey -noout -out key.pem` makes one"


def signer_of(pem: bytes, subject: str) -> Callable[[str, datetime], dict[str, str]]:
    """Return a function that makes `signedData` from a digest and a date, with a private key in PEM.

    Raises UnreadableInput about `subject` when the text holds no ECDSA key, or one protected by a password.
    """
    key = _private_key(pem, subject)

    def sign(digest: str, created: datetime) -> dict[str, str]:
        return {
            "hash": digest,
            "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": f"postarchive/{__version__}",
            "publicKey": _base64(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
            "signature": _base64(_signature(key, digest.encode())),
        }

    return sign


def _private_key(pem: bytes, subject: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise UnreadableInput(subject, "is protected by a password; `openssl pkey` writes it without one") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnreadableInput(subject, f"contains no private key in PEM form; {MAKE_ONE}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, CURVES):
        raise UnreadableInput(subject, f"is not a key on the curve P-384 or P-256; {MAKE_ONE}")
    return key


def _signature(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return a signature in the form that browsers use: both numbers in full length, one after the other."""
    length = (key.key_size + 7) // 8
    der = key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return b"".join(number.to_bytes(length, "big") for number in decode_dss_signature(der))


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
