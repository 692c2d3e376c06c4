"""A publication from its draft to the moment at which all letters are there, and the one after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import scope, worker
from app.domain.access import Actor, Duty
from app.domain.errors import Conflict, NotAllowed, Refused
from app.domain.letter import Fault
from app.domain.receipts import Verdict
from app.extensions import db, transaction
from app.models import (
    Area,
    Change,
    DatasetRow,
    Letter,
    Moderation,
    Notice,
    OutboxMessage,
    Publication,
    Round,
)
from app.queries import dataset as datasets
from app.queries import publication as publications
from app.services import announcing, drafting, receipts, round_life
from app.services import letters as making
from app.services.announcing import Terms
from app.services.drafting import Why
from app.signing import signer
from app.storage import evidence_store
from tests import letters
from tests.conftest import NOW
from tests.letters import CENTRE, DAY, HOUR, OFFICES, ROUND
from tests.stores import overwrite

on_both_databases = True
ACCEPT = {"accepts_lacking": True, "reason": "X2 ไม่ประกาศผลรอบนี้"}


@pytest.fixture(autouse=True)
def reviewed(app):
    """Three offices handed in and were reviewed two days ago; everybody acts as the centre."""
    with app.app_context(), scope.acting_as(CENTRE):
        letters.reviewed_round(*OFFICES)
        yield


def drawn(sheet: making.Sheet) -> tuple[bytes, int]:
    """A stand-in for the PDF: the number and the code."""
    return f"%PDF {sheet.content['number']} {sheet.code}".encode(), 2


def make_all() -> int:
    made = 0
    while batch := publications.waiting(10):
        made += sum(making.make_one(one, drawn, evidence_store(), signer=signer(), clock=lambda: NOW) for one in batch)
    return made


def publication(number: int = 1) -> Publication:
    db.session.close()
    return publications.find(ROUND, number)


def letter(area: str, number: int = 1) -> Letter:
    return publications.letter_of(publication(number).id, area)


def release(number: int = 1, *, at=NOW, release_at=None, **more) -> None:
    found = publication(number)
    terms = Terms(release_at, seen=announcing.lacking(found).seen, **(ACCEPT | more))
    with transaction():
        announcing.release(found.id, terms, actor=CENTRE, now=at)


def stage() -> str:
    db.session.close()
    return db.session.scalars(select(Round.stage).where(Round.code == ROUND)).one()


def ready(**more) -> int:
    publication_id = letters.drafted(**more)
    make_all()
    return publication_id


# --- drafting ----------------------------------------------------------------------------------------------------------------------


def test_every_office_with_a_result_gets_a_letter_numbered_in_thai_order():
    assert letters.numbers(letters.drafted()) == {
        "P-CPM-2": "ศธ 04003/1197",
        "P-CPM-3": "ศธ 04003/1198",
        "S-CPM": "ศธ 04003/1199",
    }
    found = letter("P-CPM-3")
    assert found.strengths or found.improvements
    assert len(publications.offices_without_result(publication())) == 242


def test_texts_are_prefilled_with_the_words_of_the_round():
    letters.drafted()
    found = publication()
    assert "รอบ 6 เดือน" in found.subject and "2566" in found.subject
    assert "ระหว่าง" not in found.opening and "ตั้งแต่วันที่" in found.opening
    assert found.signatory_position.startswith("ผู้อำนวยการสำนักติดตาม")


def test_one_publication_at_a_time_and_only_in_review():
    letters.drafted()
    with pytest.raises(Conflict), transaction():
        drafting.draft(datasets.find(ROUND, 1), actor=CENTRE, now=NOW)
    with transaction():
        drafting.discard(publication().id, actor=CENTRE, now=NOW)
    letters.to_stage("running")
    with pytest.raises(Conflict), transaction():
        drafting.draft(datasets.find(ROUND, 1), actor=CENTRE, now=NOW)


def test_nobody_but_the_centre_writes():
    publication_id = ready()
    moderator = Actor(user_id=None, duties=frozenset({Duty.MODERATOR}), sees_all_areas=True)
    for deed in (
        lambda: drafting.draft(datasets.find(ROUND, 1), actor=moderator, now=NOW),
        lambda: drafting.set_up(publication_id, letters.settings(), actor=moderator, now=NOW),
        lambda: drafting.edit(publication_id, "P-CPM-3", ("ก", "ข"), actor=moderator, now=NOW),
        lambda: drafting.hold_back(publication_id, "P-CPM-3", "ก", actor=moderator, now=NOW),
        lambda: drafting.include(publication_id, "P-CPM-3", actor=moderator, now=NOW),
        lambda: announcing.release(publication_id, Terms(), actor=moderator, now=NOW),
        lambda: announcing.withdraw(publication_id, "ก", actor=moderator, now=NOW),
        lambda: drafting.discard(publication_id, actor=moderator, now=NOW),
    ):
        with pytest.raises(NotAllowed), transaction():
            deed()


# --- faults and mending --------------------------------------------------------------------------------------------------------------


def test_a_letter_is_made_once_its_publication_says_all_and_made_again_when_it_says_something_else():
    publication_id = letters.drafted(signatory_name="")
    assert make_all() == 0
    with transaction():
        drafting.set_up(publication_id, letters.settings(), actor=CENTRE, now=NOW)
    assert make_all() == 3
    assert make_all() == 0
    before = letter("P-CPM-3").storage_key
    with transaction():
        drafting.edit(publication_id, "P-CPM-3", ("ดีแล้ว", "ทำต่อ"), actor=CENTRE, now=NOW)
    assert [one.letter.state for one in announcing.check(publication())] == ["made", "waiting", "made"]
    assert make_all() == 1
    found = letter("P-CPM-3")
    assert found.storage_key != before
    assert found.content["strengths"] == ["ดีแล้ว"]
    with transaction():
        drafting.set_up(publication_id, letters.settings(), actor=CENTRE, now=NOW)
    assert make_all() == 0, "nothing changed"
    with transaction():
        drafting.set_up(publication_id, letters.settings(dated_on=date(2026, 11, 25)), actor=CENTRE, now=NOW)
    assert make_all() == 3


def test_faults_are_listed_and_hinder_the_release_unless_the_letter_is_held_back():
    publication_id = ready()
    with transaction():
        drafting.edit(publication_id, "S-CPM", ("", "ทำต่อ"), actor=CENTRE, now=NOW)
    make_all()
    assert {one.letter.area.code: one.faults for one in announcing.check(publication())} == {
        "P-CPM-2": [],
        "P-CPM-3": [],
        "S-CPM": [Fault.NO_STRENGTHS],
    }
    with pytest.raises(Refused, match="faults"):
        release()
    with pytest.raises(Refused, match="held back"), transaction():
        drafting.hold_back(publication_id, "S-CPM", " ", actor=CENTRE, now=NOW)
    with transaction():
        drafting.hold_back(publication_id, "S-CPM", "รอข้อมูล", actor=CENTRE, now=NOW)
    release()
    assert stage() == "published"


def test_a_letter_that_is_not_made_hinders_the_release():
    publication_id = ready()
    with transaction():
        drafting.edit(publication_id, "S-CPM", ("ดี", "ทำต่อ"), actor=CENTRE, now=NOW)
    with pytest.raises(Refused, match="being made"):
        release()
    make_all()
    release()


def test_a_held_letter_leaves_its_number_free_until_numbers_are_given_anew():
    publication_id = ready()
    with transaction():
        drafting.hold_back(publication_id, "P-CPM-2", "รอข้อมูล", actor=CENTRE, now=NOW)
    assert letters.numbers(publication_id)["P-CPM-3"] == "ศธ 04003/1198"
    with transaction():
        drafting.set_up(publication_id, letters.settings(), actor=CENTRE, now=NOW)
    assert letters.numbers(publication_id) == {"P-CPM-2": "", "P-CPM-3": "ศธ 04003/1197", "S-CPM": "ศธ 04003/1198"}
    with transaction():
        drafting.include(publication_id, "P-CPM-2", actor=CENTRE, now=NOW)
    assert letters.numbers(publication_id)["P-CPM-2"] == "ศธ 04003/1199"


def test_a_letter_that_can_not_be_drawn_fails_in_the_end_and_hinders():
    publication_id = letters.drafted()

    def broken(_: making.Sheet) -> tuple[bytes, int]:
        raise ValueError("no paper")

    for _ in range(making.MOST_ATTEMPTS):
        making.make_one(letter("P-CPM-2").id, broken, evidence_store(), signer=signer(), clock=lambda: NOW)
    make_all()
    assert letter("P-CPM-2").state == "failed"
    assert announcing.check(publication())[0].faults == [Fault.FAILED]
    with transaction():
        drafting.edit(publication_id, "P-CPM-2", ("ดี", "ทำต่อ"), actor=CENTRE, now=NOW)
    assert make_all() == 1, "a letter that says something else is tried again"


def test_a_letter_that_was_edited_while_it_was_drawn_is_not_taken_for_made():
    publication_id = letters.drafted()

    def edited_meanwhile(sheet: making.Sheet) -> tuple[bytes, int]:
        with transaction():
            drafting.edit(publication_id, "P-CPM-2", ("แก้ระหว่างทำ", "ทำต่อ"), actor=CENTRE, now=NOW)
        return drawn(sheet)

    before = set(evidence_store().keys())
    letter_id = letter("P-CPM-2").id
    assert not making.make_one(letter_id, edited_meanwhile, evidence_store(), signer=signer(), clock=lambda: NOW)
    assert letter("P-CPM-2").state == "waiting"
    assert set(evidence_store().keys()) == before, "what was drawn in vain is gone"


def test_two_workers_never_make_the_same_letter():
    letters.drafted()
    letter_id = letter("P-CPM-2").id
    others = []

    def while_another_comes(sheet: making.Sheet) -> tuple[bytes, int]:
        others.append(making.make_one(letter_id, drawn, evidence_store(), signer=signer(), clock=lambda: NOW))
        return drawn(sheet)

    assert making.make_one(letter_id, while_another_comes, evidence_store(), signer=signer(), clock=lambda: NOW)
    assert others == [False]


# --- letting go ----------------------------------------------------------------------------------------------------------------------


def test_what_has_no_result_is_said_and_published_only_with_a_reason():
    ready()
    found = publication()
    lacks = announcing.lacking(found)
    assert [row[2] for row in lacks.reports] == ["QP-X2"] * 3
    for more in ({"accepts_lacking": False}, {"reason": " "}):
        with pytest.raises(Refused, match="no result"):
            release(**more)
    with pytest.raises(Conflict, match="changed meanwhile"), transaction():
        announcing.release(found.id, Terms(seen="0-0-0", **ACCEPT), actor=CENTRE, now=NOW)
    assert publication().state == "draft"
    release()
    kept = db.session.scalars(select(Change).where(Change.what == "without result")).one()
    assert (kept.new_value, kept.old_value) == (ACCEPT["reason"], "3-0-0")


def test_an_open_moderation_is_counted():
    ready()
    row = letters.report("P-CPM-3", "QP-X2")
    with transaction():
        values = {"submission_id": row.id, "area_id": row.area_id, "indicator_id": row.indicator_id}
        db.session.add(Moderation(round_id=row.round_id, causes=["asked"], opened_at=NOW, **values))
    assert announcing.lacking(publication()).seen == "3-1-0"


def test_everything_is_there_at_one_moment_and_everybody_is_told_once(app: Flask):
    ready()
    moment = NOW + DAY
    release(release_at=moment)
    assert stage() == "review"
    assert publications.is_published(publication().round_id, moment - timedelta(seconds=1)) is False
    assert publications.is_published(publication().round_id, moment) is True
    app.config["EMES_NOW"] = moment - timedelta(seconds=1)
    assert worker.advance_rounds() == 0
    assert told() == []
    app.config["EMES_NOW"] = moment
    assert worker.advance_rounds() == 1
    assert worker.advance_rounds() == 0, "nothing is left to do"
    assert stage() == "published"
    people = told()
    assert "coordinator.p-cpm-3@emes.test" in people
    assert len(people) == len(set(people)), "each person once"
    assert not [name for name in people if name.startswith("reporter")]


def told() -> list[str]:
    return list(db.session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.dedupe_key.startswith("results:"))))


def test_mails_and_notices_lead_to_the_own_office_and_say_no_level():
    ready()
    release()
    messages = list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith("results:"))))
    assert messages
    for row in messages:
        assert set(row.context) == {"round", "round_name", "fiscal_year", "kind", "path"}
        office = row.recipient.split("@")[0].split(".", 1)[1].upper()
        assert row.context["path"] == f"/results/{ROUND}/{office}/"
    notices = list(db.session.scalars(select(Notice).where(Notice.kind == "results_published")))
    assert len(notices) == len(messages)


def test_an_office_that_was_retired_meanwhile_is_told_of_no_page_that_it_can_not_open():
    ready()
    with transaction():
        db.session.execute(update(Area).where(Area.code == "P-CPM-3").values(active=False))
    release()
    assert told() and not [recipient for recipient in told() if "p-cpm-3" in recipient]
    assert not [path for path in db.session.scalars(select(Notice.path)) if "P-CPM-3" in path]


def test_a_release_is_taken_back_before_its_moment_and_not_after():
    publication_id = ready()
    moment = NOW + DAY
    release(release_at=moment)
    with pytest.raises(Conflict), transaction():
        drafting.edit(publication_id, "P-CPM-3", ("ก", "ข"), actor=CENTRE, now=NOW)
    with pytest.raises(Refused), transaction():
        announcing.withdraw(publication_id, " ", actor=CENTRE, now=NOW)
    with transaction():
        announcing.withdraw(publication_id, "พบข้อผิดพลาด", actor=CENTRE, now=NOW)
    assert (publication().state, publication().release_at) == ("withdrawn", None)
    assert round_advanced(moment) is False
    with transaction():
        drafting.edit(publication_id, "P-CPM-3", ("ก", "ข"), actor=CENTRE, now=NOW)
    make_all()
    release()
    with pytest.raises(Conflict), transaction():
        announcing.withdraw(publication_id, "ช้าไป", actor=CENTRE, now=NOW)


def round_advanced(moment) -> bool:
    with transaction():
        return round_life.advance(publication().round_id, actor=CENTRE, now=moment)


def test_a_moment_that_has_passed_is_refused():
    ready()
    with pytest.raises(Refused, match="has passed"):
        release(release_at=NOW - timedelta(seconds=1))


def test_figures_that_were_altered_in_the_database_are_not_published():
    ready()
    with transaction():
        db.session.execute(update(DatasetRow).where(DatasetRow.area_code == "P-CPM-3").values(level=5))
    with pytest.raises(Refused, match="altered"):
        release()


def test_the_review_is_not_taken_back_under_a_release():
    from app.domain.round_life import Step

    ready()
    release(release_at=NOW + DAY)
    with pytest.raises(Conflict, match="released"), transaction():
        round_life.take(ROUND, Step.END_REVIEW, round_life.Terms(reason="ก"), seen="review", actor=CENTRE, now=NOW)


# --- the one after it ------------------------------------------------------------------------------------------------------------------


def test_the_next_publication_tells_those_whose_result_changed_and_those_held_back_and_nobody_else():
    publication_id = ready()
    with transaction():
        drafting.hold_back(publication_id, "S-CPM", "รอข้อมูล", actor=CENTRE, now=NOW)
    release()
    letters.settle("P-CPM-3", "QP-1", 5, NOW + HOUR, basis="appeal")
    later = NOW + 2 * HOUR
    number = letters.freeze(later)
    proposed = drafting.propose(datasets.find(ROUND, number))
    assert [(one.area.code, one.why) for one in proposed] == [("P-CPM-3", Why.CHANGED), ("S-CPM", Why.FIRST)]
    second = letters.drafted(number, later, first_number=2001)
    assert letters.numbers(second) == {"P-CPM-3": "ศธ 04003/2001", "S-CPM": "ศธ 04003/2002"}
    found = letter("P-CPM-3", 2)
    assert found.replaces.letter_number == "ศธ 04003/1198"
    make_all()
    assert letter("P-CPM-3", 2).content["replaces"] == "ศธ 04003/1198"
    assert publication(2).signatory_name == publication(1).signatory_name
    release(2, at=later)
    with transaction():
        found_round = publication().round
    assert {one.code for one in people_told(2)} <= {"P-CPM-3", "S-CPM"}
    assert found_round.stage == "published"
    assert drafting.propose(datasets.find(ROUND, number)) == []


def people_told(number: int) -> list[Area]:
    return [area for _, area in publications.people_to_tell(publication(number).id)]


def test_a_number_that_was_given_out_before_is_a_fault():
    ready()
    release()
    letters.settle("P-CPM-3", "QP-1", 5, NOW + HOUR)
    letters.drafted(letters.freeze(NOW + 2 * HOUR), NOW + 2 * HOUR, first_number=1199)
    assert [one.faults for one in announcing.check(publication(2))] == [[Fault.NUMBER_TAKEN]]


def test_a_letter_that_corrects_is_never_replaced_by_figures_from_before_it():
    ready()
    release()
    corrected = letter("P-CPM-3").publication.dataset
    letters.settle("P-CPM-3", "QP-1", 5 if level_published() != 5 else 4, NOW + HOUR, basis="appeal")
    letters.drafted(at=NOW + 2 * HOUR, first_number=2001)
    make_all()
    release(2, at=NOW + 3 * HOUR)
    with pytest.raises(Refused), transaction():
        drafting.draft(datasets.find(ROUND, corrected.number), actor=CENTRE, now=NOW + 4 * HOUR)


def level_published() -> int | None:
    rows = datasets.rows_of(datasets.find(ROUND, 1).id)
    return next(row.level for row in rows if (row.area_code, row.full_code) == ("P-CPM-3", "QP-1"))


def test_where_nothing_changed_there_is_nothing_to_publish():
    ready()
    release()
    with pytest.raises(Refused, match="No office"), transaction():
        drafting.draft(datasets.find(ROUND, 1), actor=CENTRE, now=NOW)


def test_a_letter_is_genuine_from_its_moment_on_and_replaced_by_the_next():
    ready()
    moment = NOW + DAY
    number, code = letter("P-CPM-3").letter_number, letter("P-CPM-3").code
    assert receipts.check(number, code, now=NOW) is Verdict.NOT_GENUINE
    release(release_at=moment)
    assert receipts.check(number, code, now=moment - timedelta(seconds=1)) is Verdict.NOT_GENUINE
    with scope.acting_as(scope.NOBODY):
        assert receipts.check("ศธ ๐๔๐๐๓/๑๑๙๘", code.lower(), now=moment) is Verdict.GENUINE
        assert receipts.check("ศธ 04003/1197", code, now=moment) is Verdict.NOT_GENUINE
        assert receipts.check(number, "AAAA-BBBB-CCCC-DDDD", now=moment) is Verdict.NOT_GENUINE
    letters.settle("P-CPM-3", "QP-1", 5, moment, basis="appeal")
    letters.drafted(letters.freeze(moment + HOUR), moment + HOUR, first_number=3000)
    make_all()
    release(2, at=moment + HOUR)
    assert receipts.check(number, code, now=moment + HOUR) is Verdict.REPLACED
    with transaction():
        db.session.execute(update(Letter).values(content={"forged": True}))
    assert receipts.check(number, code, now=moment + HOUR) is Verdict.NOT_GENUINE


def test_nothing_of_it_is_on_the_record_that_an_office_reads():
    publication_id = ready()
    with transaction():
        drafting.edit(publication_id, "P-CPM-3", ("ลับก่อนประกาศ", "ข"), actor=CENTRE, now=NOW)
    area_id = db.session.query(Area.id).filter_by(code="P-CPM-3").scalar()
    assert db.session.query(Change).filter_by(new_value="ลับก่อนประกาศ").count() == 1
    office = Actor(user_id=None, duties=frozenset({Duty.COORDINATOR}), area_ids=frozenset({area_id}))
    with scope.acting_as(office):
        for model in (Letter, Publication, DatasetRow):
            assert db.session.query(model).count() == 0
        assert db.session.query(Change).filter_by(new_value="ลับก่อนประกาศ").count() == 0


def test_letters_are_swept_never_and_missing_ones_are_noticed():
    ready()
    store = evidence_store()
    keys = {one.letter.storage_key for one in announcing.check(publication())}
    assert len(keys) == 3
    assert keys <= publications.storage_keys()
    assert making.open_pdf(letter("P-CPM-3"), store).read().startswith(b"%PDF")
    overwrite(store, letter("P-CPM-3").storage_key, b"another")
    from app.services import verification

    count = verification.Count()
    assert [line for line in verification.files(store, count) if "letter" in line] == ["differs: letter ศธ 04003/1198"]
