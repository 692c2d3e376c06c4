"""Reminders of the jobs beside reporting whose moment has come: what sends each, and of which row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from app.domain.calendar import local
from app.queries import inspection, plan, recommendation
from app.services import inspections, project_reminders, recommending

Planned: TypeAlias = tuple[Callable[..., int], int]


def due(now: datetime) -> list[Planned]:
    """Reminders of projects and their quarters, of inspections and of answers to recommendations. Each is sent as `send(row_id, now=now)`."""
    return [
        *((project_reminders.remind, row_id) for row_id in plan.periods_to_tell(now)),
        *((inspections.remind, row_id) for row_id in inspection.due_to_remind(now)),
        *((recommending.remind, row_id) for row_id in recommendation.to_remind(local(now).date())),
    ]
