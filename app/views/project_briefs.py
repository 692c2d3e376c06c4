"""The report on an office's projects to its director: as it stands now, as it was proposed, on paper."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from flask import Response, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain.access import Action, Here, allows
from app.domain.errors import Correctable
from app.errors import sentence
from app.exports import pdf
from app.extensions import transaction
from app.models import Area, ProjectBrief
from app.queries import project as project_queries
from app.scope import current_actor
from app.services import project_briefs, superiors
from app.views import project_register
from app.views.base import Screen, expose, may, notice, see_other
from app.views.projects import year_in_use


def _office(fiscal_year: int, area_code: str) -> Area:
    year_in_use(fiscal_year)
    return project_queries.office(area_code, actor=current_actor())


def _values(area: Area, fiscal_year: int, content: dict[str, Any], brief: ProjectBrief | None) -> dict[str, Any]:
    return {
        "area": area,
        "year": fiscal_year,
        "content": content,
        "brief": brief,
        "moment_of": datetime.fromisoformat,
        "codes": {"fiscal_year": fiscal_year, "area_code": area.code},
        **project_register.words(),
    }


class ProjectBriefView(Screen):
    route_base = "/projects"
    class_permission_name = "projects"

    @expose("/<row:fiscal_year>/<area_code>/report")
    @may("read")
    def report(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        """The report as it would be now, and those that were proposed."""
        return self._report(_office(fiscal_year, area_code), fiscal_year)

    def _report(self, area: Area, fiscal_year: int, problem: str = "") -> str:
        return render_template(
            "projects/brief.html",
            **_values(area, fiscal_year, project_briefs.content(area, fiscal_year, now=now()), None),
            briefs=project_queries.briefs(area.id, fiscal_year),
            may_lead=allows(current_actor(), Action.LEAD_SHEETS, Here(area.id)),
            seat=None,
            problem=problem,
        )

    @expose("/<row:fiscal_year>/<area_code>/report", methods=["POST"])
    @may("lead")
    def propose(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        """Freeze it and propose it to the director."""
        try:
            with transaction():
                area = _office(fiscal_year, area_code)
                note = request.form.get("note", "")
                row = project_briefs.propose(area, fiscal_year, note, actor=current_actor(), now=now())
                number = row.number
        except Correctable as refusal:
            return self._report(_office(fiscal_year, area_code), fiscal_year, sentence(refusal.message)), refusal.status
        notice(gettext("Proposed to the director"))
        codes: dict[str, Any] = {"fiscal_year": fiscal_year, "area_code": area_code, "number": number}
        return see_other(url_for("ProjectBriefView.brief", **codes))

    @expose("/<row:fiscal_year>/<area_code>/report/<row:number>")
    @may("read")
    def brief(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """A report as it was proposed."""
        area = _office(fiscal_year, area_code)
        row = project_queries.brief(area.id, fiscal_year, number)
        seat = superiors.seat_of(current_actor(), area.id, now=now()) if row.state == "proposed" else None
        values = _values(area, fiscal_year, row.content, row)
        return render_template("projects/brief.html", **values, briefs=[], may_lead=False, seat=seat, problem="")

    @expose("/<row:fiscal_year>/<area_code>/report/<row:number>/<any(acknowledge, return):which>", methods=["POST"])
    @may("decide")
    def answer(self, fiscal_year: int, area_code: str, number: int, which: str) -> ResponseReturnValue:
        """The director acknowledges it or returns it."""
        said = request.form.get("reason", "")
        with transaction():
            area = _office(fiscal_year, area_code)
            row = project_queries.brief(area.id, fiscal_year, number, is_held=True)
            is_accepted = which == "acknowledge"
            project_briefs.answer(row, area, is_accepted=is_accepted, typed=said, actor=current_actor(), now=now())
        notice(gettext("Acknowledged") if which == "acknowledge" else gettext("Returned to be mended"))
        codes: dict[str, Any] = {"fiscal_year": fiscal_year, "area_code": area_code, "number": number}
        return see_other(url_for("ProjectBriefView.brief", **codes))

    @expose("/<row:fiscal_year>/<area_code>/report.pdf")
    @may("read")
    def document(self, fiscal_year: int, area_code: str) -> ResponseReturnValue:
        """On paper as it stands now."""
        area = _office(fiscal_year, area_code)
        return self._pdf(_values(area, fiscal_year, project_briefs.content(area, fiscal_year, now=now()), None))

    @expose("/<row:fiscal_year>/<area_code>/report/<row:number>.pdf")
    @may("read")
    def brief_document(self, fiscal_year: int, area_code: str, number: int) -> ResponseReturnValue:
        """On paper as it was proposed."""
        area = _office(fiscal_year, area_code)
        row = project_queries.brief(area.id, fiscal_year, number)
        return self._pdf(_values(area, fiscal_year, row.content, row))

    def _pdf(self, values: dict[str, Any]) -> ResponseReturnValue:
        codes = values["codes"]
        try:
            made = pdf.write(render_template("projects/brief_paper.html", **values))
        except pdf.PdfUnavailable:
            current_app.logger.error("PDF is not available: Pango is missing")
            notice(gettext("This system can't make PDFs at the moment. Print this page instead."), "warn")
            return see_other(url_for("ProjectBriefView.report", **codes))
        name = f"e-MES-projects-{codes['fiscal_year']}-{codes['area_code']}.pdf"
        response: Response = send_file(io.BytesIO(made), mimetype="application/pdf", download_name=name, as_attachment=True)
        response.headers["Cache-Control"] = "private, no-store"
        return response
