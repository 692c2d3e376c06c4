"""Stock Flask-AppBuilder: models and views as its documentation writes them, nothing overridden.

`seed(rounds, areas, indicators)` makes the database; `benchmarks.peers_web.stock_fab:app` serves it.
BENCH_DATABASE is its address, BENCH_FOLDER where uploads lie."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from flask import Flask, request
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.mixins import FileColumn
from flask_appbuilder.models.sqla import Model
from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Text, insert
from sqlalchemy.orm import relationship

from benchmarks.peers_web import made_up


class Round(Model):
    __tablename__ = "round"
    id = Column(Integer, primary_key=True)
    name = Column(String(120), nullable=False)

    def __repr__(self) -> str:
        return str(self.name)


class Area(Model):
    __tablename__ = "area"
    id = Column(Integer, primary_key=True)
    name = Column(String(160), nullable=False)

    def __repr__(self) -> str:
        return str(self.name)


class Indicator(Model):
    __tablename__ = "indicator"
    id = Column(Integer, primary_key=True)
    name = Column(String(200), nullable=False)

    def __repr__(self) -> str:
        return str(self.name)


class Submission(Model):
    __tablename__ = "submission"
    id = Column(Integer, primary_key=True)
    round_id = Column(Integer, ForeignKey("round.id"), nullable=False, index=True)
    round = relationship(Round)
    area_id = Column(Integer, ForeignKey("area.id"), nullable=False, index=True)
    area = relationship(Area)
    indicator_id = Column(Integer, ForeignKey("indicator.id"), nullable=False, index=True)
    indicator = relationship(Indicator)
    state = Column(String(12), nullable=False)
    changed_at = Column(DateTime(timezone=True), nullable=False, index=True)
    problems = Column(Text)
    suggestions = Column(Text)
    self_level = Column(Integer)
    total = Column(Integer)
    reporter_name = Column(String(160))
    reporter_position = Column(String(160))
    reporter_phone = Column(String(40))

    def __repr__(self) -> str:
        return f"{self.round_id}/{self.area_id}/{self.indicator_id}"


class Evidence(Model):
    __tablename__ = "evidence"
    id = Column(Integer, primary_key=True)
    submission_id = Column(Integer, ForeignKey("submission.id"), nullable=False, index=True)
    submission = relationship(Submission, backref="evidence")
    name = Column(String(200), nullable=False)
    file = Column(FileColumn, nullable=False)

    def __repr__(self) -> str:
        return str(self.name)


class EvidenceView(ModelView):
    datamodel = SQLAInterface(Evidence)
    list_columns = ["name"]
    show_columns = ["name", "file", "submission"]
    # The button beside the related rows names the report in the address; the framework then leaves its field out of the form.
    add_columns = edit_columns = ["name", "file", "submission"]
    search_columns = ["name", "submission"]
    # Without this, the framework would load every report there is to validate the one that the address names.
    add_form_query_rel_fields = {
        "submission": [["id", FilterEqualFunction, lambda: int(request.args.get("_flt_0_submission", 0))]]
    }


class SubmissionView(ModelView):
    datamodel = SQLAInterface(Submission)
    related_views = [EvidenceView]
    page_size = 25
    list_columns = ["round", "area", "indicator", "state", "self_level", "changed_at"]
    search_columns = ["round", "area", "indicator", "state", "self_level"]
    edit_columns = add_columns = list(made_up.FIELDS)
    show_columns = ["round", "area", "indicator", "state", "changed_at", *made_up.FIELDS]
    base_order = ("changed_at", "desc")


def create_app() -> Flask:
    made = Flask(__name__)
    uploads = Path(os.environ["BENCH_FOLDER"]) / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    made.config.update(
        SECRET_KEY="measured",  # noqa: S106 - made up
        SQLALCHEMY_DATABASE_URI=os.environ["BENCH_DATABASE"],
        UPLOAD_FOLDER=f"{uploads}/",
        FILE_ALLOWED_EXTENSIONS=("pdf",),
        AUTH_RATE_LIMITED=False,
    )
    CSRFProtect(made)
    db = SQLAlchemy(made, model_class=Model)
    with made.app_context():
        appbuilder = AppBuilder(made, db.session)
        appbuilder.add_view(SubmissionView, "Submissions", category="Reports")
        appbuilder.add_view(EvidenceView, "Evidence", category="Reports")
    made.extensions["measured"] = (db, appbuilder)
    return made


def seed(rounds: int, areas: int, indicators: int) -> None:
    db, appbuilder = app.extensions["measured"]
    with app.app_context():
        db.create_all()
        for model, number, name in ((Round, rounds, "รอบ"), (Area, areas, "สำนักงานเขต"), (Indicator, indicators, "ตัวชี้วัดที่")):
            db.session.execute(insert(model), [{"id": one, "name": f"{name} {one}"} for one in range(1, number + 1)])
        began = datetime(2026, 1, 1, tzinfo=UTC)
        numbered = enumerate(made_up.reports(rounds, areas, indicators), start=1)
        while batch := list(islice(numbered, 2000)):
            rows = [
                {
                    "id": number,
                    "round_id": found,
                    "area_id": area,
                    "indicator_id": indicator,
                    "state": made_up.STATES[number % 3],
                    "changed_at": began + timedelta(minutes=number * 7 % 50_000),
                    **made_up.FIELDS,
                }
                for number, (found, area, indicator) in batch
            ]
            db.session.execute(insert(Submission), rows)
            files = [
                {"submission_id": number, "name": f"คำสั่ง {issue}", "file": made_up.evidence_name(number, issue)}
                for number, _ in batch
                for issue in (1, 2)
            ]
            db.session.execute(insert(Evidence), files)
        if db.engine.dialect.name == "postgresql":
            for table in ("round", "area", "indicator", "submission"):
                named = {"table": table, "most": rounds * areas * indicators}
                db.session.execute(db.text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :most)"), named)
        db.session.commit()
        # A role that reads and edits reports, as a reporter has; not the administrator's, which is asked about less.
        sm = appbuilder.sm
        role = sm.add_role("Reporter")
        for view in ("SubmissionView", "EvidenceView"):
            for name in ("can_list", "can_show", "can_edit", "can_add", "can_download", "menu_access"):
                sm.add_permission_role(role, sm.add_permission_view_menu(name, view))
        for menu in ("Submissions", "Evidence", "Reports"):
            sm.add_permission_role(role, sm.add_permission_view_menu("menu_access", menu))
        for one in range(made_up.PEOPLE):
            sm.add_user(f"person{one}", "Person", str(one), f"person{one}@emes.test", role, made_up.PASSWORD)


app = create_app()
