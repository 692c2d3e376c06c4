"""What synthetic reports hold when they are to be worked on, not only counted: every field, two files each, and people who sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select
from werkzeug.security import generate_password_hash

from app.domain.access import Duty
from app.extensions import db
from app.models import Answer, Area, Evidence, Indicator, Quantity, Round, Submission
from app.services import accounts
from app.services.seeding import DEMO_PASSWORD

# The fields of a report, in Thai where people write.
_FIELDS = {
    "criterion.1.complete": "true",
    "criterion.2.complete": "true",
    "problems": "โรงเรียนขนาดเล็กในพื้นที่ห่างไกลมีครูไม่ครบชั้น ต้องใช้การเรียนรวม " * 6,
    "self_level": "4",
    "reporter_name": "ผู้รายงานวัดสมรรถนะ",
    "reporter_position": "นักวิชาการศึกษาชำนาญการพิเศษ",
    "reporter_phone": "044123456",
    "quantity.schools": "12",
    "quantity.pupils": "340",
}
_BOXES = {"schools": ("จำนวนโรงเรียน", "โรงเรียน"), "pupils": ("จำนวนนักเรียน", "คน")}
_FILE_BYTES = 250_000
_BATCH = 5_000


def fill(found: Round) -> dict[str, int]:
    """Give every indicator of a round two figures, every report its fields and a file for each of its two issues. Answers how many rows
    of each."""
    boxes = [
        {"indicator_id": indicator_id, "key": key, "label_th": label, "unit_th": unit, "sort_order": order}
        for indicator_id in db.session.scalars(select(Indicator.id).where(Indicator.round_id == found.id))
        for order, (key, (label, unit)) in enumerate(_BOXES.items(), start=1)
    ]
    db.session.execute(insert(Quantity), boxes)
    columns = ["area_id", "submission_id", "field_key", "value", "version", "changed_at", "changed_by_name"]
    reports = list(
        db.session.execute(
            select(Submission.id, Submission.area_id, Submission.changed_at).where(Submission.round_id == found.id)
        )
    )
    for key, value in _FIELDS.items():
        source = select(
            Submission.area_id, Submission.id, literal(key), literal(value), literal(1), Submission.changed_at, literal("")
        ).where(Submission.round_id == found.id)
        db.session.execute(insert(Answer).from_select(columns, source, include_defaults=False))
    files = _files([(row.id, row.area_id, row.changed_at) for row in reports])
    while batch := list(islice(files, _BATCH)):
        db.session.execute(insert(Evidence), batch)
    return {"answers": len(reports) * len(_FIELDS), "files": len(reports) * 2}


def _files(reports: list[tuple[int, int, datetime]]) -> Iterator[dict[str, Any]]:
    for number, (submission_id, area_id, at) in enumerate(reports):
        for issue in (1, 2):
            place = number * 2 + issue
            yield {
                "id": UUID(int=(submission_id << 8) + issue),
                "submission_id": submission_id,
                "area_id": area_id,
                "slot": f"criterion.{issue}",
                "ordinal": 1,
                "original_name": f"คำสั่งแต่งตั้งคณะทำงาน ประเด็นที่ {issue}.pdf",
                "extension": "pdf",
                "media_type": "application/pdf",
                "size_bytes": _FILE_BYTES + place,
                "sha256": f"{(submission_id << 8) + issue:064x}",
                "page_count": 1,
                "storage_key": f"scale/{submission_id}-{issue}",
                "uploaded_at": at,
                "uploaded_by_name": "",
                "inspected_at": at,
            }


def people(offices: list[int]) -> None:
    """A coordinator of each office, `scale.<code of the office>@emes.test`, with the password of the demonstration."""
    password_hash = generate_password_hash(DEMO_PASSWORD)
    for area in db.session.scalars(select(Area).where(Area.id.in_(offices)).order_by(Area.id)):
        accounts.new_user(
            f"scale.{area.code.lower()}@emes.test",
            "ผู้ประสานงาน วัดสมรรถนะ",
            password_hash=password_hash,
            duties=[Duty.COORDINATOR],
            area_id=area.id,
        )
