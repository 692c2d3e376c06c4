"""The proxy's configuration as it is delivered, in a real nginx in front of a real server: what it keeps off, and what it passes on."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.faults.office import AREA, Office, listed, pdf_of_its_own, sha256
from tests.faults.trickle import Trickle
from tests.server import ROOT, Client, Server, free_port

REPORT = f"{AREA}/QP-1"
DELIVERED = ROOT / "deploy" / "nginx"


class Nginx:
    """nginx with the delivered configuration, adapted as its head says: names, certificate, ports."""

    def __init__(self, folder: Path, server: Server, **changed: str) -> None:
        self.port, self.plain_port = int(server.environment["EMES_BASE_URL"].rpartition(":")[2]), free_port()
        self.folder, self.authority = folder, trustme.CA()
        certificate = self.authority.issue_cert("localhost", "127.0.0.1")
        certificate.cert_chain_pems[0].write_to_path(str(folder / "fullchain.pem"))
        certificate.private_key_pem.write_to_path(str(folder / "privkey.pem"))
        said = {
            "emes.example.go.th": "localhost",
            "/etc/ssl/emes": str(folder),
            "/etc/nginx/emes-proxy.conf": str(folder / "emes-proxy.conf"),
            "/opt/emes": str(ROOT),
            "127.0.0.1:8080": f"127.0.0.1:{server.port}",
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
        } | changed
        texts = {name: (DELIVERED / name).read_text("utf-8") for name in ("emes.conf", "emes-proxy.conf")}
        for old, new in said.items():
            assert any(old in text for text in texts.values()), f"{old} does not stand in the configuration"
            texts = {name: text.replace(old, new) for name, text in texts.items()}
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
        user = "user root;" if os.getuid() == 0 else ""
        places = " ".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"{user} worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{ worker_connections 2048; }}\n"
            f"http {{ include /etc/nginx/mime.types; access_log off; {places} include {folder}/emes.conf; }}\n"
        )
        self._command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stderr=subprocess.PIPE)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                assert self.process.stderr is not None
                raise RuntimeError(f"nginx does not start: {self.process.stderr.read().decode()}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)

    def browser(self, port: int | None = None) -> SecureClient:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return SecureClient(port or self.port, context)


class SecureClient(Client):
    """A client that speaks TLS to `localhost`."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(port)
        self.context = context

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPSConnection("localhost", self.port, timeout=self.patience, context=self.context)


@pytest.fixture
def behind(installed: Callable[..., Server], tmp_path: Path) -> Iterator[Callable[..., tuple[Server, Nginx]]]:
    """Makes a server and the proxy in front of it: `behind(threads=1, changed={"limit_conn emes_at_once 400": …})`."""
    made: list[Nginx] = []

    def make(*, threads: int = 16, changed: dict[str, str] | None = None) -> tuple[Server, Nginx]:
        server = installed(EMES_BASE_URL=f"https://localhost:{free_port()}", EMES_TRUSTED_PROXIES="1")
        server.start_web(threads=threads)
        folder = tmp_path / f"nginx-{len(made)}"
        folder.mkdir()
        proxy = Nginx(folder, server, **(changed or {}))
        made.append(proxy)
        proxy.start()
        return server, proxy

    yield make
    for proxy in made:
        proxy.stop()


def test_an_office_works_through_the_proxy_and_the_proxy_is_believed_about_who_asks(behind):
    server, proxy = behind()
    reporter = proxy.browser().sign_in("reporter.p-cpm-3")
    assert set(reporter.cookies) >= {"__Host-emes"}
    status, answer = reporter.save(REPORT, problems=("ข้อความผ่านพร็อกซี", 0))
    assert status == 200, answer
    content = pdf_of_its_own(6_000_000)
    status, answer = reporter.upload(REPORT, "criterion.1", "ใหญ่.pdf", content)
    assert status == 201, answer
    assert sha256(reporter.request("GET", f"/evidence/{answer['evidence'][0]['id']}")[1]) == sha256(content)
    plain = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=10)
    plain.request("GET", "/login/", headers={"Host": "localhost"})
    moved = plain.getresponse()
    assert (moved.status, moved.headers["Location"]) == (308, "https://localhost/login/")
    assert server.is_ready()


def claims_are_not_believed(proxy: Nginx) -> None:
    """What a visitor claims of address, host and scheme is replaced by what the proxy knows."""
    visitor = proxy.browser()
    visitor.claims = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    status, page, headers = visitor.sign_in("reporter.p-cpm-3").request("GET", "/profile/")
    assert status == 200
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert b"127.0.0.1" in page, "the page does not show from where somebody is signed in"
    assert b"203.0.113.9" not in page and b"evil.example" not in page, "a visitor is believed"


def test_what_a_visitor_claims_of_himself_is_replaced_by_what_the_proxy_knows(behind):
    claims_are_not_believed(behind()[1])


def test_assets_are_compressed_and_kept_and_nobody_reads_figures_from_outside(behind):
    _, proxy = behind()
    browser = proxy.browser()
    _, page, _ = browser.request("GET", "/login/")
    (address,) = set(re.findall(r'href="(/static/css/emes\.css\?v=[^"]+)"', page.decode()))
    status, content, headers = browser.request("GET", address, Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], headers["X-Content-Type-Options"]) == (200, "gzip", "nosniff")
    assert "immutable" in headers["Cache-Control"]
    unpacked = gzip.decompress(content)
    assert unpacked == (ROOT / "app/static/css/emes.css").read_bytes() and len(content) < len(unpacked) / 3
    assert browser.request("GET", address, If_None_Match=headers["ETag"])[0] == 304
    assert browser.request("POST", "/static/css/emes.css")[0] == 403
    assert browser.request("GET", "/static/../config.py")[0] in (400, 404)


def a_slow_line_holds_no_thread(server: Server, proxy: Nginx) -> None:
    """The only thread of the server answers others while a file comes in."""
    reporter = proxy.browser().sign_in("reporter.p-cpm-3")
    line = Trickle(proxy.port, bytes_per_second=700_000, cuts=[])
    slow = proxy.browser(line.port)
    slow.cookies, slow.token = dict(reporter.cookies), reporter.token
    content, answers = pdf_of_its_own(2_000_000), []
    thread = threading.Thread(target=lambda: answers.append(slow.upload(REPORT, "criterion.1", "ช้า.pdf", content)))
    thread.start()
    while line.passed < 400_000:
        time.sleep(0.02)
    assert reporter.request("GET", REPORT)[0] == 200
    assert not answers, "the file arrived before anybody could be held up by it"
    thread.join(timeout=30)
    line.close()
    ((status, answer),) = answers
    assert status == 201, answer
    assert answer["evidence"][0]["id"] in listed(reporter, REPORT, "criterion.1")
    assert server.is_ready()


def test_a_slow_line_holds_no_thread(behind):
    a_slow_line_holds_no_thread(*behind(threads=1))


def people_are_told_to_come_back(server: Server, proxy: Nginx) -> None:
    first = proxy.browser().sign_in("reporter.p-cpm-3")
    people = []
    for indicator in ("QP-1", "QP-2", "QP-3") * 6:
        client = proxy.browser()
        client.cookies, client.token = dict(first.cookies), first.token
        people.append((client, f"{AREA}/{indicator}"))
    refused: list[tuple[str, str]] = []
    statuses: set[int] = set()

    def work(client: Client, report: str) -> None:
        for number in range(12):
            accept = "application/json" if number % 2 else "text/html"
            status, content, headers = client.request("GET", report, Accept=accept)
            statuses.add(status)
            if status == 503:
                refused.append((headers.get("Retry-After", "never"), headers["Content-Type"]))
                assert "ระบบมีผู้ใช้งานจำนวนมาก" in content.decode()

    threads = [threading.Thread(target=work, args=one) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert statuses == {200, 503}
    assert {retry for retry, _ in refused} == {"30"}
    assert {kind.partition(";")[0] for _, kind in refused} == {"text/html", "application/json"}
    assert first.request("GET", REPORT)[0] == 200, "it has not recovered"
    server.kill()
    status, content, headers = first.request("GET", REPORT)
    assert (status, headers["Retry-After"]) == (503, "30") and "ยังอยู่ครบถ้วน" in content.decode()


FEW = {"limit_conn emes_at_once 400": "limit_conn emes_at_once 4"}


def test_beyond_what_can_be_served_people_are_told_to_come_back_and_nothing_is_lost(behind):
    people_are_told_to_come_back(*behind(threads=2, changed=FEW))


def test_a_configuration_that_passes_bytes_on_as_they_come_is_noticed(behind):
    said = "client_max_body_size 901m;"
    passed_on = behind(threads=1, changed={said: f"{said} proxy_request_buffering off;"})
    with pytest.raises(AssertionError, match="held up"):
        a_slow_line_holds_no_thread(*passed_on)


def test_a_configuration_that_believes_visitors_is_noticed(behind):
    said = "X-Forwarded-For $remote_addr"
    _, proxy = behind(changed={said: "X-Forwarded-For $http_x_forwarded_for"})
    with pytest.raises(AssertionError, match=r"believed|does not show"):
        claims_are_not_believed(proxy)


def test_a_configuration_that_does_not_say_when_to_come_again_is_noticed(behind):
    with pytest.raises(AssertionError, match="never"):
        people_are_told_to_come_back(*behind(threads=2, changed=FEW | {"add_header Retry-After 30 always;": ""}))


TWO_WAYS = {
    "two kinds of length": "POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /",
    "two lengths": "POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    "a header of 40 kB": "GET /login/ HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a" * 40_000 + "\r\n\r\n",
    "two hosts": "GET /login/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "TRACE": "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


def test_what_could_be_read_in_two_ways_is_refused_at_the_door(behind):
    """T23 of the threats."""
    _, proxy = behind()
    context = proxy.browser().context
    for name, lines in TWO_WAYS.items():
        with (
            socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as line,
        ):
            line.sendall(lines.encode())
            answer = line.recv(65536).decode("latin-1")
        assert re.match(r"HTTP/1\.1 4(00|05|14|31|94) ", answer), f"{name}: {answer[:200]}"
        for said in ("nosniff", "frame-ancestors 'none'", "max-age=31536000"):
            assert said in answer, f"{name}: {answer[:800]}"


def test_what_offices_save_through_the_proxy_outlives_a_kill_of_the_web_process(behind):
    server, proxy = behind()
    offices = [Office(proxy.browser(), indicator) for indicator in ("QP-1", "QP-2")]
    threads = [threading.Thread(target=office.work, kwargs={"until_broken": False}, daemon=True) for office in offices]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(1)
        server.kill_web_process()
        server.wait_until_ready()
    for office, thread in zip(offices, threads, strict=True):
        office.going = False
        thread.join(timeout=30)
    for office in offices:
        office.check()
    assert {status for office in offices for status in office.statuses} <= {200, 201, 204, 409, 503}
