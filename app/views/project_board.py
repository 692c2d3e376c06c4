"""The centre's board of projects: every office with its register, its quarters and its money."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

from flask import Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import exports
from app.clock import now
from app.domain import paging
from app.domain.evidence import safe_name
from app.models.area import KIND_NAMES
from app.queries import plan as plan_queries
from app.queries import project_board
from app.queries.project_board import SHOW_NAMES, Filter
from app.views import project_register
from app.views.base import Screen, expose, may, page_number
from app.views.indicator_sets import XLSX
from app.views.projects import year_in_use
from app.views.report_page import era_year

PER_PAGE = 50


class ProjectBoardView(Screen):
    route_base = "/projects"
    class_permission_name = "project board"

    @expose("/<row:fiscal_year>/")
    @may("read")
    def board(self, fiscal_year: int) -> ResponseReturnValue:
        moment, wanted = now(), Filter.from_args(request.args)
        periods = plan_queries.periods(year_in_use(fiscal_year))
        found = project_board.board(fiscal_year, wanted, periods, moment)
        pages = paging.pages(len(found.rows), PER_PAGE)
        page = paging.within(page_number(), len(found.rows), PER_PAGE)
        first = (page - 1) * PER_PAGE
        asked: dict[str, Any] = dict(wanted.args())
        words: dict[str, Any] = project_register.words() | {"show_names": SHOW_NAMES}
        return render_template(
            "projects/board.html",
            year=fiscal_year,
            years=plan_queries.years(fiscal_year),
            board=found,
            rows=found.rows[first : first + PER_PAGE],
            page=page,
            pages=pages,
            wanted=wanted,
            periods=periods,
            moment=moment,
            kind_names=KIND_NAMES,
            address=partial(url_for, "ProjectBoardView.board", fiscal_year=fiscal_year, **asked),
            **words,
        )

    @expose("/<row:fiscal_year>/board.xlsx")
    @may("read")
    def export(self, fiscal_year: int) -> ResponseReturnValue:
        """The offices of the board as an Excel workbook."""
        moment, wanted = now(), Filter.from_args(request.args)
        periods = plan_queries.periods(year_in_use(fiscal_year))
        found = project_board.board(fiscal_year, wanted, periods, moment)
        title = gettext("Projects of all offices, fiscal year %(year)s", year=era_year(fiscal_year))
        made = exports.project_board.write(found, title=title)
        name = safe_name(f"{title}.xlsx")
        response: Response = send_file(io.BytesIO(made), mimetype=XLSX, as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "private, no-store"
        return response
