"""Rules for the reference data of projects: plans, steps of the national form, times of a year."""

from __future__ import annotations

from sqlalchemy import func, select

from app.domain.errors import N_, Conflict, Message, Refused
from app.domain.plans import PARENT_KINDS, PLAN_KIND_NAMES, PlanKind
from app.domain.project_fields import ALIGNMENT, Section
from app.extensions import db
from app.models import PlanItem, ProjectPeriod, ProjectStep, SheetField


def uses_of(row: PlanItem, *, code: str | None = None) -> int:
    """How many projects are aligned with an entry: a count over all offices."""
    keys = [one.key for one in ALIGNMENT if one.choices == row.kind]
    statement = select(func.count()).select_from(SheetField)
    return db.session.scalar(statement.where(SheetField.field_key.in_(keys), SheetField.value == (code or row.code))) or 0


def check_plan(row: PlanItem) -> None:
    """An entry belongs to an entry of the kind above it, or to nothing where its kind stands alone."""
    above = PARENT_KINDS.get(PlanKind(row.kind))
    if above is None and row.parent is not None:
        raise Refused(N_("An entry of this kind stands under nothing: leave “stands under” empty"))
    if above is not None and (row.parent is None or row.parent.kind != above):
        raise Refused(N_("Choose what this belongs to: %(kind)s"), kind=Message(PLAN_KIND_NAMES[above]))


def check_plan_delete(row: PlanItem) -> None:
    """What projects name is taken out of use, not deleted."""
    if uses_of(row):
        raise Conflict(N_("Projects are aligned with this. Take it out of use instead."))
    if db.session.scalar(select(PlanItem.id).where(PlanItem.parent_id == row.id).limit(1)):
        raise Conflict(N_("Other entries belong to this. Take it out of use instead."))


def check_step(row: ProjectStep) -> None:
    """The parts that a step covers are parts of the form, and each stands in one step."""
    named = row.sections.split()
    unknown = [name for name in named if name not in set(Section)]
    if unknown or len(named) != len(set(named)):
        raise Refused(N_("The parts of the form are: %(names)s"), names=" ".join(Section))
    others = db.session.scalars(select(ProjectStep).where(ProjectStep.id != (row.id or 0)))
    taken = {name: other.code for other in others for name in other.sections.split()}
    for name in named:
        if name in taken:
            raise Refused(N_("“%(name)s” stands in step %(code)s already"), name=name, code=taken[name])
    row.sections = " ".join(named)


def check_period(row: ProjectPeriod) -> None:
    """The dates follow each other; a new date is reminded of anew."""
    if row.opens_at >= row.due_at:
        raise Refused(N_("It must open before it is due"))
    if row.reminds_at is not None and not row.opens_at <= row.reminds_at < row.due_at:
        raise Refused(N_("The reminder must go out after the opening and before the deadline"))
