"""Inspections: the list for whoever reads it, and the centre's board of one with its announcement."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from app import exports
from app.clock import now
from app.domain import paging
from app.domain.calendar import local
from app.domain.evidence import safe_name
from app.domain.inspections import INSPECTION_KIND_NAMES
from app.extensions import transaction
from app.formatting import localized
from app.models.area import KIND_NAMES
from app.queries import inspection as queries
from app.queries import inspection_board as board
from app.queries import recommendation as recommendations
from app.queries.inspection_board import PAGE_ROWS, SHOW_NAMES, Filter
from app.scope import current_actor
from app.services import inspections
from app.views.base import Screen, expose, may, notice, page_number, see_other
from app.views.inspection_page import XLSX, download


class InspectionView(Screen):
    route_base = "/inspections"
    class_permission_name = "inspections"

    @expose("/")
    @may("read")
    def all(self) -> ResponseReturnValue:
        """An office's own inspections with its reports; every inspection for the centre."""
        area, today = current_user.profile.area, local(now()).date()
        if area is not None:
            return render_template(
                "inspections/own.html",
                area=area,
                lines=queries.of_office(area),
                recommended=recommendations.tally_of_office(area.id, today),
                kind_names=INSPECTION_KIND_NAMES,
            )
        lines = board.of_centre(queries.all_in_use(), today)
        return render_template("inspections/all.html", lines=lines, kind_names=INSPECTION_KIND_NAMES)

    @expose("/<inspection_code>/")
    @may("read")
    def board(self, inspection_code: str) -> ResponseReturnValue:
        """How far every office is; an office is led to its own report."""
        if not current_actor().sees_all_areas:
            code = current_user.profile.area.code
            return see_other(url_for("InspectionReportView.report", inspection_code=inspection_code, area_code=code))
        found, wanted = queries.find(inspection_code), Filter.from_args(request.args)
        kept: dict[str, Any] = dict(wanted.args())
        count = board.count(found, wanted)
        page = paging.within(page_number(), count, PAGE_ROWS)
        return render_template(
            "inspections/board.html",
            inspection=found,
            wanted=wanted,
            summary=board.summary(found),
            lines=board.lines(found, wanted, local(now()).date(), page=page),
            count=count,
            page=page,
            pages=paging.pages(count, PAGE_ROWS),
            show_names=SHOW_NAMES,
            area_kind_names=KIND_NAMES,
            kind_names=INSPECTION_KIND_NAMES,
            address=partial(url_for, "InspectionView.board", inspection_code=found.code, **kept),
        )

    @expose("/<inspection_code>/board.xlsx")
    @may("oversee")
    def workbook(self, inspection_code: str) -> ResponseReturnValue:
        """The whole board, as it is narrowed, as a file."""
        found, wanted = queries.find(inspection_code), Filter.from_args(request.args)
        lines = board.lines(found, wanted, local(now()).date(), size=None)
        made = exports.inspection_books.board(found, lines, now=now())
        return download(made, safe_name(f"{localized(found, 'name')} [{found.code}].xlsx"), XLSX)

    @expose("/<inspection_code>/announce", methods=["POST"])
    @may("run")
    def announce(self, inspection_code: str) -> ResponseReturnValue:
        with transaction():
            told = inspections.announce(inspection_code, actor=current_actor(), now=now())
        notice(
            ngettext(
                "The inspection is announced. %(num)d person is told.",
                "The inspection is announced. %(num)d people are told.",
                told,
            )
        )
        return see_other(url_for("InspectionView.board", inspection_code=inspection_code))
