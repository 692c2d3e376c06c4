"""Whom something published is for, and who reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.domain.errors import N_


class Audience(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"


AUDIENCE_NAMES = {Audience.PUBLIC: N_("Everyone"), Audience.SIGNED_IN: N_("Signed-in users")}


class Addressed(Protocol):
    """Anything that is published for some and not for others."""

    audience: str
    for_kind: str | None
    for_region: str | None
    for_centre: bool


@dataclass(frozen=True)
class Reader:
    """Who looks at what is published: a stranger, somebody of an office of a kind and region, or somebody who sees all offices.

    `is_centre` is for the centre's own staff; evaluators and analysts see what is for offices, and not what is for the centre."""

    signed_in: bool = False
    kind: str = ""
    region: str = ""
    sees_all_areas: bool = False
    is_centre: bool = False

    def may_read(self, row: Addressed) -> bool:
        """Whether this is for the reader."""
        if row.audience == Audience.PUBLIC:
            return True
        if not self.signed_in or (row.for_centre and not self.is_centre):
            return False
        fits = row.for_kind in (None, "", self.kind) and row.for_region in (None, "", self.region)
        return self.sees_all_areas or fits


def reaches_every_office(row: Addressed, kind: str = "both") -> bool:
    """Whether each office, or each one of a kind, may read it."""
    return not row.for_centre and not row.for_region and row.for_kind in (None, "", kind)


def is_narrow(row: Addressed) -> bool:
    """Whether it is for less than every signed-in person."""
    return bool(row.for_kind or row.for_region or row.for_centre)
