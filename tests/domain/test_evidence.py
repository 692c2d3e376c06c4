"""Which files are taken, and the name that a file keeps for people."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import evidence
from app.domain.errors import Refused
from app.domain.evidence import MEDIA_KINDS

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("number", "name", "kept", "extension"),
    [
        ("U1", "รายงานผล ๒๕๖๖ (รอบ 6 เดือน).pdf", "รายงานผล ๒๕๖๖ (รอบ 6 เดือน).pdf", "pdf"),
        ("U2", "ก\u0e4d\u0e32ลัง.pdf", "กำลัง.pdf", "pdf"),
        ("U2", "cafe\u0301.pdf", "café.pdf", "pdf"),
        ("U3", "ก" * 81 + ".pdf", "ก" * 81 + ".pdf", "pdf"),
        ("U5", "../../etc/passwd.pdf", "passwd.pdf", "pdf"),
        ("U5", "..\\..\\x.pdf", "x.pdf", "pdf"),
        ("U5", "/abs.pdf", "abs.pdf", "pdf"),
        ("U5", "C:\\x.pdf", "x.pdf", "pdf"),
        ("U6", "a%2e%2e%2fb.pdf", "a%2e%2e%2fb.pdf", "pdf"),
        ("U6", "a%00.pdf", "a%00.pdf", "pdf"),
        ("U6", "a\x00.pdf", "a.pdf", "pdf"),
        ("U7", "<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf", "pdf"),
        ("U7", '"><script>.pdf', '"><script>.pdf', "pdf"),
        ("U8", "a\r\nSet-Cookie:x.pdf", "a Set-Cookie:x.pdf", "pdf"),
        ("U12", "report.PDF", "report.PDF", "pdf"),
        ("U12", "photo.JPeG", "photo.JPeG", "jpg"),
        ("U13", "report.pdf ", "report.pdf", "pdf"),
        ("U13", "report.pdf.", "report.pdf", "pdf"),
        ("U13", " report.pdf . .", "report.pdf", "pdf"),
        ("U29", "clip.m4v", "clip.m4v", "mp4"),
        ("U29", "clip.MOV", "clip.MOV", "mov"),
        ("TX5", "a\ud800.pdf", "a.pdf", "pdf"),
    ],
)
def test_a_name_is_cleaned_and_its_kind_is_known(number, name, kept, extension):
    cleaned = evidence.safe_name(name)
    assert cleaned == kept
    assert evidence.kind_of(cleaned).extension == extension


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("U6", "a.pdf\x00.exe"),
        ("U9", "รายงาน\u202efdp.exe"),
        *[("U10", name) for name in (".htaccess", ".pdf", "pdf", " ", "", "..", "a/", "\u200b")],
        *[("U11", f"report.{extension}") for extension in ("pdf.exe", "exe", "bat", "js", "lnk", "iso")],
        *[("U24", name) for name in ("a.svg", "a.html")],
        ("U27", "a.webp"),
    ],
)
def test_other_kinds_are_refused_and_the_kinds_that_are_taken_are_named(number, name):
    with pytest.raises(Refused) as refusal:
        evidence.kind_of(evidence.safe_name(name))
    assert refusal.value.message.values["kinds"] == "PDF, JPG, PNG, MP4, MOV, DOCX, XLSX, PPTX"


@pytest.mark.parametrize(
    ("number", "name", "advice"),
    [
        *[("U30", name, "Save it as DOCX, XLSX, PPTX or PDF") for name in ("a.doc", "a.xls", "a.PPT", "a.odt", "a.rtf")],
        *[("U31", name, "Save it without macros or as PDF") for name in ("a.docm", "a.XLSM", "a.pptm", "a.xlsb")],
        *[("U33", name, "Unpack it and attach the files themselves") for name in ("a.zip", "a.rar", "a.7z", "a.tar.gz")],
    ],
)
def test_kinds_that_people_do_send_are_refused_with_what_to_send_instead(number, name, advice):
    with pytest.raises(Refused, match=advice) as refusal:
        evidence.kind_of(evidence.safe_name(name))
    assert refusal.value.message.values == {"name": name}


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "a.heif"])
def test_a_picture_of_a_telephone_is_refused_with_the_way_to_convert_it(name):
    """U27."""
    with pytest.raises(Refused, match="Most Compatible"):
        evidence.kind_of(name)


@pytest.mark.parametrize("name", ["CON.pdf", "nul.pdf", "com1.docx", "LPT9.xlsx", "aux.tar.pdf"])
def test_a_name_that_windows_keeps_for_itself_can_still_be_downloaded_there(name):
    """U10."""
    stem = evidence.safe_name(name).partition(".")[0]
    assert stem.upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}


@pytest.mark.parametrize("name", ["ก" * 300 + ".pdf", "a." * 200 + "pdf", "ก" * 5000 + ".JPEG"])
def test_a_long_name_is_shortened_and_keeps_its_extension(name):
    """U4."""
    cleaned = evidence.safe_name(name)
    assert len(cleaned) <= evidence.MAX_NAME_CHARACTERS
    assert "…" in cleaned
    assert cleaned.rpartition(".")[2] == name.rpartition(".")[2]


@pytest.mark.parametrize("name", ["a." + "b" * 300, "ก" * 300])
def test_no_name_is_longer_than_200_characters(name):
    """U4."""
    assert len(evidence.safe_name(name)) <= evidence.MAX_NAME_CHARACTERS


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(st.sampled_from("./\\ \x00\r\n\u202e\u200bกำเ:") | st.characters(), max_size=60))
def test_no_name_ever_leaves_its_folder_or_carries_controls(name):
    cleaned = evidence.safe_name(name)
    assert cleaned
    assert not set(cleaned) & set("/\\\x00\r\n\u202e\u200b")
    assert not cleaned.startswith(".")
    assert evidence.safe_name(cleaned) == cleaned


@pytest.mark.parametrize("kind", MEDIA_KINDS.values(), ids=lambda kind: kind.extension)
def test_the_content_must_be_what_the_name_says(kind):
    """U20, U32."""
    evidence.require_content(kind, kind.extension, "ก")
    for found in [None, "exe", "html", *(other for other in MEDIA_KINDS if other != kind.extension)]:
        with pytest.raises(Refused) as refusal:
            evidence.require_content(kind, found, "ก.x")
        assert refusal.value.message.values == {"name": "ก.x", "kind": kind.extension.upper()}


@pytest.mark.parametrize(("extension", "found"), [("jpg", "jpeg"), ("mp4", "m4v")])
def test_other_spellings_of_a_kind_are_the_same_kind(extension, found):
    evidence.require_content(MEDIA_KINDS[extension], found, "ก")


@pytest.mark.parametrize(("extension", "limit"), [("pdf", 50), ("docx", 50), ("png", 50), ("mp4", 300), ("mov", 300)])
def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(extension, limit):
    """U15."""
    kind = MEDIA_KINDS[extension]
    evidence.require_size(kind, limit * MB, "ก", max_file_mb=50, max_clip_mb=300)
    with pytest.raises(Refused) as refusal:
        evidence.require_size(kind, limit * MB + 1, "ก", max_file_mb=50, max_clip_mb=300)
    assert (refusal.value.message.values["limit"], refusal.value.message.values["size"]) == (limit, limit + 1)


def test_an_empty_file_is_refused_as_empty():
    """U14."""
    with pytest.raises(Refused, match="is empty"):
        evidence.require_size(MEDIA_KINDS["pdf"], 0, "ก", max_file_mb=50, max_clip_mb=300)
    evidence.require_size(MEDIA_KINDS["pdf"], 1, "ก", max_file_mb=50, max_clip_mb=300)


@pytest.mark.parametrize("extension", sorted(set(MEDIA_KINDS) - {"pdf"}))
def test_a_lesson_that_is_no_pdf_is_refused(extension):
    with pytest.raises(Refused, match="must be a PDF"):
        evidence.require_kind_of_slot(MEDIA_KINDS[extension], evidence.PA_LESSON)


@pytest.mark.parametrize(("extension", "slot"), [("pdf", "pa.lesson"), ("docx", "pa.evidence"), ("mp4", "criterion.1")])
def test_every_other_kind_of_file_has_its_place(extension, slot):
    evidence.require_kind_of_slot(MEDIA_KINDS[extension], slot)


def test_the_picker_offers_every_kind_that_is_taken():
    for extension in evidence.PICKER_ACCEPT.split(","):
        evidence.kind_of(f"ก{extension}")
    assert {f".{extension}" for extension in MEDIA_KINDS} <= set(evidence.PICKER_ACCEPT.split(","))


def test_a_slot_is_named_as_in_the_contract():
    assert evidence.criterion_slot(4) == "criterion.4"
