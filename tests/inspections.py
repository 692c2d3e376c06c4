"""An office's way through an inspection, through the public face."""

from __future__ import annotations

from typing import Any

from app.extensions import db, transaction
from app.models import Inspection, InspectionEntry, InspectionIssue, InspectionReport
from app.scope import whole_country
from tests.person import Person

CODE = "2566-1"
HERE = f"/inspections/{CODE}/P-CPM-3"
ISSUE = f"{HERE}/1.1"
FEW = ("1.1", "2.3", "3.2")
FILLED: dict[str, Any] = {
    "count_all": "๑๒",
    "count_done": "9",
    "result": "โรงเรียนทุกแห่งมีแผนความปลอดภัย",
    "no_problems": True,
    "reporter_name": "ก ข",
    "reporter_position": "ศึกษานิเทศก์",
    "reporter_phone": "0 2288 5867",
}


def ask_few(app) -> None:
    """Only three issues are asked, so that a test checks no more than it must."""
    with app.app_context(), whole_country("a test closes issues"), transaction():
        for issue in db.session.query(InspectionIssue).join(Inspection).filter(Inspection.code == CODE):
            issue.is_open = issue.code in FEW


def begin(person: Person) -> None:
    assert person.post(f"{HERE}/begin").status_code == 303


def versions(person: Person, path: str) -> dict[str, int]:
    boxes = person.page(path).xpath("//input[@data-version-of]")
    return {box.get("data-version-of"): int(box.get("value")) for box in boxes}


def fill(person: Person, path: str, values: dict[str, Any]) -> Any:
    """Autosave as the page's script does, the fields that the page has."""
    there = versions(person, path)
    return person.patch(path, {key: (value, there[key]) for key, value in values.items() if key in there})


def check_all(app, reporter: Person, coordinator: Person, issues=FEW) -> None:
    """Every issue is filled in, handed over and checked."""
    for code in issues:
        assert fill(reporter, f"{HERE}/{code}", FILLED).status_code == 200
        assert reporter.post(f"{HERE}/{code}/moves/send").status_code == 303
        assert coordinator.post(f"{HERE}/{code}/moves/check").status_code == 303


def sheet_of(app, code: str | None = None) -> int:
    """The sheet of the report of สพป.ชัยภูมิ เขต 3, or of what it says on an issue."""
    with app.app_context(), whole_country("a test looks"):
        if code is None:
            return db.session.query(InspectionReport.sheet_id).scalar()
        found = db.session.query(InspectionEntry.sheet_id).join(InspectionIssue, InspectionIssue.id == InspectionEntry.issue_id)
        return found.filter(InspectionIssue.code == code).scalar()
