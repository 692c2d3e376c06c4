"""Reference data from `seed/`: what is missing is added, what stands is left alone and named where it differs.

Central staff may have edited a row since; their edit wins over the file. Codes decide which row is which. An indicator set comes with
its round, once: where the round stands, its set is not looked at again."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from werkzeug.security import generate_password_hash

from app import scope
from app.domain import calendar
from app.domain.access import Duty
from app.extensions import db
from app.models import (
    Announcement,
    Area,
    ContactChannel,
    Criterion,
    Document,
    Indicator,
    Part,
    PersonnelType,
    Position,
    QualityLevel,
    Quantity,
    Round,
)
from app.services import accounts, inspection_seeds, project_seeding, seed_rows
from app.services.seed_rows import SEED_DIR, Report
from app.storage import EvidenceStore

DEMO_PASSWORD = "emes-demo-2566"  # noqa: S105 - printed at start-up, refused in production
DEMO_AREAS = ("P-CPM-3", "P-CPM-2", "S-BKK-1")
DEMO_CENTRE = {
    "admin": ("ผู้ดูแลระบบ สาธิต", Duty.ADMIN),
    "central": ("เจ้าหน้าที่ส่วนกลาง สาธิต", Duty.CENTRAL),
    "evaluator1": ("ผู้ประเมินหนึ่ง สาธิต", Duty.EVALUATOR),
    "evaluator2": ("ผู้ประเมินสอง สาธิต", Duty.EVALUATOR),
    "moderator": ("ผู้กลั่นกรอง สาธิต", Duty.MODERATOR),
    "analyst": ("นักวิเคราะห์ สาธิต", Duty.ANALYST),
}
DEMO_OFFICE = {
    Duty.COORDINATOR: ("ผู้ประสานงาน สาธิต", "นักวิเคราะห์นโยบายและแผน"),
    Duty.REPORTER: ("ผู้รายงาน สาธิต", "ศึกษานิเทศก์"),
    Duty.DIRECTOR: ("ผู้อำนวยการ สาธิต", "ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา"),
}


def _load_areas(report: Report) -> None:
    known = seed_rows.by_code(Area)
    for row in seed_rows.rows("areas.csv"):
        values = {
            "code": row["code"],
            "name_th": row["name_th"],
            "short_th": row["short_th"],
            "name_en": row["name_en"],
            "kind": row["kind"],
            "provinces_th": row["provinces_th"],
            "provinces_en": row["provinces_en"],
            "region": row["region"],
            "inspection_cluster": int(row["inspection_cluster"]) if row["inspection_cluster"] else None,
            "obec_area_code": row["obec_area_code"] or None,
            "sort_order": int(row["sort_th"]),
        }
        seed_rows.converge(report, Area, known.get(row["code"]), row["code"], values)


def _load_lists(report: Report) -> None:
    for model, name in (
        (PersonnelType, "personnel_types.csv"),
        (Position, "positions.csv"),
        (ContactChannel, "contacts.csv"),
    ):
        known = seed_rows.by_code(model)
        for order, row in enumerate(seed_rows.rows(name), start=1):
            values: dict[str, Any] = dict(row) | {"sort_order": order}
            if "region" in values:
                values["region"] = values["region"] or None
            seed_rows.converge(report, model, known.get(row["code"]), row["code"], values)


def _load_roles(report: Report) -> None:
    known = {row.name for row in db.session.scalars(select(Role))}
    for name in [*map(str, Duty), "public"]:
        if name in known:
            report.kept["role"] += 1
        else:
            db.session.add(Role(name=name))
            report.added["role"] += 1


def store_document(store: EvidenceStore, path: Path, **values: Any) -> Document:
    """A document row over a file of the seed, its bytes put into the store."""
    stored = store.keep_bytes(path.read_bytes())
    row = Document(
        **values,
        original_name=values.get("title_th", path.stem) + path.suffix,
        storage_key=stored.key,
        size_bytes=stored.size,
        sha256=stored.sha256,
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        extension=path.suffix.removeprefix("."),
    )
    db.session.add(row)
    return row


def _load_forms(report: Report, store: EvidenceStore) -> dict[str, Document]:
    """The form templates that issues ask for, by their code in forms.csv."""
    known: dict[str, Document] = {}
    for document in db.session.scalars(select(Document).where(Document.kind == "form")):
        known |= {document.title_th: document, document.sha256: document}
    forms = {}
    for order, row in enumerate(seed_rows.rows("forms/forms.csv"), start=1):
        # A form whose title central staff edited is still the same file, and one whose file they replaced has the title.
        sha256 = hashlib.sha256((SEED_DIR / "forms" / row["file"]).read_bytes()).hexdigest()
        found = known.get(row["title_th"]) or known.get(sha256)
        if found is None:
            found = store_document(
                store,
                SEED_DIR / "forms" / row["file"],
                kind="form",
                title_th=row["title_th"],
                title_en=row["title_en"],
                dated_on=calendar.parse_date(row["dated_on"]),
                sort_order=order,
            )
            report.added["document"] += 1
        else:
            report.kept["document"] += 1
        forms[row["code"]] = found
    db.session.flush()
    return forms


def _round_values(fiscal_year_be: int, months: int, opens_at: datetime, closes_at: datetime) -> dict[str, Any]:
    return {
        "code": f"{fiscal_year_be}-{months}",
        "fiscal_year_be": fiscal_year_be,
        "months": months,
        "name_th": f"รอบ {months} เดือน",
        "name_en": f"{months}-month round",
        "opens_at": opens_at,
        "closes_at": closes_at,
    }


def _windows(fiscal_year_be: int) -> dict[int, tuple[datetime, datetime]]:
    """The reporting windows of a fiscal year: March and September, until 16.30 of the last day."""
    year = fiscal_year_be - calendar.BUDDHIST_ERA_OFFSET
    return {
        months: (
            datetime(year, month, 1, 8, 30, tzinfo=calendar.zone()),
            datetime(year, month, last, 16, 30, tzinfo=calendar.zone()),
        )
        for months, month, last in ((6, 3, 31), (12, 9, 30))
    }


def _load_indicators(report: Report, forms: dict[str, Document]) -> None:
    data = json.loads((SEED_DIR / "indicators.json").read_text("utf-8"))
    rounds = seed_rows.by_code(Round)
    for months, (opens_at, closes_at) in _windows(data["fiscal_year_be"]).items():
        code = f"{data['fiscal_year_be']}-{months}"
        if code in rounds:
            report.kept["round"] += 1
            continue
        row = Round(**_round_values(data["fiscal_year_be"], months, opens_at, closes_at))
        db.session.add(row)
        db.session.flush()
        report.added["round"] += 1
        for order, part in enumerate(data["parts"], start=1):
            if months in part["rounds"]:
                _load_part(report, row, part, order, forms)


def _load_part(report: Report, found: Round, data: dict[str, Any], order: int, forms: dict[str, Document]) -> None:
    names = ("code", "name_th", "name_en", "common_prefix_th", "common_prefix_en", "asks_challenge")
    part = Part(round_id=found.id, sort_order=order, **{name: data[name] for name in names})
    db.session.add(part)
    db.session.flush()
    report.added["part"] += 1
    for position, item in enumerate(data["indicators"], start=1):
        indicator = Indicator(
            part_id=part.id,
            round_id=found.id,
            code=item["code"],
            full_code=f"{part.code}-{item['code']}",
            text_th=item["text_th"],
            text_en=item["text_en"],
            applies_to=item["applies_to"],
            confidence=item["confidence"],
            sort_order=position,
            criteria=list(_criteria(item["criteria"], found.months, forms)),
            levels=[QualityLevel(is_illustrative=True, **level) for level in item["levels"]],
            quantities=[
                Quantity(
                    **{key: value for key, value in quantity.items() if key != "not_above"},
                    not_above_key=quantity.get("not_above"),
                    is_illustrative=True,
                    lowest=0,
                    sort_order=place,
                )
                for place, quantity in enumerate(item["quantities"], start=1)
            ],
        )
        db.session.add(indicator)
        report.added["indicator"] += 1
        report.added["criterion"] += len(indicator.criteria)
        report.added["quantity"] += len(indicator.quantities)


def _criteria(items: Iterable[dict[str, Any]], months: int, forms: dict[str, Document]) -> Iterable[Criterion]:
    for item in items:
        if months in item["rounds"]:
            form = forms.get(item.get("form", ""))
            yield Criterion(
                number=item["number"],
                text_th=item["text_th"],
                evidence_th=item["evidence_th"],
                is_illustrative=True,
                form_document_id=form.id if form else None,
            )


def load_reference(store: EvidenceStore) -> Report:
    """Load everything under seed/ but the demonstration. Safe to repeat."""
    report = Report()
    _load_roles(report)
    _load_areas(report)
    _load_lists(report)
    _load_indicators(report, _load_forms(report, store))
    project_seeding.load(report)
    for _, is_new in inspection_seeds.load(SEED_DIR / "inspections.json"):
        (report.added if is_new else report.kept)["inspection"] += 1
    return report


def has_people() -> bool:
    """Whether anybody has an account: then this is no empty database."""
    from flask_appbuilder.security.sqla.models import User

    return bool(db.session.scalar(select(func.count()).select_from(User)))


def load_demonstration(store: EvidenceStore, *, now: datetime) -> None:
    """Accounts, an open round and a few publications for trying the system out. Source: contract, demonstration data."""
    today = calendar.local(now).date()
    windows = {"2566-6": (-20, 10), "2566-12": (60, 90)}
    for found in db.session.scalars(select(Round).where(Round.code.in_(windows))):
        opens_in, closes_in = windows[found.code]
        found.opens_at = datetime.combine(today + timedelta(days=opens_in), time(8, 30), calendar.zone())
        found.closes_at = datetime.combine(today + timedelta(days=closes_in), time(16, 30), calendar.zone())
        found.reminds_at = found.closes_at - timedelta(days=4, hours=8)
        found.due_at = found.closes_at - timedelta(days=1)
    project_seeding.move_to_today(today)
    inspection_seeds.demonstrate(now=now)
    with scope.whole_country("demonstration accounts of several offices"):
        _demonstration_accounts()
    folder = SEED_DIR / "demo"
    for row in seed_rows.rows("demo/documents.csv"):
        store_document(
            store,
            folder / row["file"],
            kind=row["kind"],
            title_th=row["title_th"],
            title_en=row["title_en"],
            letter_number=row["letter_number"],
            audience=row["audience"],
            dated_on=today - timedelta(days=int(row["days_ago"])),
        )
    for row in seed_rows.rows("demo/announcements.csv"):
        texts = {key: row[key] for key in ("title_th", "title_en", "body_th", "body_en", "audience")}
        db.session.add(Announcement(**texts, published_at=now - timedelta(days=int(row["days_ago"]))))


def _demonstration_accounts() -> None:
    # One hash for all: hashing is meant to be slow, and the password is printed on the sign-in page anyway.
    password_hash = generate_password_hash(DEMO_PASSWORD)
    for name, (full_name, duty) in DEMO_CENTRE.items():
        user = accounts.new_user(f"{name}@emes.test", full_name, password_hash=password_hash, duties=[duty], area_id=None)
        user.profile.is_demonstration = True
    areas = {row.code: row for row in db.session.scalars(select(Area).where(Area.code.in_(DEMO_AREAS)))}
    for code in DEMO_AREAS:
        for duty, (full_name, position) in DEMO_OFFICE.items():
            user = accounts.new_user(
                f"{duty}.{code.lower()}@emes.test",
                full_name,
                password_hash=password_hash,
                duties=[duty],
                area_id=areas[code].id,
            )
            user.profile.is_demonstration = True
            user.profile.position = position
            user.profile.phone = "022885867"
