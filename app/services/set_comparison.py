"""A workbook against the set as it stands: what becomes of each row, and every fault in it. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain import spreadsheet
from app.domain.errors import N_, Conflict, DomainError, Message, Refused
from app.domain.indicator_set import INDICATORS, PARTS, Difference, Kind, Step, What
from app.domain.spreadsheet import Column, Problem, Row, Sheet, Value, Words
from app.models import Indicator, Part, Round
from app.queries.indicator_set import TEMPLATE, Reports, Standing, Standings, name_of

_MARK = re.compile(r"([A-Z])([1-9][0-9]{0,8})\.([0-9a-f]{10})")


@dataclass
class Work:
    """A step with what carries it out."""

    step: Step
    entity: Any = None
    values: dict[str, Value] = field(default_factory=dict)


def require_own(marks: Mapping[str, str], found: Round) -> None:
    """Refuse a workbook that is not of this round's set."""
    if marks.get("template") != TEMPLATE:
        raise Refused(
            N_("This workbook is no indicator set of e-MES. Download the set here, edit that workbook and send it back.")
        )
    if marks.get("round") != found.code:
        raise Refused(
            N_(
                "This workbook holds the set of round %(other)s, not of %(round)s. Open that round, or download the set of this one."
            ),
            other=str(marks.get("round", ""))[:20],
            round=found.code,
        )


@dataclass
class Comparison:
    """Gathers what becomes of each row of a workbook, and every fault in it."""

    now: Standings
    marks: Mapping[str, str]
    sheets: Mapping[str, Sheet]
    words: Words
    works: list[Work] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stay: list[str] = field(default_factory=list)
    names: dict[str, set[str]] = field(default_factory=dict)

    def run(self) -> None:
        for kind in self.now.kinds:
            self.names[kind.key] = {row.name for row in self.now.rows[kind.key]}
            found = self.sheets.get(kind.key)
            if found is None:
                self.problems.append(Problem(Message(N_("The sheet is missing")), kind.title))
                continue
            missing = [column for column in kind.columns if column.key not in found.letters]
            for column in missing:
                self.problems.append(
                    Problem(
                        Message(N_("The column “%(heading)s” is missing"), {"heading": Message(column.heading)}), found.title, 1
                    )
                )
            if not missing:
                self._rows(kind, found)

    def _rows(self, kind: Kind, found: Sheet) -> None:
        by_id = {row.entity.id: row for row in self.now.rows[kind.key]}
        by_name = {row.name: row for row in self.now.rows[kind.key]}
        seen: dict[str, int] = {}
        for row in found.rows:
            cells = {column.key: spreadsheet.canonical(column, row.cells[column.key], self.words) for column in kind.told}
            mark = row.cells["row"].strip()
            match = _MARK.fullmatch(mark)
            if mark and (match is None or match[1] != kind.letter or int(match[2]) not in by_id):
                fault = N_("This is not what e-MES wrote here. Put it back, or empty the cell for a new row.")
                self._fault(found, row.number, "row", Refused(fault))
                continue
            present = by_id[int(match[2])] if match else by_name.get(name_of(kind, cells))
            name = present.name if present else name_of(kind, cells)
            if name in seen:
                fault = N_("%(name)s stands in row %(row)d already: each may stand here once")
                self._fault(found, row.number, kind.identity[-1], Refused(fault, name=name, row=seen[name]))
                continue
            seen[name] = row.number
            if present is None:
                self._new(kind, found, row, name)
            else:
                self._present(found, row, present, cells, match[3] if match else None)
        self._gone(kind, {name: by_name[name] for name in by_name if name not in seen})

    def _fault(self, found: Sheet, number: int, column: str, refusal: DomainError) -> None:
        self.problems.append(spreadsheet.problem(refusal, found, number, column))

    def _values(self, found: Sheet, row: Row, columns: list[Column]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for column in columns:
            try:
                values[column.key] = spreadsheet.parse(column, row.cells[column.key], self.words)
            except DomainError as refusal:
                self._fault(found, row.number, column.key, refusal)
        return values

    def _new(self, kind: Kind, found: Sheet, row: Row, name: str) -> None:
        values = self._values(found, row, list(kind.told))
        owners = {"part": PARTS, "indicator": INDICATORS}
        if kind.parent and values.get(kind.parent) and values[kind.parent] not in self.names[owners[kind.parent].key]:
            fault = N_("There is no %(what)s “%(name)s” in this set")
            what = N_("part") if kind.parent == "part" else N_("indicator")
            self._fault(found, row.number, kind.parent, Refused(fault, what=Message(what), name=str(values[kind.parent])))
        self.names[kind.key].add(name)
        told = tuple(
            Difference(column, "", spreadsheet.as_cell(column, values.get(column.key)))
            for column in kind.told
            if column.key not in kind.identity and values.get(column.key) not in (None, "")
        )
        self.works.append(Work(Step(kind, What.NEW, name, row.number, told), values=values))

    def _present(self, found: Sheet, row: Row, present: Standing, cells: Mapping[str, str], given: str | None) -> None:
        kind = present.kind
        changed = [column for column in kind.told if cells[column.key] != present.cells[column.key]]
        if not changed:
            return
        if given is not None and given != spreadsheet.digest(present.cells.values()):
            # Somebody changed the row in e-MES after the workbook was made.
            if given == spreadsheet.digest(cells.values()):
                self.stay.append(present.name)
            else:
                fault = N_(
                    "%(name)s was changed in e-MES after this workbook was made, and in the workbook too. Download the set again."
                )
                self._fault(found, row.number, "row", Conflict(fault, name=present.name))
            return
        for column in changed:
            if column.key in kind.identity:
                fault = N_("This can't be changed. Take the row out of use and add a new one below.")
                self._fault(found, row.number, column.key, Refused(fault))
        values = self._values(found, row, [column for column in changed if column.key not in kind.identity])
        differences = tuple(
            Difference(column, present.cells[column.key], spreadsheet.as_cell(column, values[column.key]))
            for column in changed
            if column.key in values
        )
        if differences:
            retired = any(one.column.key == "active" and one.new == "no" for one in differences)
            what = What.RETIRED if retired else What.CHANGED
            step = Step(kind, what, present.name, row.number, differences, self._offices(present))
            self.works.append(Work(step, present.entity, values))

    def _gone(self, kind: Kind, gone: Mapping[str, Standing]) -> None:
        """Rows that the workbook was given and that are not in it any more."""
        given = {number for number in self.marks.get(f"rows:{kind.key}", "").split(",") if number}
        for name, present in gone.items():
            if str(present.entity.id) not in given:
                continue
            if not hasattr(present.entity, "active"):
                self._level_gone(kind, name, present)
            elif present.entity.active:
                step = Step(kind, What.RETIRED, name, None, (), self._offices(present))
                self.works.append(Work(step, present.entity, {"active": False}))

    def _level_gone(self, kind: Kind, name: str, present: Standing) -> None:
        offices = self._offices(present)
        if offices:
            fault = N_(
                "%(name)s is gone from the workbook, but %(offices)d offices report on this indicator: put the level back"
            )
            title = self.sheets[kind.key].title
            self.problems.append(Problem(Message(fault, {"name": name, "offices": offices}), title))
        else:
            self.works.append(Work(Step(kind, What.REMOVED, name, None), present.entity))

    def _offices(self, present: Standing) -> int:
        entity = present.entity
        if isinstance(entity, Part):
            return max((self._reports(row.id) for row in entity.indicators), default=0)
        return self._reports(entity.id if isinstance(entity, Indicator) else entity.indicator_id)

    def _reports(self, indicator_id: int) -> int:
        return self.now.reports.get(indicator_id, Reports()).offices
