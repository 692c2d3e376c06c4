"""What goes into an archive: what had been handed in at a moment, with what was asked then, whatever happened since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import scope
from app.domain.access import Actor, Duty
from app.extensions import db, transaction
from app.models import ClosingCopy, Evidence, HandIn, Indicator, IndicatorVersion, Round, Submission
from app.queries import archive
from app.queries.archive import Size
from app.scope import whole_country
from tests.conftest import NOW
from tests.reviews import ROUND, put_handed_in
from tests.services.doing import area_id_of, looking
from tests.views.test_statements import counted

on_both_databases = True
HOUR = timedelta(hours=1)
OURS, OTHER = "P-CPM-3", "P-CPM-2"
FILES = [("criterion.1", "คำสั่ง.pdf", b"first"), ("criterion.2", "รูป.png", b"a second"), ("pa.lesson", "บทเรียน.pdf", b"x")]


@pytest.fixture
def ours(app) -> int:
    """The id of an office that handed in two reports, one of them with files; another office handed in one."""
    put_handed_in(app, OURS, "QP-2", files=FILES)
    put_handed_in(app, OURS, "QP-1", level="5")
    put_handed_in(app, OTHER, "QP-1", files=FILES[:1])
    return area_id_of(app, OURS)


def the_round() -> Round:
    return db.session.query(Round).filter_by(code=ROUND).one()


def dossier(area_id: int, moment=NOW) -> archive.Dossier:
    (found,) = archive.dossiers(the_round(), [area_id], moment)
    return found


def change(app, **values) -> None:
    """Change the hand-in of the report on QP-2 of the office."""
    with app.app_context(), whole_country("a test changes"), transaction():
        rows = db.session.query(HandIn).filter(HandIn.area_id == area_id_of(app, OURS))
        found = rows.filter(HandIn.submission.has(Submission.indicator.has(full_code="QP-2"))).one()
        for name, value in values.items():
            setattr(found, name, value)


def test_every_indicator_is_a_line_and_what_was_handed_in_stands_there_with_its_files(app, ours):
    with looking(app):
        found = dossier(ours)
        assert (found.short_name, found.area["code"], found.round["code"]) == ("สพป.ชัยภูมิ เขต 3", OURS, ROUND)
        assert len(found.lines) == 12
        assert [line.full_code for line in found.lines][:3] == ["QP-1", "QP-2", "QP-3"]
        assert [sheet.full_code for sheet in found.sheets] == ["QP-1", "QP-2"]
        sheet = found.sheets[1]
        assert [(file.slot, file.name, file.size) for file in sheet.files] == [
            (slot, name, len(content)) for slot, name, content in FILES
        ]
        keys = {row.id: row.storage_key for row in db.session.query(Evidence).filter(Evidence.area_id == ours)}
        assert {file.storage_key for file in sheet.files} == set(keys.values())
        assert [file.name for file in sheet.files_of("pa.lesson")] == ["บทเรียน.pdf"]
        assert sheet.asked["indicators"][0]["text_th"]


def test_the_size_is_told_before_and_is_what_comes_out(app, ours):
    with looking(app):
        other = area_id_of(app, OTHER)
        assert archive.size_of(the_round(), [ours], NOW) == Size(2, 3, len(b"firsta secondx"))
        assert archive.size_of(the_round(), [ours, other], NOW) == Size(3, 4, len(b"firsta secondxfirst"))
        assert archive.size_of(the_round(), [ours], NOW - HOUR) == Size()
        assert archive.size_of(the_round(), [], NOW) == Size()
        assert dossier(ours, NOW - HOUR).sheets == []


def test_at_a_moment_stands_what_was_handed_in_last_until_then(app, ours):
    with app.app_context(), whole_country("a test hands in again"), transaction():
        first = db.session.query(HandIn).filter(HandIn.area_id == ours).order_by(HandIn.id).first()
        again = {"submission_id": first.submission_id, "area_id": ours, "sequence": 2, "receipt_number": "AGAIN"}
        db.session.add(HandIn(**again, handed_in_at=NOW + HOUR, content={"fields": {}, "evidence": []}))
    with looking(app):
        assert dossier(ours, NOW + HOUR).sheets[1].receipt_number == "AGAIN"
        assert dossier(ours, NOW + HOUR - timedelta(microseconds=1)).sheets[1].receipt_number != "AGAIN"
        assert archive.size_of(the_round(), [ours], NOW + HOUR) == Size(2, 0, 0)


def test_what_lay_incomplete_at_closing_is_not_in_the_archive_any_more(app, ours):
    with app.app_context(), whole_country("a test closes"), transaction():
        report = (
            db.session.query(Submission).filter(Submission.area_id == ours, Submission.indicator.has(full_code="QP-1")).one()
        )
        values = {"submission_id": report.id, "area_id": ours, "state": "draft", "missing_count": 2, "content": {}}
        db.session.add(ClosingCopy(**values, closed_at=NOW + HOUR, taken_at=NOW + HOUR))
    with looking(app):
        assert [sheet.full_code for sheet in dossier(ours, NOW + HOUR).sheets] == ["QP-2"]
        assert archive.size_of(the_round(), [ours], NOW + HOUR).reports == 1
        assert archive.size_of(the_round(), [ours], NOW).reports == 2


def test_a_file_that_was_deleted_since_is_still_named_with_its_bytes_and_one_without_a_row_without(app, ours):
    with app.app_context(), whole_country("a test deletes"), transaction():
        rows = list(db.session.query(Evidence).filter(Evidence.area_id == ours).order_by(Evidence.size_bytes))
        rows[1].deleted_at = NOW + HOUR
        db.session.delete(rows[0])
    with looking(app):
        found = {file.name: file.storage_key for file in dossier(ours, NOW + 2 * HOUR).sheets[1].files}
    assert [bool(found[name]) for _, name, _ in FILES] == [True, True, False]


def test_round_and_office_are_named_as_they_were_when_it_was_handed_in(app, ours):
    with looking(app):
        assert dossier(ours).sheets[1].area["name_th"].startswith("สำนักงานเขต"), "today's where nothing was kept"
    area = {"code": OURS, "name_th": "ชื่อเดิม", "name_en": "Former name"}
    change(app, content={"fields": {}, "evidence": [], "area": area, "indicator": {"version": 1}})
    with looking(app):
        assert dossier(ours).sheets[1].area["name_th"] == "ชื่อเดิม"


def test_a_report_stands_beside_what_was_asked_when_it_was_handed_in(app, ours):
    with app.app_context(), whole_country("a test edits an indicator"), transaction():
        indicator = db.session.query(Indicator).filter_by(full_code="QP-2", round_id=the_round().id).one()
        former = {"indicators": [{"text_th": "ถ้อยคำเดิม"}], "criteria": []}
        db.session.add(IndicatorVersion(indicator_id=indicator.id, number=1, asked=former, ended_at=NOW))
        indicator.version, indicator.text_th = 2, "ถ้อยคำใหม่"
    with looking(app):
        assert dossier(ours).sheets[1].asked["indicators"][0]["text_th"] == "ถ้อยคำเดิม"
    change(app, content={"fields": {}, "evidence": [], "indicator": {"version": 2}})
    with looking(app):
        assert dossier(ours).sheets[1].asked["indicators"][0]["text_th"] == "ถ้อยคำใหม่"


def test_another_offices_reports_do_not_exist_for_an_office(app, ours):
    office = Actor(user_id=None, duties=frozenset({Duty.COORDINATOR}), area_ids=frozenset({ours}))
    with app.app_context():
        other = area_id_of(app, OTHER)
        with scope.acting_as(office):
            assert dossier(ours).sheets != []
            assert dossier(other).sheets == []
            assert archive.size_of(the_round(), [ours, other], NOW).reports == 2


def test_an_office_costs_two_statements_whatever_it_handed_in(app, ours):
    for indicator in ("QP-3", "QP-5", "QP-7"):
        put_handed_in(app, OURS, indicator, files=FILES)
    with looking(app):
        other = area_id_of(app, OTHER)
        made = archive.dossiers(the_round(), [ours, other], NOW)
        first = next(made)
        db.session.commit()  # nothing that came out needs the transaction it was read in
        with counted() as told:
            second = next(made)
        assert [len(first.sheets), len(second.sheets)] == [1, 5]
        assert len(told) == 2, told
