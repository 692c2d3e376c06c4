"""What a label alone does not say stands below it, on every field of every sheet."""

from __future__ import annotations

import pytest

from app.domain import inspections, progress, project_fields, recommendations
from app.domain.project_fields import RowKind
from app.domain.sheets import Field, SheetKind

MOST_CHARACTERS = 90
FIELDS: dict[SheetKind, tuple[Field, ...]] = {
    SheetKind.PROJECT: project_fields.fields_of({kind: [1] for kind in RowKind}),
    SheetKind.PROGRESS: progress.fields_of([1], [1]),
    SheetKind.INSPECTION: tuple(
        field for state in inspections.ReportState for field in inspections.asked_of_report(state).fields
    ),
    SheetKind.ISSUE: inspections.asked_of_issue(asks_counts=True, unit="แห่ง").fields,
    SheetKind.RECOMMENDATION: recommendations.ASKED.fields,
}
# Fields that explain themselves.
WITHOUT = frozenset(
    {
        (SheetKind.PROJECT, "person.1.part"),  # its four answers say what each person does
    }
)


def test_every_kind_of_sheet_is_looked_at():
    assert set(FIELDS) == set(SheetKind)
    assert all(FIELDS.values())


@pytest.mark.parametrize("kind", SheetKind)
def test_every_field_has_a_hint_or_is_known_to_need_none(kind):
    assert {(kind, field.key) for field in FIELDS[kind] if not field.hint} == {known for known in WITHOUT if known[0] is kind}


@pytest.mark.parametrize("kind", SheetKind)
def test_a_hint_is_short_and_no_second_label(kind):
    for field in FIELDS[kind]:
        assert len(field.hint) <= MOST_CHARACTERS, field.key
        assert field.hint != field.label, field.key
        assert not field.hint.endswith("."), field.key
