"""How much of its room an office uses: bytes of its living files, each once however many rows name it."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select

from app.domain import calendar
from app.extensions import db
from app.models import Area, Evidence, Round, Sheet, SheetFile, Submission


def _of_reports() -> Select[tuple[int, str, int]]:
    living = select(Evidence.area_id, Evidence.storage_key, Evidence.size_bytes).where(Evidence.deleted_at.is_(None))
    return living.join(Submission, Submission.id == Evidence.submission_id).distinct()


def used_in_round(area_id: int, round_id: int) -> int:
    """Bytes of the files of an office's reports in a round."""
    return int(db.session.scalar(_used_in_round(), {"area_id": area_id, "round_id": round_id}) or 0)


@cache
def _used_in_round() -> Select[tuple[int]]:
    """Put together once: every upload asks it, twice."""
    here = (Evidence.area_id == bindparam("area_id"), Submission.round_id == bindparam("round_id"))
    each = _of_reports().where(*here).subquery()
    return select(func.coalesce(func.sum(each.c.size_bytes), 0))


def used_in_year(area_id: int, moment: datetime) -> int:
    """Bytes of the files of an office's sheets that were begun in the fiscal year of a moment."""
    begins, ends = calendar.fiscal_year_bounds(calendar.fiscal_year_be(calendar.local(moment).date()))
    each = (
        select(SheetFile.storage_key, SheetFile.size_bytes)
        .join(Sheet, Sheet.id == SheetFile.sheet_id)
        .where(SheetFile.area_id == area_id, SheetFile.deleted_at.is_(None))
        .where(Sheet.started_at >= begins, Sheet.started_at < ends)
        .distinct()
        .subquery()
    )
    return int(db.session.scalar(select(func.coalesce(func.sum(each.c.size_bytes), 0))) or 0)


def used_by_office(found: Round) -> list[tuple[Area, int, int]]:
    """Every office that sent files in a round with how many and their bytes, the largest first."""
    each = _of_reports().where(Submission.round_id == found.id).subquery()
    total = func.sum(each.c.size_bytes)
    statement = select(Area, func.count(), total).join(each, each.c.area_id == Area.id).group_by(Area.id)
    return [(area, count, int(size)) for area, count, size in db.session.execute(statement.order_by(total.desc(), Area.code))]
