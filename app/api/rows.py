"""Rows of the database as the API tells them, in its own names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from app.api.schemas import NOT_STARTED
from app.domain import fields
from app.models import (
    Answer,
    Area,
    Evidence,
    Indicator,
    Inspection,
    InspectionEntry,
    Project,
    Recommendation,
    Round,
    Submission,
)
from app.queries.catalogue import SELF_LEVEL
from app.queries.published import PublishedRow
from app.queries.submission import Target

Withheld = Collection[tuple[int, int]]
# What was entered in sheets, by sheet and key.
Entered = Mapping[int, Mapping[str, str]]


def _named(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _office(area: Area) -> dict[str, Any]:
    return {"area": area.code, "area_name_th": area.name_th, "area_name_en": area.name_en}


def of_round(row: Round, now: datetime) -> dict[str, Any]:
    named = _named(
        row, "code", "fiscal_year_be", "months", "name_th", "name_en", "is_rehearsal", "opens_at", "due_at", "closes_at"
    )
    return named | {"standing": row.standing(now)}


def of_area(row: Area) -> dict[str, Any]:
    names = ("name_th", "name_en", "short_th", "kind", "region", "provinces_th", "provinces_en", "sort_order")
    return _named(row, "code", *names)


def of_indicator(row: Indicator) -> dict[str, Any]:
    part = row.part
    return _named(row, "text_th", "text_en", "applies_to", "version", "sort_order", "levels") | {
        "code": row.full_code,
        "round": part.round.code,
        "part": part.code,
        "part_name_th": part.name_th,
        "part_name_en": part.name_en,
        "criteria": row.active_criteria,
        "quantities": row.active_quantities,
    }


def _value(key: str, text: str | None) -> str | int | bool | None:
    """A field as it is told: ticks and the level as what they are, figures and texts as the text that is kept."""
    read: Callable[[str], str | int | bool] = str
    if key == SELF_LEVEL:
        read = int
    elif key.endswith(".complete") or key in ("is_challenge", "no_problems"):
        read = "true".__eq__
    return None if text is None else read(text)


def _field(key: str, answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"value": None, "version": 0, "changed_at": None}
    return {"value": _value(key, answer.value), "version": answer.version, "changed_at": answer.changed_at}


def _file(row: Evidence) -> dict[str, Any]:
    named = _named(row, "id", "slot", "sha256", "media_type", "uploaded_at")
    return named | {"name": row.original_name, "size": row.size_bytes}


_STANDING = ("state", "started_at", "changed_at", "submitted_at", "timing", "receipt_number", "missing_count")
_NOTHING_YET = dict.fromkeys(_STANDING) | {"state": NOT_STARTED, "timing": "", "receipt_number": ""}


def of_report(target: Target, submission: Submission | None) -> dict[str, Any]:
    """Every field that the indicator asks, and what was once entered into one that it asks no more."""
    answers = {row.field_key: row for row in submission.answers} if submission else {}
    keys = dict.fromkeys([*fields.readers(target.indicator.questions), *answers])
    return {
        "round": target.round.code,
        **_office(target.area),
        "indicator": target.indicator.full_code,
        "indicator_text_th": target.indicator.text_th,
        "indicator_text_en": target.indicator.text_en,
        **(_named(submission, *_STANDING) if submission else _NOTHING_YET),
        "closes_at": target.window.closes_at,
        "entered": {key: _field(key, answers.get(key)) for key in keys},
        "evidence": [_file(row) for row in submission.evidence] if submission else [],
    }


def of_submission(found: Round, row: Any, withheld: Withheld) -> dict[str, Any]:
    _, submission, area, indicator_code, level = row
    is_withheld = (submission.area_id, submission.indicator_id) in withheld
    return {
        "id": submission.id,
        "round": found.code,
        **_office(area),
        "indicator": indicator_code,
        **_named(submission, *_STANDING),
        SELF_LEVEL: None if is_withheld else _value(SELF_LEVEL, level),
        "is_withheld": is_withheld,
    }


def of_result(found: Round, published: PublishedRow, withheld: Withheld) -> dict[str, Any]:
    row, area = published.row, published.area
    is_withheld = published.place in withheld
    names = (SELF_LEVEL, "level", "comment", "verdicts")
    return {
        "round": found.code,
        "area": row.area_code,
        "area_name_th": area.name_th,
        "area_name_en": area.name_en,
        **_named(row, "kind", "region", "is_reported"),
        "indicator": row.full_code,
        **(dict.fromkeys(names) if is_withheld else _named(row, *names)),
        "is_withheld": is_withheld,
        "dataset_number": published.dataset_number,
        "as_of": published.as_of,
        "published_at": published.published_at,
    }


def of_project(row: Project, entered: Entered) -> dict[str, Any]:
    names = ("id", "fiscal_year_be", "number", "name", "budget", "starts_on", "ends_on", "national_code")
    quarters = [
        _named(quarter, "quarter", "percent", "paid", "overall") | _named(quarter.sheet, "state", "sent_at", "timing")
        for quarter in row.quarters
    ]
    standing = _named(row.sheet, "state", "missing_count", "changed_at")
    return _named(row, *names) | standing | _office(row.area) | {"quarters": quarters, "entered": entered.get(row.sheet_id, {})}


def of_inspection(row: Inspection, kinds: Collection[str] | None) -> dict[str, Any]:
    """With the issues that are asked; `kinds` of office alone where the reader is of an office."""
    names = ("code", "kind", "fiscal_year_be", "round_number", "name_th", "name_en", "opens_at", "due_at")
    asked = [issue for issue in row.issues if issue.is_asked]
    issues = [issue for issue in asked if kinds is None or any(issue.applies_to_kind(kind) for kind in kinds)]
    return _named(row, *names) | {"issues": issues}


def of_inspection_entry(code: str, row: InspectionEntry, entered: Entered) -> dict[str, Any]:
    return {
        "id": row.id,
        "inspection": code,
        **_office(row.area),
        "issue": row.issue.code,
        **_named(row.sheet, "state", "changed_at"),
        "report_state": row.report.sheet.state,
        "entered": entered.get(row.sheet_id, {}),
    }


def of_recommendation(code: str, row: Recommendation, entered: Entered) -> dict[str, Any]:
    return {
        "inspection": code,
        **_office(row.area),
        **_named(row, "id", "number", "text", "concerned", "received_on", "due_on", "closed_at"),
        "issue": row.issue.code if row.issue else "",
        "state": row.sheet.state,
        "entered": entered.get(row.sheet_id, {}),
    }
