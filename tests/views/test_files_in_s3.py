"""Files in S3 as people meet them: the same answers as from a folder, byte for byte and header for header, and plain words while it is away."""

from __future__ import annotations

import hashlib
import io
import shutil
from contextlib import contextmanager
from uuid import uuid4

import pytest

from app.storage import FolderStore, evidence_store
from app.storage.s3 import S3Store
from app.storage.s3_objects import Address
from tests.cli.running import run, well
from tests.deployment import move_files_to_s3
from tests.files import clip
from tests.person import REPORT, one_page_pdf

ASKED: list[dict[str, str]] = [
    {},
    {"Range": "bytes=0-99"},
    {"Range": "bytes=100-"},
    {"Range": "bytes=-7"},
    {"Range": "bytes=999999999-"},
    {"Range": "bytes=0-9,20-29"},
    {"If-None-Match": '"{etag}"'},
    {"If-Range": '"{etag}"', "Range": "bytes=5-9"},
    {"If-Range": '"other"', "Range": "bytes=5-9"},
]
# They tell of the moment and of the request, not of the file.
_OF_THE_MOMENT = {"Date", "Expires", "X-Request-Id", "Set-Cookie", "Content-Security-Policy"}


def answers(person, address: str, key: str) -> list[tuple[int, bytes, dict[str, str]]]:
    """What is answered to every way of asking, GET and HEAD."""
    found = []
    for headers in ASKED:
        sent = {name: value.format(etag=key) for name, value in headers.items()}
        for method in ("GET", "HEAD"):
            answer = person.client.open(address, method=method, headers=sent)
            told = {name: value for name, value in answer.headers.items() if name not in _OF_THE_MOMENT}
            found.append((answer.status_code, answer.data if answer.status_code != 416 else b"", told))
    return found


@pytest.mark.only_small("compares a folder with S3")
@pytest.mark.parametrize(
    ("slot", "name", "content"), [("criterion.1", "ก.pdf", one_page_pdf()), ("criterion.3", "ค.mp4", clip())]
)
def test_a_download_is_the_same_from_either_store_whole_in_ranges_and_on_condition(app, reporter, request, slot, name, content):
    uploaded = reporter.upload(slot, (name, content)).json["evidence"][0]
    with app.app_context():
        folder = evidence_store()
        assert isinstance(folder, FolderStore)
        key = next(key for key in folder.keys() if folder.sha256_of(key) == hashlib.sha256(content).hexdigest())
    address = f"/evidence/{uploaded['id']}"
    from_folder = answers(reporter, address, key)
    assert [status for status, _, _ in from_folder[::2]] == [200, 206, 206, 206, 416, 416, 304, 206, 200]
    move_files_to_s3(app, request.getfixturevalue("swift"), request.getfixturevalue("bucket"))
    from_s3 = answers(reporter, address, key)
    for (status, body, told), (status_s3, body_s3, told_s3) in zip(from_folder, from_s3, strict=True):
        if "Last-Modified" in told:  # the server says when the object came
            told["Last-Modified"] = told_s3["Last-Modified"]
        assert (status_s3, body_s3, told_s3) == (status, body, told)


@pytest.fixture
def in_s3(app, swift, bucket):
    move_files_to_s3(app, swift, bucket)
    return app.extensions["emes_storage"]


def test_files_are_verified_swept_and_packed(app, in_s3, reporter):
    uploaded = reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).json["evidence"][0]
    before = set(in_s3.keys())
    orphan = in_s3.keep_bytes(b"orphan").key
    assert well(app, "verify")[0] == "checked 6 files: 0 faults, 1 files that no row refers to"
    assert "swept: 0" in well(app, "run-due")
    in_s3.orphan_grace_seconds = -60
    assert "swept: 1" in well(app, "run-due")
    assert set(in_s3.keys()) == before and orphan not in before
    key = next(key for key in before if in_s3.sha256_of(key) == uploaded["sha256"])
    in_s3.put(key, io.BytesIO(b"rotten"), size=6, sha256=hashlib.sha256(b"rotten").hexdigest())
    assert "differs: ก.pdf" in run(app, "verify").output
    in_s3.delete(key)
    result = run(app, "verify")
    assert (result.exit_code, "missing: ก.pdf" in result.output) == (1, True)
    assert reporter.get(f"/evidence/{uploaded['id']}").status_code == 404


@contextmanager
def away(app):
    """The store of this installation does not answer."""
    kept = app.extensions["emes_storage"]
    spool = app.config["EMES_DATA_DIR"] / f"spool-{uuid4().hex}"
    address = Address("emes", "x", endpoint="http://127.0.0.1:9", key_id="a", secret="b", region="us-east-1")
    app.extensions["emes_storage"] = S3Store(address, spool)
    yield
    assert list(spool.iterdir()) == [], "nothing of what could not be kept lies about"
    shutil.rmtree(spool)
    app.extensions["emes_storage"] = kept


def test_while_the_store_is_away_files_wait_in_plain_words_and_everything_else_goes_on(app, in_s3, reporter, stranger):
    uploaded = reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).json["evidence"][0]
    with away(app):
        refused = reporter.upload("criterion.2", ("ข.pdf", one_page_pdf()))
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
        assert "เข้าถึงไฟล์ไม่ได้" in refused.json["error"]
        page = reporter.get(f"/evidence/{uploaded['id']}")
        assert (page.status_code, "เข้าถึงไฟล์ไม่ได้" in page.text) == (503, True)
        assert reporter.patch(REPORT, {"problems": ("ยังบันทึกได้", 0)}).status_code == 200
        assert reporter.get(REPORT).status_code == 200
        ready = stranger.client.get("/health/ready")
        assert (ready.status_code, ready.json["not_ready"]) == (503, ["store"])
        assert stranger.client.get("/health/live").status_code == 200
        told = run(app, "doctor")
        assert (told.exit_code, "the evidence store is not usable: s3://emes/x: EndpointConnectionError" in told.output) == (
            1,
            True,
        )
        verified = run(app, "verify")
        assert (verified.exit_code, "the files can't be verified" in verified.output) == (1, True)
    assert reporter.get(f"/evidence/{uploaded['id']}").data == one_page_pdf()
    assert stranger.client.get("/health/ready").status_code == 200
    assert well(app, "verify")[0] == "checked 6 files: 0 faults, 0 files that no row refers to"
