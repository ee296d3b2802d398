"""Is the evidence whole, and do the stored rows follow from it? Nothing here writes into the archive.

Each file is read once: gzip and WARC framing, every digest, the bits that no digest covers, and the manifest of its
closing record. Then the manifests must make one chain, so that a removed, replaced or added file shows. The rows of the
database are compared with the records on the way, and at the end with a rebuilt database.

    findings  what is wrong, where, and what that means for the whole
    chain     the manifests of all files, one after the other
    rows      the stored rows, compared with the records that they describe
    file      one file from its first record to its last
    seals     time stamps by outside authorities on the chain
    archive   all of it
"""

from postarchive.verify.archive import Rebuild, verify_archive
from postarchive.verify.findings import Finding, Proof, Summary

__all__ = ["Finding", "Proof", "Rebuild", "Summary", "verify_archive"]
