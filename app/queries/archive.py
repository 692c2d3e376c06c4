"""What goes into an archive of a round: what each office had handed in at a moment, as plain data, office by office."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.domain.indicator_version import Asked
from app.domain.scanning import ScanState
from app.extensions import db
from app.models import Area, Evidence, HandIn, Indicator, IndicatorVersion, Part, Round, Submission
from app.models.indicator import AppliesTo
from app.queries import indicator_set as indicator_sets
from app.queries import indicator_version as versions
from app.queries.dataset import has_lapsed, latest_hand_in
from app.queries.submission import named


@dataclass(frozen=True)
class SentFile:
    """A file as it was listed when its report was handed in: `size` in bytes, `sha256` in hex. `storage_key` says where the bytes lie,
    None where the system knows nothing of them any more; `page_count` is None where no pages were counted; `scan_state` is what became of the
    search for viruses."""

    id: str
    slot: str
    name: str
    size: int
    sha256: str
    place: str = ""
    page_count: int | None = None
    storage_key: str | None = None
    scan_state: str = ScanState.RECEIVED.value


@dataclass(frozen=True)
class Sheet:
    """A report as it was handed in, with what its indicator asked then: all that its paper says. Round and office are named as they
    were called at that moment."""

    round: Mapping[str, Any]
    area: Mapping[str, Any]
    full_code: str
    asked: Asked
    receipt_number: str
    code: str
    handed_in_at: datetime
    handed_in_by: str
    timing: str
    fields: Mapping[str, str | None]
    files: tuple[SentFile, ...]

    def files_of(self, slot: str) -> list[SentFile]:
        return [file for file in self.files if file.slot == slot]


@dataclass(frozen=True)
class Line:
    """An indicator that an office is asked to report, and its report where one was handed in."""

    full_code: str
    text_th: str
    text_en: str
    sheet: Sheet | None


@dataclass(frozen=True)
class Dossier:
    """What an office handed in of a round, beside everything that it was asked; both names as they are today."""

    round: Mapping[str, Any]
    area: Mapping[str, Any]
    short_name: str
    moment: datetime
    lines: tuple[Line, ...]

    @property
    def sheets(self) -> list[Sheet]:
        """The reports, in the order of the indicators."""
        return [line.sheet for line in self.lines if line.sheet is not None]


@dataclass(frozen=True)
class Size:
    """How much an archive holds: reports, files of evidence, and the bytes of these files."""

    reports: int = 0
    files: int = 0
    bytes: int = 0


def size_of(found: Round, area_ids: Collection[int], moment: datetime) -> Size:
    """How much these offices had handed in of a round at a moment, in one statement."""
    statement = _reports(found.id, moment, HandIn.content["evidence"]).where(
        Submission.area_id.in_(area_ids), HandIn.id.is_not(None)
    )
    listed = [files or [] for files in db.session.scalars(statement)]
    return Size(len(listed), sum(map(len, listed)), sum(file["size"] for files in listed for file in files))


def dossiers(found: Round, area_ids: Iterable[int], moment: datetime) -> Iterator[Dossier]:
    """These offices in Thai order with what they had handed in at a moment, two statements each. An office that is out of use is left out.

    What comes out holds no row of the session: a transaction may end between two offices."""
    past = _Past.of(found)
    areas = db.session.execute(
        select(Area.id, Area.code, Area.kind, Area.short_th, Area.name_th, Area.name_en)
        .where(Area.id.in_(list(area_ids)), Area.active)
        .order_by(Area.sort_order, Area.code)
    ).all()
    for area in areas:
        today = named(found, area)
        lines = _lines(today, past, area_id=area.id, moment=moment)
        yield Dossier(today["round"], today["area"], area.short_th, moment, lines)


@dataclass(frozen=True)
class _Past:
    """What the indicators of a round ask and asked before they were edited."""

    round_id: int
    current: Mapping[int, Asked]
    former: Mapping[tuple[int, int], Asked]

    @classmethod
    def of(cls, found: Round) -> _Past:
        """Read what is in force first: an edit that comes in between is then found among the former."""
        standings = indicator_sets.standing(found)
        ids = [row.entity.id for row in standings.rows["indicators"]]
        former = db.session.execute(
            select(IndicatorVersion.indicator_id, IndicatorVersion.number, IndicatorVersion.asked).where(
                IndicatorVersion.indicator_id.in_(ids)
            )
        )
        return cls(
            found.id,
            versions.asked_in(standings, ids),
            {(indicator_id, number): asked for indicator_id, number, asked in former},
        )

    def asked(self, indicator_id: int, version: int) -> Asked:
        return self.former.get((indicator_id, version)) or self.current[indicator_id]


def _reports(round_id: int, moment: datetime, *columns: Any) -> Select[Any]:
    """Statement over the reports of a round that are asked for, with what counted as handed in of each at a moment."""
    return (
        select(*columns)
        .select_from(Area)
        .join(Indicator, Indicator.applies_to.in_((AppliesTo.BOTH, Area.kind)))
        .join(Part, Part.id == Indicator.part_id)
        .outerjoin(Submission, (Submission.area_id == Area.id) & (Submission.indicator_id == Indicator.id))
        .outerjoin(HandIn, latest_hand_in(moment) & ~has_lapsed(moment))
        .where(Indicator.round_id == round_id, Indicator.active, Part.active, Area.active)
    )


def _lines(today: Mapping[str, Any], past: _Past, *, area_id: int, moment: datetime) -> tuple[Line, ...]:
    columns = (
        Indicator.id,
        Indicator.full_code,
        Indicator.text_th,
        Indicator.text_en,
        Submission.id.label("submission_id"),
        HandIn.receipt_number,
        HandIn.code,
        HandIn.handed_in_at,
        HandIn.handed_in_by_name,
        HandIn.timing,
        HandIn.content,
    )
    statement = _reports(past.round_id, moment, *columns).where(Area.id == area_id)
    rows = db.session.execute(statement.order_by(Part.sort_order, Indicator.sort_order, Indicator.full_code)).all()
    kept = _kept([row.submission_id for row in rows if row.content is not None])
    return tuple(
        Line(
            row.full_code,
            row.text_th,
            row.text_en,
            None if row.content is None else _sheet(row, today, past, kept),
        )
        for row in rows
    )


def _kept(submission_ids: list[int]) -> dict[UUID, tuple[str, int | None, str]]:
    """Where the bytes of files lie, how many pages they have and what the search for viruses found, by id; those that were deleted since included."""
    statement = select(Evidence.id, Evidence.storage_key, Evidence.page_count, Evidence.scan_state).where(
        Evidence.submission_id.in_(submission_ids)
    )
    return {row.id: (row.storage_key, row.page_count, row.scan_state) for row in db.session.execute(statement)}


def _sheet(row: Any, today: Mapping[str, Any], past: _Past, kept: Mapping[UUID, tuple[str, int | None, str]]) -> Sheet:
    content: Mapping[str, Any] = today | row.content
    return Sheet(
        round=content["round"],
        area=content["area"],
        full_code=row.full_code,
        asked=past.asked(row.id, content.get("indicator", {}).get("version", 1)),
        receipt_number=row.receipt_number,
        code=row.code,
        handed_in_at=row.handed_in_at,
        handed_in_by=row.handed_in_by_name,
        timing=row.timing,
        fields=content.get("fields", {}),
        files=tuple(_file(listed, kept) for listed in content.get("evidence", [])),
    )


def _file(listed: Mapping[str, Any], kept: Mapping[UUID, tuple[str, int | None, str]]) -> SentFile:
    file = SentFile(
        id=listed["id"],
        slot=listed["slot"],
        name=listed["name"],
        size=listed["size"],
        sha256=listed["sha256"],
        place=listed.get("place") or "",
    )
    key, pages, state = kept.get(UUID(file.id), (None, None, ScanState.RECEIVED.value))
    return replace(file, storage_key=key, page_count=pages, scan_state=state)
