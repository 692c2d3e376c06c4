"""Reference data of projects from `seed/`: plans to align with, the steps of the national form, the times of the fiscal year."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.domain import calendar
from app.domain.progress import PERIODS, usual_period
from app.extensions import db
from app.models import PlanItem, ProjectPeriod, ProjectStep
from app.services import seed_rows
from app.services.seed_rows import Report

SEEDED_YEAR_BE = 2566
# Days from the day of the demonstration: opens, due. The register is over, quarter 1 due soon, the others are to come.
DEMONSTRATION = {0: (-60, -10), 1: (-20, 10), 2: (60, 90), 3: (150, 180), 4: (240, 270)}


def load(report: Report) -> None:
    """Plans, steps and times. Safe to repeat."""
    _load_plans(report)
    known = seed_rows.by_code(ProjectStep)
    for order, row in enumerate(seed_rows.rows("project_steps.csv"), start=1):
        values: dict[str, Any] = dict(row) | {"sort_order": order}
        seed_rows.converge(report, ProjectStep, known.get(row["code"]), row["code"], values)
    _load_periods(report)


def _load_plans(report: Report) -> None:
    known = {(row.kind, row.code): row for row in db.session.scalars(select(PlanItem))}
    parents: dict[str, PlanItem] = {row.code: row for row in known.values()}
    for order, row in enumerate(seed_rows.rows("plans.csv"), start=1):
        parent = parents.get(row["parent"])
        values = {
            "kind": row["kind"],
            "code": row["code"],
            "name_th": row["name_th"],
            "name_en": row["name_en"],
            "parent_id": parent.id if parent else None,
            "sort_order": order,
            "is_illustrative": row["illustrative"] == "1",
        }
        name = f"{row['kind']} {row['code']}"
        found = seed_rows.converge(report, PlanItem, known.get((row["kind"], row["code"])), name, values)
        if found.id is None:
            db.session.flush()
        if row["kind"] in ("master_issue", "sub_plan", "sub_plan_target"):
            parents[row["code"]] = found


def _load_periods(report: Report) -> None:
    """The usual times of the seeded year, once: where one stands, the centre has the word."""
    known = {
        row.quarter for row in db.session.scalars(select(ProjectPeriod).where(ProjectPeriod.fiscal_year_be == SEEDED_YEAR_BE))
    }
    for quarter in PERIODS:
        if quarter in known:
            report.kept["project_period"] += 1
            continue
        usual = usual_period(SEEDED_YEAR_BE, quarter)
        times = {"opens_at": usual.opens_at, "reminds_at": usual.reminds_at, "due_at": usual.due_at}
        db.session.add(ProjectPeriod(fiscal_year_be=SEEDED_YEAR_BE, quarter=quarter, **times))
        report.added["project_period"] += 1


def move_to_today(today: date) -> None:
    """The times of the seeded year around the day of the demonstration, as those of its rounds are."""
    for row in db.session.scalars(select(ProjectPeriod).where(ProjectPeriod.fiscal_year_be == SEEDED_YEAR_BE)):
        opens_in, due_in = DEMONSTRATION[row.quarter]
        row.opens_at = datetime.combine(today + timedelta(days=opens_in), time(8, 30), calendar.zone())
        row.due_at = datetime.combine(today + timedelta(days=due_in), time(16, 30), calendar.zone())
        row.reminds_at = row.due_at - timedelta(days=7)
