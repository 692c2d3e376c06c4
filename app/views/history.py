"""What was changed in an office's reports, by whom and when: read by the office itself and by the centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import formatting
from app.domain import history as words
from app.domain.calendar import local
from app.domain.difference import Run, compare
from app.domain.errors import NotFound
from app.domain.thai import single_line, whole_number
from app.models import Change
from app.queries import history, record
from app.queries import submission as submissions
from app.queries.history import Reported, Wanted
from app.scope import current_actor
from app.views.base import Screen, expose, may
from app.views.report_page import point_words

CODE_CHARACTERS = 8


@dataclass(frozen=True)
class Entry:
    """One change as it is read: who did what when, and both texts where they are long; without codes it is the office's as a whole."""

    at: datetime
    who: str
    indicator_code: str
    full_code: str
    sentence: str
    old: list[Run]
    new: list[Run]
    is_conflict: bool


class HistoryView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/history")
    @may("read")
    def office(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """Of all reports of an office in a round, of its owners and of the whole; `indicator` and `by` narrow it."""
        return _page(round_code, area_code, request.args.get("indicator", ""))

    @expose("/<round_code>/<area_code>/<indicator_code>/history")
    @may("read")
    def report(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Of one report."""
        return _page(round_code, area_code, indicator_code, is_of_report=True)


def _page(round_code: str, area_code: str, indicator_code: str, *, is_of_report: bool = False) -> str:
    office = submissions.find_office(round_code, area_code, actor=current_actor())
    found, area = office.round, office.area
    lines = history.reported(found.id, area.id)
    chosen = lines.get(indicator_code)
    if is_of_report and chosen is None:
        raise NotFound
    begun = {line.subject: line for line in lines.values() if line.submission_id is not None}
    of_office = [history.team_subject(found.id), history.whole_subject(found.id)]
    subjects = [chosen.subject] if chosen else [*begun, *of_office]
    wanted = Wanted(
        indicator_code if chosen else "", single_line(request.args.get("by", ""))[:160], _number("before"), _number("after")
    )
    page = history.page(area.id, subjects, wanted)
    entries = [_entry(change, begun.get(change.subject)) for change in page.changes]
    head = record.head(area.id)
    kept = {"by": wanted.by, "indicator": "" if is_of_report else wanted.indicator_code}
    return render_template(
        "reports/history.html",
        round=found,
        window=office.window,
        area=area,
        indicator=chosen.indicator if chosen and is_of_report else None,
        offered=[line.indicator for line in begun.values()],
        people=history.people(area.id, [*begun, *of_office]),
        wanted=wanted,
        page=page,
        days=_by_day(entries),
        check_code=head.hash[:CODE_CHARACTERS] if head else "",
        address=partial(url_for, request.endpoint or "", **request.view_args or {}),
        kept={name: value for name, value in kept.items() if value},
    )


def _number(name: str) -> int | None:
    """A link of the chain from the address; anything else is none."""
    return whole_number(request.args.get(name, ""))


def _by_day(entries: list[Entry]) -> list[tuple[date, list[Entry]]]:
    return [(day, list(group)) for day, group in groupby(entries, key=lambda entry: local(entry.at).date())]


def _entry(change: Change, line: Reported | None) -> Entry:
    told = words.tell(change.what, change.old_value, change.new_value)
    old, new = _texts(change.old_value, change.new_value) if told.shows_texts else ([], [])
    return Entry(
        at=change.at,
        who=change.actor_name,
        indicator_code=line.indicator.code if line else "",
        full_code=line.indicator.full_code if line else "",
        sentence=gettext(told.text, **_values(told, change, line)),
        old=old,
        new=new,
        is_conflict=told.is_conflict,
    )


def _texts(old: str | None, new: str | None) -> tuple[list[Run], list[Run]]:
    """Both versions with what differs; where there is only one, there is nothing to mark."""
    if old and new:
        return compare(old, new)
    return [Run(text, False) for text in (old,) if text], [Run(text, False) for text in (new,) if text]


def _values(told: words.Told, change: Change, line: Reported | None) -> Mapping[str, Any]:
    """What is filled into the sentence, in the reader's language."""
    quantity = line.figures.get(told.key.removeprefix("quantity.")) if line else None
    label = formatting.localized(quantity, "label") if quantity else told.key.removeprefix("quantity.")
    return {
        "field": gettext(told.field, label=label, number=told.number) if told.field else "",
        "place": gettext(told.place, number=told.number) if told.place else "",
        "number": told.number,
        "old": _value(told.key, change.old_value),
        "new": _said(change.what, change.new_value) or _value(told.key, change.new_value),
        "what": change.what,
    }


def _said(what: str, value: str | None) -> str:
    """What was returned and until when, as the pages of the report say it; nothing for any other change."""
    if what == "sent back" and value:
        return ", ".join(point_words(key) for key in value.split(", "))
    if what == "mend time" and value:
        return formatting.moment(datetime.fromisoformat(value))
    return ""


def _value(key: str, value: str | None) -> str:
    """A stored value as people write it."""
    if value is None:
        return ""
    if key.startswith("quantity."):
        return formatting.number(value)
    return formatting.phone(value) if key == "reporter_phone" else value
