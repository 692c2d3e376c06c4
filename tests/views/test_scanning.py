"""The search for viruses, over HTTP and with a real ClamAV: closed to readers until a file is clean, never in the way of the office."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app import clamd, scope, worker, worker_scanning
from app.domain import scanning
from app.exports import archive as writing
from app.extensions import db, transaction
from app.models import Change, Evidence, Notice, OfficeOrder, OutboxMessage, SheetFile
from app.queries import archive as archives
from app.queries import round as rounds
from app.queries import scanning as queries
from app.services import scanning as service
from app.storage import evidence_store
from tests.clamav import SAID, Clamav, Misbehaving, crash, say
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf, pdf
from tests.projects import add, project_of
from tests.reviews import IN_REVIEW, assign, begin_review, hand_in_really, look_into_files
from tests.services.doing import area_id_of, doing, looking
from tests.views.test_deadlines import every
from tests.views.test_operation import told
from tests.views.test_sheets import PAGE, send, slot_of
from tests.views.test_team import TEAM, keep_order
from tests.views.test_uploads import metadata

on_both_databases = "where marked"
BAD = pdf(1) + b"\n% this is the one\n"
WAITS, FOUND = "ยังตรวจไวรัสไม่เสร็จ", "พบไวรัส"
DESK = "/received-files/"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamav]:
    found = Clamav(tmp_path_factory.mktemp("clamav"), BAD).start()
    yield found
    found.stop()


@pytest.fixture
def clamav(app, daemon, monkeypatch) -> None:
    """The installation has a scanner, and it runs."""
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", daemon.url)


@pytest.fixture
def away(app, monkeypatch, tmp_path) -> None:
    """The installation has a scanner, and it does not answer."""
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", f"unix:{tmp_path}/nowhere")


def scan(app) -> int:
    """What the worker does with files that wait."""
    with app.app_context():
        return worker_scanning.scan_what_waits()


def sent(person: Person, name: str = "หลักฐาน.pdf", content: bytes | None = None, slot: str = "criterion.1") -> str:
    answer = person.upload(slot, (name, content or one_page_pdf()))
    assert answer.status_code == 201, answer.text
    evidence_id: str = answer.json["evidence"][0]["id"]
    return evidence_id


def files(app, model: Any = Evidence) -> list[tuple[str, str]]:
    return sorted((row.original_name, row.scan_state) for row in every(app, model))


def beside(page: Any, evidence_id: str) -> str:
    return " ".join(page.xpath(f"//*[@id='file-{evidence_id}']")[0].text_content().split())


# --- as long as a file waits ----------------------------------------------------------------------------------------------------


def test_without_a_scanner_every_file_opens_as_it_lies(app, reporter, central):
    file = sent(reporter)
    assert scan(app) == 0
    assert central.get(f"/evidence/{file}").status_code == 200
    assert "ไวรัส" not in beside(reporter.page(REPORT), file)
    assert files(app) == [("หลักฐาน.pdf", "received")]


@pytest.mark.postgresql
def test_readers_wait_for_the_scan_and_the_office_does_not(app, away, sign_in, reporter):
    file = sent(reporter)
    for name in ("central", "admin", "evaluator1", "analyst"):
        refused = sign_in(name).get(f"/evidence/{file}")
        assert refused.status_code == 423, name
        assert WAITS in refused.text
    assert sign_in("reporter.p-cpm-2").get(f"/evidence/{file}").status_code == 404
    assert reporter.get(f"/evidence/{file}").data == one_page_pdf()
    said = beside(reporter.page(REPORT), file)
    assert "รอตรวจไวรัส" in said and "ทำงานต่อและส่งได้ตามปกติ" in said


@pytest.mark.postgresql
def test_a_report_is_handed_in_and_received_while_the_scanner_is_away(app, away, daemon, monkeypatch, reporter, central):
    number = hand_in_really(app)
    assert scan(app) == 0, "nothing was touched"
    receipt = reporter.page(f"/receipts/{number}").text_content()
    assert "ยังตรวจไวรัสไม่เสร็จ" in receipt and "ใบรับนี้ใช้ได้ตามปกติ" in receipt
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", daemon.url)
    count = len(every(app, Evidence))
    assert count > 2 and scan(app) >= 1
    assert {state for _, state in files(app)} == {"clean"}
    assert "ยังตรวจไวรัส" not in reporter.page(f"/receipts/{number}").text_content()
    assert central.get(f"/evidence/{every(app, Evidence)[0].id}").status_code == 200
    assert scan(app) == 0, "each once"


@pytest.mark.postgresql
def test_the_review_desk_and_its_previews_wait_too(app, away, daemon, monkeypatch, sign_in):
    hand_in_really(app)
    begin_review(app, at=IN_REVIEW)
    assign(app)
    evaluator = sign_in("evaluator1")
    page = evaluator.page("/review/2566-6/P-CPM-3/QP-1")
    viewer = page.xpath("//*[@data-viewer]")[0]
    assert WAITS in viewer.text_content() and not viewer.xpath(".//img | .//a[contains(@href, '/review/evidence/')]")
    file = page.xpath("//*[@data-file]/@data-file")[0]
    for address in ("", "/pages/1"):
        assert evaluator.get(f"/review/evidence/{file}{address}").status_code == 423
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", daemon.url)
    scan(app)
    assert evaluator.get(f"/review/evidence/{file}").status_code == 200
    assert evaluator.page("/review/2566-6/P-CPM-3/QP-1").xpath("//*[@data-viewer]//img")


def test_an_archive_takes_only_what_was_found_clean(app, away):
    number = hand_in_really(app)
    with app.app_context(), scope.whole_country("a test looks"):
        found = rounds.find("2566-6")
        planned = archives.size_of(found, [area_id_of(app, "P-CPM-3")], NOW)
        assert planned.files > 2, number
        for scans, expected in ((True, 0), (False, planned.files)):
            out = io.BytesIO()
            order = writing.Order("2566-6", NOW, planned, in_folders=False, scans=scans)
            dossiers = archives.dossiers(found, [area_id_of(app, "P-CPM-3")], NOW)
            made = writing.write(
                out, order, dossiers, store=evidence_store(), draw=lambda sheet: b"%PDF", progress=lambda done, planned: None
            )
            assert made.files == expected
            assert {told.fault for told in made.faults} == ({writing.Fault.NOT_SCANNED} if scans else set())
            with zipfile.ZipFile(out) as inside:
                assert ("ยังตรวจไวรัสไม่เสร็จ" in inside.read("อ่านก่อน.txt").decode()) is scans


def test_files_of_earlier_releases_are_scanned_when_a_scanner_is_set(app, reporter, central, daemon, monkeypatch):
    old = [sent(reporter, f"{number}.pdf", pdf(1) + b"%%%d" % number, f"criterion.{number}") for number in (1, 2, 3)]
    reporter.delete(f"/evidence/{old[2]}")
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", daemon.url)
    assert central.get(f"/evidence/{old[0]}").status_code == 423, "closed until it was looked at"
    assert scan(app) == 3, "also what was deleted: whoever reviews an earlier hand-in reads it"
    assert central.get(f"/evidence/{old[0]}").status_code == 200


# --- a virus --------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_file_with_a_virus_opens_to_nobody_and_the_office_is_told_at_once(app, clamav, reporter, sign_in):
    file, good = sent(reporter, "แผน.pdf", BAD), sent(reporter, "ดี.pdf", slot="criterion.2")
    assert scan(app) == 2
    assert files(app) == [("ดี.pdf", "clean"), ("แผน.pdf", "infected")]
    for name in ("reporter.p-cpm-3", "coordinator.p-cpm-3", "central", "admin", "evaluator1"):
        refused = sign_in(name).get(f"/evidence/{file}?view=1")
        assert (refused.status_code, FOUND in refused.text) == (403, True), name
        assert sign_in(name).get(f"/evidence/{good}").status_code == 200
    said = beside(reporter.page(REPORT), file)
    assert SAID in said and "ลบแล้วแนบไฟล์" in said
    inbox = reporter.page("/inbox/")
    assert "แผน.pdf" in inbox.text_content() and SAID in inbox.text_content()
    notices = [row for row in every(app, Notice) if row.kind == "file_infected"]
    assert {row.path for row in notices} == {REPORT} and len(notices) == 3, "reporter, coordinator, director"
    mails = [row for row in every(app, OutboxMessage) if row.context.get("kind") == "file_infected"]
    assert sorted(row.recipient.partition("@")[0] for row in mails) == sorted(
        f"{duty}.p-cpm-3" for duty in ("reporter", "coordinator", "director")
    )
    assert "แผน.pdf" in sign_in("central").page("/inbox/").text_content()
    assert [row.new_value for row in every(app, Change) if row.what == "virus found"] == [f"แผน.pdf: {SAID}"]
    # Told once, however often it is looked at; the office mends it by itself.
    with doing(app), scope.whole_country("a test"):
        service.note(every(app, Evidence)[0].storage_key, scanning.Verdict(scanning.ScanState.CLEAN), now=NOW)
    assert files(app)[1] == ("แผน.pdf", "infected"), "what was found stays found"
    reporter.delete(f"/evidence/{file}")
    sent(reporter, "แผนใหม่.pdf", pdf(2))
    scan(app)
    assert ("แผนใหม่.pdf", "clean") in files(app)


def test_a_file_with_a_virus_is_used_nowhere_else(app, clamav, reporter):
    file = sent(reporter, "แผน.pdf", BAD)
    copy = reporter.post(f"{REPORT}/evidence", {"source": file, "slot": "criterion.2"}, json_answer=True)
    assert copy.status_code == 201, "as long as nobody knows"
    assert scan(app) == 1, "the same bytes are scanned once"
    assert files(app) == [("แผน.pdf", "infected")] * 2
    refused = reporter.post(f"{REPORT}/evidence", {"source": file, "slot": "criterion.3"}, json_answer=True)
    assert refused.status_code == 422 and FOUND in refused.json["error"]


def test_a_citation_of_a_clean_file_is_clean_at_once(app, clamav, reporter, central):
    file = sent(reporter)
    scan(app)
    cited = reporter.post(f"{REPORT}/evidence", {"source": file, "slot": "criterion.2"}, json_answer=True)
    assert central.get(f"/evidence/{cited.json['evidence'][0]['id']}").status_code == 200
    assert scan(app) == 0


@pytest.mark.postgresql
def test_in_a_report_that_was_handed_in_it_is_replaced_by_way_of_a_return(app, clamav, sign_in):
    hand_in_really(app, files=[("criterion.1", "แผน.pdf", BAD)])
    begin_review(app, at=IN_REVIEW)
    assign(app)
    scan(app)
    evaluator, reporter = sign_in("evaluator1"), sign_in("reporter.p-cpm-3")
    page = evaluator.page("/review/2566-6/P-CPM-3/QP-1")
    bad = next(tab.get("data-file") for tab in page.xpath("//*[@data-file]") if "แผน" in tab.get("title"))
    shown = evaluator.page(f"/review/2566-6/P-CPM-3/QP-1?file={bad}").xpath("//*[@data-viewer]")[0].text_content()
    assert "โปรดส่งรายการนี้กลับให้แก้ไข" in shown
    assert reporter.delete(f"/evidence/{bad}").status_code == 409
    due = "15/12/2569 10.00"
    point = {"point": ["criterion.1"], "what.criterion.1": "ไฟล์แผนมีไวรัส โปรดแนบใหม่", "due_at": due}
    assert evaluator.post("/review/2566-6/P-CPM-3/QP-1/return", point).status_code == 303
    assert reporter.delete(f"/evidence/{bad}").status_code == 200
    sent(reporter, "แผนใหม่.pdf", pdf(2))
    scan(app)
    assert reporter.post(f"{REPORT}/submit", json_answer=True).status_code == 200
    again = evaluator.page("/review/2566-6/P-CPM-3/QP-1")
    assert "แผนใหม่" in again.text_content() and FOUND not in again.xpath("//*[@data-viewer]")[0].text_content()


# --- what cannot be scanned -----------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.parametrize(("behave", "why"), [(crash, "หยุดกลางคัน"), (say(b"stream: Failed ERROR\0"), "ขัดข้อง")])
def test_a_file_with_which_the_scanner_breaks_off_waits_longer_each_time_and_is_never_clean(
    app, reporter, sign_in, monkeypatch, behave, why
):
    misbehaving = Misbehaving(behave)
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", misbehaving.url)
    monkeypatch.setattr(clamd, "ANSWER_SECONDS", 1)
    file, moment = sent(reporter), NOW
    try:
        for tried in range(1, scanning.MOST_TRIES + 1):
            app.config["EMES_NOW"] = moment
            assert scan(app) == 1 and scan(app) == 0, "not again at once"
            assert misbehaving.asked == tried
            assert sign_in("central").get(f"/evidence/{file}").status_code == 423
            moment += scanning.pause_after(tried)
    finally:
        misbehaving.stop()
    assert files(app) == [("หลักฐาน.pdf", "failed")]
    assert why in sign_in("central").page(DESK).text_content()
    reporter = sign_in("reporter.p-cpm-3")
    assert reporter.get(f"/evidence/{file}").status_code == 200
    assert "ตรวจไวรัสไม่ได้" in beside(reporter.page(REPORT), file)


@pytest.mark.postgresql
def test_an_administrator_decides_on_a_large_file_on_the_record(app, clamav, sign_in, reporter):
    large = pdf(1) + b"%" * 1_200_000
    file = sent(reporter, "ใหญ่.pdf", large)
    assert scan(app) == 1 and files(app) == [("ใหญ่.pdf", "failed")]
    central, admin = sign_in("central"), sign_in("admin")
    assert "StreamMaxLength" in central.page(DESK).text_content()
    release = f"{DESK}evidence/{file}/release"
    assert central.post(release, {"reason": "ตรวจแล้ว"}).status_code == 403
    assert reporter.post(release, {"reason": "ตรวจแล้ว"}).status_code == 403
    assert "เหตุผล" in (refused := admin.post(release, {"reason": " "})).text and refused.status_code == 422
    assert central.get(f"/evidence/{file}").status_code == 423
    # Scanned again after the scanner was given more room: here it is as it was.
    assert admin.post(f"{DESK}evidence/{file}/again").status_code == 303
    assert files(app) == [("ใหญ่.pdf", "received")]
    scan(app)
    assert admin.post(release, {"reason": "คลิปจากกล้องของสำนักงานเขต ตรวจด้วยโปรแกรมอื่นแล้ว"}).status_code == 303
    assert central.get(f"/evidence/{file}").data == large
    (change,) = [row for row in every(app, Change) if row.what == "opened without a scan"]
    assert "ตรวจด้วยโปรแกรมอื่นแล้ว" in change.new_value and change.actor_name
    for address in (release, f"{DESK}evidence/{file}/again"):
        assert admin.post(address, {"reason": "อีกครั้ง"}).status_code == 409
    assert admin.post(f"{DESK}nothing/1/release", {"reason": "x"}).status_code == 404
    assert admin.post(f"{DESK}evidence/1/release", {"reason": "x"}).status_code == 404


def test_a_virus_is_released_by_nobody(app, clamav, sign_in, reporter):
    file = sent(reporter, "แผน.pdf", BAD)
    scan(app)
    admin = sign_in("admin")
    assert admin.post(f"{DESK}evidence/{file}/release", {"reason": "ไม่เป็นไร"}).status_code == 409
    assert admin.post(f"{DESK}evidence/{file}/again").status_code == 409
    assert files(app) == [("แผน.pdf", "infected")]


def test_a_file_that_is_not_in_the_store_could_not_be_scanned(app, clamav, reporter):
    sent(reporter)
    with looking(app), transaction():
        db.session.query(Evidence).one().storage_key = "aa/nothing"
    scan(app)
    assert files(app) == [("หลักฐาน.pdf", "failed")]


@pytest.mark.postgresql
def test_a_worker_that_died_leaves_its_file_to_the_next_and_two_take_different_ones(app, clamav, reporter):
    sent(reporter, "1.pdf", pdf(1) + b"%1"), sent(reporter, "2.pdf", pdf(1) + b"%2")
    with doing(app), scope.whole_country("a test"):
        first = service._take(now=NOW)
    assert first is not None
    assert "กำลังตรวจไวรัส" in reporter.page(REPORT).text_content()
    assert scan(app) == 1, "the other one"
    assert files(app) == [("1.pdf", "scanning"), ("2.pdf", "clean")]
    app.config["EMES_NOW"] = NOW + scanning.LEASE
    assert scan(app) == 1
    assert files(app) == [("1.pdf", "clean"), ("2.pdf", "clean")]


# --- files of the other jobs ----------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_files_of_projects_and_orders_are_scanned_and_closed_the_same(app, clamav, reporter, sign_in):
    add(app, whole=False)
    with looking(app):
        sheet = project_of(1).sheet_id
    file = send(reporter, sheet, slot_of(reporter, PAGE), "โครงการ.pdf", BAD).json["files"][0]["id"]
    coordinator, central = sign_in("coordinator.p-cpm-3"), sign_in("central")
    keep_order(coordinator, "1/2566", "05/01/2566", content=pdf(1) + b"%order")
    order = coordinator.page(TEAM).xpath("//section[@aria-labelledby='appointing']//li[1]//a/@href")[0]
    assert [central.get(address).status_code for address in (f"/sheets/files/{file}", order)] == [423, 423]
    assert "รอตรวจไวรัส" in reporter.page(PAGE).text_content()
    assert scan(app) == 2
    assert (files(app, SheetFile), files(app, OfficeOrder)) == (
        [("โครงการ.pdf", "infected")],
        [("คำสั่ง.pdf", "clean")],
    )
    assert [central.get(address).status_code for address in (f"/sheets/files/{file}", order)] == [403, 200]
    assert {row.path for row in every(app, Notice) if row.kind == "file_infected"} == {PAGE}
    desk = central.page(DESK).text_content()
    assert "โครงการ.pdf" in desk and SAID in desk


# --- whoever keeps it running ---------------------------------------------------------------------------------------------------


def test_figures_and_the_desk_say_how_the_scan_stands(app, clamav, away, daemon, monkeypatch, reporter, central, stranger):
    app.config["EMES_NOW"] = NOW - timedelta(minutes=30)
    sent(reporter, "แผน.pdf", BAD)
    app.config["EMES_NOW"] = NOW
    figures = told(stranger.client.get("/metrics"))
    assert figures["emes_scan_waits_seconds"] == 1800 and figures['emes_scans{state="received"}'] == 1
    assert "โปรแกรมตรวจไวรัสไม่ตอบ" in central.page(DESK).text_content()
    doctor = app.test_cli_runner().invoke(args=["doctor"])
    assert doctor.exit_code == 1 and "the virus scanner does not answer" in doctor.output
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", daemon.url)
    scan(app)
    figures = told(stranger.client.get("/metrics"))
    assert figures['emes_scans{state="infected"}'] == 1 and figures["emes_scan_waits_seconds"] == 0
    page = central.page(DESK).text_content()
    assert "โปรแกรมตรวจไวรัสทำงานอยู่" in page and "ClamAV" in page and "แผน.pdf" in page
    assert "virus scanner" not in app.test_cli_runner().invoke(args=["doctor"]).output


def test_without_a_scanner_no_figure_pretends_that_there_is_one(stranger, central):
    assert not [name for name in told(stranger.client.get("/metrics")) if "scan" in name]
    assert "EMES_CLAMAV_URL" in central.page(DESK).text_content()


def test_old_signatures_are_told_to_whoever_asks(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_CLAMAV_URL", "tcp://127.0.0.1:1")
    for version, complains in (
        ("ClamAV 1.4.6/27800/Mon Nov 16 08:00:00 2026", False),
        ("ClamAV 1.4.6/27700/Mon Nov 02 08:00:00 2026", True),
        ("ClamAV 1.4.6", False),
    ):
        monkeypatch.setattr(clamd.Clamd, "version", lambda self, version=version: version)
        assert ("days old" in app.test_cli_runner().invoke(args=["doctor"]).output) is complains


def test_the_worker_scans_with_everything_else_that_is_due(app, clamav, reporter):
    sent(reporter)
    with app.app_context():
        assert worker.run_due()["scanned"] == 1
    look_into_files(app)
    with looking(app):
        assert queries.counts()["clean"] == 1


# --- the room of an office ------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_mebibyte(app, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "EMES_OFFICE_QUOTA_MB", 1)


BIG = pdf(1) + b"%" * 700_000


@pytest.mark.postgresql
def test_an_office_that_used_its_room_is_told_so_with_what_it_used(app, one_mebibyte, reporter, sign_in, monkeypatch):
    first = sent(reporter, "ใหญ่.pdf", BIG)
    refused = reporter.upload("criterion.2", ("อีกไฟล์.pdf", BIG))
    assert refused.status_code == 413
    assert "ใช้พื้นที่เก็บไฟล์ไปแล้ว 1 MB จาก 1 MB" in refused.json["error"]
    assert reporter.upload("criterion.2", ("เล็ก.pdf", one_page_pdf())).status_code == 201
    copy = reporter.post(f"{REPORT}/evidence", {"source": first, "slot": "criterion.3"}, json_answer=True)
    assert copy.status_code == 201, "the same bytes take no more room"
    other = sign_in("reporter.p-cpm-2")
    report = REPORT.replace("P-CPM-3", "P-CPM-2")
    assert other.upload("criterion.1", ("ใหญ่.pdf", BIG), report=report).status_code == 201, "another office has its own"
    table = sign_in("admin").page(f"{DESK}?round=2566-6").xpath("//section[@aria-labelledby='room']//tbody/tr")
    assert len(table) == 2 and "67 %" in table[0].text_content()
    for id in (first, copy.json["evidence"][0]["id"]):
        reporter.delete(f"/evidence/{id}")
    assert reporter.upload("criterion.2", ("อีกไฟล์.pdf", BIG)).status_code == 201, "what is deleted makes room"
    monkeypatch.setitem(app.config, "EMES_OFFICE_QUOTA_MB", 0)
    assert reporter.upload("criterion.3", ("อีกไฟล์.pdf", BIG)).status_code == 201


def test_the_room_is_asked_before_the_body_is_read(app, one_mebibyte, reporter, monkeypatch):
    sent(reporter, "ใหญ่.pdf", BIG)
    kept = []
    monkeypatch.setattr(type(app.extensions["emes_storage"]), "receive", lambda self: kept.append(1))
    refused = reporter.upload("criterion.2", ("อีกไฟล์.pdf", BIG))
    assert (refused.status_code, kept) == (413, [])
    page = reporter.post(
        f"{REPORT}/evidence",
        {"slot": "criterion.2", "file": (io.BytesIO(BIG), "อีกไฟล์.pdf")},
        content_type="multipart/form-data",
    )
    assert page.status_code == 413 and "1 MB" in page.text and kept == []


def test_a_resumable_upload_is_refused_when_it_begins(app, one_mebibyte, reporter):
    where = {"round": "2566-6", "area": "P-CPM-3", "indicator": "QP-1", "slot": "criterion.1", "filename": "คลิป.mp4"}
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(2 * 1024 * 1024),
        "Upload-Metadata": metadata(**where),
        "X-CSRFToken": reporter._ensure_token(),
        "Accept": "application/json",
    }
    refused = reporter.client.post("/uploads/", headers=headers)
    assert refused.status_code == 413 and "จาก 1 MB" in refused.json["error"]


def test_sheets_of_a_year_have_a_room_of_their_own(app, one_mebibyte, reporter):
    add(app, whole=False)
    with looking(app):
        sheet = project_of(1).sheet_id
    slot = slot_of(reporter, PAGE)
    sent(reporter, "ใหญ่.pdf", BIG)
    assert send(reporter, sheet, slot, "โครงการ.pdf", BIG).status_code == 201
    refused = send(reporter, sheet, slot, "โครงการ 2.pdf", BIG)
    assert refused.status_code == 413 and "จาก 1 MB" in refused.json["error"]
