"""Resumable upload over HTTP: tus 1.0 with creation, termination and expiration."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest

from app import scope, worker
from app.extensions import db
from app.models import Evidence, Upload
from tests.conftest import NOW
from tests.person import Person, one_page_pdf, png
from tests.stores import under_way

on_both_databases = "where marked"
on_both_stores = True
HEADERS = {"Tus-Resumable": "1.0.0"}
PART = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def create(
    person: Person,
    size: int,
    *,
    name: str = "คลิป การใช้งาน.pdf",
    slot: str = "criterion.1",
    round: str = "2566-6",
    area: str = "P-CPM-3",
    indicator: str = "QP-1",
    **more,
):
    about = metadata(filename=name, round=round, area=area, indicator=indicator, slot=slot)
    headers = HEADERS | {"Upload-Length": str(size), "Upload-Metadata": about, "X-CSRFToken": person._ensure_token()}
    headers["Accept"] = "application/json"
    return person.client.post("/uploads/", headers=headers | more.pop("headers", {}), **more)


def append(person: Person, address: str, offset: int, data: bytes):
    headers = HEADERS | {"Upload-Offset": str(offset), "X-CSRFToken": person._ensure_token()}
    return person.client.patch(address, data=data, headers=headers, content_type=PART)


def offset(person: Person, address: str) -> int:
    response = person.client.head(address, headers=HEADERS)
    assert response.status_code == 200
    return int(response.headers["Upload-Offset"])


def files(app) -> list[Evidence]:
    with app.app_context(), scope.whole_country("a test counts"):
        return list(db.session.query(Evidence))


def test_a_file_sent_in_parts_arrives_whole_under_its_own_name(app, reporter):
    content = one_page_pdf() + b"\n% " + b"x" * 300_000
    created = create(reporter, len(content))
    assert created.status_code == 201
    assert created.headers["Upload-Expires"]
    address = created.headers["Location"]
    half = len(content) // 2
    assert append(reporter, address, 0, content[:half]).headers["Upload-Offset"] == str(half)
    assert files(app) == [], "half a file counts for nothing"
    assert offset(reporter, address) == half
    last = append(reporter, address, half, content[half:])
    assert last.status_code == 204
    assert offset(reporter, address) == len(content)
    [row] = files(app)
    assert (row.original_name, row.sha256) == ("คลิป การใช้งาน.pdf", hashlib.sha256(content).hexdigest())
    assert reporter.get(f"/evidence/{last.headers['X-Evidence-Id']}").data == content


def test_the_first_bytes_may_come_with_the_creation(app, reporter):
    content = one_page_pdf()
    response = create(reporter, len(content), data=content, content_type=PART)
    assert (response.status_code, response.headers["Upload-Offset"]) == (201, str(len(content)))
    assert len(files(app)) == 1


def test_a_part_at_the_wrong_byte_changes_nothing(reporter):
    content = one_page_pdf()
    address = create(reporter, len(content)).headers["Location"]
    append(reporter, address, 0, content[:100])
    assert append(reporter, address, 50, content[50:]).status_code == 409
    assert append(reporter, address, 200, content[200:]).status_code == 409
    assert offset(reporter, address) == 100


class Breaks(io.RawIOBase):
    """A line on which so much comes and then nothing any more."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise ConnectionResetError
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def test_what_came_through_before_the_line_broke_counts(app, reporter):
    """What the web server says of a broken line is known to it alone; the bytes before it are kept all the same."""
    content = one_page_pdf() + b"%" * 100_000
    address = create(reporter, size=len(content)).headers["Location"]
    headers = HEADERS | {"Upload-Offset": "0", "X-CSRFToken": reporter._ensure_token()}
    line = {"wsgi.input": Breaks(content[:70_000]), "CONTENT_LENGTH": str(len(content))}
    reporter.client.patch(address, headers=headers, content_type=PART, environ_overrides=line)
    assert offset(reporter, address) == 70_000
    assert append(reporter, address, 70_000, content[70_000:]).status_code == 204
    (row,) = files(app)
    assert row.sha256 == hashlib.sha256(content).hexdigest()


def test_the_last_part_sent_twice_makes_one_file(app, reporter):
    content = one_page_pdf()
    address = create(reporter, len(content)).headers["Location"]
    append(reporter, address, 0, content)
    assert append(reporter, address, len(content), b"").status_code == 204
    assert len(files(app)) == 1


@pytest.mark.postgresql
def test_more_than_was_announced_is_not_taken(app, reporter):
    content = one_page_pdf()
    address = create(reporter, len(content)).headers["Location"]
    append(reporter, address, 0, content + b"more")
    assert files(app)[0].size_bytes == len(content)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"name": "x.exe"}, 422),
        ({"slot": "criterion.9"}, 404),
        ({"area": "P-CPM-2"}, 404),
        ({"size": 0}, 422),
        ({"size": 51 * 1024 * 1024}, 422),
        ({"name": "clip.mp4", "size": 301 * 1024 * 1024}, 422),
        ({"name": "clip.mp4", "size": 299 * 1024 * 1024}, 201),
    ],
)
def test_what_can_be_known_before_the_first_byte_is_refused_before_it(reporter, changes, status):
    assert create(reporter, **({"size": 1000} | changes)).status_code == status


def test_content_that_is_not_what_the_name_says_is_refused_and_gone(app, reporter):
    content = b"<html><script>alert(1)</script>" + b" " * 500
    response = create(reporter, len(content), name="x.pdf", data=content, content_type=PART)
    assert response.status_code == 422
    assert files(app) == []
    assert under_way(app.extensions["emes_storage"]) == []


def test_a_lesson_that_is_no_pdf_is_refused_here_too(app, reporter):
    content = png()
    response = create(reporter, len(content), name="บทเรียน.png", slot="pa.lesson", data=content, content_type=PART)
    assert response.status_code == 422
    assert files(app) == []


def test_a_full_issue_refuses_at_the_start_and_at_the_end(app, reporter):
    content = one_page_pdf()
    late = create(reporter, len(content)).headers["Location"]
    reporter.upload("criterion.1", *[(f"{n}.pdf", content) for n in range(3)])
    assert create(reporter, len(content)).status_code == 409
    assert append(reporter, late, 0, content).status_code == 409
    assert len(files(app)) == 3


def test_nobody_touches_another_persons_upload(app, reporter, sign_in):
    content = one_page_pdf()
    address = create(reporter, len(content)).headers["Location"]
    for name in ("coordinator.p-cpm-3", "reporter.p-cpm-2"):
        other = sign_in(name)
        assert other.client.head(address, headers=HEADERS).status_code == 404
        assert append(other, address, 0, content).status_code == 404
        assert other.client.delete(address, headers=HEADERS | {"X-CSRFToken": other._ensure_token()}).status_code == 404
    assert offset(reporter, address) == 0


def test_giving_up_forgets_the_bytes(app, reporter):
    content = one_page_pdf()
    address = create(reporter, len(content)).headers["Location"]
    append(reporter, address, 0, content[:100])
    gone = reporter.client.delete(address, headers=HEADERS | {"X-CSRFToken": reporter.token})
    assert gone.status_code == 204
    assert reporter.client.head(address, headers=HEADERS).status_code == 404
    assert under_way(app.extensions["emes_storage"]) == []


@pytest.mark.postgresql
def test_an_abandoned_upload_expires_and_its_bytes_go(app, reporter):
    content = one_page_pdf()
    address = create(reporter, len(content)).headers["Location"]
    append(reporter, address, 0, content[:100])
    app.config["EMES_NOW"] = NOW + timedelta(hours=25)
    with app.app_context():
        worker.run_due()
        with scope.whole_country("a test looks"):
            assert db.session.query(Upload).count() == 0
    assert under_way(app.extensions["emes_storage"]) == []


@pytest.mark.postgresql
def test_a_file_begun_before_closing_is_taken_until_the_grace_is_over(app, reporter):
    from app.models import Round

    content = one_page_pdf()
    with app.app_context():
        closes_at = db.session.query(Round.closes_at).filter_by(code="2566-6").scalar()
    app.config["EMES_NOW"] = closes_at - timedelta(minutes=1)
    person = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    in_time = create(person, len(content)).headers["Location"]
    too_long = create(person, len(content)).headers["Location"]
    app.config["EMES_NOW"] = closes_at + timedelta(minutes=30)
    assert create(person, len(content)).status_code == 409, "nothing new begins after closing"
    assert append(person, in_time, 0, content).status_code == 204
    work = person.patch("/reports/2566-6/P-CPM-3/QP-1", {"problems": ("ทำต่อ", 0)})
    assert work.status_code == 200, "a report begun by a file in time can be worked on in the grace"
    app.config["EMES_NOW"] = closes_at + timedelta(minutes=70)
    late = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    refused = append(late, too_long, 0, content)
    assert (refused.status_code, refused.headers["Upload-Refused"]) == (409, "1"), "the client need not try again"
    assert len(files(app)) == 1


def test_the_protocol_is_announced_and_its_version_demanded(reporter):
    options = reporter.client.options("/uploads/")
    assert options.headers["Tus-Version"] == "1.0.0"
    assert "creation" in options.headers["Tus-Extension"]
    assert options.headers["Tus-Max-Size"] == str(300 * 1024 * 1024)
    reporter._ensure_token()
    assert reporter.client.post("/uploads/", headers={"X-CSRFToken": reporter.token}).status_code == 412
    assert append(reporter, "/uploads/" + "0" * 32, 0, b"x").status_code == 404


@pytest.mark.parametrize(
    "headers", [{"Upload-Length": "abc"}, {"Upload-Length": "-1"}, {"Upload-Metadata": "filename !!!"}, {"Upload-Length": ""}]
)
def test_headers_that_make_no_sense_are_refused(reporter, headers):
    assert create(reporter, 100, headers=headers).status_code in (400, 404, 422)
