"""The catalogue of bad input (reliability §5) as far as it concerns what exists: what is refused leaves everything as it was and is
answered with a page or a sentence, what is taken is stored clean, and nothing is ever a fault of ours."""

from __future__ import annotations

import base64
import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import lxml.html
import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from app import scope
from app.domain.evidence import MAX_NAME_CHARACTERS
from app.domain.fields import PROBLEMS_MAX_CHARACTERS
from app.extensions import db
from app.models import (
    Announcement,
    Answer,
    Area,
    ContactChannel,
    Criterion,
    Document,
    Evidence,
    Indicator,
    PersonnelType,
    Position,
    Profile,
    QualityLevel,
    Quantity,
    Registration,
    Round,
    UserSession,
)
from tests.architecture.test_house import everything_stored
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf, png

on_both = pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)

REFUSED = {400, 422}
NOT_THERE = {404}
MEBIBYTE = 1024 * 1024
MARK = "<script>alert(1)</script>"


class World:
    """Somebody of an office with a report begun, somebody of the centre, and browsers that nobody signed in from."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.sign_in()
        assert self.reporter.patch(REPORT, {"problems": ("ก่อนหน้านี้", 0)}).status_code == 200
        assert self.reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).status_code == 201
        self.stands, self.disturbed = everything_stored(app), False

    def sign_in(self) -> None:
        self.reporter = Person(self.app).signed_in("reporter.p-cpm-3@emes.test")
        self.central = Person(self.app).signed_in("central@emes.test")
        self.reporter.get("/")
        self.central.get("/")

    @property
    def stranger(self) -> Person:
        return Person(self.app)

    @property
    def evidence(self) -> str:
        with self.app.app_context(), scope.whole_country("a test looks"):
            return str(db.session.query(Evidence.id).first()[0])


Send = Callable[[World], TestResponse]


@dataclass(frozen=True)
class Case:
    """One line of the catalogue: its number there, what is sent, what may be answered, and which tables may change at all."""

    name: str
    send: Send
    statuses: set[int]
    writes: set[str] = field(default_factory=set)


# --- ways of sending -----------------------------------------------------------------------------------------------------------


def get(address: str, who: str = "reporter", **more: Any) -> Send:
    return lambda world: getattr(world, who).client.get(address, **more)


def post(address: str, data: dict[str, Any] | None = None, who: str = "reporter", **more: Any) -> Send:
    return lambda world: getattr(world, who).post(address, data, **more)


def ask(verb: str, address: str, who: str = "reporter", **headers: str) -> Send:
    """A request with the token and these headers, underscores written for hyphens."""

    def send(world: World) -> TestResponse:
        person: Person = getattr(world, who)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return person.client.open(address, method=verb, headers={"X-CSRFToken": person._ensure_token()} | sent)

    return send


def patch(body: bytes, content_type: str | None = "application/json", **headers: str) -> Send:
    """Autosave with a body as it is, right or wrong."""

    def send(world: World) -> TestResponse:
        sent = {"X-CSRFToken": world.reporter._ensure_token()} | {k.replace("_", "-"): v for k, v in headers.items()}
        return world.reporter.client.patch(REPORT, data=body, content_type=content_type, headers=sent)

    return send


def save(**changes: Any) -> Send:
    """Autosave of fields at version 1, which is right for `problems`."""
    return lambda world: world.reporter.patch(REPORT, {key: (value, 1) for key, value in changes.items()})


def upload(name: str, content: bytes, slot: str = "criterion.2", **settings: int) -> Send:
    def send(world: World) -> TestResponse:
        usual = {setting: world.app.config[setting] for setting in settings}
        world.app.config.update(settings)
        try:
            return world.reporter.upload(slot, (name, content))
        finally:
            world.app.config.update(usual)

    return send


def multipart(body: bytes, boundary: str = "b", address: str = f"{REPORT}/evidence", **environment: Any) -> Send:
    """A body of parts as it is, right or wrong."""

    def send(world: World) -> TestResponse:
        return world.reporter.client.post(
            address,
            data=body,
            content_type=f"multipart/form-data; boundary={boundary}" if boundary else "multipart/form-data",
            headers={"X-CSRFToken": world.reporter._ensure_token(), "Accept": "application/json"},
            environ_overrides=environment,
        )

    return send


def parts(*found: tuple[str, bytes]) -> bytes:
    """A body with these parts, each with its Content-Disposition."""
    joined = b"".join(
        b"--b\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\n" + content + b"\r\n"
        for disposition, content in found
    )
    return joined + b"--b--\r\n"


SLOT = ('form-data; name="slot"', b"criterion.2")
FILE = 'form-data; name="file"; filename="x.pdf"'


def _form(world: World, body: bytes, content_type: str = "application/x-www-form-urlencoded") -> TestResponse:
    """The form of the report with a body as it is, right or wrong."""
    headers = {"X-CSRFToken": world.reporter._ensure_token()}
    return world.reporter.client.post(REPORT, data=b"version.problems=1&" + body, content_type=content_type, headers=headers)


def _download(world: World, ranges: str) -> TestResponse:
    response = world.reporter.client.get(f"/evidence/{world.evidence}", headers={"Range": ranges})
    assert len(response.data) < 20_000, "a range must not make more of a file than there is"
    return response


def _ask_for_an_account(world: World, typed: str) -> TestResponse:
    names = ("email", "full_name", "area", "position", "phone", "password", "password_confirm", "personnel_type")
    return world.stranger.post("/register/", dict.fromkeys(names, typed))


TUS = {"Tus_Resumable": "1.0.0"}
PART = {"Content_Type": "application/offset+octet-stream"}


def told(**changes: str) -> str:
    """What a client of resumable upload tells of a file."""
    usual = {"filename": "a.pdf", "round": "2566-6", "area": "P-CPM-3", "indicator": "QP-1", "slot": "criterion.2"}
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in (usual | changes).items())


# --- contents of files ---------------------------------------------------------------------------------------------------------


def archive(**members: bytes) -> bytes:
    """An Office file or another ZIP: names of members with slashes written as two underscores."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    return archive(**{"_Content_Types_.xml": b"<Types/>", "word__document.xml": b"<w:document/>"} | more)


def xlsx() -> bytes:
    return archive(**{"_Content_Types_.xml": b"<Types/>", "xl__workbook.xml": b"<workbook/>"})


HTML = b"<!doctype html><html><script>alert(document.cookie)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
EXE = b"MZ\x90\x00" + bytes(200)
ZIP = archive(**{"a.txt": b"x"})
RAR, SEVEN_ZIP = b"Rar!\x1a\x07\x01\x00" + bytes(100), b"7z\xbc\xaf\x27\x1c" + bytes(100)
BOMB = docx(**{"word__media__a.bin": bytes(60 * MEBIBYTE)})
CROWD = docx(**{f"word__media__{number}.bin": b"" for number in range(1001)})

NAMES_REFUSED = [
    *("report.pdf.exe", "report.exe", "a.bat", "a.js", "a.lnk", "a.iso", "a.svg", "a.html", "a.txt", "a.gif", "a.webp"),
    *("a.zip", "a.rar", "a.7z", "a.docm", "a.xlsm", "a.doc", "a.xls", "a.ppt", "a.heic", "a.php", "a.pdf.html"),
    *("รายงาน\u202efdp.exe", ".htaccess", ".pdf", "pdf", "a", "...", "a.pdf/", "a.pd\u200bf.exe", "a.pdf\x00.exe"),
]
CONTENTS_REFUSED: list[tuple[str, str, bytes]] = [
    ("U14 empty", "a.pdf", b""),
    ("U20 HTML as PDF", "a.pdf", HTML),
    ("U20 HTML as JPG", "a.jpg", HTML),
    ("U20 HTML after a byte order mark", "a.png", b"\xef\xbb\xbf \n" + HTML),
    ("U20 HTML as DOCX", "a.docx", HTML),
    ("U20 HTML as MP4", "a.mp4", HTML),
    ("U20 text as PDF", "a.pdf", "รายงาน".encode()),
    ("U11 a program as PDF", "a.pdf", EXE),
    ("U11 a program as PNG", "a.png", EXE),
    ("U24 SVG as PNG", "a.png", SVG),
    ("U24 SVG as PDF", "a.pdf", SVG),
    ("U32 DOCX as XLSX", "a.xlsx", docx()),
    ("U32 XLSX as PDF", "a.pdf", xlsx()),
    ("U32 PNG as JPG", "a.jpg", png()),
    ("U32 PDF as PNG", "a.png", one_page_pdf()),
    ("U33 ZIP as DOCX", "a.docx", ZIP),
    ("U33 ZIP as PDF", "a.pdf", ZIP),
    ("U33 RAR as PDF", "a.pdf", RAR),
    ("U33 7z as DOCX", "a.docx", SEVEN_ZIP),
    ("U22 half a DOCX", "a.docx", docx()[:80]),
    ("U31 macros", "a.docx", docx(**{"word__vbaProject.bin": b"x"})),
    ("U34 a bomb", "a.docx", BOMB),
    ("U34 a thousand members", "a.docx", CROWD),
]

# --- figures -------------------------------------------------------------------------------------------------------------------

FIGURES_REFUSED = [
    *("NaN", "inf", "-inf", "Infinity", "nan", "1e3", "1e400", "1e1000000", "1_000", "-5", "−5", "१२", "١٢", "½", "Ⅳ", "²"),
    *(
        "9" * 16,
        "9" * 30,
        "9" * 5000,
        "0.1+0.2",
        "=5",
        "5%",
        "1.234,56",
        "12,34",
        "1,0000",
        "1'234",
        "1 2",
        "3.5",
        "ห้า",
        "0x10",
    ),
    *("1,000 บาท", "--5", "+", ".", ",", "1.", "\ud800", "1\x001", True, False, [1], {"a": 1}, [], {}, 1.5, -1, 10**30),
]
LEVELS_REFUSED = ["0", "6", "3.5", "ห้า", "-1", "05", 0, 6, 3.5, True, [3], {"level": 3}, "Ⅴ"]
TICKS_REFUSED = ["maybe", "2", 2, [True], {"a": True}, "ใช่"]

# --- bodies --------------------------------------------------------------------------------------------------------------------


def change(value: str, version: str = "1", key: str = "problems") -> bytes:
    return f'{{"changes": {{"{key}": {{"value": {value}, "version": {version}}}}}}}'.encode()


BODIES: list[tuple[str, bytes, set[int]]] = [
    ("JS1 broken", b'{"broken":', REFUSED),
    ("JS1 empty", b"", REFUSED),
    ("JS1 list", b"[]", REFUSED),
    ("JS1 null", b"null", REFUSED),
    ("JS1 text", b'"x"', REFUSED),
    ("JS1 number", b"1", REFUSED),
    ("JS1 no changes", b"{}", REFUSED),
    ("JS1 changes are a list", b'{"changes": [1]}', REFUSED),
    ("JS1 changes are empty", b'{"changes": {}}', REFUSED),
    ("JS1 a change is a text", b'{"changes": {"problems": "x"}}', REFUSED),
    ("JS2 deep lists", b'{"changes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", REFUSED),
    ("JS2 deep objects", b'{"changes": ' * 20_000 + b"1" + b"}" * 20_000, REFUSED),
    ("JS2 a deep value", change("[" * 50_000 + "]" * 50_000), REFUSED),
    ("JS4 a state", change('"submitted"', key="state"), REFUSED),
    ("JS4 an office", change("5", key="area_id"), REFUSED),
    ("JS4 an id", change("1", key="id"), REFUSED),
    ("JS4 a version", change("9", key="problems.version"), REFUSED),
    ("JS10 something related", change('"x"', key="area.name_th"), REFUSED),
    ("JS10 a dunder", change('"x"', key="__class__"), REFUSED),
    ("JS4 a figure of another indicator", change("1", key="quantity.pupils"), REFUSED),
    ("JS4 an issue that there is not", change("true", key="criterion.99.complete"), REFUSED),
    ("JS5 an object for a text", change('{"a": 1}'), REFUSED),
    ("JS5 a list for a text", change("[1]"), REFUSED),
    ("JS5 an empty list for a text", change("[]"), REFUSED),
    ("JS5 true for a text", change("true"), REFUSED),
    ("JS5 an object for a name", change('{"a": 1}', key="reporter_name"), REFUSED),
    ("JS5 a list for a telephone", change("[1]", key="reporter_phone"), REFUSED),
    ("JS6 NaN for a text", change("NaN"), REFUSED),
    ("JS6 Infinity for a text", change("Infinity"), REFUSED),
    ("JS6 1e999 for a text", change("1e999"), REFUSED),
    ("JS6 NaN for a figure", change("NaN", key="quantity.school_total"), REFUSED),
    ("JS6 1e999 for a figure", change("1e999", key="quantity.school_total"), REFUSED),
    ("JS6 a number of 5000 digits", change("9" * 5000, key="quantity.school_total"), REFUSED),
    ("JS7 five megabytes", change('"' + "x" * 5_000_000 + '"'), {413}),
    ("JS8 not UTF-8", b'{"changes": {"problems": {"value": "\xc1\xd2", "version": 1}}}', REFUSED),
    (
        "JS12 ten thousand fields",
        json.dumps({"changes": {f"f{n}": {"value": 1, "version": 0} for n in range(10_000)}}).encode(),
        REFUSED,
    ),
    ("JS14 no version", b'{"changes": {"problems": {"value": "x"}}}', REFUSED),
    ("JS14 no value", b'{"changes": {"problems": {"version": 1}}}', REFUSED),
    ("JS14 version null", change('"x"', "null"), REFUSED),
    ("JS14 version as text", change('"x"', '"1"'), REFUSED),
    ("JS14 version true", change('"x"', "true"), REFUSED),
    ("JS14 version 1.5", change('"x"', "1.5"), REFUSED),
    ("JS14 version NaN", change('"x"', "NaN"), REFUSED),
    ("TX a key of a surrogate", b'{"changes": {"\\ud800": {"value": 1, "version": 0}}}', REFUSED),
    ("TX a key of NUL", b'{"changes": {"\\u0000": {"value": 1, "version": 0}}}', REFUSED),
    ("TX a key of 100 kB", change("1", key="k" * 100_000), REFUSED),
    ("TX6 100 000 characters", change(json.dumps("ก" * 100_000)), REFUSED),
    ("TX7 one character too many", change(json.dumps("ก" * (PROBLEMS_MAX_CHARACTERS + 1))), REFUSED),
    ("TX24 a name of 161 characters", change(json.dumps("ก" * 161), key="reporter_name"), REFUSED),
    ("TX21 letters for a telephone", change('"ไม่มี"', key="reporter_phone"), REFUSED),
    ("TX21 half a telephone", change('"๐๘๑-๒๓๔"', key="reporter_phone"), REFUSED),
]

# --- addresses -----------------------------------------------------------------------------------------------------------------

NUMBERS = ["abc", "1.5", "-1", "0", "๑", "1%00", "2147483648", "99999999999999999999", "9" * 400]
CODES = [
    *(
        "2566-6%00/P-CPM-3/QP-1",
        "2566-6/P-CPM-3%00/QP-1",
        "2566-6/P-CPM-3/QP-1%00",
        "%00/%00/%00",
        "%00/P-CPM-3/",
        "2566-6/%00/",
    ),
    *("2566-6/p-cpm-3/QP-1", "2566-6/P-CPM-3/qp-1", "2566-6/P-CPM-3/QP-99", "2566-9/P-CPM-3/QP-1", "๒๕๖๖-๖/P-CPM-3/QP-1"),
    *("2566-6/P-CPM-2/QP-1", "2566-6/P-CPM-3/%ED%A0%80", "2566-6/P-CPM-3/QP-1'%20OR%20'1'='1", "2566-6/P-CPM-3/..%2f..%2fQP-1"),
    *("2566-6/P-CPM-3/" + "x" * 20_000, "2566-6/P-CPM-3/QP-1/", "2566-6/P-CPM-3/QP-1/nothing", "2566-6/P%25/QP-1"),
]
SOMEBODY = "01234567-89ab-4cde-8f01-23456789abcd"

CASES: list[Case] = [
    # U: files
    *[Case(f"U10 U11 {name!r}", upload(name, one_page_pdf()), REFUSED) for name in NAMES_REFUSED],
    *[Case(name, upload(file_name, content), REFUSED) for name, file_name, content in CONTENTS_REFUSED],
    Case(
        "U15 a byte over the limit", upload("a.pdf", _pdf := b"%PDF-1.7" + bytes(MEBIBYTE - 7), EMES_MAX_FILE_MB=1), {413, 422}
    ),
    Case("U16 two gigabytes declared", multipart(b"--b", CONTENT_LENGTH=str(2 << 30)), {413}),
    Case("U16 nine exabytes declared", multipart(b"--b", CONTENT_LENGTH=str(1 << 63)), {413, 507}),
    Case("U18 a length that is no number", multipart(parts(SLOT, (FILE, b"x")), CONTENT_LENGTH="abc"), {400, 404, 411, 422}),
    Case("U18 a length below zero", multipart(parts(SLOT, (FILE, b"x")), CONTENT_LENGTH="-5"), {400, 404, 411, 422}),
    Case("U18 a body cut off", multipart(parts(SLOT, (FILE, one_page_pdf()))[:-200]), {400, 404, 422}),
    Case("U42 no file", multipart(parts(SLOT)), {400, 422}),
    Case("U42 another name", multipart(parts(SLOT, ('form-data; name="datei"; filename="x.pdf"', one_page_pdf()))), {400, 422}),
    Case("U42 a file without a name", multipart(parts(SLOT, ('form-data; name="file"', one_page_pdf()))), {400, 422}),
    Case("U42 no slot", multipart(parts((FILE, one_page_pdf()))), {400, 404, 422}),
    Case("U47 another slot", upload("a.pdf", one_page_pdf(), slot="criterion.99"), NOT_THERE),
    Case("U47 a slot of NUL", upload("a.pdf", one_page_pdf(), slot="criterion.1\x00"), NOT_THERE),
    Case(
        "U47 another's office",
        multipart(parts(SLOT, (FILE, one_page_pdf())), address="/reports/2566-6/P-CPM-2/QP-1/evidence"),
        NOT_THERE,
    ),
    Case("U43 2 000 parts", multipart(parts(*[(f'form-data; name="f{number}"', b"x") for number in range(2000)])), {413}),
    Case("U43 a name of a megabyte", multipart(parts((f'form-data; name="{"n" * MEBIBYTE}"', b"x"))), {400, 404, 413, 422}),
    Case("U43 a text of two megabytes", multipart(parts(('form-data; name="slot"', b"x" * 2 * MEBIBYTE))), {413}),
    Case("U44 megabytes without a line", multipart(parts(SLOT, (FILE, b"\r" + b"a" * 8 * MEBIBYTE))), {422}),
    Case("U45 no boundary", multipart(parts(SLOT, (FILE, one_page_pdf())), boundary=""), {400, 404, 422}),
    Case("U45 another boundary", multipart(parts(SLOT, (FILE, one_page_pdf())), boundary="other"), {400, 404, 422}),
    Case("U45 a boundary of Thai", multipart(parts(SLOT), boundary="ก"), {400, 404, 422}),
    Case(
        "U45 two dispositions",
        multipart(b'--b\r\nContent-Disposition: form-data; name="slot"\r\n' + parts(SLOT)[3:]),
        {400, 404, 422},
    ),
    Case("U45 no disposition", multipart(b"--b\r\nX: y\r\n\r\nx\r\n--b--\r\n"), {400, 404, 422}),
    Case(
        "U a file where none is taken",
        lambda w: w.reporter.post(REPORT, {"file": (io.BytesIO(b"x"), "a.pdf")}),
        {303, 400, 422},
    ),
    Case(
        "U large files where none is taken",
        lambda w: w.reporter.post(REPORT, {"file": (io.BytesIO(b"x" * 3 * MEBIBYTE), "a.pdf")}),
        {413},
    ),
    Case("U49 deleting what there is not", ask("DELETE", f"/evidence/{SOMEBODY}"), NOT_THERE),
    Case("U49 deleting what has no number", ask("DELETE", "/evidence/1"), {404, 405}),
    Case("U49 restoring what there is not", post(f"/evidence/{SOMEBODY}/restore"), NOT_THERE),
    # U51: files in parts
    Case("U51 no version", ask("POST", "/uploads/", Upload_Length="5"), {412}),
    Case("U51 a length of letters", ask("POST", "/uploads/", **TUS, Upload_Length="abc"), REFUSED),
    Case("U51 a length below zero", ask("POST", "/uploads/", **TUS, Upload_Length="-1", Upload_Metadata=told()), REFUSED),
    Case("U51 a length of 5 000 digits", ask("POST", "/uploads/", **TUS, Upload_Length="9" * 5000), REFUSED),
    Case("U51 a petabyte", ask("POST", "/uploads/", **TUS, Upload_Length="9" * 15, Upload_Metadata=told()), {413, 422}),
    Case("U51 nothing told", ask("POST", "/uploads/", **TUS, Upload_Length="5"), {400, 404, 422}),
    Case("U51 told in no base64", ask("POST", "/uploads/", **TUS, Upload_Length="5", Upload_Metadata="filename !!!"), REFUSED),
    Case("U51 told in no UTF-8", ask("POST", "/uploads/", **TUS, Upload_Length="5", Upload_Metadata="filename //79"), REFUSED),
    *[
        Case(
            f"U51 {name} of NUL",
            ask("POST", "/uploads/", **TUS, Upload_Length="5", Upload_Metadata=told(**{name: "a\x00"})),
            {404, 422},
        )
        for name in ("round", "area", "indicator", "slot")
    ],
    Case(
        "U51 another's office",
        ask("POST", "/uploads/", **TUS, Upload_Length="5", Upload_Metadata=told(area="P-CPM-2")),
        NOT_THERE,
    ),
    Case("U51 a part of nothing", ask("PATCH", f"/uploads/{SOMEBODY}", **TUS, Upload_Offset="0", **PART), NOT_THERE),
    Case("U51 a part without a place", ask("PATCH", f"/uploads/{SOMEBODY}", **TUS, **PART), {404, 422}),
    Case("U51 a part of another kind", ask("PATCH", f"/uploads/{SOMEBODY}", **TUS, Upload_Offset="0"), {404, 415}),
    # NU: figures, levels, ticks
    *[Case(f"NU {str(typed)[:20]!r}", save(**{"quantity.school_total": typed}), REFUSED) for typed in FIGURES_REFUSED],
    *[Case(f"NU17 level {typed!r}", save(self_level=typed), REFUSED) for typed in LEVELS_REFUSED],
    *[Case(f"NU tick {typed!r}", save(is_challenge=typed), REFUSED) for typed in TICKS_REFUSED],
    # JS and TX: bodies
    *[Case(name, patch(body), statuses) for name, body, statuses in BODIES],
    Case("JS8 UTF-16", patch(change('"ก"').decode().encode("utf-16")), REFUSED),
    Case("TX17 a form in TIS-620", lambda w: _form(w, b"problems=" + quote("ถนนขาด", encoding="cp874").encode()), REFUSED),
    Case("TX17 a form of other bytes", lambda w: _form(w, b"problems=%ff%fe%80"), REFUSED),
    Case("ID a version of 5 000 digits", post(REPORT, {"version.problems": "9" * 5000, "problems": "x"}), {409, 422}),
    Case("ID a version of Thai digits", post(REPORT, {"version.problems": "๑", "problems": "ก่อนหน้านี้"}), REFUSED),
    Case("JS fields that there are not, by form", post(REPORT, {"version.state": "0", "state": "submitted"}), REFUSED),
    Case(
        "JS a thousand fields by form",
        post(REPORT, {f"version.f{n}": "0" for n in range(1000)} | {f"f{n}": "1" for n in range(1000)}),
        {413, 422},
    ),
    Case("ID a key of NUL with a submission", post(f"{REPORT}/submit", {"idempotency_key": "a\x00b"}), {422}),
    Case("ID a long key with a submission", post(f"{REPORT}/submit", {"idempotency_key": "ก" * 5000}), {422}),
    # ID: numbers and codes in addresses, query strings, verbs
    *[Case(f"ID1 ID2 document {n[:24]}", get(f"/documents/{n}"), NOT_THERE) for n in NUMBERS],
    *[Case(f"ID1 ID2 area {n[:24]}", get(f"/admin/areas/show/{n}", "central"), NOT_THERE) for n in NUMBERS],
    *[Case(f"ID1 ID2 edit {n[:24]}", get(f"/admin/indicators/edit/{n}", "central"), NOT_THERE) for n in NUMBERS],
    *[Case(f"ID1 ID2 save {n[:24]}", post(f"/admin/indicators/edit/{n}", {}, "central"), NOT_THERE) for n in NUMBERS],
    *[Case(f"ID1 ID2 delete {n[:24]}", post(f"/admin/areas/delete/{n}", {}, "central"), NOT_THERE) for n in NUMBERS],
    *[Case(f"ID1 ID2 approve {n[:24]}", post(f"/registrations/{n}/approve", {}, "central"), NOT_THERE) for n in NUMBERS],
    *[
        Case(f"ID1 ID2 refuse {n[:24]}", post(f"/registrations/{n}/refuse", {"reason": "x"}, "central"), NOT_THERE)
        for n in NUMBERS
    ],
    *[Case(f"ID1 ID2 session {n[:24]}", post(f"/profile/sessions/{n}/end"), NOT_THERE) for n in NUMBERS],
    *[
        Case(f"ID1 evidence {n[:24]}", get(f"/evidence/{n}"), NOT_THERE)
        for n in [*NUMBERS, SOMEBODY, SOMEBODY[:-1], "{" + SOMEBODY + "}"]
    ],
    *[Case(f"ID3 report {code[:40]}", get(f"/reports/{code}"), NOT_THERE) for code in CODES],
    Case("ID3 a round of NUL, for the centre", get("/reports/%00/", "central"), NOT_THERE),
    Case(
        "ID7 searching offices for NUL",
        get("/monitor/2566-6/?q=%00%01&region=%00&province=%00&indicator=%00&page=%00&cluster=%00", "central"),
        {200},
    ),
    Case("ID7 searching offices for much", get("/monitor/2566-6/?q=" + "ก" * 5000, "central"), {200}),
    Case("ID9 a download by name", get("/download/x"), NOT_THERE),
    Case("ID9 out of the documents", get("/documents/..%2f..%2fetc%2fpasswd"), NOT_THERE),
    Case("ID9 out of the static files", get("/static/%2e%2e/%2e%2e/config.py"), NOT_THERE),
    Case("ID9 NUL in a static file", get("/static/css/emes.css%00.html"), NOT_THERE),
    Case("ID9 NUL in a code", get("/contact/qr/line-north%00.svg"), NOT_THERE),
    Case("ID10 twice the same argument", get("/admin/areas/list/?f_kind=primary&f_kind=secondary", "central"), {200}),
    Case("ID12 an address of 20 kB", get("/documents/?" + "x" * 20_000), {200, 414}),
    Case("ID12 500 arguments", get("/documents/?" + "&".join(f"a{n}=1" for n in range(500))), {200, 400}),
    Case("ID13 two slashes", get("/admin//areas/list/", "stranger"), {301, 302, 308, 404}),
    Case(
        "ID13 two slashes before",
        get("/", "stranger", environ_overrides={"PATH_INFO": "//admin/areas/list/"}),
        {301, 302, 308, 404},
    ),
    Case("ID13 a dot", get("/admin/./areas/list/", "stranger"), {301, 302, 308, 404}),
    Case("ID13 upper case", get("/ADMIN/areas/list/", "stranger"), {301, 302, 308, 404}),
    Case("ID13 no slash", get("/admin/areas/list", "stranger"), {301, 302, 308, 404}),
    *[Case(f"ID14 {verb}", ask(verb, REPORT), {404, 405}) for verb in ("PUT", "TRACE", "DELETE", "PROPFIND", "CONNECT")],
    Case(
        "ID14 another verb in a header",
        lambda w: ask("POST", f"/evidence/{w.evidence}", X_HTTP_Method_Override="DELETE")(w),
        {404, 405},
    ),
    Case(
        "ID14 another verb in the form", lambda w: w.reporter.post(f"/evidence/{w.evidence}", {"_method": "DELETE"}), {404, 405}
    ),
    Case("ID14 another verb in the address", lambda w: w.reporter.get(f"/evidence/{w.evidence}?_method=DELETE"), {200}),
    *[
        Case(f"ID15 a link of {t[:12]!r}", get(f"/reset-password/{quote(t)}", "stranger"), {404, 410, 414})
        for t in ("x", "\x00", "MQ.x", "a" * 10_000, "é")
    ],
    *[
        Case(
            f"ID15 a link of {t[:12]!r}, sent",
            post(f"/reset-password/{quote(t)}", {"password": "x"}, "stranger"),
            {404, 410, 414},
        )
        for t in ("x", "\x00")
    ],
    # TX: NUL in the forms of strangers
    Case(
        "TX4 signing in",
        post("/login/", {"email": "a\x00@emes.test", "password": "x"}, "stranger"),
        {422},
        {"sign_in_throttle"},
    ),
    Case(
        "TX22 a password of NUL",
        post("/login/", {"email": "central@emes.test", "password": "\x00"}, "stranger"),
        {422},
        {"sign_in_throttle"},
    ),
    Case("TX7 an address of 300 characters", post("/login/", {"email": "a" * 300, "password": "x"}, "stranger"), {422}),
    Case("TX4 a forgotten password", post("/forgot-password/", {"email": "a\x00@emes.test"}, "stranger"), {200, 422}),
    Case("TX19 a forgotten password", post("/forgot-password/", {"email": "a@b.th\nBcc: x@y.th"}, "stranger"), {200, 422}),
    Case("TX4 asking for an account", lambda w: _ask_for_an_account(w, "\x00"), {422}),
    Case(
        "TX4 the own details",
        post("/profile/", {"full_name": "\x00", "phone": "\x00", "position": "\x00", "personnel_type": "\x00"}),
        {422},
    ),
    Case("TX4 the reason of a refusal", post("/registrations/4711/refuse", {"reason": "\x00"}, "central"), {404, 422}),
    # HD: headers
    Case("HD6 a cookie of 64 kB", get("/", "stranger", headers={"Cookie": "a=" + "x" * 65_536}), {200, 400, 431}),
    Case(
        "HD6 300 cookies", get("/", "stranger", headers={"Cookie": "; ".join(f"c{n}=x" for n in range(300))}), {200, 400, 431}
    ),
    Case("HD6 cookies of rubbish", get("/", "stranger", headers={"Cookie": 'emes="; lang=\\377; =; ;;; a=b=c'}), {200}),
    *[
        Case(f"HD7 language {v[:12]!r}", get("/", headers={"Accept-Language": v}), {200})
        for v in ("x" * 5000, "*;q=abc", ",,;;", "th;q=1e9")
    ],
    *[
        Case(f"HD7 kind {v[:12]!r}", get("/", headers={"Accept": v}), {200})
        for v in ("application/xml", "*/*;q=abc", ",,;;", "x" * 5000)
    ],
    *[
        Case(f"HD8 {kind}", patch(change('"x"'), kind), {400, 415, 422})
        for kind in (
            None,
            "application/xml",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "x" * 5000,
            ";;;",
        )
    ],
    Case("HD8 a form of another kind", lambda w: _form(w, b"problems=x", "application/xml"), {303, 400, 415, 422}),
    Case("HD9 a packed body", patch(b"\x1f\x8b\x08\x00" + bytes(50), Content_Encoding="gzip"), {400, 415}),
    *[
        Case(f"HD11 {name}", post(REPORT, {"version.problems": "1", "problems": "x"}, headers=headers), {400, 403})
        for name, headers in (
            ("another site", {"Origin": "https://evil.example"}),
            ("no site", {"Origin": "null"}),
            ("from another site", {"Sec-Fetch-Site": "cross-site"}),
        )
    ],
    Case("HD13 a thousand ranges", lambda w: _download(w, "bytes=" + ",".join(["0-0", "-1"] * 500)), {200, 206, 416}),
    *[
        Case(f"HD13 {v!r}", lambda w, v=v: _download(w, v), {200, 206, 416})
        for v in ("bytes=9-1", "bytes=a-b", "x=0-1", "bytes=-0", "bytes=" + "9" * 400 + "-")
    ],
    *[
        Case(f"HD referrer {v!r}", ask(verb, "/profile/", "stranger", Referer=v), {302, 400})
        for v in ("http://[", "http://localhost/\\evil", "//", "http://localhost:99999999/")
        for verb in ("GET", "POST")
    ],
    Case("HD referrer with a refused form", ask("POST", "/profile/", Referer="http://["), {422}),
]


def faults_of(world: World, case: Case) -> list[str]:
    """What is wrong with the answer to a line of the catalogue, and whether anything changed."""
    started = time.monotonic()
    try:
        response = case.send(world)
    except Exception as error:  # an answer was wanted, whatever this is
        return [f"{case.name}: no answer but {type(error).__name__}: {error}"]
    took, stood, world.stands = time.monotonic() - started, world.stands, everything_stored(world.app)
    found = []
    if response.status_code not in case.statuses:
        found.append(f"{case.name}: {response.status_code} instead of {sorted(case.statuses)}")
    if took > 5:
        found.append(f"{case.name}: took {took:.0f} s")
    if not response.is_streamed and "Traceback" in response.text:
        found.append(f"{case.name}: shows where it broke")
    changed = {table for table in stood if stood[table] != world.stands[table]} - case.writes
    if changed:
        found.append(f"{case.name}: changed {sorted(changed)}")
        world.sign_in()
        world.stands, world.disturbed = everything_stored(world.app), True
    return found


@pytest.fixture
def world(request: pytest.FixtureRequest, sqlite_app: Flask) -> World:
    """The same world for line after line of the catalogue, as long as nothing changes in it; then a new one."""
    kept: World | None = getattr(request.module, "_kept", None)
    if kept is None or kept.disturbed or everything_stored(sqlite_app) != kept.stands:
        kept = request.module._kept = World(request.getfixturevalue("app"))
    return kept


@pytest.mark.parametrize("case", CASES, ids=[case.name[:48] for case in CASES])
def test_bad_input_is_answered_and_changes_nothing(world, case):
    faults = faults_of(world, case)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_all_of_it_is_answered_on_postgresql_and_changes_nothing(app):
    world, faults = World(app), []
    for case in CASES:
        faults += faults_of(world, case)
    assert not faults, "\n".join(faults)


def test_a_first_save_in_which_everything_is_refused_begins_no_report(app, reporter):
    before = everything_stored(app)
    assert reporter.patch(REPORT, {"self_level": ("9", 0), "state": ("submitted", 0)}).status_code == 422
    assert everything_stored(app) == before


def test_a_write_from_the_public_address_is_taken_behind_a_proxy_that_passes_its_own_host(app, reporter, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_BASE_URL", "https://e-mes.example")
    form = {"version.problems": "0", "problems": "จากที่อยู่สาธารณะ"}
    assert reporter.post(REPORT, form, headers={"Origin": "https://e-mes.example"}).status_code == 303
    assert kept(app, "problems")[0] == "จากที่อยู่สาธารณะ"
    assert reporter.post(REPORT, form, headers={"Origin": "http://localhost"}).status_code in (303, 409)
    assert reporter.post(REPORT, form, headers={"Origin": "https://e-mes.example.evil.example"}).status_code == 403


# --- what is taken, and how it is kept -------------------------------------------------------------------------------------------

LONGEST = "ก" * PROBLEMS_MAX_CHARACTERS
TEXTS: list[tuple[str, str, str | None]] = [
    ("TX1", "น้ำ ฤๅษี ฯลฯ ๛ กุ้ง\u200bใหญ่ ก\u200cข", "น้ำ ฤๅษี ฯลฯ ๛ กุ้ง\u200bใหญ่ ก\u200cข"),
    ("TX2", "ก\u0e4d\u0e32", "ก\u0e4d\u0e32"),
    ("TX3", "👩‍🏫 🇹🇭 ดี", "👩‍🏫 🇹🇭 ดี"),
    ("TX4", "ก\x00ข", "กข"),
    ("TX5", "ก\x0b\x1f\x7f\x08ข\ufffe\uffff", "กข"),
    ("TX7", LONGEST, LONGEST),
    ("TX7 in four bytes each", "👍" * PROBLEMS_MAX_CHARACTERS, "👍" * PROBLEMS_MAX_CHARACTERS),
    ("TX8", " \u00a0\u200b\t ", None),
    ("TX9", "<script>alert(1)</script>{{7*7}}${7*7}{%print 1%}", "<script>alert(1)</script>{{7*7}}${7*7}{%print 1%}"),
    ("TX11", "' OR 1=1 --\"; DROP TABLE answer; %s %(x)s :x ?", "' OR 1=1 --\"; DROP TABLE answer; %s %(x)s :x ?"),
    ("TX12", '=HYPERLINK("http://x") +1 -1 @SUM ＝', '=HYPERLINK("http://x") +1 -1 @SUM ＝'),
    ("TX13", "  หนึ่ง\r\nสอง\rสาม\nสี่  ", "  หนึ่ง\nสอง\nสาม\nสี่  "),
    ("TX14", "“อ้าง”\u00ad…\u2028ใหม่", "“อ้าง”\u00ad…\u2028ใหม่"),
    ("TX15", "ก" * 1999, "ก" * 1999),
    ("TX16", "ก" + "\u0e49" * 200, "ก" + "\u0e49" * 200),
    ("TX18", "%2541 %00 +", "%2541 %00 +"),
    ("TX8 nothing", "", None),
]
NAMES: list[tuple[str, str, str | None]] = [
    ("TX13", "  นาง\u202e สุภาพร \r\n วงศ์ชัย\x00 ", "นาง สุภาพร วงศ์ชัย"),
    ("TX2", "ก\u0e4d\u0e32ธร เเก้ว", "กำธร แก้ว"),
    ("TX24", "นาง'; --", "นาง'; --"),
    ("TX24 the longest", "ก" * 160, "ก" * 160),
    ("TX8", "\u00a0\u200b", None),
]
TELEPHONES: list[tuple[str, str, str | None]] = [
    ("TX21", "0 2288 5867", "022885867"),
    ("TX21 Thai digits", "๐๘๑-๒๓๔-๕๖๗๘", "0812345678"),
    ("TX21 from abroad", "+66 81 234 5678", "0812345678"),
    ("TX8", " ", None),
]
FIGURES: list[tuple[Any, str | None]] = [
    *(("๑๒๓", "123"), ("๑,๒๓๔", "1234"), ("1,234", "1234"), ("1 234", "1234"), ("1\u00a0234", "1234"), ("０１２", "12")),
    *(("007", "7"), ("+7", "7"), (" 7 ", "7"), ("-0", "0"), ("−0", "0"), (0, "0"), ("0", "0"), (12, "12"), (12.0, "12")),
    *(("9" * 15, "9" * 15), ("12.00", "12"), ("", None), (None, None), (" \u00a0 ", None)),
]


def kept(app: Flask, key: str) -> tuple[str | None, int]:
    """A field of the report as it is stored, and its version."""
    with app.app_context(), scope.whole_country("a test looks"):
        answer = db.session.query(Answer).filter_by(field_key=key).one_or_none()
        return (answer.value, answer.version) if answer else (None, 0)


@on_both
@pytest.mark.parametrize("way", ["patch", "post"])
def test_what_is_typed_is_kept_as_typed_without_what_no_file_can_carry(app, reporter, way):
    assert reporter.patch(REPORT, {"problems": ("ก่อน", 0)}).status_code == 200
    table = [
        *(("problems", *line) for line in TEXTS),
        *(("reporter_name", *line) for line in NAMES),
        *(("reporter_phone", *line) for line in TELEPHONES),
        *(("quantity.school_total", "NU", typed, wanted) for typed, wanted in FIGURES),
    ]
    faults = []
    for key, name, typed, wanted in table:
        version = kept(app, key)[1]
        if way == "patch":
            response = reporter.patch(REPORT, {key: (typed, version)})
        else:
            response = reporter.post(REPORT, {f"version.{key}": str(version), key: "" if typed is None else str(typed)})
        if response.status_code != (200 if way == "patch" else 303) or kept(app, key)[0] != wanted:
            faults.append((key, name, typed[:40] if isinstance(typed, str) else typed, response.status_code, kept(app, key)[0]))
    assert not faults, "\n".join(map(str, faults))


@on_both
def test_half_a_character_is_left_out_and_a_whole_one_is_kept(app, reporter):
    for body, wanted in (('"ก\\ud83dข"', "กข"), ('"\\ud83d\\ude00"', "😀"), ('"\\udc00\\u0000\\ufffe"', None)):
        version = kept(app, "problems")[1]
        answer = patch(change(body, str(version)))(WorldOf(reporter))
        assert answer.status_code == 200
        assert kept(app, "problems")[0] == wanted
    assert reporter.page(REPORT).xpath("//textarea[@name='problems']")


@dataclass
class WorldOf:
    """A world of one person."""

    reporter: Person


@on_both
def test_too_long_a_text_is_refused_with_the_count_while_the_others_are_saved(app, reporter):
    long = "ก" * 100_000
    answer = reporter.patch(REPORT, {"problems": (long, 0), "self_level": (4, 0), "quantity.school_total": ("๑๗๖", 0)})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"problems"}
    assert "100000" in answer.json["errors"]["problems"]
    assert str(PROBLEMS_MAX_CHARACTERS) in answer.json["errors"]["problems"]
    assert (kept(app, "problems")[0], kept(app, "self_level")[0]) == (None, "4")
    assert kept(app, "quantity.school_total")[0] == "176"
    form = {"version.problems": "0", "problems": long, "version.self_level": "1", "self_level": "5"}
    page = reporter.post(REPORT, form)
    assert page.status_code == 422
    assert lxml.html.fromstring(page.text).xpath("//textarea[@name='problems']")[0].text.strip() == long, (
        "the text stays in the box"
    )
    assert kept(app, "self_level")[0] == "5"


def test_of_two_equal_keys_the_last_one_counts(app, reporter):
    body = b'{"changes": {"problems": {"value": "x", "version": 0}, "problems": {"value": "y", "version": 0, "state": "submitted"}}}'
    answer = patch(body)(WorldOf(reporter))
    assert (answer.status_code, answer.json["state"]) == (200, "draft")
    assert kept(app, "problems")[0] == "y"


# --- names of files ------------------------------------------------------------------------------------------------------------

FILE_NAMES: list[tuple[str, str, str]] = [
    ("U1", "รายงานผล ๒๕๖๖ (รอบ 6 เดือน).pdf", "รายงานผล ๒๕๖๖ (รอบ 6 เดือน).pdf"),
    ("U2 NFD", "cafe\u0301.pdf", "café.pdf"),
    ("U2 sara am", "น\u0e49\u0e4d\u0e32 ก\u0e4d\u0e32.pdf", "น\u0e49\u0e33 ก\u0e33.pdf"),
    ("U3", "ก" * 81 + ".pdf", "ก" * 81 + ".pdf"),
    ("U4", "ก" * 300 + ".pdf", "ก" * (MAX_NAME_CHARACTERS - 5) + "….pdf"),
    ("U4 a long kind", "a." + "b" * 300 + ".pdf", "a." + "b" * (MAX_NAME_CHARACTERS - 7) + "….pdf"),
    ("U5 up", "../../etc/passwd.pdf", "passwd.pdf"),
    ("U5 up, backwards", "..\\..\\x.pdf", "x.pdf"),
    ("U5 from the root", "/abs.pdf", "abs.pdf"),
    ("U5 a drive", "C:\\\\x.pdf", "x.pdf"),
    ("U6 percent", "a%2e%2e%2fb.pdf", "a%2e%2e%2fb.pdf"),
    ("U6 percent NUL", "a%00.pdf", "a%00.pdf"),
    ("U6 NUL", "a\x00.pdf", "a.pdf"),
    ("U6 NUL before another kind", "a.exe\x00.pdf", "a.exe.pdf"),
    ("U7 a picture", "<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf"),
    ("U7 a script", "'><script>alert(1)<x>.pdf", "'><script>alert(1)<x>.pdf"),
    ("U9", "รายงาน\u202efdp.exe.pdf", "รายงานfdp.exe.pdf"),
    ("U12", "report.PDF", "report.PDF"),
    ("U13 a space", "report.pdf ", "report.pdf"),
    ("U13 a dot", "report.pdf.", "report.pdf"),
    ("U13 both", " report.pdf. . ", "report.pdf"),
    ("U many dots", "a..b...pdf", "a..b...pdf"),
    ("U an emoji", "👩‍🏫.pdf", "👩‍🏫.pdf"),
    ("U a semicolon", "a;b=c,d.pdf", "a;b=c,d.pdf"),
]


def name_of(response: TestResponse) -> str:
    """The name under which a browser saves a download."""
    return str(parse_options_header(response.headers["Content-Disposition"])[1]["filename"])


def everything_beside_the_store(app: Flask) -> set[str]:
    folder = app.config["EMES_DATA_DIR"]
    return {str(path) for path in folder.rglob("*") if path.is_file() and folder / "evidence" not in path.parents}


@on_both
def test_a_name_is_cleaned_and_comes_back_with_the_file(app, reporter):
    outside = {name for name in everything_beside_the_store(app) if "sqlite3" not in name}
    for name, sent, wanted in FILE_NAMES:
        answer = reporter.upload("criterion.1", (sent, one_page_pdf()))
        assert answer.status_code == 201, (name, answer.json)
        found = answer.json["evidence"][0]
        assert found["name"] == wanted, name
        assert not re.search("[\x00-\x1f/\\\\\u202e]", found["name"]), name
        download = reporter.get(f"/evidence/{found['id']}")
        assert name_of(download) == wanted, name
        assert download.data == one_page_pdf()
        assert download.headers["X-Content-Type-Options"] == "nosniff"
        assert download.headers["Content-Disposition"].startswith("attachment")
        shown = [" ".join(text.split()) for text in reporter.page(REPORT).xpath("//*[@data-slot='criterion.1']//text()")]
        assert " ".join(wanted.split()) in shown, name
        assert reporter.delete(f"/evidence/{found['id']}").status_code == 200
    assert {name for name in everything_beside_the_store(app) if "sqlite3" not in name} == outside


@pytest.mark.parametrize(
    "disposition",
    [
        'form-data; name="file"; filename="a\r\nSet-Cookie: x=y.pdf"',
        "form-data; name=\"file\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x=y.pdf",
        'form-data; name="file"; filename="a%0D%0ASet-Cookie: x=y.pdf"',
        "form-data; name=\"file\"; filename*=UTF-8''..%2F..%2Fa.pdf",
        "form-data; name=\"file\"; filename*=latin-9''%E0%B8%81.pdf",
        "form-data; name=\"file\"; filename*=UTF-8''%ff%fe.pdf",
        'form-data; name="file"; filename="' + "x" * 100_000 + '.pdf"',
    ],
    ids=["raw", "encoded", "percent", "encoded path", "unknown charset", "no UTF-8", "100 kB"],
)
def test_a_name_writes_no_header_and_leaves_its_folder_never(app, reporter, disposition):
    answer = multipart(parts(('form-data; name="slot"', b"criterion.1"), (disposition, one_page_pdf())))(WorldOf(reporter))
    assert answer.status_code in (201, 400, 404, 422)
    if answer.status_code == 201:
        found = answer.json["evidence"][0]
        assert not re.search("[\r\n/\\\\]", found["name"])
        assert len(found["name"]) <= MAX_NAME_CHARACTERS
        download = reporter.get(f"/evidence/{found['id']}")
        assert download.status_code == 200
        assert "Set-Cookie" not in download.headers
        assert "\n" not in download.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["CON.pdf", "nul.pdf", "com1.pdf", "LPT9.pdf", "aux.tar.pdf"])
def test_a_file_can_be_saved_on_windows(reporter, name):
    answer = reporter.upload("criterion.1", (name, one_page_pdf()))
    if answer.status_code == 201:
        saved_as = name_of(reporter.get(f"/evidence/{answer.json['evidence'][0]['id']}"))
        assert saved_as.partition(".")[0].upper() not in {"CON", "NUL", "AUX", "COM1", "LPT9"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.JPeG", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(50) + b"\xff\xd9"),
        ("report.PDF", one_page_pdf()),
        ("a.pdf", bytes(900) + one_page_pdf()),
        ("a.pdf", one_page_pdf()[:60]),
        ("a.docx", docx()),
        ("a.xlsx", xlsx()),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(100)),
        ("a.mov", b"\x00\x00\x00\x14ftypqt  " + bytes(100)),
        ("a.pdf", one_page_pdf() + ZIP),
        ("a.png", png() + HTML),
    ],
    ids=[
        "U12 JPeG",
        "U12 PDF",
        "U21 rubbish before",
        "U22 half",
        "U30 docx",
        "U30 xlsx",
        "U29 mp4",
        "U29 mov",
        "U36 PDF and ZIP",
        "U36 PNG and HTML",
    ],
)
def test_a_valid_file_is_taken_byte_for_byte_and_never_runs_on_our_site(app, reporter, name, content):
    data = {"slot": "criterion.1", "file": (io.BytesIO(content), name, "text/html")}
    answer = reporter.post(f"{REPORT}/evidence", data, json_answer=True, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.json
    for suffix in ("", "?view=1"):
        download = reporter.get(f"/evidence/{answer.json['evidence'][0]['id']}{suffix}")
        assert download.data == content
        assert download.mimetype not in ("text/html", "image/svg+xml", "text/xml", "application/xhtml+xml"), (
            "U46: the sender's word is not taken"
        )
        assert download.headers["X-Content-Type-Options"] == "nosniff"
        assert (
            "script-src" not in download.headers["Content-Security-Policy"]
            or "'unsafe" not in download.headers["Content-Security-Policy"]
        )
    assert download.headers["Content-Disposition"].startswith(("inline", "attachment"))


def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(app, reporter):
    app.config["EMES_MAX_FILE_MB"] = 1
    exactly = b"%PDF-1.7" + bytes(MEBIBYTE - 8)
    assert reporter.upload("criterion.1", ("a.pdf", exactly)).status_code == 201
    refused = reporter.upload("criterion.1", ("b.pdf", exactly + b"\n"))
    assert refused.status_code == 422
    assert "1 MB" in refused.json["errors"][0]


def test_the_same_file_twice_gives_the_same_answer_each_time(app, reporter):
    for _ in range(2):
        answers = [reporter.upload("criterion.1", ("a.pdf", one_page_pdf())) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201], "U38: both are kept"
        assert len({answer.json["evidence"][0]["id"] for answer in answers}) == 2
        for answer in answers:
            reporter.delete(f"/evidence/{answer.json['evidence'][0]['id']}")


def test_three_at_once_where_two_are_fill_the_slot_and_name_the_rest(app, reporter):
    reporter.upload("criterion.1", ("1.pdf", one_page_pdf()), ("2.pdf", one_page_pdf()))
    answer = reporter.upload("criterion.1", *[(f"{number}.pdf", one_page_pdf()) for number in (3, 4, 5)])
    assert answer.status_code == 409
    assert [found["name"] for found in answer.json["evidence"]] == ["3.pdf"]
    assert len(answer.json["errors"]) == 2
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.query(Evidence).count() == 3
    assert len([key for key in everything_stored(app)["files of the store"] if "incoming" in key]) == 0


# --- what is shown -------------------------------------------------------------------------------------------------------------


def plant(app: Flask, reporter: Person) -> None:
    """Write the mark wherever somebody may type."""
    hostile = f"{MARK}\"'><img src=x onerror=alert(1)>"
    reporter.patch(REPORT, {"problems": (hostile, 0), "reporter_name": (hostile, 0), "reporter_position": (hostile, 0)})
    assert (
        reporter.upload("criterion.1", (hostile.replace("/", "").replace('"', "") + ".pdf", one_page_pdf())).status_code == 201
    )
    with app.app_context(), scope.whole_country("a test writes"):
        area = db.session.query(Area).filter_by(code="P-CPM-3").one()
        area.short_th = area.name_en = hostile[:79]
        for model, columns in (
            (Round, ("name_th", "name_en", "instructions_th")),
            (Indicator, ("text_th", "text_en")),
            (Criterion, ("text_th", "evidence_th")),
            (QualityLevel, ("text_th",)),
            (Quantity, ("label_th",)),
            (Document, ("title_th", "title_en")),
            (Announcement, ("title_th", "body_th")),
            (ContactChannel, ("name_th",)),
            (PersonnelType, ("name_th",)),
            (Position, ("name_th",)),
        ):
            row = db.session.get(model, 1)
            for column in columns:
                setattr(row, column, hostile)
        for profile in db.session.query(Profile):
            profile.full_name, profile.position = hostile, hostile
        personnel = db.session.query(PersonnelType.id).first()[0]
        db.session.add(
            Registration(
                email="x@obec.go.th",
                full_name=hostile,
                area_id=area.id,
                personnel_type_id=personnel,
                position=hostile,
                phone="022885867",
                registered_address=hostile,
                password_hash="x",
                state="pending",
                requested_at=NOW,
                verified_at=NOW,
            )
        )
        db.session.query(UserSession).update({"user_agent": hostile})
        db.session.commit()


PAGES = {
    None: ["/", "/documents/", "/contact/", "/register/", "/login/?next=/" + MARK, "/privacy/", f"/{MARK}", "/qr/"],
    "reporter.p-cpm-3": [
        "/",
        "/reports/2566-6/P-CPM-3/",
        REPORT,
        f"{REPORT}?check=1",
        "/profile/",
        f"/reports/2566-6/{MARK}/QP-1",
    ],
    "coordinator.p-cpm-3": ["/registrations/", "/profile/"],
    "central": [
        "/monitor/2566-6/",
        f"/monitor/2566-6/?q={MARK}&region={MARK}&province={MARK}&indicator={MARK}&state={MARK}&page={MARK}&cluster={MARK}",
        f"/monitor/2566-6/at-risk?q={MARK}&province={MARK}",
        "/monitor/2566-6/pace",
        "/registrations/",
        *(f"/admin/{name}/list/?q={MARK}&f_kind={MARK}" for name in ("areas", "documents")),
        *(f"/admin/{name}/list/" for name in ("areas", "rounds", "parts", "indicators", "criteria", "levels", "quantities")),
        *(f"/admin/{name}/list/" for name in ("documents", "announcements", "contacts", "personnel-types", "positions")),
        *(f"/admin/{name}/list/" for name in ("accounts", "submissions", "evidence-files")),
        *(
            f"/admin/{name}/show/1"
            for name in ("rounds", "indicators", "criteria", "quantities", "documents", "submissions", "accounts")
        ),
        *(f"/admin/{name}/edit/1" for name in ("rounds", "indicators", "criteria", "quantities", "documents", "accounts")),
    ],
}


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_script_is_shown_as_it_was_typed_on_every_page_and_never_runs(app, reporter, sign_in, language):
    plant(app, reporter)
    told = 0
    for name, addresses in PAGES.items():
        person = sign_in(name) if name else Person(app)
        person.client.set_cookie("lang", language)
        for address in addresses:
            response = person.get(address)
            assert response.status_code in (200, 404), (address, response.status_code)
            assert MARK not in response.text, (name, address)
            page = lxml.html.fromstring(response.text)
            assert not page.xpath("//*[@onerror] | //*[@onload]"), (name, address)
            assert not page.xpath("//script[contains(text(),'alert')]"), (name, address)
            told += "alert(1)" in page.text_content()
    assert told > 25, "the mark must have been seen, or nothing was looked at"
    saved = reporter.patch(REPORT, {"self_level": (3, 0)})
    assert all(MARK not in text for text in saved.json["html"].values())
    clash = reporter.patch(REPORT, {"problems": (MARK, 0)})
    assert MARK not in clash.json["conflicts"]["problems"]["html"]


def test_a_refused_form_shows_what_was_typed_as_text(reporter, sign_in):
    form = {"version.quantity.school_total": "0", "quantity.school_total": MARK, "version.<b>": "0", "<b>": MARK}
    for response in (
        reporter.post(REPORT, form),
        reporter.post("/profile/", {"full_name": MARK, "phone": MARK}),
        sign_in("central").post("/admin/areas/add", {"code": MARK, "name_th": MARK}),
        Person(reporter.app).post("/login/", {"email": MARK, "password": "x"}),
        Person(reporter.app).post("/register/", {"full_name": MARK, "area": MARK, "email": MARK}),
    ):
        assert response.status_code == 422
        assert MARK not in response.text
        page = lxml.html.fromstring(response.text)
        assert MARK in [*page.xpath("//input/@value"), *(box.text for box in page.xpath("//textarea"))]


def test_what_a_browser_calls_itself_forges_no_line_of_the_log_and_no_page(app, stranger, reporter, capsys):
    agent = f'Mozilla {MARK} " }} \t'
    stranger.get("/login/")
    data = {"email": "reporter.p-cpm-3@emes.test", "password": "emes-demo-2566"}
    assert stranger.post("/login/", data, headers={"User-Agent": agent}).status_code == 303
    assert MARK not in reporter.get("/profile/").text
    director = Person(app).signed_in("director.p-cpm-3@emes.test")
    director.get("/admin/areas/list/", headers={"User-Agent": agent})
    for line in capsys.readouterr().err.splitlines():
        json.loads(line)


# --- tokens, cookies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "x", "ก", "x" * 5000, "foreign", "old"])
def test_without_the_right_token_nothing_is_saved_and_what_was_typed_is_shown(app, reporter, sign_in, token):
    reporter.get("/")
    if token == "foreign":
        other = sign_in("coordinator.p-cpm-3")
        other.get("/")
        token = other.token
    if token == "old":
        token = URLSafeTimedSerializer("another key", salt="wtf-csrf-token").dumps("x" * 40)
    before = everything_stored(app)
    form = {"problems": "ข้อความยาวที่พิมพ์ไว้ทั้งเช้า", "version.problems": "0", "password": "ความลับ"}
    response = reporter.client.post(REPORT, data=form | ({} if token is None else {"csrf_token": token}))
    assert response.status_code == 400
    page = lxml.html.fromstring(response.text)
    assert "ข้อความยาวที่พิมพ์ไว้ทั้งเช้า" in [box.text.strip() for box in page.xpath("//textarea")]
    assert "ความลับ" not in response.text
    assert len(page.xpath("//h1")) == 1
    machine = reporter.client.patch(
        REPORT,
        json={"changes": {"problems": {"value": "x", "version": 0}}},
        headers={"X-CSRFToken": token.encode("ascii", "replace").decode()} if token else {},
    )
    assert (machine.status_code, set(machine.json)) == (400, {"error"})
    assert everything_stored(app) == before


@pytest.mark.parametrize("kind", ["garbage", "another key", "8 kB", "of another", "empty"])
def test_a_forged_cookie_is_nobody(app, stranger, reporter, kind):
    secret = app.secret_key
    real = reporter.client.get_cookie("emes").value
    app.secret_key = "another key"
    forged = app.session_interface.get_signing_serializer(app).dumps({"sid": "x", "_user_id": "1"})
    app.secret_key = secret
    stolen = app.session_interface.get_signing_serializer(app).dumps({"sid": "x" * 43, "_user_id": "1"})
    value = {"garbage": "\x01ก=;", "another key": forged, "8 kB": real + "x" * 8192, "of another": stolen, "empty": ""}[kind]
    for address, status in (("/", 200), ("/profile/", 302), (REPORT, 302), ("/admin/areas/list/", 302)):
        assert stranger.client.get(address, headers={"Cookie": f"emes={quote(value)}"}).status_code == status, address
    answer = stranger.client.get("/profile/", headers={"Cookie": f"emes={quote(value)}", "Accept": "application/json"})
    assert answer.status_code == 401


def test_a_cookie_names_the_person_of_its_session_and_no_other(app, reporter):
    """The number of the person in the cookie is not what decides."""
    with reporter.client.session_transaction() as session:
        session["_user_id"] = "1"
    assert reporter.get("/profile/").status_code == 302
