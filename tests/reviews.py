"""Reviews for tests: reports that were really handed in, a round in review, who reviews what, and what they locked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import User

from app import scope, worker
from app.extensions import db, transaction
from app.models import Area, Evidence, HandIn, Indicator, InterestConflict, Review, ReviewEntry, ReviewPlan, Round, Submission
from app.queries import account as accounts
from app.queries import settling as settled
from app.scope import whole_country
from app.services import settling
from app.storage import evidence_store
from tests.conftest import NOW
from tests.copies import begin_with
from tests.person import Person
from tests.reports import put_report
from tests.services.doing import actor_for, doing

ROUND = "2566-6"
DUE_ON = date(2026, 11, 29)
IN_REVIEW = datetime(2026, 12, 8, 3, 0, tzinfo=UTC)  # a week after the demonstration round closed


def desk_of(area: str, indicator: str, round_code: str = ROUND) -> str:
    """The address of a report on the desk."""
    return f"/review/{round_code}/{area}/{indicator}"


DESK = f"/review/{ROUND}/"
CASE = desk_of("P-CPM-3", "QP-1")


def lock(person: Person, address: str = CASE) -> Any:
    """Lock one's review of a report, as the desk's script does."""
    return person.post(f"{address}/lock", json_answer=True)


def words(element: Any) -> str:
    """What is written in an element, on one line."""
    return " ".join(element.text_content().split())


def hand_in_really(app: Flask, area: str = "P-CPM-3", indicator: str = "QP-1", *, level: str = "4", files: Any = ()) -> str:
    """An office fills in everything through its own pages and submits; `files` are (slot, name, content) sent besides. The worker has
    looked into every file. Answers the receipt's number."""
    words = ("hand in", area, indicator, level, *files)
    return begin_with(app, words, lambda: _hand_in_really(app, area, indicator, level, files))


def _hand_in_really(app: Flask, area: str, indicator: str, level: str, files: Any) -> str:
    office, report = Person(app).signed_in(f"reporter.{area.lower()}@emes.test"), f"/reports/{ROUND}/{area}/{indicator}"
    for slot, name, content in files:
        assert office.upload(slot, (name, content), report=report).status_code == 201
    office.report_everything(report, level=level)
    answer = office.post(f"{report}/submit", json_answer=True)
    assert answer.status_code in (200, 303), answer.text
    look_into_files(app)
    with app.app_context(), whole_country("a test reads a receipt"):
        return (
            db.session.query(Submission)
            .join(Area)
            .filter(Area.code == area)
            .join(Indicator)
            .filter(Indicator.full_code == indicator)
            .one()
            .receipt_number
        )


def look_into_files(app: Flask) -> None:
    """What the worker does with files that arrived."""
    with app.app_context(), scope.acting_as(worker.JOB):
        while worker.inspect_files():
            pass


def put_handed_in(app: Flask, area: str, indicator: str, *, level: str = "4", files: Any = (), **fields: str) -> int:
    """A report put straight into the database as handed in, for long queues; `files` are (slot, name, content). Answers its id."""
    submission_id = put_report(app, area, indicator, "submitted", handed_in_at=NOW)
    with app.app_context(), whole_country("a test hands in"), transaction():
        said = []
        for slot, name, content in files:
            ordinal = 1 + sum(one["slot"] == slot for one in said)
            said.append(_put_file(submission_id, area, ordinal, slot, name, content))
        hand_in = db.session.query(HandIn).filter_by(submission_id=submission_id).one()
        asked = db.session.query(Indicator).join(Submission).filter(Submission.id == submission_id).one()
        hand_in.content = {
            "fields": {"self_level": level, "problems": "ไม่มีอินเทอร์เน็ต"} | fields,
            "evidence": said,
            "indicator": {"code": indicator, "version": asked.version},
        }
    look_into_files(app)
    return submission_id


def _put_file(submission_id: int, area: str, ordinal: int, slot: str, name: str, content: bytes) -> dict[str, Any]:
    kept = evidence_store().keep_bytes(content)
    row = Evidence(
        submission_id=submission_id,
        area_id=db.session.query(Area.id).filter_by(code=area).scalar(),
        slot=slot,
        ordinal=ordinal,
        original_name=name,
        extension=name.rpartition(".")[2],
        media_type="application/octet-stream",
        size_bytes=kept.size,
        sha256=kept.sha256,
        storage_key=kept.key,
        uploaded_at=NOW,
    )
    db.session.add(row)
    db.session.flush()
    return {"id": str(row.id), "slot": slot, "name": name, "size": kept.size, "sha256": kept.sha256, "cites": None, "place": ""}


def begin_review(app: Flask, *, due_on: date | None = DUE_ON, stage: str = "review", at: datetime | None = None) -> None:
    """The round is in review, with a day by which all is to be done; the clock stands at `at` where one is given."""
    if at is not None:
        app.config["EMES_NOW"] = at
    with app.app_context(), transaction():
        found = db.session.query(Round).filter_by(code=ROUND).one()
        found.stage = stage
        plan = db.session.get(ReviewPlan, found.id) or ReviewPlan(round_id=found.id)
        plan.due_on = due_on
        db.session.add(plan)


def assign(app: Flask, area: str = "P-CPM-3", indicator: str = "QP-1", evaluator: str = "evaluator1", **values: Any) -> int:
    """A report is assigned to a demonstration evaluator. Answers the review's id."""
    with app.app_context(), whole_country("a test assigns"), transaction():
        report = (
            db.session.query(Submission)
            .join(Area)
            .join(Indicator)
            .filter(Area.code == area, Indicator.full_code == indicator)
            .one()
        )
        user = accounts.user_by_email(f"{evaluator}@emes.test")
        assert user is not None
        row = Review(
            round_id=report.round_id,
            submission_id=report.id,
            area_id=report.area_id,
            indicator_id=report.indicator_id,
            evaluator_id=user.id,
            evaluator_name=user.profile.full_name,
            assigned_at=NOW,
            **values,
        )
        db.session.add(row)
        db.session.flush()
        return row.id


def put_lock(app: Flask, review_id: int, level: int, **said: str) -> None:
    """Lock a review with a level, straight in the database, and settle what comes of it; `said` are further fields, with `_` for the
    point."""
    with app.app_context(), whole_country("a test looks"):
        evaluator = db.session.get_one(Review, review_id).evaluator_id
        name = db.session.get_one(User, evaluator).email.partition("@")[0]
    moment, actor = app.config["EMES_NOW"], actor_for(app, name)
    with doing(app, actor):
        row = db.session.get_one(Review, review_id)
        values = {"level": str(level), "reason": f"เหตุผลของ {name}"}
        values |= {key.replace("_", ".", 1): value for key, value in said.items()}
        known = {entry.field_key: entry for entry in row.entries}
        for key, value in values.items():
            entry = known.get(key) or ReviewEntry(field_key=key, review=row)
            entry.value, entry.changed_at = value, moment
            db.session.add(entry)
        hand_in = settled.latest_hand_in(row.submission_id)
        row.state, row.level, row.locked_at = "locked", level, moment
        row.hand_in_id = hand_in.id if hand_in else None
        db.session.flush()
        settling.settle_if_complete(row.submission_id, actor=actor, now=moment)


def declare_conflict(app: Flask, area: str, evaluator: str = "evaluator1", *, ended_at: datetime | None = None) -> None:
    """An evaluator must not review an office."""
    with app.app_context(), whole_country("a test declares"), transaction():
        user, office = accounts.user_by_email(f"{evaluator}@emes.test"), db.session.query(Area).filter_by(code=area).one()
        assert user is not None
        db.session.add(InterestConflict(user_id=user.id, area_id=office.id, reason="ญาติ", declared_at=NOW, ended_at=ended_at))


def stored_review(app: Flask, review_id: int) -> dict[str, Any]:
    """A review as the database holds it."""
    with app.app_context(), whole_country("a test looks"):
        row = db.session.get(Review, review_id)
        assert row is not None
        found = {name: getattr(row, name) for name in ("state", "level", "locked_at", "begun_at", "hand_in_id", "was_revealed")}
        return found | {"values": row.values}


def complete(person: Person, address: str, *, level: str = "4") -> None:
    """Fill in all that a review needs before it can be locked."""
    page = person.page(address)
    changes: dict[str, tuple[Any, int]] = dict.fromkeys(
        page.xpath("//input[starts-with(@data-field, 'verdict.')]/@data-field"), ("complete", 0)
    )
    answer = person.patch(address, changes | {"level": (level, 0), "reason": ("ตรงตามเกณฑ์", 0)})
    assert answer.status_code == 200, answer.text
    assert answer.json["missing"] == []
