"""What an office changed of a report since points of it were returned: exactly that, for whoever reviews it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from app import formatting
from app.domain import history, returning
from app.domain.difference import Run, compare
from app.domain.returning import Change
from app.models import HandIn, Indicator, ReportReturn
from app.queries import returns
from app.views.report_page import slot_words


@dataclass(frozen=True)
class Shown:
    """One change: where, both texts with what differs, or the file that is new or gone."""

    where: str
    old: list[Run]
    new: list[Run]
    added: Mapping[str, Any] | None = None
    gone: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Changes:
    """Everything that differs between what an evaluator saw and what was handed in since; with the return that asked for it, if one did."""

    shown: list[Shown]
    before_at: datetime
    after_at: datetime
    report_return: ReportReturn | None = None


def for_reviewer(
    submission_id: int, indicator: Indicator, *, locked: HandIn | None, latest: HandIn, is_revealed: bool
) -> Changes | None:
    """What changed since the latest return of a report, or since the evaluator locked it (`locked`); None where nothing did. Whoever has not
    seen the self-assessment yet does not see that it changed either."""
    row = returns.last_of(submission_id)
    if row is not None and row.answer is not None:
        before, after = row.hand_in, row.answer
    elif locked is not None and locked.id != latest.id:
        row, before, after = None, locked, latest
    else:
        return None
    found = returning.changes(before.content, after.content)
    shown = [_shown(change, indicator) for change in found if is_revealed or change.key != "self_level"]
    return Changes(shown, before.handed_in_at, after.handed_in_at, row)


def _shown(change: Change, indicator: Indicator) -> Shown:
    if change.file_added is not None and change.old is None and change.new is None:
        return Shown(slot_words(change.key), [], [], added=change.file_added)
    if change.file_gone is not None:
        return Shown(slot_words(change.key), [], [], gone=change.file_gone)
    old, new = _value(change.key, change.old), _value(change.key, change.new)
    if old and new:
        before, after = compare(old, new)
    else:
        before, after = ([Run(old, True)] if old else []), ([Run(new, True)] if new else [])
    return Shown(_where(change, indicator), before, after, added=change.file_added)


def _where(change: Change, indicator: Indicator) -> str:
    """A field by the name that the record of changes gives it."""
    key = change.key
    if key.startswith("quantity."):
        found = next((row for row in indicator.quantities if row.key == key.removeprefix("quantity.")), None)
        return formatting.localized(found, "label") if found else key.removeprefix("quantity.")
    if key.endswith(".complete"):
        return gettext(history.COMPLETENESS, number=key.split(".")[1])
    if key in history.FIELD_NAMES:
        return gettext(history.FIELD_NAMES[key])
    return slot_words(key)


def _value(key: str, value: str | None) -> str:
    if value is None:
        return ""
    if value in ("true", "false"):
        return gettext("yes") if value == "true" else gettext("no")
    return formatting.number(value) if key.startswith("quantity.") else value
