"""Bad input that is taken and stored clean, or that needs more than one request; single requests are tests/inputs. Nothing is ever a fault of
ours."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
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
from tests.inputs.cases import (
    HTML,
    MARK,
    MEBIBYTE,
    ZIP,
    change,
    docx,
    multipart,
    parts,
    patch,
    xlsx,
)
from tests.person import REPORT, Person, one_page_pdf, png

on_both = pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)


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
