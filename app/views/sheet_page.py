"""What the page of any sheet shows: computed once, read by the templates and by the script's answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.access import Action, Actor, allows
from app.domain.sheets import Field, Missing
from app.models import Sheet, SheetFile
from app.services.sheets import Subject
from app.views.report_page import Cell


@dataclass
class SheetPage:
    """A sheet as it is shown to this actor now. `checked` says everything that is missing beside its field."""

    subject: Subject
    actor: Actor
    now: datetime
    checked: bool = False
    cells: dict[str, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cells = {row.field_key: Cell(row.value, row.version) for row in self.sheet.fields} | self.cells
        self._missing = self.subject.missing

    @property
    def sheet(self) -> Sheet:
        return self.subject.sheet

    @property
    def may_edit(self) -> bool:
        return self.subject.is_editable and allows(self.actor, Action.EDIT_SHEET, self.sheet)

    @property
    def may_lead(self) -> bool:
        """Whether the reader gives the sheet to people and checks it."""
        return allows(self.actor, Action.LEAD_SHEETS, self.sheet)

    def edits(self, _: str) -> bool:
        return self.may_edit

    def edits_slot(self, _: str) -> bool:
        return self.may_edit

    def takes_files(self, _: str) -> bool:
        return self.may_edit

    def cell(self, key: str) -> Cell:
        return self.cells.get(key) or Cell(None, 0)

    def value(self, key: str) -> str:
        return self.cell(key).value or ""

    @property
    def missing(self) -> list[Missing]:
        return self._missing

    def missing_in(self, section: str) -> list[Missing]:
        return [item for item in self.missing if item.section == section]

    def faults_at(self, key: str) -> list[Missing]:
        """What is said beside a field once the whole was checked."""
        return [item for item in self.missing if item.key == key] if self.checked else []

    def fields_in(self, section: str) -> list[Field]:
        """The fields of a part of the page, in order; those of repeated rows are not among them."""
        return [one for one in self.subject.asked.fields if one.section == section and not one.row]

    def row_fields(self, row: str, number: int) -> list[Field]:
        """The fields of one repeated row."""
        return [one for one in self.subject.asked.fields if one.row == f"{row}.{number}"]

    def files(self, slot: str) -> list[SheetFile]:
        return [row for row in self.sheet.files if row.slot == slot]

    def room(self, slot: str, most: int) -> int:
        return max(0, most - len(self.files(slot)))

    @property
    def refused(self) -> list[tuple[str, Cell]]:
        """The fields of which something was not stored."""
        return [(key, cell) for key, cell in self.cells.items() if cell.error or cell.theirs_at]
