"""Thai text as it is typed and pasted: digits, invisible characters, sara am, the order of names."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import thai

AREAS = Path(__file__).parents[2] / "seed" / "areas.csv"
UNSTORABLE = [*map(chr, [*range(9), 11, 12, *range(14, 32), 0x7F]), "\ud800", "\udfff", "\ufffe", "\uffff"]

# conventions §7.
PROVINCES = [
    "กระบี่",
    "ชัยภูมิ",
    "เชียงราย",
    "เชียงใหม่ เขต 2",
    "เชียงใหม่ เขต 10",
    "ตราด",
    "พะเยา",
    "พัทลุง",
    "เพชรบุรี",
    "เพชรบูรณ์",
    "แพร่",
    "มุกดาหาร",
    "แม่ฮ่องสอน",
]
# As ICU 78.2 sorts them: Intl.Collator('th', {numeric: true}).
WORDS = [
    "กก",
    "กกุธภัณฑ์",
    "กฎ",
    "กด",
    "กต",
    "กระ",
    "กระจ่าง",
    "กระแจะ",
    "กลม",
    "กลวง",
    "กล้วย",
    "กอ",
    "ก่อ",
    "ก้อ",
    "ก๊อ",
    "ก๋อ",
    "กะ",
    "กา",
    "ก่า",
    "ก้า",
    "กำ",
    "กิน",
    "เก",
    "เก่า",
    "เก้า",
    "เกาะ",
    "เกิด",
    "เกียรติ",
    "แก",
    "แก่",
    "แก้ว",
    "โกง",
    "ไก",
    "ไก่",
    "ไกล",
    "ขวด",
    "เจ",
    "ใจ",
    "ไจ",
    "ทร์",
    "ทราย",
    "ปา",
    "ป่า",
    "ป้า",
    "ปู",
    "ปู่",
    "ปู้",
    "พะเยา",
    "พัทลุง",
    "เพชรบุรี",
    "เพชรบูรณ์",
    "รู",
    "ฤกษ์",
    "ฤดู",
    "ฤา",
    "สมชาย",
    "สมหญิง",
    "สระ",
    "เสือ",
    "เสื้อ",
    "แสง",
    "หอง",
    "ห่อง",
    "ห้อง",
]


@pytest.mark.parametrize("order", [PROVINCES, WORDS, ["เขต ๒", "เขต 3", "เขต ๑๐"]], ids=["provinces", "words", "numbers"])
def test_names_come_in_the_order_of_the_dictionary(order):
    backwards = order[::-1]
    assert sorted(backwards, key=thai.sort_key) == order


@pytest.mark.parametrize("column", ["name_th", "short_th"])
def test_the_order_of_all_offices_is_that_of_the_reference_data(column):
    with AREAS.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["sort_th"]))
    pairs = list(pairwise(row[column] for row in rows))
    wrong = [pair for pair in pairs if not thai.sort_key(pair[0]) < thai.sort_key(pair[1])]
    assert len(pairs) == 244
    assert wrong == []


@pytest.mark.parametrize(
    ("first", "second"), [("กา ขา", "กาขา"), ("ก่า", "กา"), ("สพป.ตาก เขต 1", "สพปตาก เขต 1"), ("ตราด-1", "ตราด1")]
)
def test_two_different_names_never_have_the_same_place(first, second):
    assert thai.sort_key(first) != thai.sort_key(second)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("๐๑๒๓๔๕๖๗๘๙", "0123456789"),
        ("０１２３４５６７８９", "0123456789"),
        ("ปี ๒๕๖๖ รอบ 6", "ปี 2566 รอบ 6"),
        ("१२ ١٢", "१२ ١٢"),
        ("½ Ⅳ ²", "½ Ⅳ ²"),
    ],
)
def test_thai_and_full_width_digits_are_read_and_no_others(typed, read):
    assert thai.ascii_digits(typed) == read


def test_digits_are_written_in_thai_for_letters():
    assert thai.thai_digits("ศธ 04003/106 ลงวันที่ 31") == "ศธ ๐๔๐๐๓/๑๐๖ ลงวันที่ ๓๑"


@pytest.mark.parametrize("sign", UNSTORABLE, ids=lambda sign: f"U+{ord(sign):04X}")
def test_what_no_spreadsheet_can_carry_is_taken_out(sign):
    """TX4, TX5."""
    assert thai.storable(f"ก{sign}ข") == "กข"


@pytest.mark.parametrize(
    "typed",
    [
        "น้ำ ฤๅ ฯลฯ ๛ เก็บ\u200bไว้ ฝาก\u200cไว้",  # TX1
        "ก\u0e4d\u0e32ลัง",  # TX2
        "ครู 👩‍🏫 🇹🇭",  # TX3
        "<script>alert(1)</script> {{7*7}} ${7*7} {%print 1%}",  # TX9
        "' OR 1=1 -- \"; DROP TABLE x; % _",  # TX11
        '=HYPERLINK("x") +1 -1 @SUM ＝1',  # TX12
        "  นำ\tหน้า\n\nตามหลัง  ",  # TX13
        "“Word” ‘quotes’ soft\u00adhyphen line\u2028separator",  # TX14
        "ก" * 5000,  # TX15
        "ก" + "\u0e49" * 200,  # TX16
    ],
)
def test_a_long_text_is_kept_as_it_was_typed(typed):
    assert thai.storable(typed) == typed


@pytest.mark.parametrize(("typed", "kept"), [("ก\r\nข", "ก\nข"), ("ก\rข", "ก\nข"), ("ก\nข\r\n\r\nค", "ก\nข\n\nค")])
def test_line_breaks_are_of_one_kind(typed, kept):
    assert thai.storable(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  ผู้รายงาน   สาธิต ", "ผู้รายงาน สาธิต"),
        ("นาง\r\nBcc: x@y.th", "นาง Bcc: x@y.th"),
        ("ก\u0e4d\u0e32พล", "กำพล"),
        ("น\u0e4d\u0e49\u0e32ใส", "น้ำใส"),
        ("เ\u0e40ม่", "แม่"),
        ("cafe\u0301", "café"),
        ("\ufeffธน\u200bกร\u2060", "ธนกร"),
        ("\u202egnp\u202c.\u2066x\u2069\u200e", "gnp.x"),
        ("ชื่อ\u00a0สกุล\u2028ยาว", "ชื่อ สกุล ยาว"),
        ("นาง'; --", "นาง'; --"),
        ("ค\x00น", "คน"),
    ],
)
def test_a_name_is_one_clean_line(typed, kept):
    """TX2, TX5, TX13, TX19, TX24."""
    assert thai.single_line(typed) == kept


@pytest.mark.parametrize("typed", [None, "", " ", "\t\n", "\u00a0", "\u200b", "\ufeff \u2060", "\u200c\u200d", "\u3000"])
def test_what_nobody_can_read_is_blank(typed):
    """TX8."""
    assert thai.is_blank(typed)


@pytest.mark.parametrize("typed", ["0", ".", "-", "ๆ", " ก "])
def test_whatever_can_be_read_is_not_blank(typed):
    assert not thai.is_blank(typed)


@pytest.mark.parametrize("typed", ["สพป ชัยภูมิ 3", "สพป.ชัยภูมิ เขต ๓", "สพป. ชัยภูมิ, เขต 3", "สพปชัยภูมิ3"])
def test_an_office_is_found_however_it_is_typed(typed):
    assert thai.search_key(typed) == thai.search_key("สพป.ชัยภูมิ เขต 3")


def test_another_office_is_not_found_by_mistake():
    assert thai.search_key("สพป.ชัยภูมิ เขต 3") != thai.search_key("สพป.ชัยภูมิ เขต 2")
    assert thai.search_key("สพป.ชัยภูมิ เขต 3") != thai.search_key("สพม.ชัยภูมิ เขต 3")


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(st.characters() | st.sampled_from("เแำาํ้่\u200b\u202e\ufeff\r\n \x00"), max_size=40))
def test_cleaning_twice_changes_nothing_more(text):
    once = thai.single_line(text)
    assert thai.single_line(once) == once
    assert not set(once) & {*UNSTORABLE, "\n", "\r", "\u202e", "\u200b"}
    assert thai.storable(thai.storable(text)) == thai.storable(text)


@pytest.mark.parametrize(
    ("text", "carried", "typed"),
    [
        ("12", 12, 12),
        ("๑๒", None, 12),
        (" 12 ", None, 12),
        ("²", None, None),
        ("-1", None, None),
        ("1.0", None, None),
        ("", None, None),
        ("9" * 9, 999_999_999, 999_999_999),
        ("9" * 10, None, None),
        ("9" * 5000, None, None),
    ],
)
def test_a_number_is_read_from_a_page_as_it_is_and_from_a_person_as_it_is_meant(text, carried, typed):
    assert (thai.whole_number(text), thai.typed_number(text)) == (carried, typed)
