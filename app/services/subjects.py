"""Which kind of sheet is asked what: from a sheet to its subject, whatever it is of."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.errors import NotFound
from app.domain.sheets import SheetKind
from app.models import Sheet
from app.queries import sheet as sheet_queries
from app.services import inspecting, project_subjects, recommending
from app.services.sheets import Subject

_LOADERS: dict[SheetKind, Callable[[Sheet], Subject]] = {
    SheetKind.PROJECT: project_subjects.project_of_sheet,
    SheetKind.PROGRESS: project_subjects.progress_of_sheet,
    SheetKind.INSPECTION: inspecting.report_subject,
    SheetKind.ISSUE: inspecting.entry_subject,
    SheetKind.RECOMMENDATION: recommending.subject_of,
}


def find(sheet_id: int) -> Subject:
    """A sheet with all it asks. Raises NotFound where it is another office's."""
    return _of(sheet_queries.find(sheet_id))


def held(sheet_id: int) -> Subject:
    """The same, held for this transaction."""
    return _of(sheet_queries.held(sheet_id))


def _of(sheet: Sheet | None) -> Subject:
    if sheet is None:
        raise NotFound
    return _LOADERS[SheetKind(sheet.kind)](sheet)
