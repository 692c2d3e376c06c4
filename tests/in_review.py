"""A round in review: reports that were really handed in, reviews that were locked."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from flask_appbuilder.security.sqla.models import User

from app.extensions import db, transaction
from app.models import Round, Submission
from app.models.review import Review, ReviewEntry
from app.queries import settling as queries
from app.scope import acting_as
from app.services import settling
from tests.person import REPORT, Person
from tests.services.doing import actor_for, doing, looking

IN_REVIEW = datetime(2026, 12, 8, 3, 0, tzinfo=UTC)  # a week after the demonstration round closed


def hand_in(app: Flask, report: str = REPORT, *, level: str = "4") -> int:
    """Fill a report in, submit it, and answer its id."""
    office, code = report.split("/")[3:5]
    reporter = Person(app).signed_in(f"reporter.{office.lower()}@emes.test")
    reporter.report_everything(report, level=level)
    assert reporter.post(f"{report}/submit").status_code == 303
    with looking(app):
        found = db.session.query(Submission).join(Submission.area).join(Submission.indicator)
        return next(row.id for row in found if (row.area.code, row.indicator.full_code) == (office, code))


def begin_review(app: Flask, code: str = "2566-6") -> None:
    """The round is closed and counted, and the clock stands in its review."""
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code=code).update({"stage": "review"})
    app.config["EMES_NOW"] = IN_REVIEW


def assign(app: Flask, submission_id: int, evaluator: str = "evaluator1") -> int:
    """Give a report to an evaluator. Answers the review's id."""
    actor = actor_for(app, evaluator)
    with doing(app, actor_for(app, "central")):
        report = db.session.get_one(Submission, submission_id)
        row = Review(
            round_id=report.round_id,
            submission_id=report.id,
            area_id=report.area_id,
            indicator_id=report.indicator_id,
            evaluator_id=actor.user_id,
            evaluator_name=evaluator,
            assigned_at=IN_REVIEW,
        )
        db.session.add(row)
        db.session.flush()
        return row.id


def lock(app: Flask, review_id: int, level: int, **said: str) -> None:
    """Lock a review with a level, as the desk does; `said` are further fields, with `_` for the point."""
    with app.app_context(), acting_as(actor_for(app, "central")):
        evaluator = db.session.get_one(Review, review_id).evaluator_id
        name = db.session.get_one(User, evaluator).email.partition("@")[0]
    with doing(app, actor_for(app, name)):
        row = db.session.get_one(Review, review_id)
        values = {"level": str(level), "reason": f"เหตุผลของ {name}"}
        values |= {key.replace("_", ".", 1): value for key, value in said.items()}
        known = {entry.field_key: entry for entry in row.entries}
        for key, value in values.items():
            entry = known.get(key) or ReviewEntry(field_key=key, review=row)
            entry.value, entry.changed_at = value, IN_REVIEW
            db.session.add(entry)
        hand_in = queries.latest_hand_in(row.submission_id)
        row.state, row.level, row.locked_at = "locked", level, app.config["EMES_NOW"]
        row.hand_in_id = hand_in.id if hand_in else None
        db.session.flush()
        settling.settle_if_complete(row.submission_id, actor=actor_for(app, name), now=app.config["EMES_NOW"])
