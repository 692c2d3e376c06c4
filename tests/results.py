"""Results put straight into the database: figures, a publication over them, its letters, as if the centre had released them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask

from app.extensions import db, transaction
from app.models import (
    Area,
    Criterion,
    Dataset,
    DatasetRow,
    Indicator,
    Letter,
    Outcome,
    Part,
    Publication,
    Round,
    Submission,
)
from app.scope import whole_country
from app.storage import evidence_store
from tests.conftest import NOW
from tests.person import one_page_pdf

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Given:
    """What an office was given for an indicator."""

    level: int | None = 4
    self_level: int | None = 4
    comment: str = ""
    verdicts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_reported: bool = True


# Indicator → what was given for it.
Results = Mapping[str, Given]


def put_release(
    app: Flask,
    results: Mapping[str, Results],
    *,
    round_code: str = "2566-6",
    letters: Sequence[str] | None = None,
    release_at: datetime | None = NOW - DAY,
    state: str = "released",
    held: Sequence[str] = (),
    replaces: int | None = None,
    storage_key: str = "",
    **values: Any,
) -> dict[str, int]:
    """Figures of offices by their codes, and a letter to each (or to `letters`). Answers the letters' ids by office."""
    with app.app_context(), whole_country("a test publishes results"), transaction():
        found = db.session.query(Round).filter_by(code=round_code).one()
        asked = {row.full_code: row for row in db.session.query(Indicator).filter_by(round_id=found.id)}
        offices = {row.code: row for row in db.session.query(Area).filter(Area.code.in_(results))}
        number = db.session.query(Dataset).filter_by(round_id=found.id).count() + 1
        rows = [
            (offices[code], asked[name], given) for code, given_here in results.items() for name, given in given_here.items()
        ]
        dataset = Dataset(
            round_id=found.id, number=number, as_of=values.pop("as_of", NOW - 2 * DAY), row_count=len(rows), digest="0" * 64
        )
        db.session.add(dataset)
        db.session.flush()
        db.session.add_all([_row(dataset, *row) for row in rows])
        usual = {
            "dated_on": date(2026, 11, 19),
            "appeals_from": date(2026, 11, 19),
            "appeals_until": date(2026, 12, 3),
            "answer_days": 10,
        }
        publication = Publication(
            round_id=found.id,
            number=number,
            dataset_id=dataset.id,
            state=state,
            created_at=NOW - 2 * DAY,
            release_at=release_at,
            **(usual | values),
        )
        db.session.add(publication)
        db.session.flush()
        made = {
            code: Letter(
                publication_id=publication.id,
                round_id=found.id,
                area_id=offices[code].id,
                letter_number=f"ศธ ๐๔๐๐๓/{1197 + place}",
                held=code in held,
                storage_key=storage_key,
                state="made" if storage_key else "waiting",
                content={},
                replaces_id=replaces,
            )
            for place, code in enumerate(letters if letters is not None else results)
        }
        db.session.add_all(made.values())
        db.session.flush()
        return {code: letter.id for code, letter in made.items()}


def _row(dataset: Dataset, office: Area, indicator: Indicator, given: Given) -> DatasetRow:
    return DatasetRow(
        dataset_id=dataset.id,
        area_id=office.id,
        indicator_id=indicator.id,
        area_code=office.code,
        kind=office.kind,
        region=office.region,
        full_code=indicator.full_code,
        is_reported=given.is_reported,
        self_level=given.self_level,
        level=given.level,
        basis="single" if given.level else "",
        comment=given.comment,
        verdicts={number: dict(said) for number, said in given.verdicts.items()},
    )


def keep_letter(app: Flask) -> str:
    """A PDF in the store, as the worker makes letters. Answers its key."""
    with app.app_context():
        return evidence_store().keep_bytes(one_page_pdf()).key


def put_outcome(app: Flask, submission_id: int, level: int, **values: Any) -> int:
    """The level that stands for a report. Answers its id."""
    with app.app_context(), whole_country("a test gives a level"), transaction():
        report = db.session.get_one(Submission, submission_id)
        row = Outcome(
            round_id=report.round_id,
            submission_id=report.id,
            area_id=report.area_id,
            indicator_id=report.indicator_id,
            level=level,
            **({"basis": "single", "verdicts": {}, "decided_at": NOW - 3 * DAY} | values),
        )
        db.session.add(row)
        db.session.flush()
        return row.id


def put_earlier_round(app: Flask, code: str = "2565-6", *, closed: datetime = NOW - 200 * DAY) -> None:
    """A round of before with the same QP-1 and QP-2 as the open one, unless it is there."""
    with app.app_context(), transaction():
        if db.session.query(Round).filter_by(code=code).count():
            return
        found = Round(code=code, fiscal_year_be=2565, months=6, name_th="รอบ 6 เดือน", name_en="6 months")
        found.opens_at, found.closes_at, found.stage = closed - 30 * DAY, closed, "published"
        db.session.add(found)
        db.session.flush()
        part = Part(round_id=found.id, code="QP", name_th="ส่วนที่ 1", name_en="Part 1")
        db.session.add(part)
        db.session.flush()
        for place, name in enumerate(("QP-1", "QP-2"), start=1):
            row = Indicator(part_id=part.id, round_id=found.id, code=name[3:], full_code=name, text_th=f"ตัวชี้วัด {name}")
            row.sort_order = place
            db.session.add(row)
            db.session.flush()
            for number in (1, 2, 3):
                db.session.add(Criterion(indicator_id=row.id, number=number, text_th=f"ประเด็น {number}"))
