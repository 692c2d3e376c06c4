"""The centre's monitoring board: every office and every indicator of a round, the pace, and whom to call."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, abort, g, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import exports
from app.clock import now
from app.domain import paging
from app.domain.deadlines import made_good
from app.domain.evidence import safe_name
from app.domain.risk import VERDICT_NAMES, WILL_NOT_MAKE_IT
from app.formatting import localized
from app.identity import appbuilder_of_app
from app.models.area import KIND_NAMES
from app.queries import board_figures, board_risk, pace
from app.queries import round as rounds
from app.queries.board import SHOW_NAMES, SORT_NAMES, Filter
from app.views import monitor_live, monitor_page
from app.views.base import Screen, expose, may, page_number
from app.views.monitor_pace import page_of
from app.views.report_page import year_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
PER_PAGE = 50


def _choices() -> dict[str, Any]:
    """What the filter's form offers besides what the round holds."""
    return {"kind_names": KIND_NAMES, "show_names": SHOW_NAMES, "sort_names": SORT_NAMES}


class MonitorView(Screen):
    route_base = "/monitor"
    class_permission_name = "overview"

    @expose("/<round_code>/")
    @may("read")
    def board(self, round_code: str) -> ResponseReturnValue:
        moment, wanted = now(), Filter.from_args(request.args)
        board = monitor_page.read(round_code, wanted, page=page_number(), now=moment)
        if board is None:
            abort(404)
        return render_template(
            "monitor/board.html",
            board=board,
            round=board.round,
            texts=monitor_live.texts_of(board.figures),
            every=monitor_live.every_seconds(board.round, board.figures.total.offices, moment),
            made_good=lambda outage: made_good(outage.round.closes_at, moment, outage.minutes),
            can_remind=appbuilder_of_app().sm.has_access("can_send", "reminders") and not board.round.is_rehearsal,
            **_choices(),
        )

    @expose("/<round_code>/live")
    @may("read")
    def live(self, round_code: str) -> ResponseReturnValue:
        """Figures and changed reports for the open page; 304 where nothing changed. Two statements, three or four with news."""
        g.pop("session_seen", None)  # a page that lies open is no sign of life: an idle session ends all the same
        moment, wanted = now(), Filter.from_args(request.args)
        version = board_figures.version_of(round_code)
        if version is None:
            abort(404)
        response = Response(status=304)
        mark = monitor_live.tag(version, wanted, moment)
        if not request.if_none_match.contains_weak(mark):
            since = monitor_live.since_of(request.args.get("since", ""))
            figures = board_figures.figures(version.round, wanted, since=since)
            response = jsonify(monitor_live.answer(version.round, figures, moment))
        response.set_etag(mark)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/<round_code>/pace")
    @may("read")
    def pace(self, round_code: str) -> ResponseReturnValue:
        """The pace day by day, beside earlier rounds."""
        known = [row for row, _ in rounds.all_active_with_outages()]
        found = next((row for row in known if row.code == round_code), None)
        if found is None:
            abort(404)
        paces = pace.paces([found, *pace.earlier(found, known)])
        sent = board_figures.figures(found, Filter()).total.progress.sent
        return render_template("monitor/pace.html", round=found, pace=page_of(paces, sent=sent, now=now()))

    @expose("/<round_code>/at-risk")
    @may("read")
    def at_risk(self, round_code: str) -> ResponseReturnValue:
        """The offices that will not make it, and whom to call there."""
        moment, found, wanted = now(), rounds.find(round_code), Filter.from_args(request.args)
        judged = board_risk.judged(found, wanted, moment)
        page = paging.within(page_number(), len(judged), PER_PAGE)
        part = judged[(page - 1) * PER_PAGE : page * PER_PAGE]
        return render_template(
            "monitor/at_risk.html",
            round=found,
            wanted=wanted,
            lines=list(board_risk.detailed(found, wanted, part)),
            number=len(judged),
            counts={verdict: sum(1 for one in judged if one.judgement.verdict is verdict) for verdict in WILL_NOT_MAKE_IT},
            verdict_names=VERDICT_NAMES,
            page=page,
            pages=paging.pages(len(judged), PER_PAGE),
        )

    @expose("/<round_code>/at-risk.xlsx")
    @may("read")
    def at_risk_workbook(self, round_code: str) -> ResponseReturnValue:
        return _call_list(round_code, "xlsx")

    @expose("/<round_code>/at-risk.csv")
    @may("read")
    def at_risk_csv(self, round_code: str) -> ResponseReturnValue:
        return _call_list(round_code, "csv")


def _call_list(round_code: str, extension: str) -> Response:
    """The list of those who will not make it as a file."""
    moment, found, wanted = now(), rounds.find(round_code), Filter.from_args(request.args)
    lines = board_risk.detailed(found, wanted, board_risk.judged(found, wanted, moment))
    title = gettext("Offices to call, %(round)s %(year)d", round=localized(found, "name"), year=year_of(found))
    if extension == "csv":
        made, media_type = exports.call_list.as_csv(lines), CSV
    else:
        made, media_type = exports.call_list.as_workbook(lines, title=title, now=moment), XLSX
    name = safe_name(f"{title} [{found.code}].{extension}")
    response: Response = send_file(io.BytesIO(made), mimetype=media_type, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
