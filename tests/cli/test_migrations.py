"""Migrations on a database with rows in it: going back and forth loses no file."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app import worker
from app.extensions import db
from tests.person import REPORT, Person, one_page_pdf

on_both_databases = True


def names(app: Flask) -> list[str]:
    with app.app_context(), db.engine.connect() as connection:
        return sorted(connection.scalars(text("SELECT original_name FROM evidence")))


def test_files_outlive_the_going_and_coming_of_advice_and_citations(app, reporter):
    first = reporter.upload("criterion.1", ("หนึ่ง.pdf", one_page_pdf())).json["evidence"][0]["id"]
    reporter.delete(f"/evidence/{first}")
    source = reporter.upload("criterion.1", ("สอง.pdf", one_page_pdf())).json["evidence"][0]["id"]
    reporter.post(f"{REPORT}/evidence", {"source": source, "slot": "criterion.2"}, json_answer=True)
    with app.app_context():
        worker.run_due()
        folder = app.config["MIGRATIONS_DIR"]
        revision = ScriptDirectory(folder).get_revision("20261124_advice")
        assert revision is not None
        db.session.close()
        downgrade(directory=folder, revision=str(revision.down_revision))
    assert names(app) == ["สอง.pdf", "หนึ่ง.pdf"], "the citation is gone, for nothing could say what it is"
    with app.app_context():
        upgrade(directory=folder)
        db.engine.dispose()
    again = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    assert again.get(f"/evidence/{source}").data == one_page_pdf()
    with app.app_context():
        assert worker.run_due()["inspected"] == 1, "what was there before is looked into as well"
    assert "ดูเหมือนไม่มีเนื้อหา" in again.page(REPORT).text_content()
    # Only living files count: a place that was freed can be taken again, and a taken one can not.
    for status in (201, 201, 409):
        assert again.upload("criterion.1", ("สาม.pdf", one_page_pdf())).status_code == status
