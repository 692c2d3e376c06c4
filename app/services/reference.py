"""Rules for reference data beyond what one column says: rounds, indicators, issues, quantities."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from app.domain import access, deadlines
from app.domain.access import Action, Actor
from app.domain.audience import reaches_every_office
from app.domain.endorsement import LIVING
from app.domain.errors import N_, Conflict, Refused
from app.domain.round_life import Stage
from app.domain.thai import is_blank
from app.extensions import db
from app.models import (
    Area,
    Criterion,
    Extension,
    Indicator,
    OfficeHandIn,
    Part,
    QualityLevel,
    Quantity,
    Round,
    Submission,
)


def submissions_of(indicator_id: int) -> int:
    """How many offices have begun a report on an indicator: a count over all offices."""
    return db.session.scalar(select(func.count()).select_from(Submission).where(Submission.indicator_id == indicator_id)) or 0


def reports_where(*conditions: ColumnElement[bool]) -> int:
    """How many reports meet the conditions, over all offices."""
    return db.session.scalar(select(func.count()).select_from(Submission).join(Submission.indicator).where(*conditions)) or 0


def check_round(row: Round) -> None:
    """The code is made of year and months and stays what addresses say; the dates follow each other."""
    wanted = f"{row.fiscal_year_be}-{row.months}"
    if row.months not in (6, 12):
        raise Refused(N_("A round has 6 or 12 months"))
    if not 2540 <= row.fiscal_year_be <= 2700:
        raise Refused(N_("The fiscal year is a Buddhist year such as 2566"))
    if row.opens_at >= row.closes_at:
        raise Refused(N_("The round must open before it closes"))
    if row.due_at is not None and not row.opens_at < row.due_at <= row.closes_at:
        raise Refused(N_("The deadline must lie between opening and closing"))
    if row.reminds_at is not None and not row.opens_at <= row.reminds_at < (row.due_at or row.closes_at):
        raise Refused(N_("The reminder must go out after the opening and before the deadline"))
    if row.reviews_at is not None and row.reviews_at < row.closes_at:
        raise Refused(N_("The review begins after the closing"))
    if row.grace_minutes is None:
        row.grace_minutes = deadlines.DEFAULT_GRACE_MINUTES
    if not 0 <= row.grace_minutes <= deadlines.LONGEST_GRACE_MINUTES:
        raise Refused(N_("The grace is between 0 and 1,440 minutes"))
    if row.is_rehearsal and re.fullmatch(rf"{wanted}-R\d+", row.code):
        return
    if row.code != wanted:
        raise Refused(N_("The code of this round must be %(code)s: fiscal year and months"), code=wanted)


def check_endorsement(row: Round) -> None:
    """Endorsement stays asked for while offices have handed the round in: their reports rest until somebody withdraws."""
    living = [state.value for state in LIVING]
    statement = select(func.count()).select_from(OfficeHandIn)
    count = db.session.scalar(statement.where(OfficeHandIn.round_id == row.id, OfficeHandIn.state.in_(living))) or 0
    if count and not row.asks_endorsement:
        raise Conflict(
            N_("%(count)d offices have handed this round in to be endorsed. They must withdraw before it asks no more."),
            count=count,
        )


def check_times(row: Round, now: datetime) -> None:
    """A round that is reviewed, published or archived is over: its time comes back by a step that says so, not by a date."""
    if row.stage not in (None, Stage.PREPARING, Stage.RUNNING) and row.closes_at > now:
        raise Conflict(N_("This round is in review or published: take that back first, then open it again"))


def check_extension(row: Extension, *, actor: Actor, now: datetime, is_new: bool) -> None:
    """More time is given by the centre, with a reason, to a moment still to come that is later than everybody's."""
    access.require(actor, Action.EXTEND_DEADLINE, access.COUNTRY)
    if row.round is None or row.area is None:
        raise Refused(N_("Choose round and office"))
    if is_blank(row.reason):
        raise Refused(N_("Write the reason: the office and everybody who looks later will read it"))
    if row.indicator is not None and row.indicator.round_id != row.round.id:
        raise Refused(N_("This indicator belongs to another round: choose one of the same round"))
    if row.until_at is None or row.until_at <= row.round.closes_at:
        raise Refused(N_("The round is open for everybody until %(moment)s: choose a later moment"), moment=row.round.closes_at)
    if row.active and row.until_at <= now:
        raise Refused(N_("This moment has passed: choose a later one"))
    row.counted_at = None
    row.round.counted_for = None  # an office whose longer time is withdrawn was left out
    if is_new:
        row.granted_at, row.granted_by_id, row.granted_by_name = now, actor.user_id, actor.name


def check_area(row: Area) -> None:
    """OBEC's code of an office stands in receipt numbers: no two offices share one."""
    if row.obec_area_code and db.session.scalar(
        select(func.count()).select_from(Area).where(Area.obec_area_code == row.obec_area_code, Area.id != (row.id or 0))
    ):
        raise Refused(N_("Another office has this OBEC area code already"))


def check_indicator(row: Indicator, *, was_full_code: str | None) -> None:
    """The address of an indicator is made of part and code, and does not change once reports point at it."""
    part = row.part
    if part is None:
        raise Refused(N_("Choose the part"))
    if "-" in row.code:
        raise Refused(N_("The code of an indicator has no hyphen: receipt numbers would read alike"))
    row.round_id, row.full_code = part.round_id, f"{part.code}-{row.code}"
    if was_full_code and was_full_code != row.full_code and submissions_of(row.id):
        raise Conflict(
            N_("Offices have reported on this indicator: its code and part can't be changed. Take it out of use instead.")
        )


def check_criterion(row: Criterion) -> None:
    if row.indicator is None:
        raise Refused(N_("Choose the indicator"))
    if row.min_files > row.max_files:
        raise Refused(N_("The least number of files must not be above the most"))
    if not 1 <= row.max_files <= 3:
        raise Refused(N_("An issue takes 1 to 3 files"))
    form = row.form_document
    if row.active and form is not None and not (form.active and reaches_every_office(form, row.indicator.applies_to)):
        raise Refused(N_("The prescribed form is out of use, or some offices that report this can't read it"))


def check_quantity(row: Quantity, *, was_key: str | None) -> None:
    """A figure it must not exceed is another figure of the same indicator; a key stays once figures were given."""
    if row.indicator is None:
        raise Refused(N_("Choose the indicator"))
    if row.lowest is not None and row.highest is not None and row.lowest > row.highest:
        raise Refused(N_("The lowest value must not be above the highest"))
    if row.not_above_key:
        keys = {other.key for other in row.indicator.quantities if other is not row}
        if row.not_above_key not in keys:
            raise Refused(N_("There is no other figure with the key “%(key)s” in this indicator"), key=row.not_above_key)
    if was_key and was_key != row.key and submissions_of(row.indicator.id):
        raise Conflict(N_("Offices have reported on this indicator: the key of a figure can't be changed"))


def check_level(row: QualityLevel) -> None:
    if not 1 <= row.level <= 5:
        raise Refused(N_("A level is between 1 and 5"))


def check_part_delete(row: Part) -> None:
    """A part goes only when it is empty."""
    if db.session.scalar(select(func.count()).select_from(Indicator).where(Indicator.part_id == row.id)):
        raise Conflict(N_("This part has indicators. Take it out of use instead of deleting it."))


def check_indicator_delete(row: Indicator) -> None:
    """An indicator that no office reported on goes with its issues, levels and figures; any other is taken out of use."""
    if submissions_of(row.id):
        raise Conflict(N_("Offices have reported on this indicator. Take it out of use instead of deleting it."))
    for child in (*row.criteria, *row.levels, *row.quantities):
        db.session.delete(child)


def check_detail_delete(row: Criterion | QualityLevel | Quantity) -> None:
    if submissions_of(row.indicator_id):
        raise Conflict(N_("Offices have reported on this indicator. Take this out of use instead of deleting it."))
