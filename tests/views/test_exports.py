"""Files of a round are asked for, made in the background, taken, and let go: for the centre and for an office."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from app import scope, worker
from app.domain.exporting import KEPT_FOR, MOST_ATTEMPTS, MOST_WAITING
from app.exports import making
from app.extensions import db, transaction
from app.models import Area, Change, Export, Notice
from app.scope import whole_country
from app.storage import evidence_store
from tests.conftest import NOW
from tests.person import one_page_pdf
from tests.results import Given, put_outcome, put_release
from tests.reviews import assign, begin_review, put_handed_in, words
from tests.services.doing import user_id_of
from tests.views.test_statements import cost

on_both_databases = "where marked"
on_both_stores = True
DESK = "/exports/2566-6/"
OWN = "/exports/2566-6/P-CPM-3/"


def make_all(app) -> int:
    """What the worker does until nothing waits. Answers how many files were made or given up."""
    with app.app_context(), scope.acting_as(worker.JOB):
        made = 0
        while worker.make_export():
            made += 1
        return made


def ask(person, what: str, desk: str = DESK, **narrowed: str):
    answer = person.post(desk, {"what": what, **narrowed})
    assert answer.status_code == 303, answer.text
    return answer


def exports(app) -> list[Export]:
    with app.app_context(), whole_country("a test looks"):
        return list(db.session.query(Export).order_by(Export.id))


def taken(person, number: int = -1, desk: str = DESK) -> bytes:
    """The content of a file that stands ready on the desk; the latest stands first there."""
    links = person.page(desk).xpath("//a[contains(@href, '/files/')]/@href")
    answer = person.get(links[0] if number == -1 else next(link for link in links if link.endswith(f"/{number}")))
    assert answer.status_code == 200
    return answer.data


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "Excel reads it as Thai by this mark"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def analyst(sign_in):
    return sign_in("analyst")


@pytest.mark.postgresql
def test_the_desk_says_how_much_there_is_before_it_is_asked_for(app, analyst):
    said = words(analyst.page(DESK).xpath("//section[@aria-labelledby='offered']")[0])
    assert "245 เขต" in said
    assert "2,940 รายงาน" in said
    narrowed = words(analyst.page(f"{DESK}?region=south&kind=secondary&indicator=QP-1").xpath("//*[@id='told']")[0])
    with app.app_context():
        fitting = db.session.query(Area).filter_by(region="south", kind="secondary", active=True).count()
    assert narrowed.startswith(f"{fitting} เขต · {fitting} รายงาน")


def test_a_file_waits_is_made_and_is_taken_under_a_thai_name(app, analyst):
    put_handed_in(app, "P-CPM-3", "QP-1", level="4")
    ask(analyst, "reports.csv")
    page = analyst.page(DESK)
    assert "รอคิวจัดทำ" in words(page.xpath("//table[contains(@class,'files')]")[0])
    assert make_all(app) == 1
    (row,) = exports(app)
    assert (row.state, row.counts["total"], row.percent) == ("done", 2940, 100)
    rows = rows_of(taken(analyst))
    assert len(rows) == 2941
    sent = [line for line in rows if "ส่งแล้ว" in line]
    assert [(line[0], line[6], line[9]) for line in sent] == [("P-CPM-3", "QP-1", "ส่งแล้ว")]
    answer = analyst.get(f"{DESK}files/{row.id}")
    assert "filename*=UTF-8''e-MES" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_who_took_a_file_is_noted_once_for_one_download(app, analyst, central):
    ask(analyst, "evidence.csv")
    make_all(app)
    (row,) = exports(app)
    analyst.get(f"{DESK}files/{row.id}")
    rest = central.get(f"{DESK}files/{row.id}", headers={"Range": "bytes=10-20"})
    assert rest.status_code == 206
    (row,) = exports(app)
    assert (row.taken, row.last_taken_by_name) == (1, "นักวิเคราะห์ สาธิต"), "a download that goes on is no second one"
    said = words(central.page(DESK).xpath("//table[contains(@class,'files')]")[0])
    assert "1 ครั้ง" in said
    assert said.count("นักวิเคราะห์ สาธิต") == 2, "who asked and who took"
    with app.app_context(), whole_country("a test looks"):
        noted = [change.what for change in db.session.query(Change).filter_by(subject=f"export:{row.id}").order_by(Change.id)]
    assert noted == ["asked", "taken"]


def test_a_broken_download_goes_on_where_it_broke_off(app, analyst):
    ask(analyst, "reports.csv")
    make_all(app)
    (row,) = exports(app)
    address = f"{DESK}files/{row.id}"
    whole = analyst.get(address).data
    cut = len(whole) * 6 // 10
    rest = analyst.get(address, headers={"Range": f"bytes={cut}-"})
    assert rest.status_code == 206
    assert whole[:cut] + rest.data == whole


def test_who_asked_is_told_in_the_inbox(app, analyst):
    ask(analyst, "quantities.csv")
    make_all(app)
    with app.app_context():
        (notice,) = db.session.query(Notice).filter_by(kind="export_ready").all()
    assert notice.path == DESK
    assert "พร้อมดาวน์โหลดแล้ว" in words(analyst.page("/inbox/"))


def test_an_identical_file_is_given_out_again_until_something_changes(app, analyst, central):
    put_handed_in(app, "P-CPM-3", "QP-1")
    ask(analyst, "reports.csv")
    make_all(app)
    ask(central, "reports.csv")
    first, second = exports(app)
    assert (second.state, second.was_reused, second.storage_key) == ("done", True, first.storage_key)
    assert "ข้อมูลยังไม่เปลี่ยน" in words(central.page(DESK))
    ask(central, "reports.csv", region="north")
    ask(central, "reports.xlsx")
    assert [row.state for row in exports(app)[2:]] == ["waiting", "waiting"], "narrowed or in another format it is another file"
    make_all(app)
    put_handed_in(app, "P-CPM-2", "QP-1")
    ask(central, "reports.csv")
    assert exports(app)[-1].state == "waiting", "a report came in meanwhile"


@pytest.mark.postgresql
def test_two_that_ask_for_the_same_at_once_have_it_made_once(app, analyst, central, monkeypatch):
    ask(analyst, "reports.csv")
    ask(central, "reports.csv")
    made = []
    real = making.make
    monkeypatch.setattr(making, "make", lambda row, *more, **named: made.append(row.id) or real(row, *more, **named))
    make_all(app)
    first, second = exports(app)
    assert made == [first.id]
    assert (second.state, second.was_reused, second.sha256) == ("done", True, first.sha256)


@pytest.mark.postgresql
def test_whoever_waits_sees_the_queue_and_can_cancel(app, analyst, central):
    ask(analyst, "reports.csv")
    ask(central, "evidence.csv")
    first, second = exports(app)
    news = central.get(f"{DESK}live?ids={first.id},{second.id},77,x").json
    assert {one["id"]: one["says"] for one in news} == {first.id: "รอคิวจัดทำ", second.id: "รออีก 1 ไฟล์"}
    assert analyst.post(f"{DESK}files/{second.id}/cancel").status_code == 403, "somebody else's, and the analyst runs no round"
    assert central.post(f"{DESK}files/{first.id}/cancel").status_code == 303
    assert [row.state for row in exports(app)] == ["cancelled", "waiting"]
    assert make_all(app) == 1
    assert [row.state for row in exports(app)] == ["cancelled", "done"]
    assert analyst.get(f"{DESK}files/{first.id}").status_code == 404


@pytest.mark.postgresql
def test_a_file_that_is_cancelled_while_it_is_made_leaves_nothing_behind(app, analyst, monkeypatch):
    ask(analyst, "reports.csv")

    def say(found, target, folder, progress, **_):
        target.write_bytes(b"half")
        with transaction():
            db.session.query(Export).filter_by(id=found.id).update({"state": "cancelled"})
        progress(1, 2)
        raise AssertionError("what it was told stops it")

    monkeypatch.setattr(making, "make", say)
    make_all(app)
    assert [one.state for one in exports(app)] == ["cancelled"]
    with app.app_context():
        monkeypatch.setattr(evidence_store(), "orphan_grace_seconds", -60)
        assert evidence_store().sweep(set(evidence_store().keys())) == 0, "nothing half made lies there"


@pytest.mark.postgresql
def test_a_file_that_cannot_be_made_is_tried_again_and_then_said_to_be_lost(app, analyst, monkeypatch):
    ask(analyst, "reports.csv")

    def break_down(*_, **__):
        raise OSError("/var/secret/path")

    monkeypatch.setattr(making, "make", break_down)
    assert make_all(app) == MOST_ATTEMPTS
    (row,) = exports(app)
    assert (row.state, row.attempts) == ("failed", MOST_ATTEMPTS)
    page = analyst.page(DESK)
    assert "จัดทำไฟล์ไม่สำเร็จ" in words(page)
    assert "secret" not in page.text_content()


@pytest.mark.postgresql
def test_a_worker_that_ends_in_the_middle_leaves_the_file_to_the_next(app, analyst):
    ask(analyst, "reports.csv")
    with app.app_context(), whole_country("a test ends a worker"), transaction():
        db.session.query(Export).update({"state": "running", "attempts": 1, "started_at": NOW})
    assert make_all(app) == 1
    assert exports(app)[0].state == "done"


@pytest.mark.postgresql
def test_after_its_time_a_file_is_let_go_and_its_bytes_with_it(app, analyst, sign_in):
    ask(analyst, "reports.csv")
    make_all(app)
    (row,) = exports(app)
    app.config["EMES_NOW"] = NOW + KEPT_FOR + timedelta(minutes=1)
    analyst = sign_in("analyst")
    assert analyst.get(f"{DESK}files/{row.id}").status_code == 404
    with app.app_context(), scope.acting_as(worker.JOB):
        worker.sweep()
    (after,) = exports(app)
    assert (after.state, after.storage_key) == ("expired", "")
    assert "หมดอายุแล้ว" in words(analyst.page(DESK))
    ask(analyst, "reports.csv")
    assert exports(app)[-1].state == "waiting", "what is over is not given out again"


def test_the_sweeper_keeps_what_can_be_taken(app, analyst, monkeypatch):
    ask(analyst, "reports.csv")
    make_all(app)
    monkeypatch.setattr("app.storage.EvidenceStore.orphan_grace_seconds", -1)
    with app.app_context(), scope.acting_as(worker.JOB):
        worker.sweep()
    assert len(rows_of(taken(analyst))) == 2941


@pytest.mark.postgresql
def test_nobody_fills_the_queue_alone(app, analyst, central):
    for number in range(MOST_WAITING):
        ask(analyst, "reports.csv", region=("north", "northeast", "central_east", "south", "")[number])
    refused = analyst.post(DESK, {"what": "evidence.csv"})
    assert refused.status_code == 409
    assert f"{MOST_WAITING} ไฟล์ยังจัดทำไม่เสร็จ" in refused.text
    ask(central, "evidence.csv")


@pytest.mark.parametrize("what", ["", "reports", "reports.exe", "workbook.csv", "letters.xlsx", "archive.pdf"])
def test_what_there_is_not_is_refused(app, analyst, what):
    assert analyst.post(DESK, {"what": what}).status_code == 422
    assert exports(app) == []


def test_figures_and_offices_that_do_not_exist_are_refused(app, analyst):
    for wrong in ({"basis": "7"}, {"office": "P-XXX-9"}):
        answer = analyst.post(DESK, {"what": "reports.csv", **wrong})
        assert answer.status_code == 422
        assert "errsum" in answer.text
    assert analyst.post(DESK, {"what": "paper.pdf"}).status_code == 422, "a PDF is of one office"


@pytest.mark.postgresql
def test_frozen_figures_stay_what_they_were(app, analyst, central):
    report = put_handed_in(app, "P-CPM-3", "QP-1", level="4")
    put_outcome(app, report, 3)
    assert central.post("/publication/2566-6/datasets/", {"note": "ก่อนแก้"}).status_code == 303
    put_outcome(app, put_handed_in(app, "P-CPM-2", "QP-1", level="5"), 5)
    for basis in ("1", ""):
        ask(analyst, "reports.csv", basis=basis)
    make_all(app)
    frozen, live = (rows_of(taken(analyst, row.id)) for row in exports(app))
    state, level = frozen[0].index("สถานะ"), frozen[0].index("ผลประเมิน")

    def told(rows: list[list[str]]) -> dict[str, tuple[str, str]]:
        return {row[0]: (row[state], row[level]) for row in rows if row[6] == "QP-1" and row[0] in ("P-CPM-3", "P-CPM-2")}

    assert told(frozen) == {"P-CPM-3": ("ส่งแล้ว", "3"), "P-CPM-2": ("ยังไม่ส่ง", "")}
    assert told(live) == {"P-CPM-3": ("ส่งแล้ว", "3"), "P-CPM-2": ("ส่งแล้ว", "5")}


def test_an_office_takes_its_own_and_nothing_of_others(app, sign_in):
    put_handed_in(app, "P-CPM-3", "QP-1", level="4")
    put_handed_in(app, "P-CPM-2", "QP-1", level="5")
    coordinator = sign_in("coordinator.p-cpm-3")
    ask(coordinator, "workbook.xlsx", OWN)
    make_all(app)
    content = taken(coordinator, desk=OWN)
    inside = text_of(content)
    assert "สพป.ชัยภูมิ เขต 3" in inside
    assert "ชัยภูมิ เขต 2" not in inside
    (row,) = exports(app)
    stranger = sign_in("coordinator.p-cpm-2")
    assert stranger.get(f"{OWN}files/{row.id}").status_code == 404
    assert stranger.get(f"/exports/2566-6/P-CPM-2/files/{row.id}").status_code == 404
    assert stranger.post(f"{OWN}files/{row.id}/cancel").status_code == 404
    assert "P-CPM-3" not in stranger.page("/exports/2566-6/P-CPM-2/").xpath("//main")[0].text_content()


def test_an_office_never_meets_a_file_of_the_centre(app, analyst, sign_in):
    ask(analyst, "reports.csv", office="P-CPM-3")
    make_all(app)
    (row,) = exports(app)
    director = sign_in("director.p-cpm-3")
    assert director.get(f"{OWN}files/{row.id}").status_code == 404
    assert director.get(f"{DESK}files/{row.id}").status_code == 403
    assert "รายงานทั้งหมด" not in words(director.page(OWN).xpath("//section[@aria-labelledby='asked']")[0])


def level_of(content: bytes) -> list[int | None]:
    """The reviewed levels of QP-1 on the sheet with every report of a workbook."""
    sheet = load_workbook(io.BytesIO(content))["รายงานทั้งหมด"]
    column = [cell.value for cell in sheet[4]].index("ผลประเมิน")
    return [row[column] for row in sheet.iter_rows(min_row=5, values_only=True) if row[6] == "QP-1"]


def text_of(content: bytes) -> str:
    """Everything that stands anywhere in a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return b"".join(book.read(name) for name in book.namelist()).decode("utf-8", "ignore")


def test_an_office_reads_levels_in_its_workbook_only_once_they_are_published(app, sign_in):
    report = put_handed_in(app, "P-CPM-3", "QP-1", level="4")
    put_outcome(app, report, 2, comment="ควรเพิ่มหลักฐาน")
    coordinator = sign_in("coordinator.p-cpm-3")
    ask(coordinator, "workbook.xlsx", OWN)
    make_all(app)
    before = taken(coordinator, desk=OWN)
    assert level_of(before) == [None]
    assert "ควรเพิ่มหลักฐาน" not in text_of(before)
    put_release(app, {"P-CPM-3": {"QP-1": Given(3, 4, "ที่ประกาศแล้ว")}})
    ask(coordinator, "workbook.xlsx", OWN)
    make_all(app)
    assert level_of(taken(coordinator, desk=OWN)) == [3], "what was published, not what is settled since"


def test_a_release_whose_moment_comes_by_itself_makes_another_file(app, sign_in):
    put_handed_in(app, "P-CPM-3", "QP-1", level="4")
    put_release(app, {"P-CPM-3": {"QP-1": Given(3, 4)}}, release_at=NOW + timedelta(hours=1))
    levels = []
    for passed in (timedelta(), timedelta(hours=2)):
        app.config["EMES_NOW"] = NOW + passed
        coordinator = sign_in("coordinator.p-cpm-3")
        ask(coordinator, "workbook.xlsx", OWN)
        make_all(app)
        levels += level_of(taken(coordinator, desk=OWN))
    assert levels == [None, 3], "nothing changed in the database but the clock"


def test_an_archive_of_an_office_holds_its_reports_and_its_files(app, sign_in):
    put_handed_in(app, "P-CPM-3", "QP-1", files=[("criterion.1", "คำสั่ง.pdf", one_page_pdf())])
    coordinator = sign_in("coordinator.p-cpm-3")
    ask(coordinator, "archive.zip", OWN)
    ask(coordinator, "paper.pdf", OWN)
    make_all(app)
    archive, paper = exports(app)
    with zipfile.ZipFile(io.BytesIO(taken(coordinator, archive.id, OWN))) as found:
        names = found.namelist()
    assert "QP-01-1_คำสั่ง_สพป.ชัยภูมิ เขต 3.pdf" in names
    assert archive.counts["sheets"]["reports"] == 1
    assert archive.counts["sheets"]["files"] == 1
    assert taken(coordinator, paper.id, OWN).startswith(b"%PDF")


def test_an_office_is_given_the_same_file_again_while_nothing_changed(app, sign_in):
    put_handed_in(app, "P-CPM-3", "QP-1")
    coordinator = sign_in("coordinator.p-cpm-3")
    for _ in range(2):
        ask(coordinator, "workbook.xlsx", OWN)
        make_all(app)
    assert [row.was_reused for row in exports(app)] == [False, True]


@pytest.mark.postgresql
def test_an_archive_of_nothing_says_so(app, sign_in):
    coordinator = sign_in("coordinator.p-cpm-3")
    ask(coordinator, "archive.zip", OWN)
    make_all(app)
    assert exports(app)[0].state == "failed"
    assert "ยังไม่มีรายงานที่ส่งแล้ว" in words(coordinator.page(OWN))


@pytest.mark.postgresql
def test_whoever_still_reviews_takes_no_levels_away(app, sign_in):
    """A moderator who is an analyst too is led to the desk while a review is open."""
    put_handed_in(app, "P-CPM-3", "QP-1")
    begin_review(app)
    assign(app, evaluator="moderator")
    with app.app_context(), transaction():
        roles = app.appbuilder.sm
        user = roles.get_user_by_id(user_id_of(app, "moderator"))
        user.roles.append(roles.find_role("analyst"))
    assert sign_in("moderator").post(DESK, {"what": "reports.csv"}).status_code == 303
    assert exports(app) == [], "led to the desk"


@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["analyst", "coordinator.p-cpm-3"])
def test_the_desk_costs_the_same_for_few_files_and_many(app, sign_in, name):
    person, desk = sign_in(name), DESK if name == "analyst" else OWN
    few = cost(person, desk)
    with app.app_context(), whole_country("a test keeps files"), transaction():
        area = db.session.query(Area.id).filter_by(code="P-CPM-3").scalar()
        for number in range(30):
            row = Export(
                area_id=area if number % 2 else None, round_id=1, product="workbook", format="xlsx", filters={}, fingerprint="x"
            )
            row.asked_at, row.counts, row.state = NOW, {}, "cancelled"
            db.session.add(row)
    assert cost(person, desk) == few <= (10 if name == "analyst" else 8)
