"""An office's projects as a workbook: download it, send it back, see row by row what it would change, take it over."""

from __future__ import annotations

import io
from typing import Any, cast

from flask import Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app import exports
from app.clock import now
from app.domain.access import Action, Here, require
from app.domain.errors import N_, Correctable, Refused
from app.domain.evidence import safe_name
from app.domain.progress import SENT_IN
from app.domain.thai import single_line
from app.errors import sentence
from app.extensions import transaction
from app.formatting import in_language
from app.models import Area, Project
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.queries import sheet as sheet_queries
from app.scope import current_actor
from app.services import project_books
from app.storage import IncomingFile
from app.views.base import Screen, expose, may, notice, see_other
from app.views.indicator_sets import XLSX
from app.views.projects import year_in_use
from app.views.report_page import era_year


def _office(fiscal_year: int, area_code: str) -> Area:
    year_in_use(fiscal_year)
    return project_queries.office(area_code, actor=current_actor())


def _entries(area: Area, fiscal_year: int) -> list[exports.project_book.Entry]:
    """All projects of an office with all that was entered: three statements."""
    found = project_queries.with_quarters(area.id, fiscal_year)
    sheet_ids = [project.sheet_id for project in found] + [row.sheet_id for project in found for row in project.quarters]
    values = sheet_queries.values_of(sheet_ids)
    return [_entry(project, values) for project in found]


def _entry(project: Project, values: dict[int, dict[str, str]]) -> exports.project_book.Entry:
    quarters = [
        exports.project_book.Quarter(
            row.quarter, row.sheet.state, "" if row.percent is None else str(row.percent), values.get(row.sheet_id, {})
        )
        for row in project.quarters
        if row.sheet.state in SENT_IN
    ]
    rows = project_queries.living(project)
    return exports.project_book.Entry(
        project.number, project.sheet.state, project.national_code, values.get(project.sheet_id, {}), rows, quarters
    )


class ProjectBookView(Screen):
    route_base = "/projects"
    class_permission_name = "projects"

    @expose("/<row:fiscal_year>/<area_code>/export.xlsx")
    @may("read")
    def export(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        area = _office(fiscal_year, area_code)
        title = gettext(
            "Projects of %(office)s, fiscal year %(year)s", office=in_language(area.short_name), year=era_year(fiscal_year)
        )
        marks = project_books.marks_of(area, fiscal_year)
        made = exports.project_book.write(_entries(area, fiscal_year), plan_queries.plans(), marks, title=title)
        name = safe_name(f"{title}.xlsx")
        response: Response = send_file(io.BytesIO(made), mimetype=XLSX, as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/<row:fiscal_year>/<area_code>/import")
    @may("write")
    def upload(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        area = _office(fiscal_year, area_code)
        require(current_actor(), Action.EDIT_SHEET, Here(area.id))
        return self._upload(area, fiscal_year)

    def _upload(self, area: Area, fiscal_year: int, problem: str = "") -> str:
        return render_template(
            "projects/import.html",
            area=area,
            codes={"fiscal_year": fiscal_year, "area_code": area.code},
            most_mb=exports.reading.MOST_BYTES // 1024 // 1024,
            problem=problem,
        )

    @expose("/<row:fiscal_year>/<area_code>/import", methods=["POST"])
    @may("write")
    def read(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        """A workbook comes in: it is read and kept, and nothing is taken over yet."""
        area = _office(fiscal_year, area_code)
        file = request.files.get("file")
        try:
            if file is None or not file.filename:
                raise Refused(N_("Choose a file first"))
            incoming = cast(IncomingFile, file.stream)
            incoming.flush()
            book = exports.reading.read(incoming.path, exports.project_book.expected())
            with transaction():
                row = project_books.keep(
                    area,
                    fiscal_year,
                    single_line(file.filename)[:255],
                    book.marks,
                    book.sheets,
                    book.problems,
                    actor=current_actor(),
                    now=now(),
                )
                import_id = row.id
        except Correctable as refusal:
            return self._upload(_office(fiscal_year, area_code), fiscal_year, sentence(refusal.message)), 422
        codes: dict[str, Any] = {"fiscal_year": fiscal_year, "area_code": area_code, "import_id": import_id}
        return see_other(url_for("ProjectBookView.look", **codes))

    @expose("/<row:fiscal_year>/<area_code>/import/<row:import_id>")
    @may("write")
    def look(self, fiscal_year: int, area_code: str, import_id: int) -> ResponseReturnValue:
        """What the workbook would change, row by row."""
        return self._look(_office(fiscal_year, area_code), fiscal_year, import_id)

    def _look(self, area: Area, fiscal_year: int, import_id: int, problem: str = "") -> str:
        row = project_queries.import_by_id(import_id, area.id, fiscal_year)
        return render_template(
            "projects/import_look.html",
            area=area,
            row=row,
            plan=project_books.look(area, row, exports.project_book.words()),
            codes={"fiscal_year": fiscal_year, "area_code": area.code},
            problem=problem,
        )

    @expose("/<row:fiscal_year>/<area_code>/import/<row:import_id>", methods=["POST"])
    @may("write")
    def take(self, fiscal_year: int, area_code: str, import_id: int) -> ResponseReturnValue:
        """The second press: take over what was shown."""
        digest = request.form.get("digest", "")
        try:
            with transaction():
                area = _office(fiscal_year, area_code)
                row = project_queries.import_by_id(import_id, area.id, fiscal_year)
                fresh, stored = project_books.take(
                    area, row, digest, exports.project_book.words(), actor=current_actor(), now=now()
                )
        except Correctable as refusal:
            page = self._look(_office(fiscal_year, area_code), fiscal_year, import_id, sentence(refusal.message))
            return page, refusal.status
        said = ngettext("%(num)d field was saved", "%(num)d fields were saved", stored)
        if fresh:
            said += " · " + ngettext("%(num)d new project", "%(num)d new projects", fresh)
        notice(said)
        return see_other(url_for("ProjectView.register", fiscal_year=fiscal_year, area_code=area_code))
