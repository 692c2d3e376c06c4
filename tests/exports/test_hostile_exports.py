"""Hostile texts in every field that a file tells leave it whole and harmless: nothing runs, nothing is shifted, nothing is lost unseen."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from uuid import uuid4

import pyarrow.parquet
import pytest
from flask import Flask
from openpyxl import Workbook
from openpyxl.utils.escape import unescape

from app.extensions import db, transaction
from app.models import Area, Evidence, Indicator, Profile, Quantity, Round
from app.scope import whole_country
from app.storage import evidence_store
from tests import letters
from tests.conftest import fresh
from tests.exports import known_round
from tests.exports.asking import DESK, ask, file_of, make_all, numbers_on, stored, take
from tests.exports.hostile import FORMULAS, TOO_LONG, VALUES
from tests.exports.known_round import DAY, NOW, File, HandedIn, Report, Settled
from tests.exports.spreadsheets import HEAD_ROW, converted, headings_of, opened
from tests.person import Person
from tests.reviews import put_handed_in

MOST_UNITS = 32_767
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBERS = ("-5.5", "0012", "1E5", "๑๒๓", "12345678901234567890", "=1+1", "nan", "TRUE", "0", "999999999999999.99")
ROUND_NAME, ASKER = "=cmd|' /C calc'!A0 & <b>", '=HYPERLINK("http://evil.example")'
TABLES = {"reports": "รายงานทั้งหมด", "quantities": "ข้อมูลเชิงปริมาณ", "evidence": "เอกสาร หลักฐาน"}
FORMS = ("xlsx", "csv", "parquet")
Files = dict[str, bytes]
# Each file is opened once, whatever many tests look into it.
read_book = cache(opened)


def storable(text: str, kind: str, most: int | None = None) -> str:
    """What a database can hold of a text: PostgreSQL knows no NUL."""
    return (text if kind == "sqlite" else text.replace("\x00", ""))[:most]


def put_hostile(app: Flask, kind: str) -> dict[str, str]:
    """As many offices as values: each reports with its own in every field. Answers office → value, in Thai order."""
    with app.app_context(), whole_country("a test writes a round down"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        found.name_th = ROUND_NAME
        db.session.query(Profile).filter(Profile.full_name == "นักวิเคราะห์ สาธิต").one().full_name = ASKER
        areas = _offices()
        first, *others = _indicators(found, kind)
        for place, (area, value) in enumerate(zip(areas, VALUES, strict=True)):
            area.short_th = storable(value, kind, 75)
            known_round.put_report(found, area, first, hostile_report(area.code, storable(value, kind), place))
        for one in others:
            figures = {box.key: NUMBERS[place % len(NUMBERS)] for place, box in enumerate(one.quantities)}
            sent = HandedIn(NOW - DAY, self_level=3, quantities=figures)
            known_round.put_report(found, areas[-1], one, Report(areas[-1].code, one.full_code, (sent,)))
        return {area.code: storable(value, kind) for area, value in zip(areas, VALUES, strict=True)}


def _offices() -> list[Area]:
    """An office for each value: a single secondary one, the last, which alone is asked for more than one report."""
    known = db.session.query(Area).order_by(Area.sort_order)
    areas = [*known.filter_by(kind="primary").limit(len(VALUES) - 1), known.filter_by(kind="secondary").first()]
    db.session.query(Area).filter(Area.id.not_in([area.id for area in areas])).update({"active": False})
    return areas


def _indicators(found: Round, kind: str) -> list[Indicator]:
    """An indicator for each value, in their order, and figures of which the labels and units are values."""
    known = db.session.query(Indicator).filter_by(round_id=found.id).order_by(Indicator.sort_order).all()
    for place in range(len(known), len(VALUES)):
        part = {"part_id": known[0].part_id, "round_id": found.id, "sort_order": 100 + place}
        known.append(Indicator(code=f"H{place}", full_code=f"QP-H{place}", text_th="x", **part))
        known[-1].quantities.append(Quantity(key="n", label_th="x", unit_th="x"))
    db.session.add_all(known)
    boxes = [box for one in known for box in one.quantities]
    for place, one in enumerate(known):
        one.text_th, one.applies_to = storable(VALUES[place], kind), "secondary" if place else "both"
    for place, box in enumerate(boxes):
        box.label_th, box.unit_th = (storable(VALUES[place % len(VALUES)], kind, most) for most in (200, 40))
    db.session.flush()
    return known


def hostile_report(office: str, value: str, place: int) -> Report:
    figures = {"school_total": NUMBERS[place % len(NUMBERS)], "incident_reported": "-5.5"}
    files = (File("criterion.1", value, 1), File("pa.lesson", value, 2))
    sent = HandedIn(NOW - DAY, "on_time", 4, figures, value, "true", (value, value), files)
    return Report(office, "QP-1", (sent,), (Settled(NOW - DAY, 5, comment=value),))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request, tmp_path_factory) -> Iterator[tuple[Files, dict[str, str]]]:
    """Every file of a round of hostile values: by product and format, with what each office wrote."""
    with fresh(request, request.param) as app:
        written = put_hostile(app, request.param)
        files: Files = {}
        for form in FORMS:
            analyst = Person(app).signed_in("analyst@emes.test")
            numbers = {f"{product}.{form}": ask(analyst, f"{product}.{form}") for product in TABLES}
            make_all(app)
            files |= {name: take(analyst, number) for name, number in numbers.items()}
        files["workbook.xlsx"] = file_of(analyst, "workbook.xlsx")
    if request.param == "sqlite":
        files["LibreOffice"] = converted(files["workbook.xlsx"], tmp_path_factory.mktemp("calc"))
    return files, written


# --- what must come out --------------------------------------------------------------------------------------------------------


def in_a_cell(text: str | None) -> str | None:
    """What a cell shows of a text: no signs that no file can carry, one kind of line end, cut with a mark where a cell ends."""
    text = UNWRITABLE.sub("", text or "")
    if len(text.encode("utf-16-le")) > 2 * MOST_UNITS:
        text = text.encode("utf-16-le")[: 2 * (MOST_UNITS - 2)].decode("utf-16-le", "ignore") + " …"
    return text.replace("\r\n", "\n").replace("\r", "\n") or None


def in_csv(text: str | None) -> str:
    """The same in a CSV file, with a quote before what a spreadsheet would run. Nothing is cut there."""
    text = UNWRITABLE.sub("", text or "")
    return f"'{text}" if text.startswith(RUN) else text


def table_of(book: Workbook, title: str, *, read: Callable[[str], str] = unescape) -> list[dict[str, Any]]:
    """The rows of a sheet by heading. In a file of ours what looks like a sign in hexadecimal is escaped, as Excel wants it."""
    sheet, names = book[title], headings_of(book, title)
    rows = sheet.iter_rows(min_row=HEAD_ROW + 1, max_col=len(names), values_only=True)
    return [dict(zip(names, (read(one) if isinstance(one, str) else one for one in row), strict=True)) for row in rows]


def plainer(text: str) -> str:
    return text.replace("_x005F_", "_")


def of_first_indicator(rows: list[dict[str, Any]], indicator: str = "ข้อ", office: str = "รหัสเขต") -> dict[str, dict[str, Any]]:
    return {row[office]: row for row in rows if row[indicator] == "QP-1"}


# --- workbooks -----------------------------------------------------------------------------------------------------------------


def workbooks(files: Files) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.endswith("xlsx") or name == "LibreOffice"}


def test_there_are_forty_values_and_more():
    assert len(set(VALUES)) == len(VALUES) >= 40
    assert len(TOO_LONG) > 40_000 > MOST_UNITS


def test_no_cell_reckons_and_nothing_leads_out_of_the_file_but_our_own_addresses(made):
    files, _ = made
    for name, content in workbooks(files).items():
        book = read_book(content)
        assert [cell.coordinate for sheet in book for row in sheet for cell in row if cell.data_type in "fe"] == [], name
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            assert [part for part in parts.namelist() if re.search("external|dde|connections|vba|oleObject", part, re.I)] == []
            relations = "".join(parts.read(part).decode() for part in parts.namelist() if part.endswith(".rels"))
            sheets = "".join(parts.read(part).decode() for part in parts.namelist() if "worksheets/sheet" in part)
        outward = re.findall(r'<Relationship [^>]*TargetMode="External"[^>]*>', relations)
        assert all('Target="http://localhost/evidence/' in one for one in outward), name
        assert not re.search(r"<f[ >/]", sheets), name


def test_every_text_stands_in_its_own_cell_as_it_was_written(made):
    files, written = made
    for name, content in workbooks(files).items():
        title = TABLES.get(name.partition(".")[0], TABLES["reports"])
        # LibreOffice writes such a sign as it is, and takes away one escape too many.
        read = plainer if name == "LibreOffice" else unescape
        rows = of_first_indicator(table_of(read_book(content), title, read=read))
        assert list(rows) == list(written), name
        for code, value in written.items():
            expected = {"สำนักงานเขต": in_a_cell(value[:75])}
            if title == TABLES["reports"]:
                of_the_office = ("ปัญหา อุปสรรค ข้อเสนอแนะ", "ความเห็น", "ผู้รายงาน", "ตำแหน่งผู้รายงาน")
                expected |= dict.fromkeys(of_the_office, in_a_cell(value)) | {"ประเมินตนเอง": 4, "ผลประเมิน": 5, "ผลต่าง": 1}
            if title == TABLES["evidence"]:
                expected |= {"ไฟล์": in_a_cell(value), "เลขรับ": f"QP-1/{code}/1"}
            if name == "LibreOffice":
                expected = {heading: plainer(one) if isinstance(one, str) else one for heading, one in expected.items()}
            assert {heading: rows[code][heading] for heading in expected} == expected, (name, value[:40])


def test_names_of_indicators_figures_round_and_asker_are_text_wherever_they_stand(made):
    files, written = made
    book = read_book(files["workbook.xlsx"])
    cover = {
        row[0].value: unescape(row[1].value or "")
        for row in book["หน้าปก"].iter_rows(max_col=2, max_row=16)
        if row[1].data_type == "s"
    }
    assert cover["รอบการรายงาน"].startswith(ROUND_NAME)
    assert cover["จัดทำโดย"] == ASKER
    assert [row["ตัวชี้วัด"] for row in table_of(book, "แยกตามตัวชี้วัด")] == [in_a_cell(value) for value in written.values()]
    for heading, most in (("ช่องข้อมูล", 200), ("หน่วย", 40)):
        labels = {in_a_cell(value[:most]) for value in written.values()}
        assert {row[heading] for row in table_of(book, "ข้อมูลเชิงปริมาณ")} == labels
        assert {row[heading] for row in table_of(book, "ปริมาณ สรุปรวม")} <= labels


def test_a_figure_is_a_number_and_what_is_no_figure_is_text(made):
    files, written = made
    rows = table_of(read_book(files["quantities.xlsx"]), TABLES["quantities"])
    of_schools = [row["ค่า"] for row in rows if row["รหัสของข้อมูล"] == "school_total" and row["ข้อ"] == "QP-1"]
    numbers = {"-5.5": -5.5, "0012": 12, "0": 0}
    assert of_schools == [
        numbers.get(NUMBERS[place % len(NUMBERS)], NUMBERS[place % len(NUMBERS)]) for place in range(len(written))
    ]
    assert {row["ค่า"] for row in rows if row["รหัสของข้อมูล"] == "incident_reported"} == {-5.5}


# --- CSV and Parquet -----------------------------------------------------------------------------------------------------------


def test_a_csv_file_has_every_text_in_its_column_and_nothing_that_runs(made):
    files, written = made
    for product in TABLES:
        text = files[f"{product}.csv"].decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        assert all(None not in row and None not in row.values() for row in rows), product
        cells = [cell for row in rows for cell in row.values()]
        assert [cell for cell in cells if cell.startswith(RUN) and not re.fullmatch(r"-[0-9.]+", cell)] == [], product
        found = of_first_indicator(rows)
        assert list(found) == list(written)
        assert {code: row["สำนักงานเขต"] for code, row in found.items()} == {
            code: in_csv(value[:75]) for code, value in written.items()
        }
        if heading := {"reports": "ความเห็น", "evidence": "ไฟล์"}.get(product):
            assert {code: row[heading] for code, row in found.items()} == {code: in_csv(text) for code, text in written.items()}


def test_a_parquet_file_has_the_texts_themselves(made):
    files, written = made
    for product, column in (("reports", "problems"), ("reports", "comment"), ("evidence", "name"), ("quantities", "area")):
        rows = pyarrow.parquet.read_table(io.BytesIO(files[f"{product}.parquet"])).to_pylist()
        found = of_first_indicator(rows, "indicator", "area_code")
        most = 75 if column == "area" else None
        assert {code: row[column] or "" for code, row in found.items()} == {
            code: UNWRITABLE.sub("", value[:most]) for code, value in written.items()
        }, column


def test_every_format_has_the_same_number_of_rows(made):
    files, _ = made
    for product, title in TABLES.items():
        as_csv = list(csv.reader(io.StringIO(files[f"{product}.csv"].decode("utf-8-sig"), newline="")))
        as_parquet = pyarrow.parquet.read_table(io.BytesIO(files[f"{product}.parquet"])).num_rows
        in_workbook, in_table = (len(table_of(read_book(files[name]), title)) for name in ("workbook.xlsx", f"{product}.xlsx"))
        assert len(as_csv) - 1 == as_parquet == in_workbook == in_table > len(VALUES)


# --- ZIP -----------------------------------------------------------------------------------------------------------------------


def keep(app: Flask, names: list[str]) -> dict[str, bytes]:
    """Files of these names, handed in with a report that is there, looked into already. Answers name → content."""
    contents = {name: f"ไฟล์ {place}".encode() for place, name in enumerate(names)}
    with app.app_context(), whole_country("a test keeps files"), transaction():
        row = letters.report("P-CPM-3", "QP-1")
        said = []
        for place, (name, content) in enumerate(contents.items()):
            incoming = evidence_store().receive()
            incoming.write(content)
            kept = evidence_store().keep(incoming)
            usual = {"media_type": "application/pdf", "extension": "pdf", "uploaded_at": NOW, "inspected_at": NOW}
            where = {"submission_id": row.id, "area_id": row.area_id, "slot": f"criterion.{1 + place // 3}"}
            told = {"original_name": name, "size_bytes": kept.size, "sha256": kept.sha256, "storage_key": kept.key}
            file = Evidence(id=uuid4(), ordinal=1 + place % 3, **usual, **where, **told)
            db.session.add(file)
            said.append({"id": str(file.id), "slot": file.slot, "name": name, "size": kept.size, "sha256": kept.sha256})
        row.hand_ins[0].content = row.hand_ins[0].content | {"evidence": said}
    return contents


def test_an_archive_of_hostile_names_has_plain_names_and_a_manifest_that_tells_the_real_ones(app, sign_in):
    put_handed_in(app, "P-CPM-3", "QP-1", problems=TOO_LONG[:3000], reporter_name=FORMULAS[0])
    with app.app_context():
        kind = db.engine.dialect.name
    files = keep(app, [f"{storable(value, kind, 150)}.pdf" for value in VALUES])
    analyst = sign_in("analyst")
    number = ask(analyst, "archive.zip", office="P-CPM-3")
    make_all(app)
    with zipfile.ZipFile(io.BytesIO(take(analyst, number))) as parts:
        assert parts.testzip() is None
        inside, told = parts.namelist(), json.loads(parts.read("manifest.json"))
        listed = list(csv.DictReader(io.StringIO(parts.read("manifest.csv").decode("utf-8-sig"), newline=""), strict=True))
        contents = {entry["original_name"]: parts.read(entry["path"]) for entry in told["entries"] if entry["original_name"]}
    assert len({name.casefold() for name in inside}) == len(inside) == len(files) + 4
    assert [name for name in inside if re.search(r'[\x00-\x1f<>:"\\|?*]|\.\.|^/', name) or len(name) > 200] == []
    assert contents == files
    assert [row for row in listed if row["original_name"].startswith(RUN)] == []
    entries = told["counts"]["reports"] + told["counts"]["files"]
    assert len(listed) == len(told["entries"]) == entries == stored(app, number)["counts"]["total"]
    assert numbers_on(analyst.page(DESK), f"//tr[@id='file-{number}']/td[4]") == [entries]
