"""What a page costs: SQL statements, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.extensions import db, transaction
from app.services import notices
from tests.conftest import NOW
from tests.person import REPORT, one_page_pdf
from tests.views.test_inbox import ANNOUNCED

on_both_databases = "where marked"
NOT_COUNTED = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_) -> None:
        if not statement.lstrip().upper().startswith(NOT_COUNTED):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def cost(person, path: str) -> int:
    person.get(path)
    with counted() as statements:
        assert person.get(path).status_code == 200
    return len(statements)


def fill(person) -> None:
    for indicator in ("QP-1", "QP-2", "QP-3"):
        report = f"/reports/2566-6/P-CPM-3/{indicator}"
        for slot in ("criterion.1", "criterion.2", "criterion.3", "pa.evidence"):
            person.upload(slot, *[(f"{number}.pdf", one_page_pdf()) for number in range(3)], report=report)
        person.patch(report, {"problems": ("x", 0), "self_level": (4, 0)})


@pytest.mark.parametrize(("path", "budget"), [(REPORT, 8), ("/reports/2566-6/P-CPM-3/", 8), (f"{REPORT}?check=1", 8)])
def test_a_reporters_page_stays_in_its_budget_with_and_without_files(reporter, path, budget):
    empty = cost(reporter, path)
    fill(reporter)
    full = cost(reporter, path)
    assert max(empty, full) <= budget, (empty, full)


@pytest.mark.postgresql
def test_the_inbox_costs_the_same_for_few_and_many_notices(reporter):
    empty = cost(reporter, "/inbox/")
    with reporter.app.app_context(), transaction():
        everybody = db.session.query(User).all()
        for number in range(60):
            notices.tell(everybody, "round_announced", now=NOW, dedupe_key=str(number), **ANNOUNCED)
    assert max(empty, cost(reporter, "/inbox/")) <= 5
    assert cost(reporter, REPORT) <= 8


def test_a_save_costs_the_same_whatever_was_attached(reporter):
    reporter.patch(REPORT, {"problems": ("0", 0)})
    with counted() as before:
        assert reporter.patch(REPORT, {"problems": ("1", 1)}).status_code == 200
    fill(reporter)
    version = int(reporter.page(REPORT).xpath("//input[@name='version.problems']/@value")[0])
    with counted() as after:
        assert reporter.patch(REPORT, {"problems": ("ใหม่", version)}).status_code == 200
    assert len(after) == len(before) <= 13, (len(before), len(after))


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("path", "budget"),
    [
        ("/monitor/2566-6/", 10),
        ("/monitor/2566-6/?region=north&state=incomplete&indicator=QP-1&q=เชียง", 10),
        ("/monitor/2566-6/at-risk", 8),
        ("/monitor/2566-6/pace", 5),
        ("/monitor/2566-6/live?since=2026-11-20T02:00:00%2B00:00", 4),
        ("/monitor/2566-6/remind", 10),
        ("/monitor/2566-6/reminders/", 6),
        ("/delivery/", 6),
        ("/questions/", 9),
        ("/admin/areas/list/", 5),
        ("/admin/areas/list/?psize_AreaAdmin=100", 5),
        ("/admin/indicators/list/", 7),
        ("/admin/criteria/list/?psize_CriterionAdmin=100", 9),
        ("/admin/quantities/list/", 9),
        ("/admin/accounts/list/", 9),
        ("/admin/submissions/list/", 9),
    ],
)
def test_lists_of_the_centre_cost_the_same_for_few_and_many_rows(sign_in, reporter, path, budget):
    fill(reporter)
    assert cost(sign_in("central"), path) <= budget


def test_the_public_home_page_is_cheap_for_strangers(stranger):
    assert cost(stranger, "/") <= 8


# --- saving and attaching ------------------------------------------------------------------------------------------------------

# The session; round, office and indicator with its issues; the report held, read, its files; the field and what is missing; the record.
STATEMENTS_OF_A_SAVE = 10
# The session; what decides whether a file may come; the room of the office, before the body and under the lock; all of the above under
# the lock, with the file; what was published about it.
STATEMENTS_OF_AN_UPLOAD = 15


@pytest.mark.postgresql
def test_a_save_and_an_upload_read_the_report_once_and_the_answer_is_what_the_page_shows(app, reporter):
    reporter.get(REPORT)
    uploaded = reporter.upload("criterion.1", ("หนึ่ง.pdf", one_page_pdf()))
    slot = f"{REPORT}/slots/criterion.1"
    assert uploaded.json["html"] == reporter.get(slot).json["html"]
    reporter.patch(REPORT, {"problems": ("ก", 0)})
    with counted() as statements:
        assert reporter.patch(REPORT, {"problems": ("ข", 1)}).status_code == 200
    assert len(statements) == STATEMENTS_OF_A_SAVE
    with counted() as statements:
        uploaded = reporter.upload("criterion.1", ("สอง.pdf", one_page_pdf() + b"2"))
    assert uploaded.status_code == 201
    assert len(statements) == STATEMENTS_OF_AN_UPLOAD
    shown = reporter.get(slot).json["html"]
    assert uploaded.json["html"] == shown and "สอง.pdf" in shown["slot-criterion.1"]
    both = reporter.upload("criterion.1", ("สาม.pdf", one_page_pdf() + b"3"), ("สี่.pdf", one_page_pdf() + b"4"))
    assert both.status_code == 409 and len(both.json["evidence"]) == len(both.json["errors"]) == 1
    assert both.json["html"] == reporter.get(slot).json["html"]
