"""What is shown of a file, that it is made once, and that whoever makes it can be hurt by nothing."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from PIL import Image

from app.previews import PreviewStore, TooBusy
from app.services import children, previews
from tests import files

WORKBOOK = {
    "xl/workbook.xml": '<w><sheets><sheet name="ผลรายโรงเรียน"/></sheets></w>',
    "xl/sharedStrings.xml": "<s><si><r><t>โรง</t></r><r><t>เรียน</t></r></si></s>",
    "xl/worksheets/sheet1.xml": '<s><row><c r="A1" t="s"><v>0</v></c><c r="C1"><v>12</v></c></row>'
    '<row><c r="A2" t="inlineStr"><is><t>&lt;b&gt;</t></is></c></row></s>',
}
SLIDES = {f"ppt/slides/slide{n}.xml": f"<s><a:p xmlns:a='a'><a:t>สไลด์ {n}</a:t></a:p></s>" for n in (1, 2, 10)}
DOCUMENT = (
    '<w:d xmlns:w="x"><w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:t>บันทึก</w:t></w:p>'
    "<w:tbl><w:tr><w:tc><w:p><w:t>ก</w:t></w:p></w:tc><w:tc><w:p><w:t>ข</w:t></w:p></w:tc></w:tr></w:tbl>"
    "<w:p><w:t>ต่อ</w:t><w:br/><w:t>บรรทัด</w:t></w:p></w:d>"
)


@pytest.fixture
def store(tmp_path: Path) -> PreviewStore:
    return PreviewStore(tmp_path / "previews", most_bytes=10_000_000, most_children=2)


@pytest.fixture
def kept(tmp_path: Path):
    """A file of the store with its hash: kept(content) → (source, sha256)."""

    def keep(content: bytes) -> tuple[previews.Source, str]:
        path = tmp_path / "kept"
        path.write_bytes(content)
        return lambda: nullcontext(path), hashlib.sha256(content).hexdigest()

    return keep


@pytest.mark.parametrize(
    ("extension", "content", "number"),
    [
        ("pdf", files.written(pages=3), 3),
        ("pdf", files.huge_page(), 1),
        ("png", files.picture(mode="RGBA"), 1),
        ("png", files.picture(mode="P"), 1),
        ("png", files.picture(mode="I;16"), 1),
        ("jpg", files.picture("JPEG", size=(9000, 6000)), 1),
    ],
    ids=["the third page", "a page as large as a village", "transparent", "palette", "sixteen bits", "a large photograph"],
)
def test_a_page_is_drawn_anew_and_no_larger_than_a_screen_needs(store, kept, extension, content, number):
    made = previews.page(store, *kept(content), extension, number)
    with Image.open(made) as drawn:
        assert drawn.format == "WEBP"
        assert max(drawn.size) <= 2400
    assert content not in made.read_bytes()


def test_a_photograph_loses_where_it_was_taken(store, kept):
    exif = Image.Exif()
    exif[0x010E] = "GPS-SECRET"
    out = io.BytesIO()
    Image.new("RGB", (50, 50), "red").save(out, "JPEG", exif=exif)
    assert b"GPS-SECRET" in out.getvalue()
    assert b"GPS-SECRET" not in previews.page(store, *kept(out.getvalue()), "jpg", 1).read_bytes()


@pytest.mark.parametrize(
    ("extension", "content", "number"),
    [
        ("pdf", b"%PDF-1.4 broken", 1),
        ("pdf", files.locked(), 1),
        ("pdf", files.written(), 2),
        ("png", files.bomb_picture(), 1),
        ("png", files.picture()[:-60], 1),
        ("png", b"<svg onload=alert(1)>", 1),
        ("jpg", b"<html><script>", 1),
        ("jpg", files.picture("JPEG"), 2),
    ],
    ids=[
        "broken",
        "locked",
        "no such page",
        "a bomb",
        "cut short",
        "SVG in disguise",
        "HTML in disguise",
        "page 2 of a picture",
    ],
)
def test_what_does_not_open_has_no_preview_and_is_not_tried_again(store, kept, monkeypatch, extension, content, number):
    with pytest.raises(previews.NoPreview):
        previews.page(store, *kept(content), extension, number)
    monkeypatch.setattr(children, "ask", None)
    with pytest.raises(previews.NoPreview):
        previews.page(store, *kept(content), extension, number)


@pytest.mark.parametrize(
    ("extension", "parts", "blocks"),
    [
        ("docx", {"word/document.xml": DOCUMENT}, [["h", "บันทึก"], ["t", [["ก", "ข"]]], ["p", "ต่อ\nบรรทัด"]]),
        ("xlsx", WORKBOOK, [["h", "ผลรายโรงเรียน"], ["t", [["โรงเรียน", "", "12"], ["<b>", "", ""]]]]),
        ("pptx", SLIDES, [["h", "1"], ["p", "สไลด์ 1"], ["h", "2"], ["p", "สไลด์ 2"], ["h", "3"], ["p", "สไลด์ 10"]]),
    ],
)
def test_the_text_of_an_office_file(store, kept, extension, parts, blocks):
    said = previews.text(store, *kept(files.office(extension, parts)), extension)
    assert said == {"blocks": blocks, "cut": False}


@pytest.mark.parametrize(
    "content",
    [
        files.entity_bomb(),
        files.broken_archive(),
        b"no zip",
        files.office("docx", {"word/document.xml": "<w:d"}),
        files.office("docx", {f"x{n}": "" for n in range(1001)}),
    ],
    ids=["a billion laughs", "damaged", "no archive", "no XML", "a thousand members"],
)
def test_a_hostile_office_file_has_no_text(store, kept, content):
    with pytest.raises(previews.NoPreview):
        previews.text(store, *kept(content), "docx")


def test_a_long_text_is_cut_and_says_so(store, kept):
    paragraph = f"<w:p><w:t>{'ก' * 1000}</w:t></w:p>"
    said = previews.text(
        store, *kept(files.office("docx", {"word/document.xml": f'<w:d xmlns:w="x">{paragraph * 300}</w:d>'})), "docx"
    )
    assert said["cut"]
    assert 150 < len(said["blocks"]) <= 200


def test_a_large_sheet_shows_its_first_rows_and_columns(store, kept):
    row = (
        "<row>"
        + "".join(f'<c r="{chr(65 + n % 26) if n < 26 else "A" + chr(39 + n)}1"><v>{n}</v></c>' for n in range(40))
        + "</row>"
    )
    parts = WORKBOOK | {"xl/worksheets/sheet1.xml": f"<s>{row * 500}</s>"}
    said = previews.text(store, *kept(files.office("xlsx", parts)), "xlsx")
    assert said["cut"]
    table = said["blocks"][1][1]
    assert (len(table), len(table[0])) == (200, 30)


def test_a_preview_is_made_once(store, kept, monkeypatch):
    source, sha256 = kept(files.written())
    first = previews.page(store, source, sha256, "pdf", 1)
    monkeypatch.setattr(children, "ask", None)
    assert previews.page(store, source, sha256, "pdf", 1) == first


@pytest.mark.parametrize(
    "body",
    [
        "sys.stdout.write('<html><script>alert(1)</script>')",
        "sys.stdout.buffer.write(b'RIFF' + bytes(4) + b'WEBPVP8 ')",
        "while True: sys.stdout.write('x' * 10000)",
        "bytearray(2 * 1024 ** 3)",
        "os.kill(os.getpid(), 9)",
        "os.write(os.open(sys.argv[2], os.O_WRONLY), b'x')",
        "import time; time.sleep(60)",
        "while True: pass",
    ],
    ids=["HTML", "half a picture", "an endless answer", "memory", "killed", "writing", "asleep", "busy"],
)
def test_a_child_that_was_taken_over_shows_nothing_and_hurts_nobody(store, kept, monkeypatch, tmp_path, body):
    child = tmp_path / "child.py"
    child.write_text(f"import os, sys\n{body}\n")
    for name, value in (("CHILD", child), ("CHILD_SECONDS", 1), ("GRACE_SECONDS", 1)):
        monkeypatch.setattr(previews, name, value)
    source, sha256 = kept(b"as it was")
    with pytest.raises(previews.NoPreview):
        previews.page(store, source, sha256, "pdf", 1)
    assert (tmp_path / "kept").read_bytes() == b"as it was"
    assert list(store.root.glob("??/*/*")) == []


def test_what_failed_by_accident_is_tried_again(store, kept, monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text("import os; os.abort()")
    source, sha256 = kept(files.written())
    with monkeypatch.context() as once:
        once.setattr(previews, "CHILD", child)
        with pytest.raises(previews.NoPreview):
            previews.page(store, source, sha256, "pdf", 1)
    assert previews.page(store, source, sha256, "pdf", 1).exists()


def test_so_many_children_at_once_and_no_more(store, monkeypatch):
    monkeypatch.setattr("app.previews.WAIT_SECONDS", 0.1)
    with store.slot(), store.slot(), pytest.raises(TooBusy), store.slot():
        pass
    with store.slot():
        pass


def test_whoever_waits_gets_the_slot_that_comes_free(store):
    entered = threading.Event()

    def hold() -> None:
        with store.slot():
            entered.set()
            time.sleep(0.3)

    others = [threading.Thread(target=hold) for _ in range(2)]
    for other in others:
        other.start()
    entered.wait(5)
    with store.slot():
        pass
    for other in others:
        other.join()


def test_the_folder_stays_within_its_bound_and_keeps_what_was_looked_at_last(tmp_path):
    store = PreviewStore(tmp_path / "previews", most_bytes=1000, most_children=1)
    hashes = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(12)]
    for age, sha256 in enumerate(hashes):
        path = store.keep(sha256, "1.webp", bytes(100))
        os.utime(path, (age, age))
    assert store.find(hashes[0], "1.webp")  # looked at now
    assert store.sweep() == 4
    assert store.find(hashes[0], "1.webp")
    assert [store.find(sha256, "1.webp") for sha256 in hashes[1:5]] == [None] * 4
    assert store.sweep() == 0


@pytest.mark.parametrize(
    ("sha256", "name"), [("../../etc", "1.webp"), ("a" * 64, "../1.webp"), ("a" * 64, "1.html"), ("A" * 64, "1.webp")]
)
def test_no_name_leads_out_of_the_folder(store, sha256, name):
    with pytest.raises(ValueError, match=r".*"):
        store.find(sha256, name)


def test_the_child_knows_nothing_of_the_application():
    text = previews.CHILD.read_text("utf-8")
    assert "import app" not in text
    assert "from app" not in text
