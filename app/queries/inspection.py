"""Inspections, and what one office reports on them. The guard on the session narrows reports to the actor's offices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import and_, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.access import Actor, Duty
from app.domain.errors import NotFound
from app.domain.inspections import EntryState, ReportState
from app.extensions import db
from app.models import (
    Area,
    Inspection,
    InspectionEntry,
    InspectionIssue,
    InspectionReport,
    Profile,
    Sheet,
    SheetFile,
    SheetOwner,
)

TOLD = (Duty.COORDINATOR, Duty.DIRECTOR)
_ORDER = (Inspection.fiscal_year_be.desc(), Inspection.round_number.desc(), Inspection.code)


@dataclass(frozen=True)
class Inspected:
    """What an address /inspections/<inspection>/<office>/ names."""

    inspection: Inspection
    area: Area

    @property
    def issues(self) -> list[InspectionIssue]:
        """What the office reports on, in order."""
        return self.inspection.issues_for(self.area.kind)

    def issue(self, code: str) -> InspectionIssue:
        """One issue by its code, also one that is not asked any more: what was said on it stays. Raises NotFound."""
        for found in self.inspection.issues:
            if found.code == code and found.applies_to_kind(self.area.kind):
                return found
        raise NotFound

    @property
    def path(self) -> str:
        return f"/inspections/{self.inspection.code}/{self.area.code}/"


def find(code: str) -> Inspection:
    """An inspection in use with its issues, in one statement. Raises NotFound."""
    statement = select(Inspection).where(Inspection.code == code, Inspection.active).options(joinedload(Inspection.issues))
    found = db.session.scalars(statement).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def find_office(code: str, area_code: str, *, actor: Actor) -> Inspected:
    """The inspection and the office of an address, in one statement. Raises NotFound: another's office, an inspection that does not
    concern it or is not announced yet looks exactly like one that does not exist."""
    statement = (
        select(Inspection, Area)
        .join(Area, Area.code == area_code)
        .where(Inspection.code == code, Inspection.active, Area.active)
        .options(joinedload(Inspection.issues))
    )
    row = db.session.execute(statement).unique().one_or_none()
    if row is None:
        raise NotFound
    found, area = row
    if not found.concerns(area) or found.announced_at is None:
        raise NotFound
    if not actor.sees_all_areas and area.id not in actor.area_ids:
        raise NotFound
    return Inspected(found, area)


def report(inspected: Inspected) -> InspectionReport | None:
    """The report of an office with the sheets of its issues and their owners, in three statements."""
    statement = (
        select(InspectionReport)
        .where(InspectionReport.inspection_id == inspected.inspection.id, InspectionReport.area_id == inspected.area.id)
        .options(joinedload(InspectionReport.sheet).options(joinedload(Sheet.fields), joinedload(Sheet.area)))
    )
    found = db.session.scalars(statement).unique().one_or_none()
    if found is None:
        return None
    set_committed_value(found, "inspection", inspected.inspection)
    # The report as a whole takes no files: there is no slot.
    set_committed_value(found.sheet, "files", [])
    entries = (
        select(InspectionEntry)
        .where(InspectionEntry.report_id == found.id)
        .options(joinedload(InspectionEntry.sheet), joinedload(InspectionEntry.issue))
        .order_by(InspectionEntry.id)
    )
    set_committed_value(found, "entries", list(db.session.scalars(entries)))
    read_owners([found.sheet, *(entry.sheet for entry in found.entries)])
    return found


def read_owners(sheets: Collection[Sheet]) -> None:
    """The owners of many sheets, in one statement."""
    owners: dict[int, list[SheetOwner]] = {sheet.id: [] for sheet in sheets}
    statement = (
        select(SheetOwner)
        .where(SheetOwner.sheet_id.in_(list(owners)))
        .options(joinedload(SheetOwner.user).joinedload(User.profile))
        .order_by(SheetOwner.id)
    )
    for row in db.session.scalars(statement):
        owners[row.sheet_id].append(row)
    for sheet in sheets:
        set_committed_value(sheet, "owners", owners[sheet.id])


def hold_report(inspection_id: int, area_id: int) -> int | None:
    """The id of the sheet of an office's report, held for this transaction with it."""
    statement = (
        select(InspectionReport.sheet_id)
        .where(InspectionReport.inspection_id == inspection_id, InspectionReport.area_id == area_id)
        .with_for_update()
    )
    return db.session.scalar(statement)


def report_of_sheet(sheet_id: int) -> InspectionReport:
    """The report that a sheet is."""
    statement = (
        select(InspectionReport)
        .where(InspectionReport.sheet_id == sheet_id)
        .options(joinedload(InspectionReport.inspection), joinedload(InspectionReport.area))
    )
    return db.session.scalars(statement).one()


_OF_ENTRY = (
    joinedload(InspectionEntry.issue),
    joinedload(InspectionEntry.area),
    joinedload(InspectionEntry.report).options(joinedload(InspectionReport.inspection), joinedload(InspectionReport.sheet)),
)


def entry_of_sheet(sheet_id: int) -> InspectionEntry:
    """What is said on an issue, by the sheet that it is, with issue, report and inspection; read afresh, for whether it may be
    written follows from the state of the report."""
    statement = select(InspectionEntry).where(InspectionEntry.sheet_id == sheet_id).options(*_OF_ENTRY)
    return db.session.scalars(statement.execution_options(populate_existing=True)).unique().one()


def entry(inspected: Inspected, issue: InspectionIssue) -> InspectionEntry | None:
    """What an office says on an issue with fields, files and owners, in three statements; None before the report is begun."""
    statement = (
        select(InspectionEntry)
        .join(InspectionEntry.report)
        .join(InspectionEntry.sheet)
        .where(InspectionReport.inspection_id == inspected.inspection.id)
        .where(InspectionEntry.area_id == inspected.area.id, InspectionEntry.issue_id == issue.id)
        .options(
            *_OF_ENTRY,
            contains_eager(InspectionEntry.sheet).options(
                joinedload(Sheet.area),
                joinedload(Sheet.fields),
                selectinload(Sheet.files),
                selectinload(Sheet.owners).joinedload(SheetOwner.user).joinedload(User.profile),
            ),
        )
    )
    return db.session.scalars(statement).unique().one_or_none()


@dataclass(frozen=True)
class OfficeLine:
    """An inspection as its office sees it in the list. `state` is None before the report is begun."""

    inspection: Inspection
    issues: int
    state: str | None
    timing: str
    sent_at: datetime | None
    checked: int = 0
    handed_over: int = 0


def of_office(area: Area) -> list[OfficeLine]:
    """The announced inspections that concern an office with its own report, the latest first, in three statements."""
    statement = (
        select(Inspection, Sheet.state, Sheet.timing, Sheet.sent_at)
        .outerjoin(InspectionReport, and_(InspectionReport.inspection_id == Inspection.id, InspectionReport.area_id == area.id))
        .outerjoin(Sheet, Sheet.id == InspectionReport.sheet_id)
        .where(Inspection.active, Inspection.announced_at.is_not(None))
        .options(selectinload(Inspection.issues))
        .order_by(*_ORDER)
    )
    rows = [row for row in db.session.execute(statement) if row[0].concerns(area)]
    counts: dict[tuple[int, str], int] = {}
    counted = (
        select(InspectionReport.inspection_id, Sheet.state, func.count())
        .join(InspectionEntry, InspectionEntry.report_id == InspectionReport.id)
        .join(Sheet, Sheet.id == InspectionEntry.sheet_id)
        .where(InspectionReport.area_id == area.id)
        .group_by(InspectionReport.inspection_id, Sheet.state)
    )
    for inspection_id, state, count in db.session.execute(counted):
        counts[inspection_id, state] = count
    return [
        OfficeLine(
            found,
            len(found.issues_for(area.kind)),
            state,
            timing or "",
            sent_at,
            checked=counts.get((found.id, EntryState.CHECKED), 0),
            handed_over=counts.get((found.id, EntryState.SENT), 0),
        )
        for found, state, timing, sent_at in rows
    ]


def all_in_use() -> list[Inspection]:
    """Every inspection in use with its issues, the latest first."""
    statement = select(Inspection).where(Inspection.active).options(selectinload(Inspection.issues)).order_by(*_ORDER)
    return list(db.session.scalars(statement))


def people_to_tell(found: Inspection) -> list[tuple[User, Area]]:
    """Active coordinators and directors of the offices that an inspection concerns, each with the office."""
    statement = (
        select(User, Area)
        .join(User.roles)
        .join(Profile, Profile.user_id == User.id)
        .join(Area, Area.id == Profile.area_id)
        .where(Role.name.in_(TOLD), User.active, Area.active)
        .order_by(User.id)
    )
    if found.cluster is not None:
        statement = statement.where(Area.inspection_cluster == found.cluster)
    return [(user, area) for user, area in db.session.execute(statement).unique()]


def due_to_remind(now: datetime) -> list[int]:
    """Announced inspections whose moment to remind has come and that are not due yet."""
    statement = select(Inspection.id).where(
        Inspection.active,
        Inspection.announced_at.is_not(None),
        Inspection.reminded_at.is_(None),
        Inspection.reminds_at <= now,
        Inspection.due_at > now,
    )
    return list(db.session.scalars(statement.order_by(Inspection.id)))


def areas_that_sent(inspection_id: int) -> set[int]:
    """Offices whose report on an inspection is sent."""
    statement = (
        select(InspectionReport.area_id)
        .join(Sheet, Sheet.id == InspectionReport.sheet_id)
        .where(InspectionReport.inspection_id == inspection_id, Sheet.state == ReportState.SENT)
    )
    return set(db.session.scalars(statement))


def owing_owners(inspection_id: int) -> list[tuple[User, Area, str]]:
    """Who is responsible for an issue that is still to be handed to the plan group: person, office and the code of the issue."""
    statement = (
        select(User, Area, InspectionIssue.code)
        .select_from(InspectionEntry)
        .join(InspectionReport, InspectionReport.id == InspectionEntry.report_id)
        .join(InspectionIssue, InspectionIssue.id == InspectionEntry.issue_id)
        .join(Sheet, Sheet.id == InspectionEntry.sheet_id)
        .join(SheetOwner, SheetOwner.sheet_id == Sheet.id)
        .join(User, User.id == SheetOwner.user_id)
        .join(Area, Area.id == InspectionEntry.area_id)
        .where(InspectionReport.inspection_id == inspection_id, InspectionIssue.active, InspectionIssue.is_open, User.active)
        .where(Sheet.state.in_((EntryState.DRAFT, EntryState.RETURNED)))
        .order_by(User.id, InspectionIssue.sort_order)
    )
    return [(user, area, code) for user, area, code in db.session.execute(statement)]


def reports_of(inspection_id: int) -> int:
    """How many offices have begun a report on an inspection, over all offices."""
    statement = select(func.count()).select_from(InspectionReport).where(InspectionReport.inspection_id == inspection_id)
    return db.session.scalar(statement) or 0


def entries_of(issue_id: int) -> int:
    """How many offices say something on an issue, over all offices."""
    return db.session.scalar(select(func.count()).select_from(InspectionEntry).where(InspectionEntry.issue_id == issue_id)) or 0


def files_of(sheet_ids: Collection[int]) -> dict[int, list[SheetFile]]:
    """The living files of many sheets by sheet, in order, in one statement."""
    statement = (
        select(SheetFile)
        .where(SheetFile.sheet_id.in_(sheet_ids), SheetFile.deleted_at.is_(None))
        .order_by(SheetFile.sheet_id, SheetFile.slot, SheetFile.uploaded_at, SheetFile.ordinal)
    )
    found: dict[int, list[SheetFile]] = {}
    for row in db.session.scalars(statement):
        found.setdefault(row.sheet_id, []).append(row)
    return found
