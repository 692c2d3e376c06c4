"""What the page of an office's team shows, for its reader and again after something was refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import render_template
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext

from app.clock import now
from app.domain.access import Action, Duty, allows
from app.domain.deadlines import Phase, phase
from app.forms.team import ActingForm, OrderForm
from app.models import Assignment, OfficeOrder, Round
from app.models.office_order import OrderKind
from app.queries import submission as submissions
from app.queries import team
from app.queries.submission import Office
from app.scope import current_actor
from app.services.owner_reminders import AGAIN_AFTER_HOURS
from app.views.admin.people import DUTY_NAMES
from app.views.dashboard_page import Dashboard, line_of


@dataclass(frozen=True)
class Chosen:
    """What was ticked in the form that gives indicators to people, kept when it is refused."""

    codes: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()
    source: int = 0
    successor: int = 0


@dataclass
class TeamPage:
    """An office's team as this person may see it."""

    board: Dashboard
    people: list[User]
    orders: list[OfficeOrder]
    may_lead: bool
    earlier: Round | None = None
    waiting: int = 0
    chosen: Chosen = field(default_factory=Chosen)
    problem: str = ""

    @property
    def office(self) -> Office:
        return self.board.office

    @property
    def appointing(self) -> list[OfficeOrder]:
        """Appointing orders, the one in force first."""
        return [row for row in self.orders if row.kind == OrderKind.APPOINTING]

    @property
    def acting(self) -> list[OfficeOrder]:
        return [row for row in self.orders if row.kind == OrderKind.ACTING]

    @property
    def may_remind(self) -> bool:
        return self.may_lead and phase(self.office.last_window, now()) is Phase.OPEN

    def owned_by(self, user: User) -> int:
        """For how many indicators a person is responsible."""
        return sum(1 for line in self.board.required if line.is_owned_by(user.id))


def roles_of(user: User) -> str:
    """A person's roles in words."""
    return ", ".join(gettext(DUTY_NAMES[Duty(role.name)]) for role in user.roles if role.name in set(Duty))


def read_page(round_code: str, area_code: str) -> TeamPage:
    """The page, read afresh; for who only reads it, without how far each owner is."""
    actor = current_actor()
    office = submissions.find_office(round_code, area_code, actor=actor)
    found, area = office.round, office.area
    may_lead = allows(actor, Action.LEAD_TEAM, Assignment(area_id=area.id))
    reports = {row.indicator_id: row for row in submissions.of_office(found.id, area.id)} if may_lead else {}
    lines = [line_of(row, reports.get(row.indicator.id), area) for row in team.indicators_with_owners(found.id, area.id)]
    return TeamPage(
        board=Dashboard(office, lines),
        people=team.people(area.id),
        orders=team.orders(area.id),
        may_lead=may_lead,
        earlier=team.earlier_round(found, area.id) if may_lead else None,
        waiting=team.registrations_waiting(area) if may_lead else 0,
    )


def render_team(page: TeamPage, *, order_form: OrderForm | None = None, acting_form: ActingForm | None = None) -> str:
    acting_form = acting_form or ActingForm(formdata=None, prefix="acting-")
    acting_form.person.choices = choices(page)
    return render_template(
        "team/team.html",
        page=page,
        order_form=order_form or OrderForm(formdata=None),
        acting_form=acting_form,
        roles_of=roles_of,
        again_after_hours=AGAIN_AFTER_HOURS,
        today=now(),
    )


def choices(page: TeamPage) -> list[tuple[int, str]]:
    return [(user.id, user.profile.full_name) for user in page.people]
