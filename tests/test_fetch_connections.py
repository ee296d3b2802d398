"""Where connections go: through a proxy wherever it likes, straight on to the open internet alone."""

import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from requests import PreparedRequest
from requests.adapters import HTTPAdapter

from postarchive.errors import SiteUnavailable
from postarchive.fetch import Limits, connections
from postarchive.fetch.connections import TappingAdapter, check_public, resolve
from visiting import HOST, URL, Visit


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.1.2",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%lo",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_name_that_leads_into_a_private_network_is_not_requested(
    visit: Visit, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("http_proxy")
    visit.addresses = [["93.184.216.34", address]]

    with pytest.raises(
        SiteUnavailable, match=f"its name leads to {re.escape(address)}, .*nothing was requested"
    ) as raised:
        visit.get(URL)

    assert "\n" not in str(raised.value)
    assert visit.resolved == [(HOST, 80)]
    assert visit.exchanges == []


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_public_address_is_requested(address: str) -> None:
    check_public(address)


def redirecting(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, *, refusing: str = "", port: int | None = None
) -> list[str]:
    """Let connections to the web's own ports end at the fake site or another port; return the addresses they went to.

    One address may refuse.
    """
    connected: list[str] = []
    real, port = socket.socket.connect, port or int(visit.site.netloc.rpartition(":")[2])

    def connect(self: socket.socket, place: tuple[str, int]) -> None:
        if place[1] not in (80, 443):
            return real(self, place)
        connected.append(place[0])
        if place[0] == refusing:
            raise ConnectionRefusedError(111, "Connection refused")
        return real(self, ("127.0.0.1", port))

    monkeypatch.setattr(socket.socket, "connect", connect)
    return connected


def test_name_is_not_resolved_again_once_it_was_looked_at(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers for the name could say something else the second time."""
    monkeypatch.delenv("http_proxy")
    monkeypatch.setattr(connections, "check_public", lambda _: None)
    connected = redirecting(visit, monkeypatch)
    visit.addresses = [["127.0.0.1"]]

    (capture,) = visit.get(URL)

    assert capture.status == 200
    assert connected == ["127.0.0.1"]
    assert visit.resolved == [(HOST, 80)]


def test_next_address_is_tried_when_one_refuses(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("http_proxy")
    monkeypatch.setattr(connections, "check_public", lambda _: None)
    connected = redirecting(visit, monkeypatch, refusing="127.0.0.2")
    visit.addresses = [["127.0.0.2", "127.0.0.3"]]

    (capture,) = visit.get(URL)

    assert capture.status == 200
    assert connected == ["127.0.0.2", "127.0.0.3"]


@pytest.mark.parametrize(
    "proxies", [{}, {"http": "http://proxy.example:3128"}, {"all": "socks5://proxy.example"}], ids=str
)
@pytest.mark.parametrize(
    "url", [URL, f"http://{HOST}/", f"https://{HOST}/a", f"http://{HOST}/a?b=c#d", f"http://name:word@{HOST}/a"]
)
def test_request_line_names_what_requests_would_name(url: str, proxies: dict[str, str]) -> None:
    adapter, theirs = TappingAdapter(Limits(), monotonic, resolve), HTTPAdapter()
    request = PreparedRequest()
    request.prepare_url(url, None)

    named = [adapter.request_url(request, proxies) for _ in range(2)]

    assert named == [theirs.request_url(request, proxies)] * 2


def test_name_without_an_address_is_reported(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("http_proxy")
    visit.addresses = [[]]

    with pytest.raises(SiteUnavailable, match="no address after 4 attempts"):
        visit.get(URL)


def test_proxy_is_used_whatever_the_name_resolves_to(visit: Visit) -> None:
    visit.addresses = [["127.0.0.1"]]

    assert [capture.status for capture in visit.get(URL)] == [200]
    assert visit.resolved == []


def test_nobody_at_the_address_is_a_fetch_error(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    with pytest.raises(SiteUnavailable, match="refused after 4 attempts"):
        visit.get(URL)


@pytest.fixture
def secure_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Run a server that speaks TLS under the site's name, by an authority that requests trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName=DNS:{HOST}"]
    done = subprocess.run(  # noqa: S603 - our own words
        [*words, *names, "-keyout", key, "-out", certificate], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_twice, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)


def serve_twice(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Response robots.txt and a page over one connection; one that a proxy makes begins with its CONNECT."""
    plain, _ = listener.accept()
    plain.settimeout(10)
    if plain.recv(7, socket.MSG_PEEK) == b"CONNECT":
        read_head(plain)
        plain.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n")
    with context.wrap_socket(plain, server_side=True) as connection:
        for _ in range(2):
            request = read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(request), request))


def read_head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    return head


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize("is_tunnel", [False, True], ids=["direct", "through a proxy"])
def test_what_crosses_tls_is_kept_as_it_is(
    visit: Visit,
    secure_port: int,
    monkeypatch: pytest.MonkeyPatch,
    is_tunnel: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """The server sends the request back as its body: CONNECT is none of it."""
    if is_tunnel:
        monkeypatch.setenv("https_proxy", f"http://me:secret@127.0.0.1:{secure_port}")
    monkeypatch.setattr(connections, "check_public", lambda _: None)
    redirecting(visit, monkeypatch, port=secure_port)
    visit.addresses = [["127.0.0.1"]]

    visit.get(URL.replace("http://", "https://"))

    for exchange in visit.exchanges:
        assert exchange.request == exchange.capture.body
        assert exchange.request.startswith(b"GET /")
    assert len(visit.exchanges) == 2
