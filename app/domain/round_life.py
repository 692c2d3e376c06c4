"""The life of a round: preparing → open → closed → in review → published → archived.

Opening and closing follow the clock; the steps that change what people see or may do are taken by hand, each saying beforehand what it
will do. What is stored is the `Stage`; what people read is the `Standing`, stage and clock in one word."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.deadlines import Phase, Window, phase
from app.domain.errors import N_


class Stage(StrEnum):
    """How far the centre has brought a round. Offices see it from RUNNING on."""

    PREPARING = "preparing"
    RUNNING = "running"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Standing(StrEnum):
    """Where a round stands, for people."""

    PREPARING = "preparing"
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


STANDING_NAMES = {
    Standing.PREPARING: N_("Being prepared"),
    Standing.UPCOMING: N_("Not open yet"),
    Standing.OPEN: N_("Open"),
    Standing.CLOSED: N_("Closed"),
    Standing.REVIEW: N_("In review"),
    Standing.PUBLISHED: N_("Published"),
    Standing.ARCHIVED: N_("Archived"),
}


def standing(stage: str, window: Window, now: datetime) -> Standing:
    """Where a round stands at this moment."""
    if stage != Stage.RUNNING:
        return Standing(stage)
    return {Phase.UPCOMING: Standing.UPCOMING, Phase.OPEN: Standing.OPEN, Phase.CLOSED: Standing.CLOSED}[phase(window, now)]
