"""`flask export-round`: an operator writes a file of a round without asking for it on a page."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from tests.reviews import put_handed_in


def run(app, *words: str):
    return app.test_cli_runner().invoke(args=["export-round", "2566-6", *words])


def test_a_workbook_is_written_whole(app, tmp_path):
    put_handed_in(app, "P-CPM-3", "QP-1")
    done = run(app, str(tmp_path / "รอบ.xlsx"))
    assert done.exit_code == 0, done.output
    assert "2940" in done.output
    assert len(load_workbook(tmp_path / "รอบ.xlsx", read_only=True).sheetnames) == 19


@pytest.mark.parametrize(
    ("product", "name", "begins"),
    [
        ("reports", "a.csv", b"\xef\xbb\xbf"),
        ("quantities", "a.parquet", b"PAR1"),
        ("archive", "a.zip", b"PK"),
        ("paper", "a.pdf", b"%PDF"),
    ],
)
def test_the_ending_of_the_path_is_the_format(app, tmp_path, product, name, begins):
    put_handed_in(app, "P-CPM-3", "QP-1")
    done = run(app, str(tmp_path / name), "--product", product, "--office", "P-CPM-3")
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.docx",), "ไม่มีไฟล์ชนิดที่เลือก"),
        (("a.xlsx", "--dataset", "9"), "ไม่มีชุดข้อมูล"),
        (("a.xlsx", "--office", "P-XXX-1"), "ไม่มีสำนักงานเขต"),
        (("a.zip", "--product", "archive"), "ยังไม่มีรายงานที่ส่งแล้ว"),
    ],
)
def test_what_there_is_not_is_said_in_one_line(app, tmp_path, words, said):
    done = run(app, str(tmp_path / words[0]), *words[1:])
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output
