"""A person at a browser: keeps cookies, sends the token against forged requests, reads pages."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import lxml.html
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.extensions import transaction
from app.identity import SESSION_KEY
from app.queries import account as accounts
from app.services import sign_in
from app.services.sign_in import Browser

REPORT = "/reports/2566-6/P-CPM-3/QP-1"


class Person:
    """What one person does with the system, through its public face."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.token = ""

    def signed_in(self, email: str) -> Person:
        """Signed in without paying for the password's hash; the sign-in page has tests of its own."""
        with self.app.app_context():
            user = accounts.user_by_email(email)
            assert user is not None, email
            user_id = user.id
            with transaction():
                token = sign_in.begin_session(
                    user_id, browser=Browser("127.0.0.1", "test"), remember=False, now=self.app.config["EMES_NOW"]
                )
        with self.client.session_transaction() as session:
            session[SESSION_KEY] = token
            session["_user_id"] = str(user_id)
        return self

    # --- requests ---------------------------------------------------------------------------------------------------------

    def get(self, path: str, **more: Any) -> TestResponse:
        response = self.client.get(path, **more)
        if response.mimetype == "text/html":
            found = lxml.html.fromstring(response.text).xpath("//meta[@name='csrf-token']/@content")
            self.token = found[0] if found else self.token
        return response

    def page(self, path: str) -> lxml.html.HtmlElement:
        """A page that must be there, parsed."""
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return lxml.html.fromstring(response.text)

    def _ensure_token(self) -> str:
        """The token of the page last seen; of no page, if none was: one is made for the session then, without paying for a page."""
        if not self.token:
            with self.client.session_transaction() as session:
                secret = session.setdefault("csrf_token", uuid4().hex)
            self.token = str(URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token").dumps(secret))
        return self.token

    def post(self, path: str, data: dict[str, Any] | None = None, *, json_answer: bool = False, **more: Any) -> TestResponse:
        """Post a form as a browser does; with `json_answer` as the page's script does."""
        token = self._ensure_token()
        headers = {"Accept": "application/json", "X-CSRFToken": token} if json_answer else {}
        headers |= more.pop("headers", {})
        return self.client.post(path, data={"csrf_token": token} | (data or {}), headers=headers, **more)

    def patch(self, path: str, changes: dict[str, tuple[Any, int]]) -> TestResponse:
        """Autosave fields: {key: (value, version)}."""
        body = {"changes": {key: {"value": value, "version": version} for key, (value, version) in changes.items()}}
        return self.client.patch(path, json=body, headers={"X-CSRFToken": self._ensure_token()})

    def upload(self, slot: str, *files: tuple[str, bytes], report: str = REPORT) -> TestResponse:
        """Upload files into a slot of a report, as the page's script does."""
        data = {"slot": slot, "file": [(io.BytesIO(content), name) for name, content in files]}
        return self.post(f"{report}/evidence", data, json_answer=True, content_type="multipart/form-data")

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(path, headers={"X-CSRFToken": self._ensure_token(), "Accept": "application/json"})

    # --- the whole job ----------------------------------------------------------------------------------------------------

    def report_everything(self, report: str = REPORT, *, level: str = "4") -> None:
        """Fill in and attach all that an indicator asks for, and submit nothing."""
        page = self.page(report)
        changes: dict[str, tuple[Any, int]] = {"problems": ("ไม่มีสัญญาณอินเทอร์เน็ตในบางพื้นที่", 0), "self_level": (level, 0)}
        for name in page.xpath("//input[@data-field]/@data-field"):
            if name.endswith(".complete"):
                changes[name] = (True, 0)
            elif name.startswith("quantity."):
                changes[name] = ("๑๐", 0)
        for slot in page.xpath("//*[@data-slot]/@data-slot"):
            response = self.upload(slot, ("หลักฐาน.pdf", one_page_pdf()), report=report)
            assert response.status_code == 201, response.text
        response = self.patch(report, changes)
        assert response.status_code == 200, response.text
        assert response.json["missing"] == [], response.json["missing"]


def pdf(pages: int) -> bytes:
    """A real PDF with so many empty A4 pages."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def one_page_pdf() -> bytes:
    return pdf(1)


def png() -> bytes:
    """A real picture of one pixel."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
