"""What an office changed of a report since points of it were returned: exactly that, for whoever reviews it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from app import formatting
from app.domain import history, returning
from app.domain.difference import Run, compare
from app.domain.returning import Change
from app.models import Indicator, ReportReturn
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
    """A return that was answered, with everything that differs between what was returned and what came back."""

    report_return: ReportReturn
    shown: list[Shown]


def since_return(submission_id: int, indicator: Indicator) -> Changes | None:
    """What changed since the latest return of a report; None where nothing was returned, or nothing came back yet."""
    row = returns.last_of(submission_id)
    if row is None or row.answer is None:
        return None
    found = returning.changes(row.hand_in.content, row.answer.content)
    return Changes(row, [_shown(change, indicator) for change in found])


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
