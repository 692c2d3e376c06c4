"""The indicator set of a round as it stands, in use or not, in the terms of a workbook; and who has reported on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import selectinload

from app import scope
from app.domain import spreadsheet, workflow
from app.domain.indicator_set import CRITERIA, INDICATORS, LEVELS, PARTS, QUANTITIES, Kind, kinds
from app.domain.quantities import QUANTITY_KIND_NAMES
from app.domain.round_life import Stage
from app.domain.spreadsheet import Value
from app.extensions import db
from app.models import Criterion, Document, Indicator, Part, Round, SetImport, Submission
from app.models.document import DocumentKind
from app.models.indicator import APPLIES_TO_NAMES, CONFIDENCE_NAMES

TEMPLATE = "indicator set"


@dataclass(frozen=True)
class Standing:
    """A row as it stands: what its cells say, and how it is marked in a workbook."""

    kind: Kind
    entity: Any
    cells: Mapping[str, str]

    @property
    def name(self) -> str:
        return name_of(self.kind, self.cells)

    @property
    def mark(self) -> str:
        return f"{self.kind.letter}{self.entity.id}.{spreadsheet.digest(self.cells.values())}"


@dataclass(frozen=True)
class Reports:
    """How many reports stand on an indicator, over all offices."""

    submitted: int = 0
    begun: int = 0

    @property
    def offices(self) -> int:
        return self.submitted + self.begun


@dataclass(frozen=True)
class Standings:
    """A whole set as it stands, sheet by sheet, and how many offices report on each indicator."""

    round: Round
    kinds: tuple[Kind, ...]
    rows: Mapping[str, tuple[Standing, ...]]
    reports: Mapping[int, Reports]

    def marks(self) -> dict[str, str]:
        """What a workbook of this set says of itself: which rows it was given, so that a row missing later is known to be gone."""
        ids = {f"rows:{key}": ",".join(str(row.entity.id) for row in rows) for key, rows in self.rows.items()}
        return {"template": TEMPLATE, "round": self.round.code} | ids


def parts_of(round_id: int) -> list[Part]:
    """Parts of a round with indicators, issues, levels and figures, also those out of use, in six statements."""
    statement = (
        select(Part)
        .where(Part.round_id == round_id)
        .options(
            selectinload(Part.indicators).options(
                selectinload(Indicator.criteria), selectinload(Indicator.levels), selectinload(Indicator.quantities)
            )
        )
        .order_by(Part.sort_order, Part.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement))


def reports_on(round_id: int) -> dict[int, Reports]:
    """The reports that stand on each indicator of a round, by its id: a figure about the whole country. What was only opened is none."""
    sent = Submission.state == workflow.State.SUBMITTED
    statement = (
        select(Submission.indicator_id, func.sum(case((sent, 1), else_=0)), func.count())
        .where(Submission.round_id == round_id, or_(sent, Submission.begun))
        .group_by(Submission.indicator_id)
    )
    with scope.whole_country("whose reports an edit of the set touches"):
        return {
            row_id: Reports(int(submitted), every - int(submitted))
            for row_id, submitted, every in db.session.execute(statement)
        }


def form_titles() -> dict[int, str]:
    """Titles of the prescribed forms in use, by id."""
    statement = select(Document.id, Document.title_th).where(Document.kind == DocumentKind.FORM, Document.active)
    return dict(db.session.execute(statement.order_by(Document.sort_order, Document.id)).tuples().all())


def kinds_prescribed(document_id: int) -> set[str]:
    """Which offices (`both`, or a kind) must use a form in a round in which they can still report."""
    statement = (
        select(Indicator.applies_to)
        .join(Criterion, Criterion.indicator_id == Indicator.id)
        .join(Round, Round.id == Indicator.round_id)
        .where(Criterion.form_document_id == document_id, Criterion.active, Indicator.active)
        .where(Round.active, Round.stage.in_((Stage.PREPARING, Stage.RUNNING)))
    )
    return set(db.session.scalars(statement))


def imports_of(round_id: int, most: int = 10) -> list[SetImport]:
    """The latest workbooks that were read for a round."""
    statement = select(SetImport).where(SetImport.round_id == round_id).order_by(SetImport.id.desc()).limit(most)
    return list(db.session.scalars(statement))


def import_of(round_id: int, import_id: int) -> SetImport | None:
    return db.session.scalar(select(SetImport).where(SetImport.id == import_id, SetImport.round_id == round_id))


def name_of(kind: Kind, cells: Mapping[str, str]) -> str:
    """'QP-1 · 3': which row it is, in the officers' words."""
    identity = [cells[key] for key in kind.identity]
    return "-".join(identity) if kind.key == INDICATORS.key else " · ".join(identity)


def _cells(kind: Kind, entity: Any, owner: Any) -> dict[str, str]:
    """What every column but the row's own mark says."""
    found: dict[str, str] = {}
    for column in kind.told:
        if column.key == "part":
            value: Value = owner.code
        elif column.key == "indicator":
            value = owner.full_code
        elif column.key == "form_document":
            value = None if entity.form_document_id is None else str(entity.form_document_id)
        else:
            value = getattr(entity, column.key)
        found[column.key] = spreadsheet.as_cell(column, value)
    return found


def standing(found: Round) -> Standings:
    """The set of a round as it stands, in eight statements."""
    parts = parts_of(found.id)
    forms = {str(row_id): f"{row_id}: {title}" for row_id, title in form_titles().items()}
    used = {
        row.form_document
        for part in parts
        for indicator in part.indicators
        for row in indicator.criteria
        if row.form_document is not None
    }
    forms |= {str(row.id): f"{row.id}: {row.title_th}" for row in used}
    choices = {
        "applies_to": {str(key): name for key, name in APPLIES_TO_NAMES.items()},
        "confidence": dict(CONFIDENCE_NAMES),
        "kind": {str(key): name for key, name in QUANTITY_KIND_NAMES.items()},
        "form_document": forms,
    }
    all_kinds = kinds(choices)
    by_key = {kind.key: kind for kind in all_kinds}
    rows: dict[str, list[Standing]] = {kind.key: [] for kind in all_kinds}

    def put(key: str, entity: Any, owner: Any) -> None:
        rows[key].append(Standing(by_key[key], entity, _cells(by_key[key], entity, owner)))

    for part in parts:
        put(PARTS.key, part, found)
        for indicator in part.indicators:
            put(INDICATORS.key, indicator, part)
            for criterion in indicator.criteria:
                put(CRITERIA.key, criterion, indicator)
            for level in indicator.levels:
                put(LEVELS.key, level, indicator)
            for quantity in indicator.quantities:
                put(QUANTITIES.key, quantity, indicator)
    frozen = {key: tuple(found_rows) for key, found_rows in rows.items()}
    return Standings(found, all_kinds, frozen, reports_on(found.id))
