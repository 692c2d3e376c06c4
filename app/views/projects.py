"""Projects of an office: the register of a year, the form of a project, and what is done to it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.domain import calendar
from app.domain.access import Action, Here, allows
from app.domain.errors import NotFound, Refused
from app.domain.project_fields import RowKind
from app.domain.projects import ProjectMove
from app.domain.thai import single_line, whole_number
from app.errors import sentence
from app.extensions import transaction
from app.models import Area, Project
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.queries import sheet as sheet_queries
from app.scope import current_actor
from app.services import project_subjects, projects, sheets
from app.services.sheets import IncompleteSheet, Subject
from app.views import project_page, project_register
from app.views.base import Screen, expose, may, notice, see_other
from app.views.report_page import Cell, anchor, era_year
from app.views.sheet_answers import (
    cells_after,
    changes_from_form,
    changes_from_json,
    page_of,
    require_here,
    saved_as_json,
)


def year_in_use(year: int) -> int:
    """A fiscal year of an address. Raises NotFound for one that is none."""
    if year not in projects.YEARS_BE:
        raise NotFound
    return year


def address_of(project: Project, area: Area) -> dict[str, Any]:
    """What the addresses of a project's pages are made of."""
    return {"fiscal_year": project.fiscal_year_be, "area_code": area.code, "number": project.number}


def _read(fiscal_year: int, area_code: str, number: int) -> tuple[Project, Subject, Any]:
    project = project_queries.find(fiscal_year, area_code, number)
    sheet, plans = sheet_queries.find(project.sheet_id), plan_queries.plans()
    if sheet is None:
        raise NotFound
    return project, project_subjects.of_project(project, sheet, plans), plans


def _page(fiscal_year: int, area_code: str, number: int, **more: Any) -> str:
    project, subject, plans = _read(fiscal_year, area_code, number)
    found = project_page.read(project, page_of(subject, **more), plans)
    return render_template(
        "projects/form.html",
        form=found,
        page=found.page,
        codes=address_of(project, subject.sheet.area),
        sections=project_page.sections_of(found.steps),
        **project_register.words(),
    )


class ProjectView(Screen):
    route_base = "/projects"
    class_permission_name = "projects"

    @expose("/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        """Straight to the own office in the year that is entered now; the centre to its board."""
        year = plan_queries.current_year() or calendar.fiscal_year_be(calendar.local(now()).date())
        area = current_user.profile.area if current_user.profile else None
        if area is None:
            return see_other(url_for("ProjectBoardView.board", fiscal_year=year))
        return see_other(url_for("ProjectView.register", fiscal_year=year, area_code=area.code))

    @expose("/<row:fiscal_year>/<area_code>/")
    @may("read")
    def register(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        return self._register(fiscal_year, area_code)

    def _register(self, fiscal_year: int, area_code: str, problem: str = "", typed: str = "") -> str:
        actor, moment = current_actor(), now()
        area = project_queries.office(area_code, actor=actor)
        found = project_register.read(area, year_in_use(fiscal_year), request.args, actor=actor, now=moment)
        return render_template(
            "projects/register.html", register=found, problem=problem, typed=typed, **project_register.words()
        )

    @expose("/<row:fiscal_year>/<area_code>/", methods=["POST"])
    @may("write")
    def add(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        """A new project by its name; everything else is entered on its page."""
        actor, name = current_actor(), request.form.get("name", "")
        area = project_queries.office(area_code, actor=actor)
        try:
            with transaction():
                project = projects.add(area, year_in_use(fiscal_year), {"name": name}, actor=actor, now=now())
                number = project.number
        except Refused as refusal:
            return self._register(fiscal_year, area_code, sentence(refusal.message), name), 422
        return see_other(url_for("ProjectView.page", fiscal_year=fiscal_year, area_code=area_code, number=number))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>")
    @may("read")
    def page(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        return _page(fiscal_year, area_code, number, checked=request.args.get("check") == "1")

    @expose("/<row:fiscal_year>/<area_code>/<row:number>", methods=["PATCH"])
    @may("write")
    def save_fields(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """Autosave: some fields, each against its version."""
        _, subject, _ = _read(fiscal_year, area_code, number)
        changes = changes_from_json(subject)
        with transaction():
            project, subject = projects.held(fiscal_year, area_code, number)
            saved = sheets.save(subject, changes, actor=current_actor(), now=now())
        page = page_of(saved.subject)
        steps = project_page.steps_of(plan_queries.steps(), page, project)
        return saved_as_json(saved, steps=render_template("projects/_steps.html", steps=steps))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>", methods=["POST"])
    @may("write")
    def save_form(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """The whole form, and then what the pressed button says: a row more, a row less, or sending it for approval."""
        _, subject, _ = _read(fiscal_year, area_code, number)
        require_here(subject, request.form.get("for", ""))
        changes = changes_from_form(subject)
        actor = current_actor()
        with transaction():
            _, subject = projects.held(fiscal_year, area_code, number)
            saved = sheets.save(subject, changes, actor=actor, now=now())
        if saved.errors or saved.conflicts:
            cells: dict[str, Cell] = cells_after(saved, changes)
            return _page(fiscal_year, area_code, number, cells=cells), 409 if saved.conflicts else 422
        codes: dict[str, Any] = {"fiscal_year": fiscal_year, "area_code": area_code, "number": number}
        what, _, rest = request.form.get("then", "").partition(".")
        if what in ("add", "remove"):
            return self._rows(what, rest, codes)
        if what == "send":
            return self._send(codes)
        notice(gettext("Saved"))
        return see_other(url_for("ProjectView.page", **codes))

    def _rows(self, what: str, rest: str, codes: dict[str, Any]) -> ResponseReturnValue:
        name, _, typed = rest.partition(".")
        if name not in set(RowKind):
            raise NotFound
        kind, actor = RowKind(name), current_actor()
        with transaction():
            project, subject = projects.held(codes["fiscal_year"], codes["area_code"], codes["number"])
            if what == "add":
                ordinal = projects.add_row(project, subject, kind, actor=actor, now=now())
            else:
                ordinal = whole_number(typed) or 0
                said = projects.remove_row(project, subject, kind, ordinal, actor=actor, now=now())
        if what == "add":
            return see_other(url_for("ProjectView.page", **codes) + f"#{anchor(f'{kind}.{ordinal}.name')}")
        undo = url_for("ProjectView.restore_row", kind=kind.value, ordinal=ordinal, **codes)
        notice(gettext("“%(name)s” was taken out", name=said or gettext("The empty row")), f"undo:{undo}")
        return see_other(url_for("ProjectView.page", **codes) + f"#{anchor(f'add.{kind}')}")

    def _send(self, codes: dict[str, Any]) -> ResponseReturnValue:
        try:
            with transaction():
                project, subject = projects.held(codes["fiscal_year"], codes["area_code"], codes["number"])
                projects.move(project, subject, ProjectMove.SEND, actor=current_actor(), now=now())
        except IncompleteSheet:
            return _page(codes["fiscal_year"], codes["area_code"], codes["number"], checked=True), 422
        notice(gettext("Sent for approval"))
        return see_other(url_for("ProjectView.page", **codes))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/rows/<kind>/<row:ordinal>/restore", methods=["POST"])
    @may("write")
    def restore_row(self, fiscal_year: int, area_code: str, number: int, kind: str, ordinal: int) -> ResponseReturnValue:
        """Take back that a row was taken out."""
        if kind not in set(RowKind):
            raise NotFound
        with transaction():
            project, subject = projects.held(fiscal_year, area_code, number)
            projects.restore_row(project, subject, RowKind(kind), ordinal, actor=current_actor(), now=now())
        path = url_for("ProjectView.page", fiscal_year=fiscal_year, area_code=area_code, number=number)
        return see_other(f"{path}#{anchor(f'{kind}.{ordinal}.name')}")


class ProjectMoveView(Screen):
    """What is done to a project as a whole."""

    route_base = "/projects"
    class_permission_name = "projects"

    def _move(self, codes: dict[str, Any], which: ProjectMove, said: str) -> ResponseReturnValue:
        with transaction():
            project, subject = projects.held(codes["fiscal_year"], codes["area_code"], codes["number"])
            require_here(subject, request.form.get("for", ""))
            reason = request.form.get("reason", "")
            projects.move(project, subject, which, actor=current_actor(), now=now(), typed_reason=reason)
        notice(said)
        return see_other(url_for("ProjectView.page", **codes))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/decide/<which>", methods=["POST"])
    @may("decide")
    def decide(self, fiscal_year: int, area_code: str, number: int, which: str) -> ResponseReturnValue:
        """The director, or who acts for the director, approves or returns."""
        said = {ProjectMove.APPROVE.value: gettext("Approved"), ProjectMove.RETURN.value: gettext("Returned to be mended")}
        if which not in said:
            raise NotFound
        codes = {"fiscal_year": fiscal_year, "area_code": area_code, "number": number}
        return self._move(codes, ProjectMove(which), said[which])

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/move/<which>", methods=["POST"])
    @may("lead")
    def lead(self, fiscal_year: int, area_code: str, number: int, which: str) -> ResponseReturnValue:
        """The plan group takes back, cancels or opens again."""
        said = {
            ProjectMove.WITHDRAW.value: gettext("Taken back; it can be edited again"),
            ProjectMove.CANCEL.value: gettext("Cancelled"),
            ProjectMove.REOPEN.value: gettext("Opened again"),
        }
        if which not in said:
            raise NotFound
        codes = {"fiscal_year": fiscal_year, "area_code": area_code, "number": number}
        return self._move(codes, ProjectMove(which), said[which])

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/national", methods=["POST"])
    @may("write")
    def national(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """Note that the project was typed into the national system."""
        with transaction():
            project = projects.find(fiscal_year, area_code, number)
            code, day = (request.form.get(name, "") for name in ("national_code", "entered_on"))
            projects.note_national(project, code, day, actor=current_actor(), now=now())
        notice(gettext("Saved"))
        return see_other(url_for("ProjectView.page", fiscal_year=fiscal_year, area_code=area_code, number=number))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/order")
    @may("lead")
    def orders(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """Which order of the office appoints the committee of a project."""
        project = projects.find(fiscal_year, area_code, number)
        if not allows(current_actor(), Action.LEAD_SHEETS, Here(project.area_id)):
            raise NotFound
        return render_template(
            "projects/order.html",
            project=project,
            codes=address_of(project, project.area),
            orders=project_queries.appointing_orders(project.area_id),
        )

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/order", methods=["POST"])
    @may("lead")
    def choose_order(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        order_id = whole_number(single_line(request.form.get("order", "")))
        with transaction():
            project = projects.find(fiscal_year, area_code, number)
            projects.choose_order(project, order_id, actor=current_actor(), now=now())
        notice(gettext("Saved"))
        return see_other(url_for("ProjectView.page", fiscal_year=fiscal_year, area_code=area_code, number=number))

    @expose("/<row:fiscal_year>/<area_code>/<row:number>/carry-over", methods=["POST"])
    @may("write")
    def carry_over(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """The same project in the next fiscal year."""
        with transaction():
            project, subject = projects.held(fiscal_year, area_code, number)
            fresh = projects.carry_over(project, subject, actor=current_actor(), now=now())
            codes: dict[str, Any] = {"fiscal_year": fresh.fiscal_year_be, "area_code": area_code, "number": fresh.number}
        notice(gettext("Carried over to fiscal year %(year)s: enter budget and plan", year=era_year(codes["fiscal_year"])))
        return see_other(url_for("ProjectView.page", **codes))
