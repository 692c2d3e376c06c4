"""What a letter says: official digits, what is praised and advised, its number, its faults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from app.domain.letter import (
    KEEP_ON,
    About,
    Fault,
    Result,
    Standing,
    appeals_sentence,
    faults,
    improvements,
    letter_number,
    official,
    official_day,
    overall,
    plain_number,
    strengths,
    usual_opening,
    usual_subject,
)

BEST = Result("1", "ความปลอดภัย", True, 5, 5, "ดีเด่น")
GOOD = Result("2", "พาน้องกลับมาเรียน", True, 4, 4, "")
LOW = Result("7", "ภาวะถดถอยทางการเรียนรู้", True, 4, 2, "ควรเร่งรัด", ((1, "complete", ""), (2, "not_found", "ไม่มีคำสั่ง")))
NONE = Result("9", "ประวัติศาสตร์", True, 3, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("รอบ 6 เดือน พ.ศ. 2566", "รอบ ๖ เดือน พ.ศ. ๒๕๖๖"),
        ("ศธ 04003/1197", "ศธ ๐๔๐๐๓/๑๑๙๗"),
        ("ตัวชี้วัด QP-1 ระดับ 4", "ตัวชี้วัด QP-1 ระดับ ๔"),
        ("https://emes.test/verify/12", "https://emes.test/verify/12"),
    ],
)
def test_digits_are_thai_but_for_what_is_written_in_latin(text, expected):
    assert official(text) == expected


def test_a_day_is_written_out_in_the_buddhist_era():
    assert official_day(date(2023, 6, 2)) == "๒ มิถุนายน ๒๕๖๖"


def test_strengths_are_what_was_said_of_the_best_and_their_names_where_nothing_was_said():
    assert strengths([LOW, GOOD, BEST]) == "ตัวชี้วัด 1 ความปลอดภัย ระดับ 5 (ดีเยี่ยม) ดีเด่น"
    assert strengths([LOW, GOOD]) == "ตัวชี้วัด 2 พาน้องกลับมาเรียน ระดับ 4 (ดีมาก)"
    assert strengths([LOW, NONE]) == ""
    assert len(strengths([replace(BEST, code=str(number)) for number in range(9)]).splitlines()) == 3


def test_what_to_improve_begins_with_the_lowest_and_says_which_issues_lack_what():
    lines = improvements([BEST, replace(LOW, code="8", level=3, verdicts=()), LOW, NONE]).splitlines()
    assert lines == [
        "ตัวชี้วัด 7 ภาวะถดถอยทางการเรียนรู้ ระดับ 2 (พอใช้) ประเด็นที่ 2 ไม่พบ – ไม่มีคำสั่ง",
        "ตัวชี้วัด 8 ภาวะถดถอยทางการเรียนรู้ ระดับ 3 (ดี) ควรเร่งรัด",
    ]
    assert (
        improvements([replace(BEST, verdicts=((3, "partial", ""),))]) == "ตัวชี้วัด 1 ความปลอดภัย ระดับ 5 (ดีเยี่ยม) ประเด็นที่ 3 พบบางส่วน"
    )


def test_long_notes_are_said_in_short_so_that_the_text_stays_one_that_can_be_edited():
    note = "ไม่พบหลักฐาน " * 100
    issues = tuple((number, "partial", note) for number in range(1, 9))
    said = improvements([replace(LOW, code=str(number), text=note, comment=note, verdicts=issues) for number in range(9)])
    assert len(said) <= 2000
    assert "และอีก 6 ประเด็น" in said
    assert len(strengths([replace(BEST, text=note, comment=note) for _ in range(9)])) <= 2000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ก" * 69 + "ที่", "ก" * 69 + "…"),
        ("ก" * 69 + "เด็ก", "ก" * 69 + "…"),
        ("ก" * 60 + " " + "ข" * 60, "ก" * 60 + "…"),
        ("สั้น", "สั้น"),
    ],
)
def test_a_long_wording_is_cut_where_thai_can_be_cut(text, expected):
    assert replace(BEST, text=text).short == expected


def test_who_has_nothing_to_improve_is_asked_to_keep_on_and_who_has_no_result_is_told_nothing():
    assert improvements([BEST, GOOD]) == KEEP_ON
    assert improvements([NONE]) == ""


def test_the_mean_is_said_with_the_nearest_level_in_a_word():
    said = overall([BEST, GOOD, LOW, NONE])
    assert "3.67 อยู่ในระดับ 4 (ดีมาก)" in said
    assert "3 ตัวชี้วัด ประกอบด้วย ระดับดีเยี่ยม 1 ตัวชี้วัด ระดับดีมาก 1 ตัวชี้วัด ระดับพอใช้ 1 ตัวชี้วัด" in said
    assert overall([NONE]) == ""


def test_subject_and_opening_are_those_of_the_round():
    about = About("รอบ 6 เดือน", 2566, ["ตัวชี้วัดนโยบายเร่งด่วน"], date(2023, 3, 1), date(2023, 3, 31))
    assert usual_subject(about).endswith("ตามตัวชี้วัดนโยบายเร่งด่วน ประจำปีงบประมาณ พ.ศ. 2566 รอบ 6 เดือน")
    assert "ตั้งแต่วันที่ 1 มีนาคม ถึงวันที่ 31 มีนาคม 2566" in usual_opening(about)


def test_the_time_for_appeals_is_said_only_where_it_was_set():
    assert "ระหว่างวันที่ 1 มิถุนายน 2566 ถึงวันที่ 30 มิถุนายน 2566" in appeals_sentence(date(2023, 6, 1), date(2023, 6, 30), 10)
    assert appeals_sentence(None, date(2023, 6, 30), 10) == ""


def test_a_number_is_known_again_however_it_is_typed():
    number = letter_number("ศธ 04003/", 1197)
    assert number == "ศธ 04003/1197"
    for typed in ("ศธ ๐๔๐๐๓/๑๑๙๗", "ศธ04003/1197", "ที่ ศธ 04003/1197", "ศธ 040031197"):
        assert plain_number(typed) == plain_number(number)
    assert plain_number("ศธ 04003/119") != plain_number(number)


@dataclass
class Said:
    dated_on: date | None = date(2023, 6, 2)
    subject: str = "เรื่อง"
    opening: str = "ตามที่"
    closing: str = "จึงเรียน"
    signatory_name: str = "ก"
    signatory_position: str = "ข"


GOOD_LETTER = Standing(Said(), "ศธ 1/1", "จุดเด่น", "ควรพัฒนา", 3, 2, has_failed=False, is_taken=False)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"letter_number": ""}, Fault.NO_NUMBER),
        ({"is_taken": True}, Fault.NUMBER_TAKEN),
        ({"settings": Said(dated_on=None)}, Fault.NO_DATE),
        ({"settings": Said(closing=" ")}, Fault.NO_SUBJECT),
        ({"settings": Said(signatory_name="\u200b")}, Fault.NO_SIGNATORY),
        ({"strengths": " "}, Fault.NO_STRENGTHS),
        ({"improvements": ""}, Fault.NO_IMPROVEMENTS),
        ({"results": 0}, Fault.NO_RESULT),
        ({"pages": 7}, Fault.TOO_LONG),
        ({"has_failed": True}, Fault.FAILED),
    ],
)
def test_each_fault_is_found(changed, fault):
    assert faults(GOOD_LETTER) == []
    assert faults(replace(GOOD_LETTER, **changed)) == [fault]


def test_the_sign_of_repetition_never_begins_a_line():
    assert official("ด้านอื่น ๆ 2 ด้าน") == "ด้านอื่น\u00a0ๆ ๒ ด้าน"
