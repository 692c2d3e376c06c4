"""The quarters of a project: plan against result, and the report of each quarter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import progress
from app.domain.access import Action, allows
from app.domain.errors import N_, NotFound
from app.domain.progress import Period, ProgressMove
from app.domain.project_fields import QUARTERS, RowKind
from app.domain.sheets import Field
from app.extensions import transaction
from app.models import Project, ProjectProgress, Sheet
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.queries import sheet as sheet_queries
from app.scope import current_actor
from app.services import project_progress, project_subjects, sheets
from app.services.sheets import IncompleteSheet, Subject
from app.views import project_curve, project_page, project_register
from app.views.base import Screen, expose, may, notice, see_other
from app.views.projects import address_of
from app.views.sheet_answers import (
    cells_after,
    changes_from_form,
    changes_from_json,
    page_of,
    require_here,
    saved_as_json,
)
from app.views.sheet_page import SheetPage

MOVE_NAMES = {ProgressMove.CHECK: N_("Checked: all right"), ProgressMove.RETURN: N_("Return to be mended")}


@dataclass(frozen=True)
class QuarterPage:
    """The page of one quarter: the sheet's page with what the project planned and what the quarters before said."""

    page: SheetPage
    row: ProjectProgress
    period: Period
    planned: dict[str, str]
    before: dict[int, dict[str, str]]
    activities: list[int]
    indicators: list[int]

    @property
    def project(self) -> Project:
        return self.row.project

    @property
    def may_check(self) -> list[str]:
        """What the plan group may do with what was sent."""
        if not self.page.may_lead:
            return []
        table = {"sent": [ProgressMove.CHECK, ProgressMove.RETURN], "checked": [ProgressMove.RETURN]}
        return [move.value for move in table.get(self.page.sheet.state, [])]

    def plan(self, kind: str, ordinal: int, column: str) -> str:
        return self.planned.get(f"{kind}.{ordinal}.{column}", "")

    def last(self, kind: str, ordinal: int, column: str) -> tuple[int, str] | None:
        """What the latest quarter before said, with its number."""
        for quarter in sorted(self.before, reverse=True):
            if found := self.before[quarter].get(f"{kind}.{ordinal}.{column}"):
                return quarter, found
        return None

    @property
    def paid_before(self) -> list[tuple[int, str]]:
        return [(quarter, self.before[quarter].get("paid", "")) for quarter in sorted(self.before)]

    def shows(self, field: Field, ordinal: int) -> bool:
        """The reason for less than before is asked only where there was something before."""
        return not field.key.endswith(".why_less") or self.last("activity", ordinal, "percent") is not None


def _found(fiscal_year: int, area_code: str, number: int, quarter: int) -> tuple[Project, ProjectProgress | None]:
    if quarter not in QUARTERS:
        raise NotFound
    project = project_queries.find(fiscal_year, area_code, number)
    return project, next((row for row in project.quarters if row.quarter == quarter), None)


def _read(row: ProjectProgress) -> tuple[Subject, dict[int, dict[str, str]]]:
    sheet: Sheet | None = sheet_queries.find(row.sheet_id)
    if sheet is None:
        raise NotFound
    values = project_subjects.values_around(row.project, row.project.quarters)
    return project_subjects.of_progress(row, sheet, values), values


def _quarter_page(row: ProjectProgress, **more: Any) -> str:
    subject, values = _read(row)
    project, page = row.project, page_of(subject, **more)
    rows = project_queries.living(project)
    found = QuarterPage(
        page=page,
        row=row,
        period=plan_queries.periods(project.fiscal_year_be)[row.quarter],
        planned=values.get(project.sheet_id, {}),
        before={other.quarter: values.get(other.sheet_id, {}) for other in project.quarters if other.quarter < row.quarter},
        activities=rows[RowKind.ACTIVITY],
        indicators=rows[RowKind.INDICATOR],
    )
    words = project_register.words() | {
        "state_names": progress.STATE_NAMES,
        "state_looks": project_register.STANDING_LOOKS,
        "section_names": progress.SECTION_NAMES,
        "move_names": MOVE_NAMES,
        "needs_reason": (ProgressMove.RETURN,),
    }
    codes = address_of(project, subject.sheet.area)
    options = [(code, gettext(name)) for code, name in progress.OVERALL.items()]
    return render_template("projects/quarter.html", quarter=found, page=page, codes=codes, options=options, **words)


class ProgressView(Screen):
    route_base = "/projects"
    class_permission_name = "projects"

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/progress")
    @may("read")
    def overview(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """Where each quarter stands, with the curve of plan and result and its table."""
        project, moment = project_queries.find(fiscal_year, area_code, number), now()
        found = project_page.overview(project, moment)
        return render_template(
            "projects/progress.html",
            overview=found,
            project=project,
            drawing=project_curve.draw(found.curve),
            codes=address_of(project, project.area),
            may_edit=allows(current_actor(), Action.EDIT_SHEET, project),
            **project_register.words(),
        )

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/q<int:quarter>")
    @may("read")
    def quarter(self, fiscal_year: int, area_code: str, number: int, quarter: int) -> ResponseReturnValue:
        """The report of a quarter; before it is begun, the way to begin it stands on the overview."""
        project, row = _found(fiscal_year, area_code, number, quarter)
        if row is None:
            return see_other(url_for("ProgressView.overview", **address_of(project, project.area)))
        return _quarter_page(row, checked=request.args.get("check") == "1")

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/q<int:quarter>/begin", methods=["POST"])
    @may("write")
    def begin(self, fiscal_year: int, area_code: str, number: int, quarter: int) -> ResponseReturnValue:
        _found(fiscal_year, area_code, number, quarter)
        with transaction():
            project_progress.begin(fiscal_year, area_code, number, quarter, actor=current_actor(), now=now())
        codes: dict[str, Any] = {"fiscal_year": fiscal_year, "area_code": area_code, "number": number, "quarter": quarter}
        return see_other(url_for("ProgressView.quarter", **codes))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/q<int:quarter>", methods=["PATCH"])
    @may("write")
    def save_fields(self, fiscal_year: int, area_code: str, number: int, quarter: int) -> ResponseReturnValue:
        """Autosave: some fields, each against its version."""
        row = self._begun(fiscal_year, area_code, number, quarter)
        changes = changes_from_json(_read(row)[0])
        with transaction():
            _, subject = project_progress.held(row.sheet_id)
            saved = sheets.save(subject, changes, actor=current_actor(), now=now())
        return saved_as_json(saved)

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/q<int:quarter>", methods=["POST"])
    @may("write")
    def save_form(self, fiscal_year: int, area_code: str, number: int, quarter: int) -> ResponseReturnValue:
        """The whole form; sent where the button says so."""
        row = self._begun(fiscal_year, area_code, number, quarter)
        subject, _ = _read(row)
        require_here(subject, request.form.get("for", ""))
        changes = changes_from_form(subject)
        with transaction():
            _, subject = project_progress.held(row.sheet_id)
            saved = sheets.save(subject, changes, actor=current_actor(), now=now())
        if saved.errors or saved.conflicts:
            row = self._begun(fiscal_year, area_code, number, quarter)
            return _quarter_page(row, cells=cells_after(saved, changes)), 409 if saved.conflicts else 422
        if request.form.get("then") == "send":
            return self._send(fiscal_year, area_code, number, quarter)
        notice(gettext("Saved"))
        return see_other(subject.path)

    def _begun(self, fiscal_year: int, area_code: str, number: int, quarter: int) -> ProjectProgress:
        _, row = _found(fiscal_year, area_code, number, quarter)
        if row is None:
            raise NotFound
        return row

    def _send(self, fiscal_year: int, area_code: str, number: int, quarter: int) -> ResponseReturnValue:
        row = self._begun(fiscal_year, area_code, number, quarter)
        try:
            with transaction():
                held, subject = project_progress.held(row.sheet_id)
                project_progress.move(held, subject, ProgressMove.SEND, actor=current_actor(), now=now())
        except IncompleteSheet:
            return _quarter_page(self._begun(fiscal_year, area_code, number, quarter), checked=True), 422
        notice(gettext("The progress of quarter %(number)d was sent", number=quarter))
        codes: dict[str, Any] = {"fiscal_year": fiscal_year, "area_code": area_code, "number": number}
        return see_other(url_for("ProgressView.overview", **codes))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/q<int:quarter>/move/<which>", methods=["POST"])
    @may("lead")
    def move(self, fiscal_year: int, area_code: str, number: int, quarter: int, which: str) -> ResponseReturnValue:
        """The plan group checks what was sent, or returns it."""
        said = {ProgressMove.CHECK.value: gettext("Checked"), ProgressMove.RETURN.value: gettext("Returned to be mended")}
        if which not in said:
            raise NotFound
        row = self._begun(fiscal_year, area_code, number, quarter)
        with transaction():
            held, subject = project_progress.held(row.sheet_id)
            require_here(subject, request.form.get("for", ""))
            reason = request.form.get("reason", "")
            project_progress.move(held, subject, ProgressMove(which), actor=current_actor(), now=now(), typed_reason=reason)
        notice(said[which])
        return see_other(subject.path)
