"""The workbook that an office takes of its own: nothing of any other office, and of the results only what it was told."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest

from app.extensions import db, transaction
from app.models import Area, Outcome, Submission
from app.scope import whole_country
from tests import letters
from tests.conftest import NOW
from tests.exports import known_round
from tests.exports.asking import file_of
from tests.exports.known_round import DAY, OFFICES
from tests.exports.reckoning import Reckoned
from tests.exports.spreadsheets import opened, plainly, rows_of
from tests.results import Given, put_release

OWN = "P-CPM-3"
DESK = f"/exports/2566-6/{OWN}/"
ALL, QUANTITIES = "รายงานทั้งหมด", "ข้อมูลเชิงปริมาณ"
# Where the levels that were settled stand: reviewed level, gap, basis, comment.
SETTLED = slice(18, 22)

on_both_databases = True


@pytest.fixture(autouse=True)
def known(app) -> None:
    known_round.put(app, known_round.reports())


def own_book(app, sign_in) -> tuple[bytes, list[tuple]]:
    """The workbook of the office and its rows of reports."""
    content = file_of(sign_in(f"coordinator.{OWN.lower()}"), "workbook.xlsx", desk=DESK)
    return content, rows_of(opened(content), ALL)


def everything_in(content: bytes) -> str:
    """All that is written anywhere in a file."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def without_results(rows: list[tuple]) -> list[tuple]:
    return [(*row[: SETTLED.start - 1], row[17], *(None,) * 4, *row[SETTLED.stop :]) for row in rows]


def released(app, level: int, comment: str, *, of: str = OWN, at=NOW - DAY, **more) -> None:
    put_release(app, {of: {"QP-1": Given(level=level, comment=comment)}}, release_at=at, **more)


def test_an_office_finds_its_own_reports_and_no_word_of_another_in_any_part_of_the_file(app, sign_in):
    content, rows = own_book(app, sign_in)
    own = Reckoned(known_round.reports(), NOW, lambda one: one.office == OWN)
    assert rows == without_results(plainly(own.all_reports()))
    assert rows_of(opened(content), QUANTITIES) == plainly(own.quantities())
    written = everything_in(content)
    assert OWN in written
    offices = known_round.offices()
    for code in OFFICES:
        if code != OWN:
            assert code not in written, code
            assert offices[code]["short_th"] not in written
            assert offices[code]["name_en"] not in written


def test_before_the_release_no_level_basis_or_comment_stands_anywhere(app, sign_in):
    released(app, 5, "ความลับก่อนประกาศ", at=NOW + timedelta(hours=1))
    released(app, 5, "ความลับที่ถูกระงับ", held=(OWN,))
    released(app, 5, "ความลับที่ถอนแล้ว", state="withdrawn")
    content, rows = own_book(app, sign_in)
    assert {row[SETTLED] for row in rows} == {(None,) * 4}
    written = everything_in(content)
    assert "ความลับ" not in written
    for said in ("ความเห็นเดิม", "ความเห็นที่ใช้", "ควรเร่งรัด"):
        assert said not in written, said


def test_after_the_release_the_office_reads_what_it_was_told_and_not_what_stands_since(app, sign_in):
    released(app, 3, "ความเห็นตามหนังสือ")
    with app.app_context():
        letters.settle(OWN, "QP-1", 1, NOW - timedelta(hours=2), comment="ยังไม่ได้แจ้ง")
        letters.freeze(NOW - timedelta(hours=1))
    content, rows = own_book(app, sign_in)
    [told] = [row for row in rows if row[6] == "QP-1"]
    assert (told[18], told[20], told[21]) == (3, "ผู้ประเมินคนเดียว", "ความเห็นตามหนังสือ")
    assert told[19] == 3 - told[17]
    assert {row[SETTLED] for row in rows if row[6] != "QP-1"} == {(None,) * 4}
    assert "ยังไม่ได้แจ้ง" not in everything_in(content)


def test_what_was_released_to_others_alone_tells_an_office_nothing(app, sign_in):
    released(app, 3, "ความลับของเพื่อนบ้าน", of="P-CPM-2")
    put_release(app, {OWN: {"QP-1": Given(comment="ความลับไม่มีหนังสือ")}}, letters=())
    content, rows = own_book(app, sign_in)
    assert {row[SETTLED] for row in rows} == {(None,) * 4}
    assert "ความลับ" not in everything_in(content)


def clear(app) -> None:
    """The office never began."""
    with app.app_context(), whole_country("a test clears"), transaction():
        area_id = db.session.query(Area.id).filter_by(code=OWN).scalar()
        for model in (Outcome, Submission):
            db.session.query(model).filter_by(area_id=area_id).delete()


def test_an_office_that_handed_in_nothing_still_gets_a_whole_file(app, sign_in):
    clear(app)
    content, rows = own_book(app, sign_in)
    assert [row[9] for row in rows] == ["ยังไม่ส่ง"] * 4
    assert rows_of(opened(content), QUANTITIES) == []


def test_nobody_of_another_office_may_ask_for_or_take_the_file(app, sign_in):
    own, other = sign_in(f"coordinator.{OWN.lower()}"), sign_in("coordinator.p-cpm-2")
    file_of(own, "workbook.xlsx", desk=DESK)
    assert other.post(DESK, {"what": "workbook.xlsx"}).status_code == 404
    assert other.get(f"{DESK}files/1").status_code == 404
    assert other.get("/exports/2566-6/P-CPM-2/files/1").status_code == 404
    assert own.get("/exports/2566-6/files/1").status_code == 403


def test_a_file_from_before_the_release_is_not_given_out_after_it(app, sign_in):
    """The hour of a release comes without anybody's doing."""
    released(app, 3, "ความเห็นตามหนังสือ", at=NOW + timedelta(minutes=5))
    coordinator, levels = sign_in(f"coordinator.{OWN.lower()}"), []
    for minutes in (0, 10):
        app.config["EMES_NOW"] = NOW + timedelta(minutes=minutes)
        rows = rows_of(opened(file_of(coordinator, "workbook.xlsx", desk=DESK)), ALL)
        levels += [row[SETTLED.start] for row in rows if row[6] == "QP-1"]
    assert levels == [None, 3]
