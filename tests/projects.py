"""Projects as an office would enter them, for tests of what comes after."""

from __future__ import annotations

from uuid import UUID

from flask import Flask

from app.domain.progress import ProgressMove
from app.domain.projects import ProjectMove
from app.extensions import db
from app.models import Evidence, Project, ProjectImport, SheetFile
from app.queries import area as areas
from app.queries import project as project_queries
from app.services import project_briefs, project_progress, projects, sheets
from app.services.field_saving import Typing
from tests.conftest import NOW
from tests.services.doing import actor_for, doing

YEAR, OFFICE = 2566, "P-CPM-3"
WHOLE: dict[str, str] = {
    "group": "กลุ่มนิเทศ ติดตามและประเมินผลการจัดการศึกษา",
    "starts_on": "01/10/2565",
    "ends_on": "30/09/2566",
    "budget_source": "budget_act",
    "budget": "100,000",
    "strategy": "3",
    "master_issue": "12",
    "sub_plan": "1201",
    "sub_plan_target": "120101",
    "objectives": "เพื่อยกระดับการอ่านการเขียนของนักเรียนชั้นประถมศึกษา",
    "person.1.name": "ผู้รายงาน สาธิต",
    "indicator.1.name": "ร้อยละของนักเรียนที่อ่านออกเขียนได้",
    "indicator.1.unit": "ร้อยละ",
    "indicator.1.target": "80",
    "activity.1.name": "อบรมครูผู้สอนภาษาไทย",
    "activity.1.starts_on": "01/11/2565",
    "activity.1.ends_on": "31/12/2565",
    "activity.1.weight": "100",
    "plan_q1": "40000",
    "plan_q2": "20000",
    "plan_q3": "20000",
    "plan_q4": "20000",
}


def save(app: Flask, number: int, values: dict[str, str | None], *, office: str = OFFICE, year: int = YEAR) -> None:
    """Type these fields into a project as the office's coordinator."""
    actor = actor_for(app, f"coordinator.{office.lower()}")
    with doing(app, actor):
        _, subject = projects.held(year, office, number)
        typed = {key: Typing(value, None) for key, value in values.items()}
        saved = sheets.save(subject, typed, actor=actor, now=NOW)
        assert saved.errors == {}, saved.errors


def add(app: Flask, name: str = "โครงการอ่านออกเขียนได้", *, office: str = OFFICE, whole: bool = True, year: int = YEAR) -> int:
    """A project of an office, filled in unless `whole` is False. Answers its number."""
    actor = actor_for(app, f"coordinator.{office.lower()}")
    with doing(app, actor):
        area = areas.by_code(office)
        assert area is not None
        number = projects.add(area, year, {"name": name}, actor=actor, now=NOW).number
    if whole:
        save(app, number, dict(WHOLE), office=office, year=year)
    return number


def move(
    app: Flask, number: int, which: ProjectMove, who: str = "coordinator", *, office: str = OFFICE, said: str = ""
) -> None:
    """A move by somebody of the office."""
    actor = actor_for(app, f"{who}.{office.lower()}")
    with doing(app, actor):
        project, subject = projects.held(YEAR, office, number)
        projects.move(project, subject, which, actor=actor, now=NOW, typed_reason=said)


def approved(app: Flask, name: str = "โครงการอ่านออกเขียนได้", *, office: str = OFFICE) -> int:
    """A whole project that was sent and approved."""
    number = add(app, name, office=office)
    move(app, number, ProjectMove.SEND, office=office)
    move(app, number, ProjectMove.APPROVE, "director", office=office)
    return number


def report(
    app: Flask,
    number: int,
    quarter: int,
    percent: str,
    paid: str,
    *,
    office: str = OFFICE,
    moves: tuple[ProgressMove, ...] = (),
    **more: str,
) -> None:
    """A quarter of a project, filled in and moved on."""
    actor = actor_for(app, f"coordinator.{office.lower()}")
    values = {"activity.1.percent": percent, "indicator.1.result": "40", "paid": paid, "overall": "under_way"} | more
    with doing(app, actor):
        row = project_progress.begin(YEAR, office, number, quarter, actor=actor, now=NOW)
        sheet_id = row.sheet_id
    with doing(app, actor):
        _, subject = project_progress.held(sheet_id)
        saved = sheets.save(subject, {key: Typing(value, None) for key, value in values.items()}, actor=actor, now=NOW)
        assert saved.errors == {}, saved.errors
    for which in moves:
        with doing(app, actor):
            row, subject = project_progress.held(sheet_id)
            project_progress.move(row, subject, which, actor=actor, now=NOW)


def put_world(app: Flask, office: str, evidence_id: str) -> dict[str, str]:
    """A project of an office that is approved, with a quarter, a file, an acknowledged report and a workbook that came in: what the
    addresses of projects and of sheets name. `evidence_id` is of a file whose bytes lie in the store."""
    number = approved(app, office=office)
    report(app, number, 1, "10", "0", office=office)
    lead, chief = (actor_for(app, f"{duty}.{office.lower()}") for duty in ("coordinator", "director"))
    with doing(app, lead):
        area = areas.by_code(office)
        assert area is not None
        project_briefs.propose(area, YEAR, "", actor=lead, now=NOW)
        sheet = {"title": "โครงการ", "rows": [], "letters": {}}
        content = {"marks": {}, "sheets": {"projects": sheet}, "problems": []}
        came = ProjectImport(area_id=area.id, fiscal_year_be=YEAR, file_name="ก.xlsx", content=content, arrived_at=NOW)
        kept = db.session.get(Evidence, UUID(evidence_id))
        assert kept is not None
        sheet_id = project_of(number, office=office).quarters[0].sheet_id
        file = SheetFile(area_id=area.id, sheet_id=sheet_id, slot="evidence", ordinal=1, uploaded_at=NOW)
        for name in ("original_name", "extension", "media_type", "size_bytes", "sha256", "storage_key"):
            setattr(file, name, getattr(kept, name))
        db.session.add_all([came, file])
        db.session.flush()
        found = {"project import": str(came.id), "sheet": str(sheet_id), "sheet file": str(file.id)}
    with doing(app, chief):
        row = project_queries.brief(area.id, YEAR, 1)
        project_briefs.answer(row, area, is_accepted=True, typed="", actor=chief, now=NOW)
    return found


def project_of(number: int, *, office: str = OFFICE, year: int = YEAR) -> Project:
    """The row of a project, inside `looking`."""
    area = areas.by_code(office)
    assert area is not None
    return db.session.query(Project).filter_by(fiscal_year_be=year, number=number, area_id=area.id).one()
