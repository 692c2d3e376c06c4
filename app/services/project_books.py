"""Workbooks of projects that come back: compared row by row with what stands, shown, and taken over with a second press.

An empty cell changes nothing: whoever pastes a list of names does not mean to empty the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial

from app.domain import access, projects, spreadsheet
from app.domain.access import Action, Actor, Here
from app.domain.errors import N_, Conflict, DomainError, Refused
from app.domain.fields import Reader
from app.domain.plans import Plans
from app.domain.project_book import (
    NUMBER,
    PROJECTS,
    ROW,
    SHEET_FIELDS,
    TEMPLATE,
    Change,
    Plan,
    ProjectPlan,
    code_of,
    day_typed,
)
from app.domain.project_fields import MOST_ROWS, RowKind
from app.domain.projects import EDITABLE
from app.domain.sheets import Field, FieldKind, row_key
from app.domain.spreadsheet import Problem, Row, Sheet
from app.domain.thai import is_blank, typed_number
from app.extensions import db
from app.models import Area, Project, ProjectImport
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.queries import sheet as sheet_queries
from app.services import projects as verbs
from app.services import record, sheets
from app.services.field_saving import Typing
from app.services.indicator_sets import read_back

MOST_PROJECTS_AT_ONCE = 100


def marks_of(area: Area, fiscal_year_be: int) -> dict[str, str]:
    """What a workbook says of itself."""
    return {"template": TEMPLATE, "area": area.code, "year": str(fiscal_year_be)}


def require_own(marks: Mapping[str, str], area: Area, fiscal_year_be: int) -> None:
    """Refuse a workbook of another office or year. One without marks, made from a list of the office's own, is taken."""
    if not marks:
        return
    if marks.get("template") != TEMPLATE:
        raise Refused(N_("This workbook is for another purpose. Download the workbook of projects on this page."))
    if (marks.get("area"), marks.get("year")) != (area.code, str(fiscal_year_be)):
        raise Refused(
            N_("This workbook belongs to office %(area)s, fiscal year %(year)s. Send it back there."),
            area=str(marks.get("area", ""))[:20],
            year=str(marks.get("year", ""))[:8],
        )


def keep(
    area: Area,
    fiscal_year_be: int,
    file_name: str,
    marks: Mapping[str, str],
    found: Mapping[str, Sheet],
    problems: tuple[Problem, ...],
    *,
    actor: Actor,
    now: datetime,
) -> ProjectImport:
    """Keep what was sent in, to be looked at first."""
    access.require(actor, Action.EDIT_SHEET, Here(area.id))
    require_own(marks, area, fiscal_year_be)
    if PROJECTS not in found:
        raise Refused(N_("The sheet of projects is missing"))
    content = {
        "marks": dict(marks),
        "sheets": {key: asdict(one) for key, one in found.items()},
        "problems": [asdict(one) for one in problems],
    }
    row = ProjectImport(
        area_id=area.id,
        fiscal_year_be=fiscal_year_be,
        file_name=file_name,
        content=json.loads(json.dumps(content)),
        arrived_at=now,
        read_by_id=actor.user_id,
        read_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    return row


@dataclass
class _Reading:
    """What is known while a workbook is gone through."""

    year: int
    known: Mapping[int, Project]
    values: Mapping[int, Mapping[str, str]]
    readers: Mapping[str, Reader]
    words: Mapping[str, Mapping[str, str]]
    problems: list[Problem]
    names: dict[int, str] = field(default_factory=dict)
    changes: dict[int, list[Change]] = field(default_factory=dict)
    rows: dict[int, dict[RowKind, list[int]]] = field(default_factory=dict)

    def refuse(self, refusal: DomainError, sheet: Sheet, row: Row, column: str) -> None:
        self.problems.append(spreadsheet.problem(refusal, sheet, row.number, column))

    def current(self, number: int, key: str) -> str | None:
        project = self.known.get(number)
        return self.values.get(project.sheet_id, {}).get(key) if project else None


def look(area: Area, row: ProjectImport, words: Mapping[str, Mapping[str, str]]) -> Plan:
    """What the workbook would change now."""
    _, found, problems = read_back(row.content)
    known = project_queries.by_number(area.id, row.fiscal_year_be)
    values = sheet_queries.values_of([project.sheet_id for project in known.values()])
    reading = _Reading(row.fiscal_year_be, known, values, _readers(row.fiscal_year_be, plan_queries.plans()), words, problems)
    _projects(reading, found[PROJECTS])
    for kind in RowKind:
        if kind.value in found:
            _rows(reading, found[kind.value], kind)
    plans = _plans(reading)
    if len(plans) > MOST_PROJECTS_AT_ONCE:
        refusal = Refused(N_("At most %(count)d projects are taken at once"), count=MOST_PROJECTS_AT_ONCE)
        reading.problems.append(spreadsheet.problem(refusal, found[PROJECTS]))
    return Plan(tuple(plans), tuple(reading.problems))


def _readers(fiscal_year_be: int, plans: Plans) -> dict[str, Reader]:
    """How each column is read, by sheet and column."""
    asked = projects.asked(fiscal_year_be, {kind: [1] for kind in RowKind}, plans).readers()
    found = {f"{PROJECTS}.{one.key}": asked[one.key] for one in SHEET_FIELDS[PROJECTS]}
    for kind in RowKind:
        found |= {f"{kind}.{one.key}": asked[row_key(kind, 1, one.key)] for one in SHEET_FIELDS[kind.value]}
    return found


def _number(reading: _Reading, sheet: Sheet, row: Row) -> int | None:
    number = typed_number(row.cells.get(NUMBER, ""), most_digits=4)
    if not number:
        reading.refuse(Refused(N_("Enter the number of the project, such as 1")), sheet, row, NUMBER)
    return number or None


def _projects(reading: _Reading, sheet: Sheet) -> None:
    for row in sheet.rows:
        number = _number(reading, sheet, row)
        if number is None:
            continue
        if number in reading.names:
            reading.refuse(Refused(N_("This project stands here already; each may stand here once")), sheet, row, NUMBER)
            continue
        project = reading.known.get(number)
        reading.names[number] = row.cells.get("name", "") or (project.name if project else "")
        if project is None and is_blank(row.cells.get("name")):
            del reading.names[number]
            reading.refuse(Refused(N_("Enter the name of the project")), sheet, row, "name")
            continue
        found = _cells(reading, sheet, row, number, PROJECTS, lambda key: key)
        _note(reading, sheet, row, number, found)


def _rows(reading: _Reading, sheet: Sheet, kind: RowKind) -> None:
    seen: set[tuple[int, int]] = set()
    for row in sheet.rows:
        number = _number(reading, sheet, row)
        if number is None:
            continue
        if number not in reading.names and number not in reading.known:
            reading.refuse(Refused(N_("No project has this number")), sheet, row, NUMBER)
            continue
        ordinal = typed_number(row.cells.get(ROW, ""), most_digits=3) or 0
        project = reading.known.get(number)
        living = project_queries.living(project)[kind] if project else []
        is_new = ordinal not in living
        if is_new:
            ordinal = _next_ordinal(reading, project, number, kind)
        elif (number, ordinal) in seen:
            reading.refuse(Refused(N_("This row stands here already; each may stand here once")), sheet, row, ROW)
            continue
        seen.add((number, ordinal))
        found = _cells(reading, sheet, row, number, kind.value, partial(row_key, kind, ordinal), ordinal)
        if not found:
            continue
        if is_new:
            added = reading.rows.setdefault(number, {}).setdefault(kind, [])
            if len(living) + len(added) >= MOST_ROWS[kind]:
                reading.refuse(Refused(N_("There is room for %(count)d of these"), count=MOST_ROWS[kind]), sheet, row, NUMBER)
                continue
            added.append(ordinal)
        _note(reading, sheet, row, number, found)


def _next_ordinal(reading: _Reading, project: Project | None, number: int, kind: RowKind) -> int:
    used = project_queries.next_ordinal(project, kind) - 1 if project else 0
    return used + 1 + len(reading.rows.get(number, {}).get(kind, ()))


def _cells(
    reading: _Reading, sheet: Sheet, row: Row, number: int, which: str, key_of: Callable[[str], str], ordinal: int = 0
) -> list[Change]:
    """The cells of a row that say something else than what stands."""
    found = []
    broken = {(one.row, one.column) for one in reading.problems if one.sheet == sheet.title}
    for asked in SHEET_FIELDS[which]:
        typed = row.cells.get(asked.key, "")
        letter = sheet.letters.get(asked.key, "")
        if is_blank(typed) or (row.number, letter) in broken:
            continue
        try:
            new = reading.readers[f"{which}.{asked.key}"](_typed(asked, typed, reading.words))
        except DomainError as refusal:
            reading.refuse(refusal, sheet, row, asked.key)
            continue
        key = key_of(asked.key)
        old = reading.current(number, key)
        if new is not None and new != old:
            found.append(Change(number, key, asked.label, f"{letter}{row.number}", old, new, ordinal))
    return found


def _typed(asked: Field, typed: str, words: Mapping[str, Mapping[str, str]]) -> str:
    if asked.kind is FieldKind.CHOICE:
        return code_of(asked, typed, words)
    return day_typed(typed) if asked.kind is FieldKind.DAY else typed


def _note(reading: _Reading, sheet: Sheet, row: Row, number: int, found: list[Change]) -> None:
    project = reading.known.get(number)
    if found and project is not None and project.sheet.state not in EDITABLE:
        refusal = Refused(N_("This project was sent and can't be edited. Have it returned first."))
        reading.refuse(refusal, sheet, row, NUMBER)
        return
    reading.changes.setdefault(number, []).extend(found)


def _plans(reading: _Reading) -> list[ProjectPlan]:
    return [
        ProjectPlan(
            number,
            reading.names.get(number) or reading.known[number].name,
            number not in reading.known,
            tuple(found),
            {kind: tuple(ordinals) for kind, ordinals in reading.rows.get(number, {}).items()},
        )
        for number, found in sorted(reading.changes.items())
        if found
    ]


def take(
    area: Area, row: ProjectImport, digest: str, words: Mapping[str, Mapping[str, str]], *, actor: Actor, now: datetime
) -> tuple[int, int]:
    """Take over what was shown. Returns how many projects are new and how many fields were stored. Raises Conflict where something
    changed since it was shown, Refused where there is nothing to take or a cell is wrong."""
    access.require(actor, Action.EDIT_SHEET, Here(area.id))
    project_queries.hold_office(area.id)
    plan = look(area, row, words)
    if plan.problems:
        raise Refused(N_("Mend what is listed first, then send the workbook again. Nothing was taken over."))
    if plan.digest != digest:
        raise Conflict(N_("The projects were changed since this was shown. Look again, then take it over."))
    if not plan.count:
        raise Refused(N_("The workbook changes nothing"))
    stored = 0
    for one in plan.projects:
        stored += _take_one(area, row.fiscal_year_be, one, actor=actor, now=now)
    row.applied_at, row.applied_count = now, row.applied_count + stored
    record.change(actor, f"project_import:{row.id}", "projects imported", now=now, area_id=area.id, new=row.file_name)
    return plan.fresh, stored


def _take_one(area: Area, fiscal_year_be: int, plan: ProjectPlan, *, actor: Actor, now: datetime) -> int:
    values = {change.key: change.new for change in plan.changes}
    if plan.is_new:
        number = verbs.add(area, fiscal_year_be, {"name": values["name"]}, actor=actor, now=now).number
    else:
        number = plan.number
    project, subject = verbs.held(fiscal_year_be, area.code, number)
    for kind, ordinals in plan.rows.items():
        for _ in ordinals[1 if plan.is_new else 0 :]:
            verbs.add_row(project, subject, kind, actor=actor, now=now)
    project, subject = verbs.held(fiscal_year_be, area.code, number)
    typed = {key: Typing(value, None) for key, value in values.items()}
    saved = sheets.save(subject, typed, actor=actor, now=now)
    if saved.errors:
        raise Refused(next(iter(saved.errors.values())).text)
    return len(saved.versions)
