"""Results of a round: an office reads its own, says that it has, takes up advice; the centre looks at everybody's."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from app import exports
from app.clock import now
from app.domain.calendar import local
from app.domain.errors import Correctable, NotFound
from app.domain.publishing import APPEAL_KIND_NAMES, APPEAL_STATE_NAMES
from app.domain.thai import single_line, whole_number
from app.errors import sentence
from app.extensions import transaction
from app.identity import appbuilder_of_app
from app.models import Letter
from app.queries import appeal as appeals
from app.queries import improvement as improvements
from app.queries import published, result
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries.result import SHOW_NAMES, Show
from app.scope import current_actor
from app.services import improvement, results
from app.views.base import Screen, expose, may, notice, page_number, see_other
from app.views.downloads import send_stored
from app.views.results_page import ResultsPage, lines_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may_preview() -> bool:
    """Whether the reader may look at results that are not released yet."""
    return bool(appbuilder_of_app().sm.has_access("can_read", "publication"))


def page_of(round_code: str, area_code: str) -> ResultsPage:
    """An office's results with all that belongs to them. Raises NotFound where there are none for this reader."""
    actor, moment = current_actor(), now()
    office = submissions.find_office(round_code, area_code, actor=actor)
    found = published.office_letter(office.round, office.area.id, moment, preview=may_preview())
    if found is None:
        raise NotFound
    earlier = published.earlier(office.round, office.area.id, moment)
    items = improvements.of_office(office.round.id, office.area.id)
    rows = published.rows_of(found.letter)
    lines = lines_of(
        found,
        rows,
        published.comparisons(found, rows),
        earlier,
        appeals.of_office(office.round.id, office.area.id),
        items,
    )
    return ResultsPage(office, found, lines, actor, local(moment).date(), earlier, items)


def _to(round_code: str, area_code: str, endpoint: str = "page", anchor: str | None = None) -> ResponseReturnValue:
    return see_other(url_for(f"ResultView.{endpoint}", round_code=round_code, area_code=area_code, _anchor=anchor))


class ResultView(Screen):
    route_base = "/results"
    class_permission_name = "results"

    @expose("/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        """An office to its latest published results; everybody else to the offices of the round that closed last."""
        area = current_user.profile.area if current_user.profile else None
        if area is not None:
            latest = published.latest_round(area.id, now())
            return _to(latest.code, area.code) if latest else render_template("results/none.html")
        code = result.latest_round_code(now(), preview=may_preview())
        return see_other(url_for("ResultListView.offices", round_code=code)) if code else render_template("results/none.html")

    @expose("/<round_code>/<area_code>/")
    @may("read")
    def page(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return _page(round_code, area_code)

    @expose("/<round_code>/<area_code>/letter.pdf")
    @may("read")
    def letter(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """The letter that counts; with `number` an earlier one of the office that it has taken the place of."""
        office = submissions.find_office(round_code, area_code, actor=current_actor())
        found = published.office_letter(office.round, office.area.id, now(), preview=may_preview())
        letter = _asked(found.letter, found.replaced) if found else None
        if letter is None or not letter.has_pdf:
            abort(404)
        name = " ".join((gettext("Result letter"), round_code, f"{area_code}.pdf"))
        return send_stored(letter.storage_key, name=name, media_type="application/pdf", inline=False, sha256=letter.sha256)

    @expose("/<round_code>/<area_code>/results.xlsx")
    @may("read")
    def workbook(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """The same figures as a sheet, with the number of the figures they come from."""
        found = page_of(round_code, area_code)
        response = Response(exports.results.as_workbook(found, now=now()), mimetype=XLSX)
        name = " ".join((gettext("Results"), round_code, f"{area_code}.xlsx"))
        response.headers.set("Content-Disposition", "attachment", filename=name)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/<round_code>/<area_code>/acknowledge", methods=["POST"])
    @may("answer")
    def acknowledge(self, round_code: str, area_code: str) -> ResponseReturnValue:
        try:
            with transaction():
                results.acknowledge(
                    round_code,
                    area_code,
                    seen_letter=whole_number(request.form.get("letter", "")),
                    actor=current_actor(),
                    now=now(),
                )
        except Correctable as refusal:
            return _page(round_code, area_code, sentence(refusal.message)), refusal.status
        notice(gettext("It is on record that your office has read its results"))
        return _to(round_code, area_code)

    @expose("/<round_code>/<area_code>/improvements")
    @may("read")
    def improvements(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return _improvements(round_code, area_code)

    @expose("/<round_code>/<area_code>/improvements", methods=["POST"])
    @may("improve")
    def accept(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """Take up the advice that is ticked: `advice` is such as 'QP-7 2'."""
        chosen = [_advice(one) for one in request.form.getlist("advice")]
        try:
            with transaction():
                count = improvement.accept(round_code, area_code, chosen, actor=current_actor(), now=now())
        except Correctable as refusal:
            return _page(round_code, area_code, sentence(refusal.message)), refusal.status
        notice(ngettext("%(num)d piece of advice is on the list", "%(num)d pieces of advice are on the list", count))
        return _to(round_code, area_code, "improvements")

    @expose("/<round_code>/<area_code>/improvements/<row:item_id>/drop", methods=["POST"])
    @may("improve")
    def drop(self, round_code: str, area_code: str, item_id: int) -> ResponseReturnValue:
        reason = request.form.get("reason", "")
        try:
            with transaction():
                improvement.drop(round_code, area_code, item_id, reason, actor=current_actor(), now=now())
        except Correctable as refusal:
            return _improvements(round_code, area_code, item_id, sentence(refusal.message)), refusal.status
        notice(gettext("Taken off the list"))
        return _to(round_code, area_code, "improvements")


class ResultListView(Screen):
    """Everybody's results, for the centre and those who read for it."""

    route_base = "/results"
    class_permission_name = "overview"

    @expose("/<round_code>/")
    @may("read")
    def offices(self, round_code: str) -> ResponseReturnValue:
        found = rounds.find(round_code)
        asked, words = request.args.get("show", ""), single_line(request.args.get("q", ""))[:100]
        show = Show(asked) if asked in set(Show) else Show.ALL
        kept: dict[str, Any] = {name: value for name, value in (("show", asked), ("q", words)) if value}
        return render_template(
            "results/offices.html",
            round=found,
            show=show,
            words=words,
            show_names=SHOW_NAMES,
            results=result.of_round(found, show, words, page_number(), now(), preview=may_preview()),
            address=partial(url_for, "ResultListView.offices", round_code=round_code, **kept),
        )


def _advice(ticked: str) -> tuple[str, int]:
    """An indicator's code and the number of the issue out of 'QP-7 2'; what is no number fits nothing."""
    code, _, said = ticked.rpartition(" ")
    number = whole_number(said, most_digits=3)
    return code, -1 if number is None else number


def _asked(letter: Letter, replaced: tuple[Letter, ...]) -> Letter | None:
    number = request.args.get("number")
    return letter if not number else next((row for row in replaced if str(row.id) == number), None)


def _page(round_code: str, area_code: str, problem: str = "") -> str:
    return render_template(
        "results/page.html",
        page=page_of(round_code, area_code),
        problem=problem,
        ticked=set(request.form.getlist("advice")) if problem else None,
        appeal_kind_names=APPEAL_KIND_NAMES,
        appeal_state_names=APPEAL_STATE_NAMES,
    )


def _improvements(round_code: str, area_code: str, wrong_item: int | None = None, problem: str = "") -> str:
    office = submissions.find_office(round_code, area_code, actor=current_actor())
    found = published.office_letter(office.round, office.area.id, now(), preview=may_preview())
    if found is None:
        raise NotFound
    items = improvements.of_office(office.round.id, office.area.id)
    return render_template(
        "results/improvements.html",
        page=ResultsPage(office, found, [], current_actor(), local(now()).date(), items=items),
        reasons=improvements.reasons(items),
        wrong_item=wrong_item,
        problem=problem,
        typed=request.form.get("reason", ""),
    )
