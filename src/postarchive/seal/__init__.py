"""What proves something to people who trust neither us nor the archive's keeper: time stamps and signatures.

    authority  asks an authority for a time stamp (RFC 3161)
    token      reads and checks a time stamp, offline
    signing    signs a WACZ package with a key of the user's own

The home of `rfc3161-client` and `cryptography`, which are the extra `seal`; nothing here writes into an archive.
"""

from importlib.util import find_spec

MODULES = ("rfc3161_client", "cryptography")


def is_installed() -> bool:
    """Tell whether the extra `seal` is there."""
    return all(find_spec(name) is not None for name in MODULES)
