"""What a step in the life of a round concerns: offices, reports, people, and what its questions still lack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Select, case, func, select

from app import scope
from app.domain.access import Duty
from app.domain.errors import N_, Message
from app.domain.round_life import Counts, Stage
from app.domain.rubric import LEVELS
from app.extensions import db
from app.models import Area, Change, Extension, Indicator, Part, Profile, Publication, Round
from app.models.area import AreaKind
from app.models.indicator import AppliesTo
from app.queries import board_figures
from app.queries import publication as publications
from app.queries import round as rounds
from app.queries.board import Filter

TOLD = (Duty.COORDINATOR, Duty.DIRECTOR)


def every_round() -> list[Round]:
    """Every round in use, whatever its stage, the latest fiscal year first and the longer round before the shorter."""
    order = (Round.fiscal_year_be.desc(), Round.months.desc(), Round.is_rehearsal, Round.code)
    return list(db.session.scalars(select(Round).where(Round.active).order_by(*order)))


def _kinds_asked(round_id: int) -> list[str]:
    """The kinds of office that report something in a round."""
    statement = (
        select(Indicator.applies_to)
        .join(Part, Part.id == Indicator.part_id)
        .where(Indicator.round_id == round_id, Indicator.active, Part.active)
        .distinct()
    )
    asked = set(db.session.scalars(statement))
    return list(AreaKind) if AppliesTo.BOTH in asked else sorted(asked)


def _told(asked: list[str], *columns: Any) -> Select[Any]:
    """Active coordinators and directors of the offices of these kinds."""
    return (
        select(*columns)
        .select_from(User)
        .join(User.roles)
        .join(Profile, Profile.user_id == User.id)
        .join(Area, Area.id == Profile.area_id)
        .where(Role.name.in_(TOLD), User.active, Area.active, Area.kind.in_(asked))
    )


def people_to_tell(round_id: int) -> list[User]:
    """Active coordinators and directors of the offices that report something in a round."""
    return list(db.session.scalars(_told(_kinds_asked(round_id), User).order_by(User.id)).unique())


def counts(found: Round, now: datetime) -> Counts:
    """How a round stands, over all offices: the board's figures, with whom a step tells, in four statements."""
    total = board_figures.figures(found, Filter()).total
    progress = total.progress
    begun = progress.in_progress + progress.returned
    longer = select(func.count(Extension.area_id.distinct())).where(
        Extension.round_id == found.id, Extension.active, Extension.until_at > now
    )
    coordinated = case((Role.name == Duty.COORDINATOR, Area.id))
    told = _told(_kinds_asked(found.id), func.count(User.id.distinct()), func.count(coordinated.distinct()))
    with scope.whole_country("how many people a step tells"):
        people, reachable = db.session.execute(told).one()
        return Counts(
            offices=total.offices,
            complete=total.complete,
            sent=progress.sent,
            ready=progress.ready,
            begun=begun,
            untouched=progress.asked - progress.sent - progress.ready - begun,
            longer=db.session.scalar(longer) or 0,
            people=people,
            unreachable=total.offices - reachable,
        )


@dataclass(frozen=True)
class Lacking:
    """Something that a round's questions lack; `hinders` announcing it where nobody could report."""

    message: Message
    hinders: bool = False


def lacking(found: Round, now: datetime) -> list[Lacking]:
    """What should be mended before a round is announced, in four statements."""
    problems = []
    if found.closes_at <= now:
        problems.append(Lacking(Message(N_("The closing has passed: set the dates first")), hinders=True))
    parts = rounds.parts_with_questions(found.id)
    indicators = [indicator for part in parts for indicator in part.indicators]
    if not indicators:
        problems.append(Lacking(Message(N_("The round has no indicators")), hinders=True))
    for part in parts:
        if not part.indicators:
            problems.append(Lacking(Message(N_("Part %(code)s has no indicators"), {"code": part.code})))
    for indicator in indicators:
        named = {"code": indicator.full_code}
        if not indicator.active_criteria and not indicator.active_quantities:
            problems.append(Lacking(Message(N_("Indicator %(code)s asks nothing: no issue, no figure"), named)))
        if len(indicator.levels) < len(LEVELS):
            problems.append(Lacking(Message(N_("Indicator %(code)s lacks criteria of some quality levels"), named)))
    return problems


def to_advance(now: datetime, *, news_since: datetime) -> list[int]:
    """Ids of rounds whose opening since `news_since` nobody was told of, whose review begins by its date, or whose results have their
    moment."""
    opened = (
        (Round.opens_at <= now)
        & (Round.opens_at > news_since)
        & (Round.closes_at > now)
        & Round.opened_for.is_distinct_from(Round.opens_at)
    )
    reviewed = (Round.reviews_at <= now) & (Round.counted_for == Round.closes_at)
    released = select(Publication.round_id).where(publications.to_come_true(now))
    moves = ((Round.stage == Stage.RUNNING) & (opened | reviewed)) | Round.id.in_(released)
    statement = select(Round.id).where(Round.active, Round.is_rehearsal.is_(False), moves)
    return list(db.session.scalars(statement.order_by(Round.id)))


def steps_taken(round_id: int, most: int = 12) -> list[Change]:
    """The steps that were taken in the life of a round, the latest first."""
    statement = (
        select(Change)
        .where(Change.subject == f"round:{round_id}", Change.what.startswith("step:"))
        .order_by(Change.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(statement))
