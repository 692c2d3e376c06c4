"""The benchmark of exports, on a few rows and without peers: that it runs, not what it finds."""

from __future__ import annotations

import json

import pytest

from benchmarks import exports, report
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
