"""The recipes of docs/api.md: what can be run here is run exactly as it stands there, against a server on a real line."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.programs import put_token
from tests.reports import put_report
from tests.results import Given, put_release

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def site(app) -> Iterator[str]:
    """The application on a port of this machine."""
    server, before = make_server("127.0.0.1", 0, app, threaded=True), app.config["EMES_BASE_URL"]
    app.config["EMES_BASE_URL"] = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield app.config["EMES_BASE_URL"]
    server.shutdown()
    serving.join()
    server.server_close()
    app.config["EMES_BASE_URL"] = before


def recipe(language: str) -> str:
    """The one block of a language in the document."""
    found = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_pandas_recipe_reads_reports_and_results_with_thai_intact(app, site, monkeypatch):
    for area, indicator, state in (
        ("P-CPM-3", "QP-1", "submitted"),
        ("P-CPM-3", "QP-2", "draft"),
        ("S-BKK-1", "QP-1", "draft"),
    ):
        put_report(app, area, indicator, state)
    given = {"QP-1": Given(3, 4, 'ควรแนบแผน, "ฉบับ"\nล่าสุด'), "QP-2": Given(None, 5)}
    put_release(app, {"P-CPM-3": given, "P-CPM-2": {"QP-1": Given(5, 5)}})
    monkeypatch.setenv("EMES_SITE", site)
    monkeypatch.setenv("EMES_TOKEN", put_token(app, "analyst").token)
    found: dict[str, Any] = {}
    exec(compile(recipe("python"), str(DOCUMENT), "exec"), found)  # noqa: S102 - our own document
    assert len(found["areas"]) == 245
    assert found["by_region"].to_dict() == {
        ("central_east", "draft"): 1,
        ("northeast", "draft"): 1,
        ("northeast", "submitted"): 1,
    }
    here = "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาชัยภูมิ เขต 3"
    results = found["results"].set_index(["area", "indicator"])
    assert results.loc[("P-CPM-3", "QP-1"), "comment"] == 'ควรแนบแผน, "ฉบับ"\nล่าสุด'
    assert found["results"].columns[0] == "round", "no byte-order mark in a name"
    assert found["levels"].loc[here, "QP-1"] == 3


def test_the_recipe_walks_on_where_a_list_is_long(app, site, monkeypatch):
    there = [put_report(app, "P-CPM-3", f"QP-{number}") for number in (1, 2, 3, 4, 5)]
    monkeypatch.setenv("EMES_SITE", site)
    monkeypatch.setenv("EMES_TOKEN", put_token(app, "reporter.p-cpm-3").token)
    put_release(app, {"P-CPM-3": {"QP-1": Given(3, 4)}})
    found: dict[str, Any] = {}
    exec(compile(recipe("python"), str(DOCUMENT), "exec"), found)  # noqa: S102 - our own document
    assert list(found["walk"]("submissions?round=2566-6&per_page=2")["id"]) == there
