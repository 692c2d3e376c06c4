"""Education service area offices. Source: domain/areas.csv."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.errors import N_
from app.extensions import Model


class AreaKind(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"


class Region(StrEnum):
    """The four LINE groups of the manual (§7)."""

    NORTH = "north"
    NORTHEAST = "northeast"
    CENTRAL_EAST = "central_east"
    SOUTH = "south"


KIND_NAMES = {AreaKind.PRIMARY: N_("Primary"), AreaKind.SECONDARY: N_("Secondary")}
REGION_NAMES = {
    Region.NORTH: N_("North"),
    Region.NORTHEAST: N_("Northeast"),
    Region.CENTRAL_EAST: N_("Central and East"),
    Region.SOUTH: N_("South"),
}


class Area(Model):
    """One of the 245 offices. `sort_order` is its rank by Thai collation; provinces are joined with '|', the seat first."""

    __tablename__ = "area"
    __table_args__ = (
        CheckConstraint("kind IN ('primary', 'secondary')", name="kind_known"),
        CheckConstraint("region IN ('north', 'northeast', 'central_east', 'south')", name="region_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    name_th: Mapped[str] = mapped_column(String(160), unique=True)
    short_th: Mapped[str] = mapped_column(String(80), unique=True)
    name_en: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(12))
    provinces_th: Mapped[str] = mapped_column(String(200))
    provinces_en: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(16), index=True)
    inspection_cluster: Mapped[int | None]
    obec_area_code: Mapped[str | None] = mapped_column(String(8))
    sort_order: Mapped[int] = mapped_column(index=True)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def short_name(self) -> dict[str, str]:
        """The office's short name by language."""
        return {"th": self.short_th, "en": self.name_en}

    def __repr__(self) -> str:
        return self.short_th
