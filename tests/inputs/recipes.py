"""How the lines of the catalogue are sent. A recipe gets the world and the words of its line, sends, checks what is its own to check and
gives back the answer, of which the line says the status and the words.

What a recipe leaves in the world it takes away again where the line says that nothing changes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from openpyxl import load_workbook
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from app import scope
from app.extensions import db, transaction
from app.models import Answer as Field
from app.models import Round, Submission
from tests import files
from tests.conftest import NOW
from tests.exports.test_reading import HOSTILE
from tests.inputs.cases import (
    EXE,
    HTML,
    MEBIBYTE,
    SEVEN_ZIP,
    SLOT,
    SVG,
    ZIP,
    World,
    archive,
    change,
    docx,
    multipart,
    parts,
    told,
    xlsx,
)
from tests.inputs.cases import patch as patch_raw
from tests.person import REPORT, Person, one_page_pdf, pdf, png
from tests.programs import put_token
from tests.server import PASSWORD
from tests.services.test_file_checks import JFIF, jpeg, png_of

Recipe: TypeAlias = Callable[..., Any]
TEAM = "/reports/2566-6/P-CPM-3/team"
PROJECTS = "/projects/2566/P-CPM-3/"
UPLOADED = "criterion.2"

CONTENTS: dict[str, Callable[[], bytes]] = {
    "pdf": one_page_pdf,
    "another pdf": lambda: pdf(2),
    "empty": lambda: b"",
    "html": lambda: HTML,
    "svg": lambda: SVG,
    "exe": lambda: EXE,
    "zip": lambda: ZIP,
    "7z": lambda: SEVEN_ZIP,
    "png": png,
    "png and html": lambda: png() + HTML,
    "pdf and zip": lambda: one_page_pdf() + ZIP,
    "pdf behind rubbish": lambda: bytes(900) + one_page_pdf(),
    "pdf with a password": files.locked,
    "half a pdf": lambda: one_page_pdf()[:60],
    "pdf with a script": lambda: one_page_pdf().replace(
        b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    ),
    "png of 900 million pixels": lambda: png_of(30_000, 30_000),
    "jpg": lambda: JFIF,
    "jpg of a telephone": lambda: jpeg(4_032, 3_024),
    "jpg with a place": lambda: (
        b"\xff\xd8\xff\xe1\x00\x24Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x88%\x00\x04" + bytes(14) + JFIF[2:]
    ),
    "gif": lambda: b"GIF89a" + bytes(100),
    "tiff": lambda: b"II*\x00" + bytes(100),
    "webp": lambda: b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(30),
    "heic": lambda: b"\x00\x00\x00\x18ftypheic" + bytes(50),
    "mp4": lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(100),
    "mov": lambda: b"\x00\x00\x00\x14ftypqt  " + bytes(100),
    "mkv": lambda: b"\x1aE\xdf\xa3" + bytes(100),
    "docx": docx,
    "xlsx": xlsx,
    "docx with macros": lambda: docx(**{"word__vbaProject.bin": b"x"}),
    "docx of a bomb": lambda: docx(**{"word__media__a.bin": bytes(60 * MEBIBYTE)}),
    "docx with XXE": lambda: docx(
        **{"word__document.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'}
    ),
    "docx with a far template": lambda: docx(
        **{"word___rels__settings.xml.rels": b'<R Target="http://127.0.0.1:1/x" TargetMode="External"/>'}
    ),
    "old word": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "eicar": lambda: b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    "archive in an archive": lambda: archive(**{"a.zip": ZIP}),
}


@cache
def _content(name: str) -> bytes:
    return CONTENTS[name]()


# --- files ----------------------------------------------------------------------------------------------------------------------


def upload(world: World, name: str, content: str = "pdf", slot: str = UPLOADED) -> TestResponse:
    """A file that is refused; one that was taken by mistake stands in what changed."""
    return world.reporter.upload(slot, (name, _content(content)))


def taken(world: World, name: str, content: str = "pdf", wanted: str | None = None) -> TestResponse:
    """A file that is taken byte for byte, given back under its name as an attachment that runs nowhere, and deleted."""
    answer = world.reporter.upload(UPLOADED, (name, _content(content)))
    if answer.status_code == 201:
        found = answer.json["evidence"][0]
        assert found["name"] == (wanted or name)
        given = world.reporter.get(f"/evidence/{found['id']}")
        _is_harmless(given, wanted or name)
        assert given.data == _content(content)
        world.reporter.delete(f"/evidence/{found['id']}")
    return answer


def _is_harmless(given: TestResponse, name: str) -> None:
    disposition, words = parse_options_header(given.headers["Content-Disposition"])
    assert (disposition, words["filename"]) == ("attachment", name)
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert given.mimetype not in ("text/html", "image/svg+xml", "application/xhtml+xml")
    assert not re.search("[\r\n]", given.headers["Content-Disposition"])


def disposition(world: World, words: str) -> TestResponse:
    """A file whose part says this of itself."""
    answer = multipart(parts(SLOT, (words, one_page_pdf())))(world)
    if answer.status_code == 201:
        found = answer.json["evidence"][0]
        _is_harmless(world.reporter.get(f"/evidence/{found['id']}"), found["name"])
        world.reporter.delete(f"/evidence/{found['id']}")
    return answer


def of_size(world: World, over: int) -> TestResponse:
    """A PDF of a mebibyte and so many bytes, where a mebibyte is the limit."""
    world.app.config["EMES_MAX_FILE_MB"], usual = 1, world.app.config["EMES_MAX_FILE_MB"]
    try:
        answer = world.reporter.upload(UPLOADED, ("ก.pdf", b"%PDF-1.7" + bytes(MEBIBYTE - 8 + over)))
    finally:
        world.app.config["EMES_MAX_FILE_MB"] = usual
    _delete_all(world, answer)
    return answer


def _delete_all(world: World, *answers: TestResponse) -> None:
    for answer in answers:
        for found in answer.json.get("evidence", []):
            world.reporter.delete(f"/evidence/{found['id']}")


def twice(world: World, first: str, second: str) -> TestResponse:
    """Two files of one name: both are kept, and told apart by what is in them."""
    answers = [world.reporter.upload(UPLOADED, ("ก.pdf", _content(content))) for content in (first, second)]
    ids = [answer.json["evidence"][0]["id"] for answer in answers]
    assert [world.reporter.get(f"/evidence/{one}").data for one in ids] == [_content(first), _content(second)]
    _delete_all(world, *answers)
    return answers[1]


def fourth(world: World, at_once: int) -> TestResponse:
    """So many files at once into a slot with two: one is taken, and the others are named."""
    first = world.reporter.upload(UPLOADED, ("1.pdf", one_page_pdf()), ("2.pdf", one_page_pdf()))
    answer = world.reporter.upload(UPLOADED, *[(f"{number}.pdf", one_page_pdf()) for number in range(3, 3 + at_once)])
    assert len(answer.json["evidence"]) == 1 and len(answer.json["errors"]) == at_once - 1
    _delete_all(world, first, answer)
    return answer


def bad_among_good(world: World) -> TestResponse:
    """The good ones are kept, the bad one is named."""
    answer = world.reporter.upload(UPLOADED, ("ดี.pdf", one_page_pdf()), ("ปลอม.pdf", HTML), ("ดี ๒.png", png()))
    assert [found["name"] for found in answer.json["evidence"]] == ["ดี.pdf", "ดี ๒.png"]
    assert ["ปลอม.pdf" in said for said in answer.json["errors"]] == [True]
    _delete_all(world, answer)
    return answer


def claimed_kind(world: World, kind: str) -> TestResponse:
    """The sender's word on what a file is."""
    data = {"slot": UPLOADED, "file": (io.BytesIO(one_page_pdf()), "ก.pdf", kind)}
    answer = world.reporter.post(f"{REPORT}/evidence", data, json_answer=True, content_type="multipart/form-data")
    assert world.reporter.get(f"/evidence/{answer.json['evidence'][0]['id']}").mimetype == "application/pdf"
    _delete_all(world, answer)
    return answer


def after_closing(world: World, days: int = 11) -> TestResponse:
    """A file for a round that is closed."""
    world.app.config["EMES_NOW"] = NOW + timedelta(days=days)
    try:
        late = Person(world.app).signed_in("reporter.p-cpm-3@emes.test")
        return late.upload(UPLOADED, ("ก.pdf", one_page_pdf()))
    finally:
        world.app.config["EMES_NOW"] = NOW


def resting(world: World, what: str) -> TestResponse:
    """A file of a report that was handed in as part of a whole round, or whose round is in review: it rests."""
    evidence_id = world.evidence
    with world.app.app_context(), scope.whole_country("a test"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        usual = found.due_at, found.closes_at
        found.due_at, found.closes_at = None, NOW - timedelta(days=2)
    try:
        if what == "delete":
            return world.reporter.delete(f"/evidence/{evidence_id}")
        return world.reporter.upload(UPLOADED, ("ก.pdf", one_page_pdf()))
    finally:
        with world.app.app_context(), scope.whole_country("a test"), transaction():
            found = db.session.query(Round).filter_by(code="2566-6").one()
            found.due_at, found.closes_at = usual


def delete_twice(world: World) -> TestResponse:
    answer = world.reporter.upload(UPLOADED, ("ก.pdf", one_page_pdf()))
    address = f"/evidence/{answer.json['evidence'][0]['id']}"
    assert world.reporter.delete(address).status_code == 200
    return world.reporter.delete(address)


def delete_of_another(world: World) -> TestResponse:
    return Person(world.app).signed_in("reporter.p-cpm-2@emes.test").delete(f"/evidence/{world.evidence}")


def part_of(world: World, ranges: str, verb: str = "GET") -> TestResponse:
    answer: TestResponse = world.reporter.client.open(f"/evidence/{world.evidence}", method=verb, headers={"Range": ranges})
    if verb == "HEAD":
        assert answer.data == b""
    return answer


def in_parts(world: World, fault: str) -> TestResponse:
    """A file in two parts by tus: at the wrong byte, of the wrong content, stopping short, finished twice."""
    content = one_page_pdf() if fault != "content" else HTML * 20
    headers = {"Tus-Resumable": "1.0.0", "X-CSRFToken": world.reporter._ensure_token(), "Accept": "application/json"}
    about = {"Upload-Length": str(len(content)), "Upload-Metadata": told(filename="ก.pdf")}
    made = world.reporter.client.post("/uploads/", headers=headers | about)

    def send(at: int, body: bytes) -> TestResponse:
        kind = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        return world.reporter.client.patch(made.location, data=body, headers=headers | kind)

    answer = send(0, content[:100])
    if fault == "offset":
        answer = send(90, content[90:])
        where = world.reporter.client.head(made.location, headers=headers)
        assert where.headers["Upload-Offset"] == "100"
    elif fault in ("content", "twice"):
        answer = send(100, content[100:])
    if fault == "twice":
        first = answer.headers["X-Evidence-Id"]
        answer = send(100, content[100:])
        assert answer.headers["X-Evidence-Id"] == first
        world.reporter.delete(f"/evidence/{first}")
    if fault == "short":
        assert world.reporter.client.head(made.location, headers=headers).headers["Upload-Offset"] == "100"
    world.reporter.client.delete(made.location, headers=headers)
    return answer


# --- fields ---------------------------------------------------------------------------------------------------------------------


def _stored(world: World, key: str) -> tuple[str | None, int]:
    with world.app.app_context(), scope.whole_country("a test looks"):
        rows = db.session.query(Field).join(Submission).filter(Field.field_key == key).all()
        return (rows[0].value, rows[0].version) if rows else (None, 0)


def save(world: World, key: str, value: Any) -> TestResponse:
    """A value that is refused: the field stays as it was."""
    before = _stored(world, key)
    answer = world.reporter.patch(REPORT, {key: (value, before[1])})
    assert _stored(world, key) == before
    return answer


def kept(world: World, key: str, typed: Any, wanted: str | None = None, *, nothing: bool = False) -> TestResponse:
    """A value that is taken, and stored as wanted; as typed, if nothing else is said."""
    answer = world.reporter.patch(REPORT, {key: (typed, _stored(world, key)[1])})
    assert _stored(world, key)[0] == (None if nothing else wanted if wanted is not None else typed)
    return answer


def kept_as_nothing(world: World, key: str, typed: Any) -> TestResponse:
    return kept(world, key, typed, nothing=True)


def length(world: World, count: int) -> TestResponse:
    """So many characters of three bytes each."""
    answer = world.reporter.patch(REPORT, {"problems": ("ก" * count, _stored(world, "problems")[1])})
    assert (_stored(world, "problems")[0] == "ก" * count) is (answer.status_code == 200)
    return answer


def level_without(world: World) -> TestResponse:
    """An empty box is not zero, and is asked for when the report is sent."""
    kept(world, "quantity.school_total", "0")
    kept(world, "quantity.school_total", "", nothing=True)
    return world.reporter.post(f"{REPORT}/submit", json_answer=True)


def both_kept(world: World) -> TestResponse:
    """A part above its whole: both are stored as they were typed, and the report says what does not fit."""
    fields = {
        key: (value, _stored(world, key)[1])
        for key, value in {"quantity.school_total": "10", "quantity.school_with_plan": "12"}.items()
    }
    return world.reporter.patch(REPORT, fields)


def raw(world: World, body: str) -> TestResponse:
    """Autosave with a body as it is."""
    return patch_raw(body.encode())(world)


def stale(world: World, key: str = "problems") -> TestResponse:
    """A save on a version that is not the last one."""
    kept(world, key, "ครั้งที่หนึ่ง")
    return world.reporter.patch(REPORT, {key: ("ทับ", max(_stored(world, key)[1] - 1, 0))})


def equal_keys(world: World) -> TestResponse:
    version = _stored(world, "problems")[1]
    two = f'{{"changes": {{"problems": {{"value": "x", "version": {version}}}, "problems": {{"value": "y", "version": {version}}}}}}}'
    answer = patch_raw(two.encode())(world)
    assert _stored(world, "problems")[0] == "y"
    return answer


def byte_order_mark(world: World) -> TestResponse:
    return patch_raw(b"\xef\xbb\xbf" + change('"ก"'))(world)


# --- forms and addresses --------------------------------------------------------------------------------------------------------


def _person(world: World, who: str) -> Person:
    if who in ("reporter", "central", "stranger"):
        found: Person = getattr(world, who)
        return found
    return Person(world.app).signed_in(f"{who}@emes.test")


def get(world: World, address: str, who: str = "reporter", **headers: str) -> TestResponse:
    return _person(world, who).client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


def shown(world: World, address: str, text: str, who: str = "reporter") -> TestResponse:
    """A page on which this text stands as text."""
    answer = _person(world, who).get(address)
    assert "<script>alert(1)</script>" not in answer.text and text in answer.text
    return answer


def post(
    world: World, address: str, data: dict[str, Any], who: str = "reporter", headers: dict[str, str] | None = None
) -> TestResponse:
    return _person(world, who).post(address, data, headers=headers or {})


def elsewhere(world: World, *places: str) -> TestResponse:
    """Nowhere that a visitor could be sent is another site."""
    for place in places:
        for address in (f"/login/?next={place}", f"/lang/th?next={place}"):
            answer = _person(world, "reporter").client.get(address, headers={"Host": "localhost"})
            assert urlsplit(answer.location or "").netloc in ("", "localhost"), (address, answer.location)
    return answer


def sign_in(world: World, email: str, password: str = PASSWORD, agent: str = "test") -> TestResponse:
    return world.stranger.post("/login/", {"email": email, "password": password}, headers={"User-Agent": agent})


def register(world: World, **typed: str) -> TestResponse:
    usual = {
        "email": "new.person@obec.go.th",
        "full_name": "ผู้ขอ ทดสอบ",
        "area": "P-CPM-3",
        "position": "นักวิชาการศึกษา",
        "phone": "0 2288 5867",
        "password": "ถนนสายยาวไปโรงเรียน",
        "password_confirm": typed.get("password", "ถนนสายยาวไปโรงเรียน"),
    }
    return world.stranger.post("/register/", usual | typed)


def order(world: World, day: str, number: str = "1/2566") -> TestResponse:
    """The day of an order of the office."""
    person = _person(world, "coordinator.p-cpm-3")
    data = {"number": number, "dated_on": day, "file": (io.BytesIO(one_page_pdf()), "คำสั่ง.pdf")}
    return person.post(f"{TEAM}/orders", data, content_type="multipart/form-data")


def acting(world: World, first: str, last: str) -> TestResponse:
    """An order to act for the director between two days."""
    person = _person(world, "coordinator.p-cpm-3")
    page = person.page(TEAM)
    who = page.xpath("//select[@name='acting-person']/option[@value!='']/@value")
    data = {"acting-number": "2/2566", "acting-dated_on": "01/10/2565", "acting-person": who[0] if who else "1"}
    return person.post(f"{TEAM}/acting", data | {"acting-first_day": first, "acting-last_day": last})


def no_token(world: World, token: str | None) -> TestResponse:
    """A form without the right token: refused, and what was typed stands on the page."""
    data = {"problems": "พิมพ์ไว้ทั้งเช้า", "version.problems": "1"} | ({} if token is None else {"csrf_token": token})
    answer = world.reporter.client.post(REPORT, data=data)
    assert "พิมพ์ไว้ทั้งเช้า" in answer.text
    return answer


def cookie(world: World, value: str) -> TestResponse:
    answer: TestResponse = world.stranger.client.get("/profile/", headers={"Cookie": f"emes={value}"})
    return answer


def submit_with_key(world: World, key: str) -> TestResponse:
    """The same key a second time, for another report: each report has keys of its own."""
    answers = [
        world.reporter.post(f"/reports/2566-6/P-CPM-3/{code}/submit", json_answer=True, headers={"Idempotency-Key": key})
        for code in ("QP-1", "QP-2")
    ]
    assert answers[0].status_code == answers[1].status_code == 422, "nothing is filled in: nothing is sent under this key"
    return answers[1]


def program(world: World, address: str, token: str = "") -> TestResponse:
    """A request to the API with a token: the right one, or this."""
    found = put_token(world.app, "central")
    found.token = token or found.token
    return found.get(address)


def untold(world: World, address: str, **headers: str) -> TestResponse:
    """A request to the API without the usual header."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: TestResponse = world.app.test_client(use_cookies=False).get(f"/api/v1{address}", headers=sent)
    return answer


# --- workbooks ------------------------------------------------------------------------------------------------------------------


def _send_book(world: World, content: bytes, name: str = "โครงการ.xlsx") -> TestResponse:
    person = _person(world, "coordinator.p-cpm-3")
    return person.post(f"{PROJECTS}import", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def hostile_book(world: World, which: str) -> TestResponse:
    """One of the workbooks that tests/exports/test_reading.py measures, for time and memory, in a process of its own."""
    return _send_book(world, HOSTILE[which][0]())


def no_book(world: World, text: str, encoding: str = "utf-8") -> TestResponse:
    return _send_book(world, text.encode(encoding))


def book(world: World, *cells: list[Any], heading: list[str] | None = None, faults: int = 0) -> TestResponse:
    """The office's own workbook of projects with these cells: [row, column, value]. It is shown before anything is taken; so many of its
    cells are named as wrong, and then nothing at all is taken."""
    person = _person(world, "coordinator.p-cpm-3")
    made = load_workbook(io.BytesIO(person.get(f"{PROJECTS}export.xlsx").data))
    for row, column, value in cells:
        made.worksheets[1].cell(row=row, column=column).value = value
    if heading:
        for cell in made.worksheets[1][1]:
            if str(cell.value).rstrip(" *") == heading[0]:
                cell.value = heading[1]
    out = io.BytesIO()
    made.save(out)
    answer = _send_book(world, out.getvalue())
    if answer.status_code == 303:
        page = person.page(answer.location)
        named = len(page.xpath("//section[@aria-labelledby='wrong']//tbody/tr"))
        assert named >= 1 if faults else named == 0, page.text_content()
        if faults:
            assert person.post(answer.location, {"digest": ""}).status_code == 422
        return person.get(answer.location)
    return answer


def book_of_another(world: World) -> TestResponse:
    """A workbook that was made for another office."""
    person, other = _person(world, "coordinator.p-cpm-3"), _person(world, "coordinator.p-cpm-2")
    content = person.get(f"{PROJECTS}export.xlsx").data
    address = PROJECTS.replace("P-CPM-3", "P-CPM-2")
    return other.post(f"{address}import", {"file": (io.BytesIO(content), "ก.xlsx")}, content_type="multipart/form-data")


RECIPES: dict[str, Recipe] = {
    name: found for name, found in list(globals().items()) if callable(found) and not name.startswith("_")
}


def send(world: World, words: list[Any]) -> Any:
    """One input of a line: the name of its recipe and what that gets; a last object holds what is named."""
    name, *given = words
    named = given.pop() if given and isinstance(given[-1], dict) and name in TAKES_NAMES else {}
    return RECIPES[name](world, *given, **named)


TAKES_NAMES = {"get", "register", "untold", "book"}
