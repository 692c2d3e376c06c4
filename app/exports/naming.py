"""What files that were asked for are called, and how they are narrowed, in words. Pages need no more of them than that: what makes
the files brings libraries that a web process does without."""

from __future__ import annotations

from flask_babel import gettext

from app.domain.exporting import PRODUCT_NAMES, TABLES
from app.exports import tables
from app.models import Export
from app.models.area import KIND_NAMES, REGION_NAMES, AreaKind, Region
from app.queries.export import Wanted


def narrowing(wanted: Wanted) -> list[tuple[str, str]]:
    """How a file is narrowed, in words: [('ภาค', 'ภาคเหนือ')]."""
    where = wanted.where
    found = [
        (gettext("Region"), gettext(REGION_NAMES[Region(where.region)]) if where.region else ""),
        (gettext("Province"), where.province.replace("|", ", ")),
        (gettext("Kind"), gettext(KIND_NAMES[AreaKind(where.kind)]) if where.kind else ""),
        (gettext("Inspection cluster"), where.cluster),
        (gettext("Indicator"), where.indicator),
        (gettext("Office"), wanted.office),
    ]
    return [(name, value) for name, value in found if value]


def file_name(row: Export) -> str:
    """A name for people that tells files apart: 'e-MES 2566-6 สมุดผลรอบ P-CPM-3 (12).xlsx'."""
    name = tables.BY_KEY[row.product].title if row.kind in TABLES else PRODUCT_NAMES[row.kind]
    words = ["e-MES", row.round.code, gettext(name), row.about_area_code, f"({row.id})"]
    return " ".join(word for word in words if word) + f".{row.format}"
