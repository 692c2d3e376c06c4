"""An office's team: owners of indicators, reminders to them, handing a seat over when somebody leaves."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.errors import Correctable
from app.domain.thai import whole_number
from app.errors import sentence
from app.extensions import transaction
from app.queries import submission as submissions
from app.scope import current_actor
from app.services import assignment, leaving, owner_reminders
from app.services.assignment import Seats
from app.services.leaving import SuccessorMissing
from app.services.owner_reminders import Reminded
from app.views.base import Screen, expose, may, notice, see_other
from app.views.team_page import Chosen, read_page, render_team, roles_of

MOST_TICKED = 400


def _numbers(name: str) -> list[int]:
    """The row numbers ticked under a name; what is no number is left out."""
    typed = request.form.getlist(name)[:MOST_TICKED]
    return [number for text in typed if (number := whole_number(text)) is not None]


def _number(name: str) -> int:
    return next(iter(_numbers(name)), 0)


def _back(round_code: str, area_code: str) -> ResponseReturnValue:
    return see_other(url_for("TeamView.team", round_code=round_code, area_code=area_code))


def _ticked(round_code: str, area_code: str) -> frozenset[str]:
    """The ticked indicators, those of ticked parts among them."""
    codes, parts = set(request.form.getlist("indicator")[:MOST_TICKED]), set(request.form.getlist("part"))
    if parts:
        lines = read_page(round_code, area_code).board.required
        codes |= {line.indicator.full_code for line in lines if line.indicator.part.code in parts}
    return frozenset(codes)


class TeamView(Screen):
    route_base = "/reports"
    class_permission_name = "team"

    @expose("/<round_code>/<area_code>/team")
    @may("read")
    def team(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return render_team(read_page(round_code, area_code))

    @expose("/<round_code>/<area_code>/team/assign", methods=["POST"])
    @may("lead")
    def assign(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """Give ticked indicators to ticked people, take them away, or hand over what one person owns to another."""
        actor, do = current_actor(), request.form.get("do", "assign")
        chosen = Chosen(_ticked(round_code, area_code), frozenset(_numbers("person")), _number("source"), _number("successor"))
        seats = Seats(round_code, area_code, chosen.codes)
        try:
            with transaction():
                if do == "hand_over":
                    everything = Seats(round_code, area_code, chosen.codes or None)
                    count = assignment.hand_over(everything, chosen.source, chosen.successor, actor=actor, now=now())
                elif do == "take_away":
                    count = assignment.take_away(seats, sorted(chosen.people), actor=actor, now=now())
                else:
                    count = assignment.assign(seats, sorted(chosen.people), actor=actor, now=now())
        except Correctable as refusal:
            page = read_page(round_code, area_code)
            page.chosen, page.problem = chosen, sentence(refusal.message)
            return render_team(page), refusal.status
        notice(_changed(do, count), "ok" if count else "warn")
        return _back(round_code, area_code)

    @expose("/<round_code>/<area_code>/team/copy", methods=["POST"])
    @may("lead")
    def copy(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """The team of the earlier round, in one press."""
        with transaction():
            count = assignment.copy_team(round_code, area_code, actor=current_actor(), now=now())
        notice(_changed("assign", count), "ok" if count else "warn")
        return _back(round_code, area_code)

    @expose("/<round_code>/<area_code>/team/remind", methods=["POST"])
    @may("lead")
    def remind(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """Remind the ticked owners, or all."""
        chosen = None if request.form.get("all") else _numbers("owner")
        with transaction():
            result = owner_reminders.remind(round_code, area_code, chosen, actor=current_actor(), now=now())
        _say(result)
        return _back(round_code, area_code)

    @expose("/<round_code>/<area_code>/team/people/<row:user_id>/leave")
    @may("lead")
    def ask_leave(self, round_code: str, area_code: str, user_id: int) -> ResponseReturnValue:
        """What a person who leaves has open, and who takes it."""
        return _leaving(round_code, area_code, user_id)

    @expose("/<round_code>/<area_code>/team/people/<row:user_id>/leave", methods=["POST"])
    @may("lead")
    def leave(self, round_code: str, area_code: str, user_id: int) -> ResponseReturnValue:
        actor = current_actor()
        everything = _number("to-all")
        try:
            with transaction():
                area = submissions.find_office(round_code, area_code, actor=actor).area
                owned = leaving.open_work(area, user_id, actor=actor, now=now()).owned
                successors = {row.id: _number(f"to-{row.id}") or everything for row in owned}
                takes_sheets = _number(leaving.TO_SHEETS) or everything
                user = leaving.leave(area, user_id, successors, _number("coordinator"), takes_sheets, actor=actor, now=now())
                name, is_self = user.profile.full_name, user.id == actor.user_id
        except SuccessorMissing as refusal:
            return _leaving(round_code, area_code, user_id, refusal), 422
        if is_self:
            return see_other(url_for("PublicView.index"))
        notice(gettext("The account of %(name)s has ended; the work was handed over", name=name))
        return _back(round_code, area_code)


def _leaving(round_code: str, area_code: str, user_id: int, refusal: SuccessorMissing | None = None) -> str:
    actor = current_actor()
    office = submissions.find_office(round_code, area_code, actor=actor)
    return render_template(
        "team/leave.html",
        office=office,
        work=leaving.open_work(office.area, user_id, actor=actor, now=now()),
        typed=request.form,
        lacking=refusal.fields if refusal else [],
        problem=sentence(refusal.message) if refusal else "",
        roles_of=roles_of,
    )


def _changed(do: str, count: int) -> str:
    if not count:
        return gettext("Nothing changed: it was so already")
    if do == "take_away":
        return ngettext("%(num)d responsibility was taken away", "%(num)d responsibilities were taken away", count)
    if do == "hand_over":
        return ngettext("%(num)d indicator was handed over", "%(num)d indicators were handed over", count)
    return ngettext("%(num)d responsibility was given", "%(num)d responsibilities were given", count)


def _say(result: Reminded) -> None:
    """Who was told, who owes nothing, and who is not told again yet."""
    if result.told:
        names = "; ".join(f"{name} ({', '.join(codes)})" for name, codes in result.told.items())
        notice(gettext("Reminded: %(names)s", names=names))
    if result.told_before:
        names, hours = ", ".join(result.told_before), owner_reminders.AGAIN_AFTER_HOURS
        notice(gettext("Reminded less than %(hours)d hours ago, not again now: %(names)s", hours=hours, names=names), "warn")
    if result.owing_nothing:
        notice(gettext("Nothing is missing from: %(names)s", names=", ".join(result.owing_nothing)))
    if not (result.told or result.told_before or result.owing_nothing):
        notice(gettext("Nobody was reminded"), "warn")
