"""The centre reminds offices that owe: who would get it, sending, planning, and what became of each sending."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from uuid import uuid4

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, ngettext

from app.clock import now
from app.domain import deadlines, reminding
from app.domain.calendar import as_utc, parse_moment
from app.domain.errors import N_, Correctable, NotFound, Refused
from app.domain.reminding import AUDIENCE_NAMES, Audience
from app.domain.thai import single_line, storable
from app.errors import sentence
from app.extensions import transaction
from app.formatting import weekday_moment
from app.models import Round
from app.models.area import KIND_NAMES, Region
from app.queries import reminder as reminder_queries
from app.queries import round as rounds
from app.queries.board import Filter, area_ids_matching
from app.queries.reminder import OfficeOwing, Selection
from app.scope import current_actor
from app.services import reminders
from app.services.reminders import Letter
from app.views.base import Screen, expose, may, notice, see_other


def _selection(found: Round) -> Selection:
    """The offices that were ticked; with `all` every office that the board showed; on the bare page every office that fits."""
    if request.values.get("all") == "1":
        return Selection(ids=frozenset(area_ids_matching(found, Filter.from_args(request.values))))
    if codes := request.values.getlist("area"):
        return Selection(codes=tuple(codes))
    return Selection(region=request.values.get("region", ""), kind=request.values.get("kind", ""))


def _audience() -> list[str]:
    return request.form.getlist("audience") or [str(Audience.COORDINATORS)]


def _letter() -> Letter:
    """What was chosen and written. Raises Refused."""
    paragraph = reminding.read_paragraph(storable(request.form.get("paragraph", "")))
    return Letter(reminding.read_audience(request.form.getlist("audience")), paragraph)


class ReminderView(Screen):
    route_base = "/monitor"
    class_permission_name = "reminders"

    @expose("/<round_code>/remind", methods=["GET", "POST"])
    @may("send")
    def compose(self, round_code: str) -> ResponseReturnValue:
        """Who would get a reminder, and its words. Nothing is sent yet: a POST brings ticked offices along."""
        return _compose(rounds.find_real(round_code))

    @expose("/<round_code>/remind/send", methods=["POST"])
    @may("send")
    def send(self, round_code: str) -> ResponseReturnValue:
        """To those of the ticked offices that still owe at this moment."""
        found = rounds.find_real(round_code)
        ticked = tuple(request.form.getlist("area"))
        key = single_line(request.form.get("form_key", ""))[:40] or uuid4().hex
        try:
            if not ticked:
                raise Refused(N_("Tick at least one office"))
            with transaction():
                row = reminders.send(
                    round_code,
                    _letter(),
                    Selection(codes=ticked),
                    form_key=key,
                    actor=current_actor(),
                    now=now(),
                )
                told, reminder_id = row.people_told, row.id
        except Correctable as refusal:
            return _compose(found, sentence(refusal.message)), refusal.status
        notice(ngettext("%(num)d person is told", "%(num)d people are told", told), "ok" if told else "warn")
        return see_other(url_for("ReminderView.one", round_code=round_code, reminder_id=reminder_id))

    @expose("/<round_code>/reminders/")
    @may("send")
    def of_round(self, round_code: str) -> ResponseReturnValue:
        """What is planned, with a form to plan more, and what was sent."""
        return _of_round(rounds.find_real(round_code))

    @expose("/<round_code>/reminders/plan", methods=["POST"])
    @may("send")
    def plan(self, round_code: str) -> ResponseReturnValue:
        """At the typed moment, or so many `days` before the deadline."""
        found, days = rounds.find_real(round_code), request.form.get("days", "")
        try:
            if days in map(str, reminding.USUAL_DAYS):
                planned_at = as_utc(reminding.usual_moment(found.window, int(days)))
            else:
                planned_at = parse_moment(request.form.get("planned_at", ""))
            with transaction():
                reminders.plan(round_code, _letter(), planned_at, actor=current_actor(), now=now())
        except Correctable as refusal:
            return _of_round(rounds.find_real(round_code), sentence(refusal.message)), refusal.status
        notice(gettext("A reminder is planned for %(moment)s", moment=weekday_moment(planned_at)))
        return see_other(url_for("ReminderView.of_round", round_code=round_code))

    @expose("/<round_code>/reminders/<row:reminder_id>/cancel", methods=["POST"])
    @may("send")
    def cancel(self, round_code: str, reminder_id: int) -> ResponseReturnValue:
        with transaction():
            reminders.cancel(round_code, reminder_id, actor=current_actor(), now=now())
        notice(gettext("The planned reminder is cancelled"))
        return see_other(url_for("ReminderView.of_round", round_code=round_code))

    @expose("/<round_code>/reminders/<row:reminder_id>")
    @may("send")
    def one(self, round_code: str, reminder_id: int) -> ResponseReturnValue:
        """What became of one sending, person by person."""
        row = reminder_queries.by_id(reminder_id, round_code)
        if row is None:
            raise NotFound
        recipients = reminder_queries.recipients(row.id)
        return render_template(
            "reminders/one.html", reminder=row, round=row.round, recipients=recipients, audience_names=AUDIENCE_NAMES
        )


def _compose(found: Round, problem: str = "") -> str:
    selection, moment = _selection(found), now()
    audience = [Audience(key) for key in _audience() if key in set(Audience)]
    offices = reminder_queries.owing_offices(found, selection, audience, moment)
    typed = storable(request.form.get("paragraph", ""))
    return render_template(
        "reminders/compose.html",
        round=found,
        selection=selection,
        offices=offices,
        is_open=deadlines.phase(found.window, moment) is deadlines.Phase.OPEN,
        audience=audience,
        audience_names=AUDIENCE_NAMES,
        kind_names=KIND_NAMES,
        paragraph=typed,
        most_characters=reminding.MAX_PARAGRAPH_CHARACTERS,
        preview=_preview(found, offices, typed),
        line_texts=_line_texts(found, offices),
        form_key=uuid4().hex,
        ticked=set(request.form.getlist("area")) if problem else {office.area.code for office in offices},
        problem=problem,
    )


def _preview(found: Round, offices: list[OfficeOwing], paragraph: str) -> tuple[str, str] | None:
    """Subject and body as the first office would read them; mails leave in Thai."""
    if not offices:
        return None
    person = offices[0].people[0] if offices[0].people else None
    with force_locale("th"):
        text = render_template(
            "email/reminder.txt",
            base_url=current_app.config["EMES_BASE_URL"],
            at=lambda value: as_utc(datetime.fromisoformat(value)),
            **reminders.words(found, offices[0], person, paragraph),
        )
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip()


def _line_texts(found: Round, offices: list[OfficeOwing]) -> list[tuple[str, str]]:
    """A short Thai text for the LINE group of each region."""
    order = {str(region): place for place, region in enumerate(Region)}
    by_region = groupby(sorted(offices, key=lambda office: order[office.area.region]), key=lambda office: office.area.region)
    address = current_app.config["EMES_BASE_URL"]
    with force_locale("th"):
        return [
            (region, render_template("reminders/line.txt", round=found, region=region, offices=list(group), address=address))
            for region, group in by_region
        ]


def _of_round(found: Round, problem: str = "") -> str:
    return render_template(
        "reminders/round.html",
        round=found,
        reminders=reminder_queries.of_round(found.id),
        days=reminding.USUAL_DAYS,
        usual_moment=lambda days: as_utc(reminding.usual_moment(found.window, days)),
        audience_names=AUDIENCE_NAMES,
        audience=_audience(),
        typed={name: request.form.get(name, "") for name in ("planned_at", "paragraph")},
        most_characters=reminding.MAX_PARAGRAPH_CHARACTERS,
        problem=problem,
    )
