"""The ZIP of an office or of a round: everything that was handed in, and never a word less without saying so."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import struct
import subprocess
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from flask_babel import force_locale

from app.exports import archive, report_paper, zip_stream
from app.exports.archive import MANIFEST_CSV, MANIFEST_JSON, READ_FIRST, Fault, Order
from app.exports.pdf import PdfUnavailable
from app.exports.zip_stream import ArchiveBroken, Measured, ZipStream, measure
from app.extensions import db
from app.models import Evidence, Round
from app.queries import archive as queries
from app.queries.archive import Dossier, Line, SentFile, Size
from app.storage import FolderStore, evidence_store
from tests.conftest import NOW
from tests.exports.test_report_paper import AREA, ROUND, SHEET, squeezed, text_of
from tests.person import pdf
from tests.reviews import hand_in_really
from tests.services.doing import area_id_of, looking

OFFICE = "สพป.ชัยภูมิ เขต 3"
LISTS = [READ_FIRST, MANIFEST_CSV, MANIFEST_JSON]
BIG = os.urandom(3 * zip_stream.CHUNK_BYTES + 7)


@pytest.fixture
def store(tmp_path) -> FolderStore:
    return FolderStore(tmp_path / "evidence")


@pytest.fixture(autouse=True)
def context(app):
    with app.app_context():
        yield


def drawn(sheet) -> bytes:
    """Stands for the PDF, whose drawing has tests of its own."""
    return f"%PDF {sheet.receipt_number} ".encode() * 200


def sent(store: FolderStore, slot: str, name: str, content: bytes) -> SentFile:
    incoming = store.receive()
    incoming.write(content)
    kept = store.keep(incoming)
    return SentFile(name, slot, name, kept.size, kept.sha256, storage_key=kept.key)


def office(*files: SentFile, code: str = "P-CPM-3", name: str = OFFICE, indicators: tuple[str, ...] = ("QP-4",)) -> Dossier:
    """An office that handed in reports on these indicators, with the files on the first of them."""
    sheets = [
        replace(SHEET, full_code=indicator, receipt_number=f"{code}-{indicator}", files=files if not place else ())
        for place, indicator in enumerate(indicators)
    ]
    return Dossier(ROUND, AREA | {"code": code}, name, NOW, tuple(Line(one.full_code, "", "", one) for one in sheets))


def order_of(*offices: Dossier, in_folders: bool = False) -> Order:
    sheets = [sheet for one in offices for sheet in one.sheets]
    files = [file for sheet in sheets for file in sheet.files]
    return Order("2566-6", NOW, Size(len(sheets), len(files), sum(file.size for file in files)), in_folders)


def write(store: FolderStore, *offices: Dossier, in_folders: bool = False, draw=drawn, **more):
    out = store.receive()
    order = more.pop("order", None) or order_of(*offices, in_folders=in_folders)
    made = archive.write(out, order, offices, store=store, draw=draw, **more)
    return out, made


def rows_of(opened: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(opened.read(MANIFEST_CSV).decode("utf-8-sig"))))


def three_files(store: FolderStore) -> list[SentFile]:
    return [
        sent(store, "criterion.2", "คำสั่ง.pdf", b"%PDF order"),
        sent(store, "criterion.2", "คำสั่ง.pdf", BIG),
        sent(store, "pa.lesson", "บทเรียน.pdf", b"%PDF lesson"),
    ]


def test_an_office_gets_its_reports_and_evidence_under_readable_names(store):
    files = three_files(store)
    out, made = write(store, office(*files, indicators=("QP-4", "QP-X1")))
    with zipfile.ZipFile(out.path) as opened:
        assert opened.namelist() == [
            "QP-04-0_รายงาน_สพป.ชัยภูมิ เขต 3.pdf",
            "QP-04-2_คำสั่ง_สพป.ชัยภูมิ เขต 3.pdf",
            "QP-04-2_คำสั่ง_สพป.ชัยภูมิ เขต 3 (2).pdf",
            "QP-04-PA-ถอดบทเรียน_บทเรียน_สพป.ชัยภูมิ เขต 3.pdf",
            "QP-X01-0_รายงาน_สพป.ชัยภูมิ เขต 3.pdf",
            *LISTS,
        ]
        assert opened.testzip() is None
        assert opened.read("QP-04-2_คำสั่ง_สพป.ชัยภูมิ เขต 3 (2).pdf") == BIG
        assert opened.read("QP-X01-0_รายงาน_สพป.ชัยภูมิ เขต 3.pdf") == drawn(replace(SHEET, receipt_number="P-CPM-3-QP-X1"))
    assert (made.offices, made.reports, made.files, made.bytes) == (1, 2, 3, sum(file.size for file in files))
    assert made.faults == []


def test_what_was_received_is_kept_with_the_hash_of_what_lies_there(store):
    out, _ = write(store, office(*three_files(store)))
    kept = store.keep(out)
    content = store.path(kept.key).read_bytes()
    assert (kept.size, kept.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_each_office_of_a_round_has_a_folder_and_who_sent_nothing_is_named(store):
    other = office(sent(store, "criterion.1", "ก.png", b"x"), code="S-CPM", name="สพม.ชัยภูมิ")
    nobody = office(code="P-CPM-1", name="สพป.ชัยภูมิ เขต 1", indicators=())
    out, made = write(store, office(*three_files(store)), nobody, other, in_folders=True)
    with zipfile.ZipFile(out.path) as opened:
        folders = {name.partition("/")[0] for name in opened.namelist() if "/" in name}
        assert folders == {"สพป.ชัยภูมิ เขต 3 [P-CPM-3]", "สพม.ชัยภูมิ [S-CPM]"}
        assert "สพป.ชัยภูมิ เขต 1" in opened.read(READ_FIRST).decode("utf-8-sig")
    assert (made.offices, made.without_reports) == (2, ["สพป.ชัยภูมิ เขต 1"])


def test_the_manifest_has_a_row_for_each_report_and_file_and_its_hashes_are_those_of_the_archive(store):
    out, made = write(store, office(*three_files(store)), in_folders=True)
    with zipfile.ZipFile(out.path) as opened:
        rows, said = rows_of(opened), json.loads(opened.read(MANIFEST_JSON))
        assert [row["path"] for row in rows] == [name for name in opened.namelist() if name not in LISTS]
        for row in rows:
            content = opened.read(row["path"])
            assert (int(row["size"]), row["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert [(row["kind"], row["issue"], row["state"]) for row in rows] == [
        ("report", "", "ok"),
        ("evidence", "2", "ok"),
        ("evidence", "2", "ok"),
        ("evidence", "PA-ถอดบทเรียน", "ok"),
    ]
    assert rows[1]["original_name"] == "คำสั่ง.pdf"
    assert (rows[1]["office_code"], rows[1]["office"], rows[1]["indicator"]) == ("P-CPM-3", OFFICE, "QP-4")
    assert (rows[1]["receipt_number"], rows[1]["handed_in_at"]) == ("P-CPM-3-QP-4", NOW.isoformat())
    as_text = [{key: "" if value is None else str(value) for key, value in entry.items()} for entry in said["entries"]]
    assert as_text == rows
    assert (said["round"], said["as_of"]) == ("2566-6", NOW.isoformat())
    assert said["counts"] == made.counts | {"planned_reports": 1, "planned_files": 3, "planned_bytes": made.bytes}


def test_a_file_that_is_gone_altered_or_unknown_is_told_everywhere_and_the_rest_is_there(store):
    good, gone, altered, short = [*three_files(store), sent(store, "criterion.1", "สั้น.pdf", b"whole")]
    unknown = SentFile("9", "criterion.3", "ไม่รู้จัก.pdf", 5, "f" * 64)
    store.delete(gone.storage_key)
    store.path(altered.storage_key).write_bytes(b"%PDF lessoN")
    store.path(short.storage_key).write_bytes(b"who")
    out, made = write(store, office(good, gone, altered, short, unknown))
    wanted = [Fault.MISSING, Fault.DIFFERENT, Fault.DIFFERENT, Fault.MISSING]
    assert [told.fault for told in made.faults] == wanted
    assert (made.reports, made.files) == (1, 1)
    with zipfile.ZipFile(out.path) as opened:
        assert len(opened.namelist()) == 2 + len(LISTS)
        rows = rows_of(opened)
        assert [row["state"] for row in rows] == ["ok", "ok", *wanted]
        assert [row["path"] for row in rows[2:]] == ["", "", "", ""]
        assert [row["original_name"] for row in rows[2:]] == ["คำสั่ง.pdf", "บทเรียน.pdf", "สั้น.pdf", "ไม่รู้จัก.pdf"]
        page = opened.read(READ_FIRST).decode("utf-8-sig")
        assert json.loads(opened.read(MANIFEST_JSON))["counts"]["faults"] == 4
    assert "ไม่ครบ: มี 4 รายการ" in page
    assert "ไม่รู้จัก.pdf" in page and "ไม่มีไฟล์นี้ในระบบแล้ว" in page
    assert "\r\n" in page and page.count("\n") == page.count("\r\n"), "as Notepad wants it"


def test_an_archive_without_a_fault_says_that_it_is_complete(store):
    out, _ = write(store, office(*three_files(store)))
    with zipfile.ZipFile(out.path) as opened:
        page = opened.read(READ_FIRST).decode("utf-8-sig")
    assert "ครบถ้วน" in page and "ไม่ครบ" not in page
    assert "ไฟล์หลักฐาน: 3 จาก 3" in page


def test_a_report_that_cannot_be_drawn_is_told_and_its_evidence_is_there(store):
    def draw(sheet) -> bytes:
        if sheet.full_code == "QP-4":
            raise RuntimeError("no such glyph")
        return drawn(sheet)

    out, made = write(store, office(*three_files(store), indicators=("QP-4", "QP-5")), draw=draw)
    assert [told.fault for told in made.faults] == [Fault.NOT_DRAWN]
    assert (made.reports, made.files) == (1, 3)
    with zipfile.ZipFile(out.path) as opened:
        assert rows_of(opened)[0]["state"] == "not_drawn"


def test_where_no_pdf_can_be_made_at_all_there_is_no_archive(store):
    def draw(sheet) -> bytes:
        raise PdfUnavailable

    with pytest.raises(PdfUnavailable):
        write(store, office(), draw=draw)


@pytest.mark.parametrize("wrong", [Size(2, 3, 0), Size(1, 2, 0), Size(1, 4, 0)], ids=["reports", "files", "more files"])
def test_what_is_not_what_was_planned_becomes_no_archive(store, wrong):
    found = office(*three_files(store))
    planned = replace(wrong, bytes=order_of(found).planned.bytes)
    out = store.receive()
    with pytest.raises(ArchiveBroken):
        archive.write(out, Order("2566-6", NOW, planned, False), [found], store=store, draw=drawn)
    assert_no_zip(out)


def assert_no_zip(out) -> None:
    out.flush_to_disk()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(out.path)


class Stopped(Exception):
    pass


@pytest.mark.parametrize("calls", [1, 2, 3, 5, 9])
def test_work_is_stopped_at_any_step_and_what_lies_there_opens_as_no_zip(store, monkeypatch, calls):
    monkeypatch.setattr(archive, "PROGRESS_SECONDS", 0)
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == calls:
            raise Stopped

    found, out = office(*three_files(store)), store.receive()
    with pytest.raises(Stopped):
        archive.write(out, order_of(found), [found], store=store, draw=drawn, progress=progress)
    assert_no_zip(out)
    assert told == sorted(told)


def test_progress_is_told_from_nothing_to_all_also_while_one_large_file_is_read(store, monkeypatch):
    told: list[tuple[int, int]] = []
    found = office(*three_files(store))
    write(store, found, progress=lambda done, total: told.append((done, total)))
    assert (told[0], told[-1]) == ((0, 4), (4, 4))
    monkeypatch.setattr(archive, "PROGRESS_SECONDS", 0)
    told.clear()
    write(store, found, progress=lambda done, total: told.append((done, total)))
    assert told.count((2, 4)) >= 8, "four chunks are read twice"


def test_bytes_that_change_between_the_check_and_the_copy_break_the_archive(store):
    file = io.BytesIO(b"after")
    out = store.receive()
    with pytest.raises(ArchiveBroken), ZipStream(out) as made:
        made.add("a", file, replace(measure(io.BytesIO(b"befor"), int), crc=1), NOW, int)
    assert_no_zip(out)


def test_a_full_disk_is_an_error_and_no_archive(store):
    class Full(io.BytesIO):
        def write(self, data) -> int:
            if self.tell() > zip_stream.CHUNK_BYTES:
                raise OSError(28, "No space left on device")
            return super().write(data)

    out, found = Full(), office(*three_files(store))
    with pytest.raises(OSError, match="No space left"):
        archive.write(out, order_of(found), [found], store=store, draw=drawn)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(out.getvalue()))


def heads(content: bytes, opened: zipfile.ZipFile) -> list[tuple[int, int, int, int, int]]:
    """Flags, method, CRC, packed and full size as the head before each entry says them."""
    found = []
    for entry in opened.infolist():
        fields = struct.unpack_from("<4s5H3L2H", content, entry.header_offset)
        assert fields[0] == b"PK\x03\x04"
        found.append((fields[2], fields[3], fields[6], fields[7], fields[8]))
    return found


def test_the_head_of_each_entry_says_all_so_that_a_reader_of_streams_needs_no_more(store):
    """No data descriptors: Windows, macOS and readers of streams differ about those."""
    out, _ = write(store, office(*three_files(store)), in_folders=True)
    with zipfile.ZipFile(out.path) as opened:
        for entry, said in zip(opened.infolist(), heads(out.path.read_bytes(), opened), strict=True):
            flags, method, *sizes = said
            assert flags & 0x08 == 0
            assert bool(flags & 0x800) is not entry.filename.isascii()
            assert sizes == [entry.CRC, entry.compress_size, entry.file_size]
            is_evidence = entry.filename not in LISTS and "-0_" not in entry.filename
            assert method == (zipfile.ZIP_STORED if is_evidence else zipfile.ZIP_DEFLATED)
            assert unicodedata.is_normalized("NFC", entry.filename)
            assert entry.date_time == (2026, 11, 20, 10, 0, 0), "the time of Bangkok"


def test_a_report_that_an_office_really_handed_in_is_there_with_its_paper_and_its_files(app):
    number = hand_in_really(app, files=[("criterion.1", "คำสั่งแต่งตั้ง.pdf", pdf(4))])
    by = report_paper.press()

    def draw(sheet) -> bytes:
        with app.test_request_context(base_url="http://localhost"), force_locale("th"):
            return report_paper.draw_report(sheet, by)

    with looking(app):
        found = db.session.query(Round).filter_by(code="2566-6").one()
        ours = [area_id_of(app, "P-CPM-3")]
        order = Order(found.code, NOW, queries.size_of(found, ours, NOW), in_folders=False)
        out = evidence_store().receive()
        made = archive.write(out, order, queries.dossiers(found, ours, NOW), store=evidence_store(), draw=draw)
        files = db.session.query(Evidence).filter(Evidence.area_id == ours[0]).count()
    assert (made.reports, made.files, made.faults) == (1, files, [])
    with zipfile.ZipFile(out.path) as opened:
        paper = squeezed(text_of(opened.read("QP-01-0_รายงาน_สพป.ชัยภูมิ เขต 3.pdf")))
        assert opened.read("QP-01-1_คำสั่งแต่งตั้ง_สพป.ชัยภูมิ เขต 3.pdf") == pdf(4)
    assert number in paper
    assert squeezed("ไม่มีสัญญาณอินเทอร์เน็ตในบางพื้นที่") in paper
    assert squeezed("คำสั่งแต่งตั้ง.pdf 4 1 KB") in paper, "the worker counted four pages"


def test_other_programs_read_the_names_and_the_content(store, tmp_path):
    out, _ = write(store, office(*three_files(store)), in_folders=True)
    answer = subprocess.run(["unzip", "-t", str(out.path)], capture_output=True, check=False)
    assert answer.returncode == 0, answer.stdout
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    subprocess.run(["unzip", "-q", str(out.path), "-d", str(tmp_path / "out")], check=True, env=environment)
    found = {str(path.relative_to(tmp_path / "out")) for path in Path(tmp_path / "out").rglob("*") if path.is_file()}
    with zipfile.ZipFile(out.path) as opened:
        assert found == set(opened.namelist())


def test_more_entries_than_a_plain_zip_can_count(tmp_path):
    count = 66_000
    nothing = measure(io.BytesIO(b""), int)
    with open(tmp_path / "many.zip", "w+b") as out:
        with ZipStream(out) as made:
            for number in range(count):
                made.add(f"{number}", io.BytesIO(), nothing, NOW, int)
        zip_stream.check(out, [f"{number}" for number in range(count)], 0)


class Zeros(io.RawIOBase):
    """So many zero bytes, which take no memory."""

    def __init__(self, size: int) -> None:
        self._size = self._left = size

    def seek(self, offset: int, whence: int = 0) -> int:
        self._left = self._size - offset
        return offset

    def read(self, size: int = -1) -> bytes:
        given = min(size, self._left)
        self._left -= given
        return bytes(given)


class Holes(io.FileIO):
    """A file on which zeros leave holes: four GiB of them take no disk."""

    def write(self, data) -> int:
        if len(data) == zip_stream.CHUNK_BYTES:
            self.seek(len(data), os.SEEK_CUR)
            return len(data)
        return super().write(data)


def test_an_entry_of_more_than_four_gib_and_what_comes_after_it(tmp_path, monkeypatch):
    """The checksum alone takes seconds; it is handed in, as nothing here depends on it."""
    size = 4 * 1024**3 + 1
    monkeypatch.setattr(zipfile, "crc32", lambda data, value=0: 0)
    huge = Measured(size, size, 0, "", deflated=False)
    after = replace(measure(io.BytesIO(b"after"), int), crc=0)
    with Holes(tmp_path / "huge.zip", "w+") as out:
        with ZipStream(out) as made:
            made.add("huge.mp4", Zeros(size), huge, NOW, int)
            made.add("หลัง.pdf", io.BytesIO(b"after"), after, NOW, int)
        zip_stream.check(out, ["huge.mp4", "หลัง.pdf"], size + 5)
        with zipfile.ZipFile(out) as opened:
            entry = opened.getinfo("หลัง.pdf")
            assert entry.header_offset > 4 * 1024**3
            out.seek(entry.header_offset + 30 + len("หลัง.pdf".encode()))
            assert out.read(5) == b"after"


def test_a_table_of_contents_that_is_not_the_plan_is_found(tmp_path):
    with open(tmp_path / "a.zip", "w+b") as out:
        with ZipStream(out) as made:
            made.add("a", io.BytesIO(b"1"), measure(io.BytesIO(b"1"), int), NOW, int)
        zip_stream.check(out, ["a"], 1)
        for names, content_bytes in ((["a", "b"], 1), ([], 1), (["b"], 1), (["a"], 2)):
            with pytest.raises(ArchiveBroken):
                zip_stream.check(out, names, content_bytes)
        out.truncate(out.tell() - 10)
        with pytest.raises(ArchiveBroken):
            zip_stream.check(out, ["a"], 1)
