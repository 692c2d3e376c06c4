"""The board's answer to its own script: figures, and the reports that changed, as they stand now."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from app.domain.calendar import as_utc
from app.domain.deadlines import Phase, phase
from app.formatting import clock, language, number
from app.models import Round
from app.queries import board_cells
from app.queries.board import Filter
from app.queries.board_cells import Cell, Marks
from app.queries.board_figures import MOST_CHANGES, Change, Figures, Version
from app.views.monitor_page import GLYPHS, MOST_DRAWN, label_of, look_of

LAST_DAY = timedelta(days=1)
EVERY_SECONDS, EVERY_SECONDS_ON_THE_LAST_DAY, EVERY_SECONDS_OF_MANY = 120, 20, 300
# What was being written when the last answer was made is told with the next one.
OVERLAP = timedelta(minutes=2)


def every_seconds(found: Round, offices: int, now: datetime) -> int:
    """How often the page asks; 0 where nothing can change, seldom where counting takes a second."""
    window = found.window
    if phase(window, now) is Phase.UPCOMING or as_utc(now) > window.ends_at + LAST_DAY:
        return 0
    if offices > MOST_DRAWN:
        return EVERY_SECONDS_OF_MANY
    return EVERY_SECONDS_ON_THE_LAST_DAY if window.deadline - as_utc(now) < LAST_DAY else EVERY_SECONDS


def tag(version: Version, wanted: Filter, now: datetime) -> str:
    """What an answer is known by: it changes with any change of the round, and when the deadline passes."""
    overdue = as_utc(now) >= version.round.window.deadline
    told = f"{version.mark}|{wanted.args()}|{language()}|{overdue}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def since_of(text: str) -> datetime | None:
    """From when on changes are asked for; None for no changes."""
    try:
        return as_utc(datetime.fromisoformat(text)) - OVERLAP
    except (ValueError, OverflowError):
        return None


def texts_of(figures: Figures) -> dict[str, str]:
    """The figures above the board, as they are written, by the names that the template gives them."""
    total = figures.total
    progress = total.progress
    return {
        "percent": f"{total.percent}%",
        "sent": number(progress.sent),
        "asked": number(progress.asked),
        "complete": number(total.complete),
        "offices": number(total.offices),
        "silent": number(total.silent),
        "ready": number(progress.ready),
        "returned": number(progress.returned),
        "late": number(total.late),
    }


def answer(found: Round, figures: Figures, now: datetime) -> dict[str, Any]:
    """The whole answer. Where more changed than one answer holds, the page is told to read all anew."""
    marks = board_cells.extensions(found) if figures.changes else Marks()
    return {
        "reload": len(figures.changes) >= MOST_CHANGES,
        "at": now.isoformat(),
        "time": clock(now),
        "figures": texts_of(figures),
        "share": figures.total.percent,
        "indicators": {key: tally.percent for key, tally in figures.by_indicator.items()},
        "cells": [_cell(found, change, marks, now) for change in figures.changes],
    }


def _cell(found: Round, change: Change, marks: Marks, now: datetime) -> dict[str, Any]:
    cell = Cell(change.state, change.begun, change.missing_count, change.timing)
    window = marks.window(found, change.area_id, change.indicator_id)
    longer, overdue = window.extended is not None, as_utc(now) >= window.deadline
    return {
        "area": change.area_code,
        "indicator": change.indicator_id,
        "status": cell.status,
        "look": look_of(cell.status, late=cell.is_late, overdue=overdue, longer=longer),
        "glyph": GLYPHS.get(cell.status, ""),
        "label": label_of("", cell.status, cell, overdue=overdue, longer=longer),
    }
