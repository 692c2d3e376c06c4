"""Files that an office has sent before, for whatever job, to be used once more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, null, or_, select, union_all

from app.domain import evidence, paging
from app.domain.thai import single_line
from app.extensions import db
from app.models import Evidence, Indicator, Round, Sheet, SheetFile, Submission
from app.models.kept_file import KeptFile
from app.queries.submission import Target

FILES_A_PAGE = 20


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: words of a name, an indicator, a round."""

    words: str = ""
    indicator_code: str = ""
    round_code: str = ""


@dataclass(frozen=True)
class Shelved:
    """A file on the shelf: what it is, and for what it was sent first: an issue of an indicator in a round, or a kind of sheet."""

    id: UUID
    original_name: str
    extension: str
    size_bytes: int
    page_count: int | None
    uploaded_at: datetime
    slot: str
    round_id: int | None
    round_name_th: str | None
    round_name_en: str | None
    fiscal_year_be: int | None
    indicator_code: str | None
    sheet_kind: str | None


@dataclass(frozen=True)
class Shelf:
    """One page of the files that may be used in a slot, the newest first."""

    files: list[Shelved]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return paging.pages(self.count, FILES_A_PAGE)


def _columns(model: type[Evidence] | type[SheetFile]) -> list[ColumnElement[Any]]:
    names = ("id", "original_name", "extension", "size_bytes", "page_count", "uploaded_at", "slot", "storage_key", "sha256")
    return [getattr(model, name).label(name) for name in names]


def _named(statement: Select[Any], model: type[KeptFile], wanted: Wanted) -> Select[Any]:
    for word in single_line(wanted.words).split()[:8]:
        statement = statement.where(model.original_name.icontains(word, autoescape=True))
    return statement


def _of_reports(area_id: int, wanted: Wanted, round_id: int | None) -> Select[Any]:
    """Living files of reports; those of a rehearsal are offered in that rehearsal alone."""
    statement = (
        select(
            *_columns(Evidence),
            Round.id.label("round_id"),
            Round.name_th.label("round_name_th"),
            Round.name_en.label("round_name_en"),
            Round.fiscal_year_be.label("fiscal_year_be"),
            Indicator.full_code.label("indicator_code"),
            null().label("sheet_kind"),
            Evidence.cites_id.is_not(None).label("is_citation"),
        )
        .select_from(Evidence)
        .join(Evidence.submission)
        .join(Submission.indicator)
        .join(Submission.round)
        .where(Evidence.area_id == area_id, Evidence.deleted_at.is_(None))
        .where(or_(Round.is_rehearsal.is_(False), Round.id == round_id))
    )
    if wanted.indicator_code:
        statement = statement.where(Indicator.full_code == wanted.indicator_code)
    if wanted.round_code:
        statement = statement.where(Round.code == wanted.round_code)
    return _named(statement, Evidence, wanted)


def _of_sheets(area_id: int, wanted: Wanted) -> Select[Any]:
    statement = (
        select(
            *_columns(SheetFile),
            *(
                null().label(name)
                for name in ("round_id", "round_name_th", "round_name_en", "fiscal_year_be", "indicator_code")
            ),
            Sheet.kind.label("sheet_kind"),
            literal(False).label("is_citation"),
        )
        .select_from(SheetFile)
        .join(SheetFile.sheet)
        .where(SheetFile.area_id == area_id, SheetFile.deleted_at.is_(None))
    )
    return _named(statement, SheetFile, wanted)


def _shelf(
    area_id: int, wanted: Wanted, page: int, there: Collection[str], kinds: Collection[str], round_id: int | None
) -> Shelf:
    """The office's files, each once however often it was used, without those whose bytes lie there already."""
    parts = [_of_reports(area_id, wanted, round_id)]
    if not wanted.indicator_code and not wanted.round_code:
        parts.append(_of_sheets(area_id, wanted))
    sent = union_all(*parts).subquery()
    place = func.row_number().over(
        partition_by=sent.c.storage_key, order_by=(sent.c.is_citation, sent.c.uploaded_at, sent.c.slot)
    )
    ranked = select(sent, place.label("place")).where(sent.c.sha256.not_in(there), sent.c.extension.in_(kinds)).subquery()
    first = select(ranked).where(ranked.c.place == 1)
    count = db.session.scalar(select(func.count()).select_from(first.subquery())) or 0
    page = paging.within(page, count, FILES_A_PAGE)
    rows = db.session.execute(
        first.order_by(ranked.c.uploaded_at.desc(), ranked.c.slot, ranked.c.original_name, ranked.c.id)
        .offset((page - 1) * FILES_A_PAGE)
        .limit(FILES_A_PAGE)
    ).mappings()
    files = [Shelved(**{name: row[name] for name in Shelved.__dataclass_fields__}) for row in rows]
    return Shelf(files, count, page)


def usable(target: Target, there: Collection[str], slot: str, wanted: Wanted, page: int) -> Shelf:
    """The files that this office may use in a slot of a report, in two statements. `there` are the checksums of those that lie
    in it already. A page beyond the last is the last."""
    kinds = ("pdf",) if slot == evidence.PA_LESSON else tuple(evidence.MEDIA_KINDS)
    return _shelf(target.area.id, wanted, page, there, kinds, target.round.id)


def usable_in_sheet(sheet: Sheet, slot: str, wanted: Wanted, page: int) -> Shelf:
    """The same for a slot of a sheet, which takes every kind."""
    there = [row.sha256 for row in sheet.files if row.slot == slot]
    return _shelf(sheet.area_id, wanted, page, there, tuple(evidence.MEDIA_KINDS), None)


def sent_for(area_id: int) -> list[tuple[Round, str]]:
    """What this office has ever sent files for: each round and indicator once, the latest round first."""
    statement = (
        select(Round, Indicator.full_code)
        .join(Submission, Submission.round_id == Round.id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .join(Evidence, Evidence.submission_id == Submission.id)
        .where(Submission.area_id == area_id, Evidence.deleted_at.is_(None))
        .group_by(Round.id, Indicator.full_code, Indicator.sort_order)
        .order_by(Round.closes_at.desc(), Indicator.sort_order, Indicator.full_code)
    )
    return [(found, code) for found, code in db.session.execute(statement)]
