"""Working copies: what an office filled in offline is compared field by field, shown, and taken over as far as it is chosen.

Taking over is saving: each field against the version that was shown, by the same verb as the page's autosave."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from app.domain import access, spreadsheet
from app.domain.access import Action, Actor
from app.domain.errors import N_, DomainError, Message, NotFound, Refused
from app.domain.spreadsheet import Problem, Sheet
from app.domain.working_copy import SHEET, TEMPLATE, Change, Fill, Plan, read_mark
from app.extensions import db
from app.models import Submission, WorkingCopy
from app.queries import working_copy as working_copies
from app.queries.submission import Office
from app.queries.working_copy import Field
from app.services import record, reporting
from app.services.field_saving import Typing
from app.services.indicator_sets import read_back
from app.services.reporting import Address, Reporter


@dataclass(frozen=True)
class Taken:
    """What became of taking over: fields stored, and fields that somebody else changed first."""

    stored: int
    conflicts: int
    refused: int


def marks_of(office: Office) -> dict[str, str]:
    """What a workbook says of itself."""
    return {"template": TEMPLATE, "round": office.round.code, "area": office.area.code}


def require_own(marks: Mapping[str, str], office: Office) -> None:
    """Refuse a workbook of another round or office, or of none."""
    if marks.get("template") != TEMPLATE:
        raise Refused(N_("This workbook is no working copy of e-MES. Download yours here, fill that one in and send it back."))
    if (marks.get("round"), marks.get("area")) != (office.round.code, office.area.code):
        raise Refused(
            N_(
                "This workbook belongs to round %(round)s of office %(area)s. Send it back there, or download the one of this page."
            ),
            round=str(marks.get("round", ""))[:20],
            area=str(marks.get("area", ""))[:20],
        )


def keep(
    office: Office,
    file_name: str,
    marks: Mapping[str, str],
    sheets: Mapping[str, Sheet],
    problems: tuple[Problem, ...],
    *,
    actor: Actor,
    now: datetime,
) -> WorkingCopy:
    """Keep what came back, to be looked at first."""
    access.require(actor, Action.EDIT_REPORT, Submission(area_id=office.area.id))
    require_own(marks, office)
    content = {
        "marks": dict(marks),
        "sheets": {key: asdict(one) for key, one in sheets.items()},
        "problems": [asdict(one) for one in problems],
    }
    row = WorkingCopy(
        round_id=office.round.id,
        area_id=office.area.id,
        file_name=file_name,
        content=json.loads(json.dumps(content)),
        arrived_at=now,
        read_by_id=actor.user_id,
        read_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    return row


def look(office: Office, copy: WorkingCopy, words: Mapping[str, Mapping[str, str]]) -> Plan:
    """What the workbook would change now."""
    marks, sheets, faults = read_back(copy.content)
    require_own(marks, office)
    found = sheets.get("report")
    if found is None:
        return Plan((), (Problem(Message(N_("The sheet is missing")), SHEET),))
    missing = [
        heading for key, heading in (("row", N_("Row (do not change)")), ("answer", N_("Answer"))) if key not in found.letters
    ]
    if missing:
        said = N_("The column “%(heading)s” is missing")
        return Plan((), tuple(Problem(Message(said, {"heading": Message(name)}), found.title, 1) for name in missing))
    by_name = {(field.indicator.full_code, field.key): field for field in working_copies.fields_of(office)}
    broken = {(one.row, one.column) for one in faults}
    changes: list[Change] = []
    stay: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row in found.rows:
        marked = read_mark(row.cells["row"])
        field = by_name.get((marked.indicator, marked.key)) if marked else None
        if marked is None or field is None:
            fault = N_("This is not what e-MES wrote here, or the question is gone: download the workbook again")
            faults.append(spreadsheet.problem(Refused(fault), found, row.number, "row"))
            continue
        name = (marked.indicator, marked.key)
        if name in seen:
            twice = Refused(
                N_("%(name)s stands in row %(row)d already: each may stand here once"), name=marked.key, row=seen[name]
            )
            faults.append(spreadsheet.problem(twice, found, row.number, "row"))
            continue
        seen[name] = row.number
        if (row.number, found.letters["answer"]) in broken:
            continue
        try:
            new = field.read(_typed(field, row.cells["answer"], words))
        except DomainError as refusal:
            faults.append(spreadsheet.problem(refusal, found, row.number, "answer"))
            continue
        if new == field.value:
            continue
        if not marked.says(field.value) and marked.says(new):
            stay.append(f"{marked.indicator} {found.letters['answer']}{row.number}")
            continue
        if not marked.says(field.value):
            fault = N_(
                "This field was changed in e-MES after the workbook was made, and in the workbook too: enter it on the page"
            )
            faults.append(spreadsheet.problem(Refused(fault), found, row.number, "answer"))
            continue
        cell = f"{found.letters['answer']}{row.number}"
        changes.append(Change(marked.indicator, marked.key, field.label, cell, field.version, field.value, new))
    return Plan(tuple(changes), tuple(faults), tuple(stay))


def _typed(field: Field, text: str, words: Mapping[str, Mapping[str, str]]) -> str:
    """The key of a word that was chosen; anything else as it was typed."""
    return (
        words.get(field.fill, {}).get(spreadsheet.normal(text), text)
        if field.fill in (Fill.DONE, Fill.TICK, Fill.LEVEL)
        else text
    )


def take(
    office: Office,
    copy_id: int,
    chosen: Collection[str],
    words: Mapping[str, Mapping[str, str]],
    *,
    actor: Actor,
    reporter: Reporter,
    now: datetime,
    begun_at: datetime | None = None,
) -> Taken:
    """Store the chosen changes, each against the version that was shown. What somebody changed since is not overwritten."""
    copy = working_copies.copy_of(office, copy_id)
    if copy is None:
        raise NotFound
    access.require(actor, Action.EDIT_REPORT, Submission(area_id=office.area.id))
    changes = [change for change in look(office, copy, words).changes if change.name in chosen]
    if not changes:
        raise Refused(N_("Nothing of it can be taken over: choose at least one change. What changed meanwhile is listed anew."))
    begun_at = min(begun_at or now, copy.arrived_at)
    by_indicator: dict[str, dict[str, Typing]] = {}
    for change in changes:
        by_indicator.setdefault(change.indicator, {})[change.key] = Typing(change.new, change.version)
    stored = conflicts = refused = 0
    for indicator, typed in by_indicator.items():
        address = Address(office.round.code, office.area.code, indicator)
        saved = reporting.save(address, typed, actor=actor, reporter=reporter, now=now, begun_at=begun_at)
        stored += len(saved.versions)
        conflicts += len(saved.conflicts)
        refused += len(saved.errors)
    copy.applied_at, copy.applied_count = now, copy.applied_count + stored
    subject = f"working_copy:{copy.id}"
    record.change(actor, subject, "working copy", now=now, area_id=office.area.id, new=copy.file_name)
    return Taken(stored, conflicts, refused)
