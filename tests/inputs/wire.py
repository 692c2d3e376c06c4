"""What is sent to a real web server byte by byte: how a request is framed is decided there, before there is a request."""

from __future__ import annotations

import contextlib
import re
import socket
from dataclasses import dataclass

from tests.person import REPORT, one_page_pdf
from tests.server import Client, Server


@dataclass
class Answer:
    """The first answer on a line; 0 where the server closed it without a word."""

    status_code: int
    text: str


def talk(server: Server, *blocks: bytes, seconds: float = 10) -> Answer:
    """Send these blocks on one line and read what comes until it is closed or rests."""
    said = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as line:
        with contextlib.suppress(OSError):
            for block in blocks:
                line.sendall(block)
        with contextlib.suppress(OSError):
            line.settimeout(2)
            while block := line.recv(65536):
                said += block
    said = said.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", said)
    return Answer(int(found[1]) if found else 0, said.decode("utf-8", "replace"))


def lines(server: Server, *text: str) -> Answer:
    """A request as it stands in the catalogue; HOST stands for the host's name. The connection is closed after it."""
    joined = "\r\n".join(text).replace("HOST", f"127.0.0.1:{server.port}")
    return talk(server, joined.encode("latin-1"))


def long_header(server: Server, bytes_of_it: int, count: int = 1) -> Answer:
    """Headers that are long, or many."""
    more = "".join(f"X-Long-{number}: {'a' * bytes_of_it}\r\n" for number in range(count))
    return talk(server, f"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}Connection: close\r\n\r\n".encode())


def _office(server: Server) -> tuple[str, int]:
    """Headers of somebody of an office, and how many files their report has."""
    client = Client(server.port).sign_in("reporter.p-cpm-3")
    status, page, _ = client.request("GET", REPORT)
    assert status == 200
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return f"Cookie: {cookies}\r\nX-CSRFToken: {client.token}\r\n", page.count(b'id="file-')


def upload(server: Server, how: str) -> Answer:
    """A file whose body is longer or shorter than it says, without a length, or cut off: nothing of it is listed."""
    headers, before = _office(server)
    body = (
        b'--b\r\nContent-Disposition: form-data; name="slot"\r\n\r\ncriterion.3\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + one_page_pdf() + b"\r\n--b--\r\n"
    )
    head = f"POST {REPORT}/evidence HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{headers}Accept: application/json\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n"
    if how == "chunked":
        big = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))
        answer = talk(server, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), *[big] * 8, b"0\r\n\r\n")
    elif how == "shorter":
        answer = talk(server, f"{head}Content-Length: {len(body) - 300}\r\n\r\n".encode(), body)
    else:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) * 99 // 100])
        answer = Answer(0, "")
    assert _office(server)[1] == before
    left = (
        list((server.folder / "evidence" / "incoming").glob("*")) if (server.folder / "evidence" / "incoming").is_dir() else []
    )
    assert left == [], "nothing is left over"
    return answer


RECIPES = {"wire.lines": lines, "wire.long_header": long_header, "wire.upload": upload}
