"""An office's round on one A4 page, for the director: the same template on the screen, on paper and as PDF."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno
from flask import Response, current_app, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain import deadlines, workflow
from app.domain.endorsement import STANDING_NAMES, Standing
from app.domain.errors import N_
from app.exports import pdf
from app.queries import submission as submissions
from app.queries import team
from app.scope import current_actor
from app.services import endorsing
from app.services.endorsing import Seat
from app.views.base import Screen, expose, may, notice, see_other
from app.views.dashboard_page import Dashboard, Line, line_of

# So many lines fit in letters of the usual size; more are set smaller, each in one line.
ROOMY_LINES = 16
MOST_NAMED = 8
STATUS_NAMES = {
    workflow.Status.SUBMITTED: N_("Submitted"),
    workflow.Status.READY: N_("Ready to submit"),
    workflow.Status.IN_PROGRESS: N_("In progress"),
    workflow.Status.NOT_STARTED: N_("Not started"),
    workflow.Status.RETURNED: N_("Returned"),
}


@dataclass(frozen=True)
class Summary:
    """What the director reads: how far the office is, and what waits for a decision."""

    board: Dashboard
    seat: Seat | None

    @property
    def is_condensed(self) -> bool:
        return len(self.board.required) > ROOMY_LINES

    @property
    def submitted(self) -> int:
        return self.board.count(workflow.Status.SUBMITTED)

    @property
    def percent(self) -> int:
        """Share of the indicators that is submitted, rounded down: 100 is said only of all."""
        return 100 * self.submitted // max(1, len(self.board.required))

    @property
    def late(self) -> int:
        """Reports that came after the deadline, or that are past it and still to come."""
        return sum(1 for line in self.board.required if self.is_late(line))

    def is_late(self, line: Line) -> bool:
        if line.submission is not None and line.status == workflow.Status.SUBMITTED:
            return line.submission.timing not in ("", deadlines.Timing.ON_TIME)
        office = self.board.office
        window = office.round.window_with(*office.extensions, indicator_id=line.indicator.id)
        return line.is_owing and now() >= window.deadline

    @property
    def files(self) -> int:
        return sum(line.files for line in self.board.required)

    @property
    def may_endorse(self) -> bool:
        return self.seat is not None and self.board.standing is Standing.WAITING

    def _codes(self, lines: list[Line]) -> str:
        """Which indicators these are; only how many where a sentence could not hold them."""
        if len(lines) > MOST_NAMED:
            return ngettext("%(num)d indicator", "%(num)d indicators", len(lines))
        return ", ".join(line.indicator.code if len(self.board.parts) == 1 else line.indicator.full_code for line in lines)

    @property
    def answer(self) -> str:
        """The whole in one sentence."""
        owing = len(self.board.required) - self.submitted
        if not owing:
            return gettext("Every indicator is submitted.")
        if deadlines.phase(self.board.office.last_window, now()) is deadlines.Phase.CLOSED:
            return ngettext(
                "%(num)d indicator was not submitted in time.", "%(num)d indicators were not submitted in time.", owing
            )
        return ngettext("%(num)d indicator is still to come.", "%(num)d indicators are still to come.", owing)

    @property
    def decisions(self) -> list[str]:
        """What the director can do now, the weightiest first."""
        board, lines = self.board, self.board.required
        is_open = deadlines.phase(board.office.last_window, now()) is deadlines.Phase.OPEN
        asked = board.round.asks_endorsement
        ready = [line for line in lines if line.status == workflow.Status.READY]
        begun_not = [line for line in lines if line.status == workflow.Status.NOT_STARTED]
        unowned = [line for line in lines if line.is_owing and not any(owner.active for owner in line.owners)]
        said = [
            (asked and board.standing is Standing.WAITING, gettext("Endorse the round, or return it with a reason.")),
            (
                asked and board.office.lacks_endorser(now()),
                gettext("Appoint who acts for the director: nobody can endorse at the closing."),
            ),
            (is_open and ready, gettext("Have these submitted, they are complete: %(codes)s", codes=self._codes(ready))),
            (is_open and unowned, gettext("Appoint owners for: %(codes)s", codes=self._codes(unowned))),
            (is_open and begun_not, gettext("Not started yet: %(codes)s", codes=self._codes(begun_not))),
        ]
        return [sentence for applies, sentence in said if applies]


def _summary(round_code: str, area_code: str) -> Summary:
    actor = current_actor()
    office = submissions.find_office(round_code, area_code, actor=actor)
    found, area = office.round, office.area
    reports = {row.indicator_id: row for row in submissions.of_office(found.id, area.id)}
    owned = team.indicators_with_owners(found.id, area.id)
    board = Dashboard(office, [line_of(row, reports.get(row.indicator.id), area) for row in owned])
    waits = found.asks_endorsement and board.standing is Standing.WAITING
    return Summary(board, endorsing.seat_of(actor, office, now=now()) if waits else None)


def _render(template: str, summary: Summary) -> str:
    board = summary.board
    path = url_for("SummaryView.page", round_code=board.round.code, area_code=board.area.code)
    address = f"{current_app.config['EMES_BASE_URL']}{path}"
    return render_template(
        template,
        summary=summary,
        board=board,
        status_names=STATUS_NAMES,
        standing_names=STANDING_NAMES,
        address=address,
        qr=segno.make(address, error="m").svg_data_uri(border=0),
    )


class SummaryView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/summary")
    @may("read")
    def page(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return _render("summary/page.html", _summary(round_code, area_code))

    @expose("/<round_code>/<area_code>/summary.pdf")
    @may("read")
    def document(self, round_code: str, area_code: str) -> ResponseReturnValue:
        try:
            made = pdf.write(_render("summary/paper.html", _summary(round_code, area_code)))
        except pdf.PdfUnavailable:
            current_app.logger.error("PDF is not available: Pango is missing")
            notice(gettext("This system can't make PDFs at the moment. Print this page instead."), "warn")
            return see_other(url_for("SummaryView.page", round_code=round_code, area_code=area_code))
        name = f"e-MES-{round_code}-{area_code}.pdf"
        response: Response = send_file(io.BytesIO(made), mimetype="application/pdf", download_name=name, as_attachment=True)
        response.headers["Cache-Control"] = "private, no-store"
        return response
