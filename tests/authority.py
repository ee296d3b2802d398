"""A time-stamping authority on 127.0.0.1, made with `openssl ts`: its certificates, and what it answers."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# A root with a name so long that its certificate comes last in a reply: DER sorts a set, `openssl ts` does not.
ROOT = "/O=Local authority of these tests alone/CN=Local root certificate of these tests alone"
OPENSSL = shutil.which("openssl")
CONFIG = """
[tsa]
default_tsa = local
[local]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/{chain}
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass
class Authority:
    """An authority in a folder; `says` is what it sends instead of a reply, `asked` counts the requests."""

    folder: Path
    says: tuple[int, bytes] | None = None
    asked: int = 0
    url: str = ""
    requests: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """Return the certificate that people trust, as PEM."""
        return self.folder / "ca.pem"

    def reply(self, request: bytes) -> bytes:
        """Return the reply to a request."""
        self.asked += 1
        self.requests.append(request)
        query, reply = self.folder / "query.tsq", self.folder / "reply.tsr"
        query.write_bytes(request)
        openssl("ts", "-reply", "-config", self.folder / "openssl.cnf", "-queryfile", query, "-out", reply)
        return reply.read_bytes()


def openssl(*arguments: str | Path) -> str:
    """Run openssl; return what it says. Raises CalledProcessError when it fails."""
    assert OPENSSL
    done = subprocess.run(  # noqa: S603 - our own words
        [OPENSSL, *map(str, arguments)], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


def make_authority(folder: Path, *, sends_root: bool = False) -> Authority:
    """Make an authority with a root certificate of its own; with `sends_root` each reply holds that too."""
    folder.mkdir(parents=True)
    chain = "ca.pem" if sends_root else "tsa.pem"
    config = folder / "openssl.cnf"
    config.write_text("[req]\ndistinguished_name=dn\n[dn]\n" + CONFIG.format(folder=folder, chain=chain))
    (folder / "serial").write_text("01\n")
    for name in ("ca", "tsa"):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / f"{name}.key")
    openssl(
        *("req", "-x509", "-config", config, "-extensions", "ca", "-key", folder / "ca.key", "-days", "3650"),
        *("-subj", ROOT, "-out", folder / "ca.pem"),
    )
    openssl(
        *("req", "-new", "-config", config, "-key", folder / "tsa.key", "-subj", "/O=Local/CN=Local authority"),
        *("-out", folder / "tsa.csr"),
    )
    openssl(
        *("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key"),
        *("-set_serial", "2", "-days", "3650", "-extfile", config, "-extensions", "stamping"),
        *("-out", folder / "tsa.pem"),
    )
    return Authority(folder)


@contextmanager
def answering(authority: Authority) -> Iterator[Authority]:
    """Let an authority answer at its `url`."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            """Answer a request."""
            request = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = authority.says or (200, authority.reply(request))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        authority.url = f"http://127.0.0.1:{server.server_port}/"
        yield authority
        server.shutdown()
        thread.join()
