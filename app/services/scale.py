"""Synthetic load: a round of its own with as many offices and indicators as are asked for, to measure on.

The offices that stand come first; only what they lack is added, under codes that begin with SCALE. The round is of the fiscal year 2590,
closes later than the demonstration's, and so is nowhere the current one. Earlier rounds, where several are asked for, are of the fiscal
years before and closed long ago. The same seed makes the same reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, case, cast, func, insert, literal, select

from app.domain import calendar
from app.domain.deadlines import Timing
from app.domain.errors import N_, Refused
from app.domain.workflow import State
from app.extensions import db
from app.models import Answer, Area, Criterion, HandIn, Indicator, Part, Round, Submission
from app.models.area import AreaKind, Region
from app.models.indicator import AppliesTo
from app.services import scale_filling

FISCAL_YEAR_BE = 2590
ROUND_CODE = f"{FISCAL_YEAR_BE}-6"
PREFIX = "SCALE"
MOST_AREAS, MOST_INDICATORS, MOST_ROUNDS = 100_000, 200, 20
_DAYS_A_YEAR = 365
_BATCH = 5_000
_ISSUES = 2
_OFFICES_A_PROVINCE = 40
# Stands for the number of a report in its text: no two reports say the same, as no two real ones do.
_NUMBER = "{number}"
_VARIANTS = 7
# Of every seven indicators the sixth is for primary offices only and the seventh for secondary ones, about as in the real set.
_LIMITED = {6: AppliesTo.PRIMARY, 0: AppliesTo.SECONDARY}
_SENTENCES = (
    "โรงเรียนขนาดเล็กในพื้นที่ห่างไกลมีครูไม่ครบชั้น ต้องใช้การเรียนรวม",
    "สัญญาณอินเทอร์เน็ตไม่เสถียร ทำให้การจัดเก็บข้อมูลล่าช้ากว่ากำหนด",
    "ขอให้ส่วนกลางจัดอบรมการใช้แบบรายงานก่อนเปิดรอบอย่างน้อยสองสัปดาห์",
    "งบประมาณนิเทศติดตามไม่เพียงพอต่อจำนวนโรงเรียนในความรับผิดชอบ",
    "ผู้ปกครองมีส่วนร่วมน้อยเนื่องจากย้ายถิ่นตามฤดูกาลเพาะปลูก",
)


def load(
    *,
    areas: int,
    indicators: int,
    random_seed: int,
    now: datetime,
    all_kinds: bool = False,
    rounds: int = 1,
    filled: bool = False,
) -> dict[str, int]:
    """Add the round with its offices, indicators and reports. Answers how many rows of each there are in it. With `all_kinds` every indicator
    is for every office, so that exactly areas × indicators reports are asked for. With `filled` every report is begun, holds all its fields
    and two files, and each office has a coordinator.

    Raises Refused where the round stands already: what was measured on is not changed under way."""
    if not (1 <= areas <= MOST_AREAS and 1 <= indicators <= MOST_INDICATORS and 1 <= rounds <= MOST_ROUNDS):
        raise Refused(N_("Between 1 and 100,000 offices and between 1 and 200 indicators can be made"))
    if db.session.scalar(select(Round.id).where(Round.code == ROUND_CODE)):
        raise Refused(N_("The round for measuring stands already: begin with an empty database"))
    chance = Random(random_seed)  # noqa: S311 - nothing secret
    offices = _areas(areas)
    made = Counter({"offices": len(offices), "indicators": indicators})
    for earlier in range(rounds):
        made.update(_one_round(_round(now, earlier), offices, indicators, chance, now, all_kinds=all_kinds, filled=filled))
    if filled:
        scale_filling.people([area_id for area_id, _ in offices])
    return dict(made)


def _one_round(
    found: Round,
    offices: list[tuple[int, str]],
    indicators: int,
    chance: Random,
    now: datetime,
    *,
    all_kinds: bool,
    filled: bool,
) -> dict[str, int]:
    """How many rows of each were made."""
    questions = _indicators(found, indicators, {} if all_kinds else _LIMITED)
    reports = 0
    for rows in _in_batches(_reports(found, offices, questions, chance, now, all_begun=filled)):
        db.session.execute(insert(Submission), rows)
        reports += len(rows)
    more = scale_filling.fill(found) if filled else {}
    if not filled:
        _answers(found)
    return {"reports": reports, "hand-ins": _hand_ins(found)} | more


def _in_batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _round(now: datetime, earlier: int) -> Round:
    """The round that is open, or one so many years before it."""
    today = calendar.local(now).date() - timedelta(days=_DAYS_A_YEAR * earlier)
    row = Round(
        code=ROUND_CODE.replace(str(FISCAL_YEAR_BE), str(FISCAL_YEAR_BE - earlier)),
        fiscal_year_be=FISCAL_YEAR_BE - earlier,
        months=6,
        name_th="รอบวัดสมรรถนะ",
        name_en="Round for measuring",
        opens_at=datetime.combine(today - timedelta(days=20), time(8, 30), calendar.zone()),
        closes_at=datetime.combine(today + timedelta(days=12), time(16, 30), calendar.zone()),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _indicators(found: Round, number: int, limited: dict[int, AppliesTo]) -> list[Indicator]:
    part = Part(round_id=found.id, code="QP", name_th="ตัวชี้วัดสำหรับวัดสมรรถนะ", name_en="Indicators for measuring")
    db.session.add(part)
    db.session.flush()
    rows = [
        Indicator(
            part_id=part.id,
            round_id=found.id,
            code=str(place),
            full_code=f"QP-{place}",
            text_th=f"ตัวชี้วัดสำหรับวัดสมรรถนะที่ {place}",
            text_en=f"Indicator {place} for measuring",
            applies_to=limited.get(place % 7, AppliesTo.BOTH).value,
            sort_order=place,
            criteria=[Criterion(number=issue, text_th=f"ประเด็นที่ {issue}") for issue in range(1, _ISSUES + 1)],
        )
        for place in range(1, number + 1)
    ]
    db.session.add_all(rows)
    db.session.flush()
    return rows


def _areas(number: int) -> list[tuple[int, str]]:
    """Ids and kinds of the first offices by name, with new ones where there are too few."""
    standing = select(Area.id, Area.kind).where(Area.active).order_by(Area.sort_order)
    lacking = number - (db.session.scalar(select(func.count()).select_from(Area).where(Area.active)) or 0)
    if lacking > 0:
        for rows in _in_batches(_new_areas(lacking)):
            db.session.execute(insert(Area), rows)
    return [(row.id, row.kind) for row in db.session.execute(standing.limit(number))]


def _new_areas(number: int) -> Iterator[dict[str, Any]]:
    last = db.session.scalar(select(func.max(Area.sort_order))) or 0
    regions = list(Region)
    for place in range(1, number + 1):
        province = (place - 1) // _OFFICES_A_PROVINCE + 1
        yield {
            "code": f"{PREFIX}-{place:05}",
            "name_th": f"สำนักงานเขตพื้นที่การศึกษาวัดสมรรถนะ {place}",
            "short_th": f"สพท.วัดสมรรถนะ {place}",
            "name_en": f"Measured office {place}",
            "kind": (AreaKind.SECONDARY if place % 4 == 0 else AreaKind.PRIMARY).value,
            "provinces_th": f"จังหวัดวัดสมรรถนะ {province}",
            "provinces_en": f"Measured province {province}",
            "region": regions[(province - 1) % len(regions)].value,
            "inspection_cluster": (province - 1) % 18 + 1,
            "sort_order": last + place,
            "active": True,
        }


def _reports(
    found: Round, offices: list[tuple[int, str]], questions: list[Indicator], chance: Random, now: datetime, *, all_begun: bool
) -> Iterator[dict[str, Any]]:
    """An office has a diligence of its own; some have begun nothing."""
    everything = _ISSUES * 2 + 6
    hours = int((min(now, found.closes_at) - found.opens_at).total_seconds() // 3600)
    for area_id, kind in offices:
        diligence = 0.0 if chance.random() < 0.02 else chance.betavariate(3, 1.4)
        for question in questions:
            begun = chance.random() < min(1.0, diligence * 1.25) or all_begun
            if not begun or not question.applies_to_kind(kind):
                continue
            state = State.SUBMITTED if chance.random() < diligence else State.DRAFT
            state = State.RETURNED if state is State.SUBMITTED and chance.random() < 0.004 else state
            at = found.opens_at + timedelta(hours=1 + chance.triangular(0, hours - 2, hours * 0.8))
            sent = state is not State.DRAFT
            yield {
                "round_id": found.id,
                "area_id": area_id,
                "indicator_id": question.id,
                "state": state.value,
                "started_at": at - timedelta(hours=1),
                "changed_at": at,
                "changed_by_name": "",
                "submitted_at": at if sent else None,
                "receipt_number": f"{PREFIX}-{found.fiscal_year_be}-{area_id}-{question.code}" if sent else "",
                "timing": Timing.ON_TIME.value if sent else "",
                "missing_count": 0 if sent or chance.random() < 0.15 else chance.randint(1, everything),
                "begun": True,
            }


def _answers(found: Round) -> None:
    """One answer for each report, so that it is begun by its content too."""
    columns = ["area_id", "submission_id", "field_key", "value", "version", "changed_at", "changed_by_name"]
    source = select(
        Submission.area_id, Submission.id, literal("self_level"), literal("4"), literal(1), Submission.changed_at, literal("")
    ).where(Submission.round_id == found.id)
    db.session.execute(insert(Answer).from_select(columns, source, include_defaults=False))


def _hand_ins(found: Round) -> int:
    """What was handed in stands in each: seven fields and a file for each issue, as real reports have them."""
    columns = ["area_id", "submission_id", "sequence", "receipt_number", "timing", "handed_in_at", "content"]
    columns += ["handed_in_by_name", "code", "key_id", "signature"]
    empty = literal("")
    texts = {place: literal(_content(place), String) for place in range(_VARIANTS)}
    made = case(texts, value=Submission.id % literal(_VARIANTS, literal_execute=True))
    numbered = func.replace(made, _NUMBER, cast(Submission.id, String))
    # SQLite keeps JSON as text, and would take a cast for the wish to have a number.
    content = numbered if db.engine.dialect.name == "sqlite" else cast(numbered, JSON)
    source = select(
        Submission.area_id,
        Submission.id,
        literal(1),
        Submission.receipt_number,
        Submission.timing,
        Submission.submitted_at,
        content,
        empty,
        empty,
        empty,
        empty,
    ).where(Submission.round_id == found.id, Submission.submitted_at.is_not(None))
    db.session.execute(insert(HandIn).from_select(columns, source, include_defaults=False))
    return db.session.scalar(select(func.count()).select_from(source.subquery())) or 0


def _content(variant: int) -> str:
    """One of a few made-up reports, as a hand-in keeps it, with the mark of its number."""
    problems = f"({_NUMBER}) " + " ".join(_SENTENCES[place % len(_SENTENCES)] for place in range(variant, variant + 4))
    fields = {
        "is_challenge": "true" if variant % 3 == 0 else "false",
        "problems": problems,
        "self_level": str(variant % 4 + 2),
        "reporter_name": f"ผู้รายงานวัดสมรรถนะ คนที่ {variant + 1}",
        "reporter_position": "นักวิชาการศึกษาชำนาญการพิเศษ",
        "reporter_phone": "044123456",
    }
    files = [
        {
            "id": str(UUID(int=variant * _ISSUES + issue)),
            "slot": f"criterion.{issue}",
            "name": f"คำสั่งแต่งตั้งคณะทำงาน ประเด็นที่ {issue}.pdf",
            "size": 250_000 + variant,
            "sha256": f"{variant:064x}",
            "cites": None,
            "place": "",
        }
        for issue in range(1, _ISSUES + 1)
    ]
    return json.dumps({"fields": fields, "evidence": files, "advice": []}, ensure_ascii=False)
