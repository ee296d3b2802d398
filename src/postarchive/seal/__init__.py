"""Proof for people who trust neither us nor the archive's keeper: time stamps and signatures.

    authority  asks an authority for a time stamp (RFC 3161)
    token      reads and checks a time stamp, offline
    signing    signs a WACZ package with the user's own key

Only this package uses `rfc3161-client` and `cryptography`, the extra `seal`; nothing here writes into an archive.
"""

from importlib.util import find_spec

MODULES = ("rfc3161_client", "cryptography")


def is_installed() -> bool:
    """Tell whether the extra `seal` is installed."""
    return all(find_spec(name) is not None for name in MODULES)
