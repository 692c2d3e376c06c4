"""The benchmarks, on a few rows and without peers: that they run, not what they find."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import exports, report, report_web, web
from benchmarks.web_clients import Refused
from tests.cli.running import well

OURS = ["xlsx", "csv", "parquet"]
FLOORS = ["copy-csv", "python-csv"]


def measured(app, tmp_path) -> dict:
    well(app, "seed", "scale", "--areas", "6", "--indicators", "2", "--all-kinds")
    out = tmp_path / "exports.json"
    words = ["--data", str(tmp_path), "--database", app.config["SQLALCHEMY_DATABASE_URI"], "--out", str(out)]
    assert exports.main([*words, "--areas", "6", "--indicators", "2", "--repeat", "1", "--no-peers"]) == 0
    found: dict = json.loads(out.read_text())
    return found


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_it_measures_the_project_and_the_floors_in_one_run_and_tells_of_it(app, tmp_path, capsys):
    found = measured(app, tmp_path)
    lines = found["sizes"]["12"]
    assert [line["key"] for line in lines] == [*OURS, *FLOORS]
    assert not [line for line in lines if "fault" in line]
    assert all(line["peak_mib"] > 10 and line["cpu"] > 0 and line["cpu_to_floor"] > 0 for line in lines)
    said = capsys.readouterr().out
    assert all(line["name"] in said for line in lines)
    told = "".join(report.of_exports(found))
    assert "| e-MES XLSX |" in told
    assert "### 12 rows" in told


def test_a_writer_that_cannot_run_is_named_with_its_reason(tmp_path):
    bench = exports.Bench(tmp_path, {}, None, {"polars": "no such library here"}, repeat=1, peers_rows=None)
    (polars,) = [writer for writer in exports.PEERS if writer.key == "polars"]
    lines = exports.with_ratios(exports.measure(bench, [polars], 12))
    assert "polars write_excel                   not measured: no such library here" in exports.table(lines)


def test_saves_pages_lists_uploads_and_the_rush_are_measured_and_told(tmp_path):
    out = tmp_path / "web.json"
    size = ["--rounds", "2", "--areas", "12", "--indicators", "13", "--clients", "6", "--seconds", "1", "--per-second", "6"]
    words = ["--data", str(tmp_path), "--databases", "sqlite", "--no-peers", "--repeat", "1", "--share", "0.05"]
    with ThreadPoolExecutor(1) as pool:  # a thread of its own: the browser of other tests leaves a running loop in this one
        assert pool.submit(web.main, [*words, *size, "--out", str(out)]).result() == 0
    found = json.loads(out.read_text())
    own = "e-MES, SQLite"
    assert set(found["operations"]) == set(web.COUNTS)
    assert all(by_title[own]["cpu_ms"] > 0 for by_title in found["operations"].values())
    rush = found["rush"][own]
    assert rush["closed"]["operations"] > 0 < rush["open"]["operations"]
    assert rush["read_back"]["saves"] > 0
    over = rush["overload"]
    assert over["done"] > 0 == over["errors"] and over["longest_wait_seconds"] > 0
    assert rush["read_back"]["saves_lost"] == rush["read_back"]["uploads_lost"] == 0
    told = "".join(report_web.of_web(found))
    assert "| SQLite | nothing acknowledged is lost | 0 lost | yes |" in told
    assert "twice as many requests as the closed loop reached" in told


def test_what_was_lost_fails_the_run():
    bad = {"closed": {"errors": 0}, "open": {"errors": 0}, "read_back": {"saves_lost": 0, "uploads_lost": 1}}
    assert web.is_bad(bad)
    well = {"saves_lost": 0, "uploads_lost": 0}
    assert not web.is_bad(bad | {"read_back": well})
    assert web.is_bad(bad | {"read_back": well, "overload": {"errors": 1, "read_back": well}})
    assert web.is_bad(bad | {"read_back": well, "restarted": {"errors": 0, "read_back": well | {"saves_lost": 1}}})


@pytest.mark.parametrize(
    ("status", "said", "retry_after", "is_polite"),
    [
        (503, "GET /: 503 ขณะนี้มีผู้ใช้งานมาก", "30", True),
        (429, "GET /: 429 ลองใหม่ภายหลัง", "5", True),
        (503, "GET /: 503 Service Unavailable", "30", False),
        (503, "GET /: 503 ขณะนี้มีผู้ใช้งานมาก", "", False),
        (500, "GET /: 500 ระบบขัดข้อง", "30", False),
    ],
)
def test_a_refusal_is_polite_where_it_says_in_thai_when_to_come_again(status, said, retry_after, is_polite):
    assert Refused(said, status, retry_after).is_polite is is_polite


def test_asking_the_report_for_help_writes_nothing():
    before = report.REPORT.stat().st_mtime_ns
    done = subprocess.run([sys.executable, "-m", "benchmarks.report", "--help"], capture_output=True, text=True, check=True)
    assert "usage:" in done.stdout
    assert report.REPORT.stat().st_mtime_ns == before
