"""Files made for people: workbooks, tables, PDFs, archives. Only here are their writers imported.

Those that draw workbooks and Word documents bring openpyxl, numpy and python-docx along, 40 MiB that a process which only answers
pages does without: `exports.results` is imported when it is used first."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.exports import (
        call_list,
        indicator_set,
        inspection_books,
        inspection_paper,
        project_board,
        project_book,
        reading,
        results,
        working_copy,
    )

__all__ = [
    "call_list",
    "indicator_set",
    "inspection_books",
    "inspection_paper",
    "project_board",
    "project_book",
    "reading",
    "results",
    "working_copy",
]


def __getattr__(name: str) -> ModuleType:
    """A module of the list above, from its first use on."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(name)
