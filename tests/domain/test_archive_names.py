"""Names in an archive: readable, in the order of the indicators, good on every system, and never two alike."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.archive_names import MOST_PATH_UNITS, Names, cut, padded, units

OFFICE = "สพป.ชัยภูมิ เขต 3"
HOSTILE = [
    "../../etc/passwd",
    "..\\..\\windows\\system32.dll",
    "C:evil.pdf",
    "con.pdf",
    "a" * 300 + ".pdf",
    "ก" + "่" * 300 + ".pdf",
    "👩‍👩‍👧" * 90 + ".pdf",
    "\u202egpj.exe",
    "x\x00\x07\n\t.pdf",
    "name. . .",
    ".pdf",
    "",
    '<>:"/\\|?*.pdf',
    "e\u0301\u200d\u0301.pdf",
]
TEXTS = st.one_of(st.text(max_size=260), st.sampled_from(HOSTILE))
CODES = st.one_of(st.text(max_size=24), st.sampled_from(["QP-4", "AP-1.1", "CON.1", "../x", "LPT1"]))
SLOTS = st.sampled_from(["criterion.1", "criterion.12", "pa.lesson", "pa.evidence", "../up", ""])


def name_of(original: str, *, code: str = "QP-4", slot: str = "criterion.2") -> str:
    return Names().evidence(code, slot, original, OFFICE)


def test_a_file_is_named_by_indicator_issue_its_own_name_and_the_office():
    assert name_of("คำสั่ง.pdf") == "QP-04-2_คำสั่ง_สพป.ชัยภูมิ เขต 3.pdf"
    assert name_of("ถอดบทเรียน.PDF", code="QP-6a", slot="pa.lesson") == "QP-06a-PA-ถอดบทเรียน_ถอดบทเรียน_สพป.ชัยภูมิ เขต 3.PDF"
    assert name_of("รูป 1.jpeg", slot="pa.evidence") == "QP-04-PA-หลักฐาน_รูป 1_สพป.ชัยภูมิ เขต 3.jpeg"
    assert Names().report("QP-4", OFFICE) == "QP-04-0_รายงาน_สพป.ชัยภูมิ เขต 3.pdf"
    assert Names().folder(OFFICE, "P-CPM-3") == "สพป.ชัยภูมิ เขต 3 [P-CPM-3]/"


def test_names_sort_as_the_indicators_do_and_a_report_stands_before_its_evidence():
    order = ["AP-1.1", "AP-1.2", "AP-2.1", "AP-10.1", "QP-1", "QP-2", "QP-6a", "QP-6b", "QP-10", "QP-X1", "QP-X2"]
    order += ["STD-3.2", "STD-3.10"]
    assert sorted(set(order), key=padded) == order
    names = Names()
    given_out = [names.report("QP-4", OFFICE)]
    given_out += [names.evidence("QP-4", slot, "ก.pdf", OFFICE) for slot in ("criterion.1", "criterion.2", "pa.lesson")]
    assert sorted(given_out) == given_out


def test_a_second_of_the_same_name_is_numbered_whatever_its_case_and_each_folder_counts_for_itself():
    names = Names()
    found = [names.evidence("QP-4", "criterion.2", name, OFFICE) for name in ("Plan.pdf", "plan.PDF", "plan.pdf")]
    assert found == [
        "QP-04-2_Plan_สพป.ชัยภูมิ เขต 3.pdf",
        "QP-04-2_plan_สพป.ชัยภูมิ เขต 3 (2).PDF",
        "QP-04-2_plan_สพป.ชัยภูมิ เขต 3 (3).pdf",
    ]
    assert names.evidence("QP-4", "criterion.2", "plan.pdf", OFFICE, folder="ก/") == "ก/QP-04-2_plan_สพป.ชัยภูมิ เขต 3.pdf"
    assert [names.folder("a", "b"), names.folder("A", "B")] == ["a [b]/", "A [B] (2)/"]


def test_two_long_names_that_are_cut_alike_stay_two():
    names = Names()
    found = [names.evidence("QP-4", "criterion.2", f"{'ย' * 250}{end}.pdf", OFFICE) for end in "กข"]
    assert len(set(found)) == 2
    assert all("…" in name and name.endswith(".pdf") and units(name) <= MOST_PATH_UNITS for name in found)


@pytest.mark.parametrize(
    ("text", "most", "cut_to"),
    [
        ("คำสั่ง", 6, "คำสั่ง"),
        ("คำสั่งแต่งตั้ง", 7, "คำสั่ง…"),
        ("คำสั่งแต่งตั้ง", 6, "คำสั่…"),
        ("คำสั่งแต่งตั้ง", 5, "คำ…"),
        ("คำสั่งแต่งตั้ง", 8, "คำสั่ง…"),
        ("ab 👍👍", 5, "ab…"),
        ("ก่่่่่่่", 3, "…"),
    ],
)
def test_a_name_is_cut_between_letters_and_never_in_a_letter(text, most, cut_to):
    assert cut(text, most) == cut_to


def assert_good(path: str) -> None:
    assert units(path) <= MOST_PATH_UNITS
    assert units(path) == len(path.encode("utf-16-le")) // 2
    assert unicodedata.is_normalized("NFC", path)
    assert not PurePosixPath(path).is_absolute()
    assert not PureWindowsPath(path).anchor
    for part in path.removesuffix("/").split("/"):
        assert part not in {"", ".", ".."}
        assert not re.search(r'[<>:"\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]', part)
        assert part == part.strip(" ") and not part.endswith(".")
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9¹²³]) *(\..*)?", part)


@given(TEXTS, CODES, SLOTS, TEXTS, CODES)
@settings(max_examples=250)
@example("คำสั่ง.pdf", "CON.1", "criterion.1", "", "")
def test_every_name_is_good_on_every_system(original, code, slot, office, area_code):
    names = Names()
    folder = names.folder(office, area_code)
    assert_good(folder)
    given_out = [names.report(code, office, folder=folder)]
    given_out += [names.evidence(code, slot, original, office, folder=folder) for _ in range(3)]
    for name in given_out:
        assert name.startswith(folder)
        assert name.count("/") == 1
        assert_good(name)
    assert len({unicodedata.normalize("NFKD", name).casefold() for name in given_out}) == 4


@given(st.lists(TEXTS, max_size=12))
@settings(max_examples=100)
def test_no_two_files_of_a_slot_are_named_alike(originals):
    names = Names()
    found = [names.evidence("QP-4", "criterion.2", name, OFFICE) for name in originals]
    assert len({unicodedata.normalize("NFC", name).casefold() for name in found}) == len(originals)


@given(st.text(max_size=40), st.sampled_from(["pdf", "docx", "JPG", "mp4"]))
def test_a_file_keeps_its_extension(stem, extension):
    assert name_of(f"a{stem}.{extension}").endswith(f".{extension}")
