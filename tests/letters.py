"""A round that was reported and reviewed, put straight into the database, and what the centre does with it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, update

from app import scope
from app.domain.access import Actor, Duty
from app.extensions import db, transaction
from app.models import Area, HandIn, Indicator, Outcome, Publication, Round, Submission
from app.queries import publication as publications
from app.services import datasets, drafting
from app.services.drafting import Settings
from app.signing import signer
from tests.conftest import NOW

ROUND = "2566-6"
CENTRE = Actor(user_id=None, duties=frozenset({Duty.CENTRAL}), name="ส่วนกลาง สาธิต", sees_all_areas=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICES = ("P-CPM-3", "P-CPM-2", "S-CPM")
COMMENT = "ดำเนินการครบถ้วนและมีหลักฐานชัดเจน ควรเผยแพร่ให้เขตอื่น"
NOTE = "ไม่พบหลักฐานการติดตามหลังการอบรม ปีที่ 2"


def to_stage(stage: str) -> None:
    """Bring the round of the demonstration to a stage."""
    with transaction():
        db.session.execute(update(Round).where(Round.code == ROUND).values(stage=stage))


def self_level_of(area_id: int, indicator_id: int) -> int:
    return 1 + (area_id * 7 + indicator_id * 3) % 5


def level_of(area_id: int, indicator_id: int) -> int:
    return max(1, self_level_of(area_id, indicator_id) - (area_id + indicator_id) % 2)


def some_offices(count: int) -> list[str]:
    """The codes of the first offices in Thai order."""
    return list(db.session.scalars(select(Area.code).where(Area.active).order_by(Area.sort_order).limit(count)))


def reviewed_round(*offices: str, stage: str = "review", only: Collection[str] = ()) -> None:
    """Every report of these offices handed in and settled two days ago, but for the last indicator, which nothing came of. Without a
    name, of all offices of the country; `only` these indicators, all of them settled."""
    with scope.whole_country("a test reviews a round"), transaction():
        found = db.session.scalars(select(Round).where(Round.code == ROUND)).one()
        indicators = list(db.session.scalars(select(Indicator).where(Indicator.round_id == found.id).order_by(Indicator.id)))
        areas = list(db.session.scalars(select(Area).where(Area.code.in_(offices) if offices else Area.active)))
        at = NOW - 3 * DAY
        reports: list[dict[str, Any]] = [
            {"round_id": found.id, "area_id": area.id, "indicator_id": indicator.id, "state": "submitted"}
            | {"started_at": at, "changed_at": at, "submitted_at": at, "timing": "on_time"}
            for area in areas
            for indicator in indicators
            if indicator.applies_to_kind(area.kind) and (not only or indicator.full_code in only)
        ]
        for start in range(0, len(reports), 500):
            db.session.execute(insert(Submission), reports[start : start + 500])
        here = (Submission.round_id == found.id, Submission.area_id.in_([area.id for area in areas]))
        rows = list(db.session.scalars(select(Submission).where(*here).order_by(Submission.id)))
        sent = [
            {"submission_id": row.id, "area_id": row.area_id, "sequence": 1, "receipt_number": f"T-{row.id}"}
            | {
                "handed_in_at": at,
                "handed_in_by_name": "ผู้รายงาน",
                "content": {"fields": {"self_level": str(self_level_of(row.area_id, row.indicator_id))}},
            }
            for row in rows
        ]
        settled = [
            outcome(row, level_of(row.area_id, row.indicator_id), at + DAY)
            for row in rows
            if only or row.indicator_id != indicators[-1].id
        ]
        for model, values in ((HandIn, sent), (Outcome, settled)):
            for start in range(0, len(values), 500):
                db.session.execute(insert(model), values[start : start + 500])
        found.stage = stage


def outcome(row: Submission, level: int, at: datetime, **more: Any) -> dict[str, Any]:
    """The values of an outcome of a report."""
    verdicts = {
        "1": {"verdict": "complete", "note": ""},
        "2": {"verdict": "partial" if level < 4 else "complete", "note": NOTE if level < 4 else ""},
    }
    return {
        "round_id": row.round_id,
        "submission_id": row.id,
        "area_id": row.area_id,
        "indicator_id": row.indicator_id,
        "level": level,
        "basis": "single",
        "reason": "เหตุผลภายใน",
        "comment": COMMENT if level >= 4 else "ควรเร่งรัด",
        "verdicts": verdicts,
        "decided_at": at,
        "decided_by_name": "ผู้ประเมิน 1",
    } | more


def report(area: str, indicator: str) -> Submission:
    return db.session.scalars(
        select(Submission)
        .join(Area, Area.id == Submission.area_id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .join(Round, Round.id == Submission.round_id)
        .where(Area.code == area, Indicator.full_code == indicator, Round.code == ROUND)
    ).one()


def settle(area: str, indicator: str, level: int, at: datetime, **more: Any) -> None:
    """A level for a report, superseding the one that stands."""
    with scope.whole_country("a test settles"), transaction():
        row = report(area, indicator)
        db.session.execute(
            update(Outcome).where(Outcome.submission_id == row.id, Outcome.superseded_at.is_(None)).values(superseded_at=at)
        )
        db.session.execute(insert(Outcome), [outcome(row, level, at, **more)])


def unsettle(area: str, indicator: str, at: datetime) -> None:
    with scope.whole_country("a test unsettles"), transaction():
        row = report(area, indicator)
        db.session.execute(
            update(Outcome).where(Outcome.submission_id == row.id, Outcome.superseded_at.is_(None)).values(superseded_at=at)
        )


def hand_in_again(area: str, indicator: str, self_level: int, at: datetime) -> None:
    with scope.whole_country("a test hands in"), transaction():
        row = report(area, indicator)
        last = max(one.sequence for one in row.hand_ins)
        values = {
            "area_id": row.area_id,
            "submission_id": row.id,
            "sequence": last + 1,
            "receipt_number": f"T-{row.id}-{last + 1}",
        }
        content = {"fields": {"self_level": str(self_level)}}
        db.session.add(HandIn(**values, handed_in_at=at, handed_in_by_name="ผู้รายงาน 2", content=content))


def freeze(at: datetime = NOW, note: str = "") -> int:
    """Freeze the round; answers the number of the dataset."""
    with scope.acting_as(CENTRE), transaction():
        return datasets.freeze(ROUND, note, actor=CENTRE, now=at, signer=signer()).number


def settings(**more: Any) -> Settings:
    """Everything that a letter needs."""
    usual: dict[str, Any] = {
        "number_prefix": "ศธ 04003/",
        "first_number": 1197,
        "dated_on": date(2026, 11, 20),
        "signatory_name": "นางสาวตัวอย่าง ผู้ลงนาม",
        "appeals_from": date(2026, 11, 21),
        "appeals_until": date(2026, 12, 11),
        "answer_days": 10,
    }
    return Settings(**(_composed() | usual | more))


def _composed() -> dict[str, Any]:
    found = db.session.scalars(select(Publication).order_by(Publication.id.desc()).limit(1)).one()
    return {name: getattr(found, name) for name in ("subject", "opening", "closing", "signatory_position", "contact")}


def drafted(number: int | None = None, at: datetime = NOW, **more: Any) -> int:
    """A publication drafted over a dataset, its letters numbered; answers its id."""
    from app.queries import dataset as dataset_queries

    number = number or freeze(at)
    with scope.acting_as(CENTRE):
        with transaction():
            made = drafting.draft(dataset_queries.find(ROUND, number), actor=CENTRE, now=at)
            publication_id = made.id
        with transaction():
            drafting.set_up(publication_id, settings(**more), actor=CENTRE, now=at)
        return publication_id


def numbers(publication_id: int) -> dict[str, str]:
    """The numbers of the letters by office, in their order."""
    with scope.acting_as(CENTRE):
        return {letter.area.code: letter.letter_number for letter in publications.letters_of(publication_id)}


def in_app(app: Flask) -> Any:
    """The application's context, as the centre."""
    return app.app_context()
