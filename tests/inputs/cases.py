"""Requests that are refused, many to a line of the catalogue, and the world that they are sent into: what is refused leaves everything as it
was and is answered with a page or a sentence. The name of a case begins with the lines it belongs to."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import scope
from app.domain.fields import PROBLEMS_MAX_CHARACTERS
from app.extensions import db
from app.models import (
    Evidence,
)
from tests.architecture.test_house import everything_stored
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
    Case("U45 a field without a name", multipart(parts(SLOT, ("form-data", b"x"))), {400}),
    Case("U45 a file without a field", multipart(parts(SLOT, ('form-data; filename="x.pdf"', one_page_pdf()))), {400}),
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
    if "Traceback" in response.get_data().decode("utf-8", "replace"):
        found.append(f"{case.name}: shows where it broke")
    changed = {table for table in stood if stood[table] != world.stands[table]} - case.writes
    if changed:
        found.append(f"{case.name}: changed {sorted(changed)}")
        world.sign_in()
        world.stands, world.disturbed = everything_stored(world.app), True
    return found
