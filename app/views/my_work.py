"""One's own work across the three jobs, and one calendar of all their dates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.domain import work
from app.domain.calendar import local, zone
from app.domain.invitation import Invitation, as_icalendar
from app.domain.thai import single_line
from app.domain.work import JOB_NAMES, PART_NAMES, Dated, Job, Work
from app.errors import sentence
from app.formatting import in_language, month
from app.identity import reader
from app.models import Area, ProjectPeriod
from app.queries import inspection_work, job_dates, my_work, project_work
from app.queries import plan as plans
from app.queries import round as round_queries
from app.queries.round import OwnRound
from app.scope import current_actor
from app.views.base import Screen, expose, may, own_rounds

REACHES = timedelta(days=400)
COMING = timedelta(days=45)
MOST_COMING = 8
LASTS = timedelta(minutes=30)


def _area() -> Area | None:
    return current_user.profile.area if current_user.profile else None


def _work(area: Area, rounds: list[OwnRound], periods: list[ProjectPeriod], moment: datetime) -> list[Work]:
    actor = current_actor()
    found = my_work.reports(actor, area, rounds, moment) + my_work.endorsements(actor, area)
    found += my_work.rounds_of_office(actor, area, rounds, moment)
    return found + project_work.work(actor, area, periods, moment) + inspection_work.work(actor, area, moment)


def _dates(rounds: list[OwnRound], periods: list[ProjectPeriod], first: datetime, last: datetime) -> list[Dated]:
    """All that stands in the calendar of the reader in a stretch of time, in order."""
    area = _area()
    found = my_work.dates(rounds) + project_work.dates(periods, area) + job_dates.dates(area, reader(), first, last)
    return sorted(
        (one for one in found if first <= (one.ends_at or one.at) and one.at < last), key=lambda one: (one.at, one.path)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), zone())


class MyWorkView(Screen):
    route_base = "/my-work"
    class_permission_name = "own account"

    @expose("/")
    @may("use")
    def home(self) -> ResponseReturnValue:
        """What the reader has to do, the most urgent first, with what the next weeks bring."""
        moment, area = now(), _area()
        rounds, periods = own_rounds(), plans.every_period()
        found = _work(area, rounds, periods, moment) if area else []
        wanted = single_line(request.args.get("job", ""))
        shown = [one for one in found if wanted in ("", one.job)]
        return render_template(
            "my_work/home.html",
            area=area,
            parts=work.by_part(shown, moment),
            part_names=PART_NAMES,
            job_names=JOB_NAMES,
            counts={job: sum(1 for one in found if one.job is job) for job in Job},
            all=len(found),
            wanted=wanted,
            coming=[one for one in _dates(rounds, periods, moment, moment + COMING) if one.at >= moment][:MOST_COMING],
            current=round_queries.current(rounds, moment) if area else None,
        )

    @expose("/calendar")
    @may("use")
    def calendar(self) -> ResponseReturnValue:
        """A month of all jobs' dates; `month` is such as 2026-11."""
        today, rounds, periods = local(now()).date(), own_rounds(), plans.every_period()
        first = work.month_of(request.args.get("month", "")[:7], today)
        weeks = work.weeks_of(first)
        found: dict[date, list[Dated]] = {}
        for one in _dates(rounds, periods, _midnight(weeks[0][0]), _midnight(weeks[-1][-1] + timedelta(days=1))):
            found.setdefault(one.day, []).append(one)
        return render_template(
            "my_work/calendar.html",
            area=_area(),
            first=first,
            title=month(first),
            weeks=weeks,
            today=today,
            found=found,
            job_names=JOB_NAMES,
            current=round_queries.current(rounds, now()) if _area() else None,
            before=f"{work.month_before(first):%Y-%m}",
            following=f"{work.next_month(first):%Y-%m}",
        )

    @expose("/calendar.ics")
    @may("use")
    def calendar_file(self) -> ResponseReturnValue:
        """The same dates, of this year and the coming one, for one's own calendar."""
        base, moment = current_app.config["EMES_BASE_URL"], now()
        host = urlsplit(base).hostname
        events = [
            Invitation(
                uid=f"{one.uid}@{host}",
                title=f"{sentence(one.said)}: {in_language(one.title)}",
                starts_at=one.at,
                ends_at=one.ends_at or one.at + LASTS,
                link=f"{base}{one.path}" if one.path else "",
                about=gettext(JOB_NAMES[one.job]) if one.job else "",
            )
            for one in _dates(own_rounds(), plans.every_period(), moment - REACHES, moment + REACHES)
        ]
        response = Response(as_icalendar(*events, written_at=moment), mimetype="text/calendar")
        response.headers["Content-Disposition"] = 'attachment; filename="e-mes-calendar.ics"'
        response.headers["Cache-Control"] = "private, no-store"
        return response
