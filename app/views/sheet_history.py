"""How the record of changes of a sheet reads: each change as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask_babel import gettext

from app import formatting
from app.domain import history as words
from app.domain.calendar import local
from app.domain.difference import Run, compare
from app.domain.errors import N_
from app.domain.sheets import Field, FieldKind
from app.models import Change
from app.services.sheets import Subject

_ACTS = {
    "begun": N_("began this"),
    "state": N_("moved this on: %(new)s"),
    "owner given": N_("made responsible: %(new)s"),
    "owner taken": N_("ended the responsibility of: %(old)s"),
    "file.attached": N_("attached the file “%(new)s”"),
    "file.cited": N_("used a file that was sent before, “%(new)s”"),
    "file.deleted": N_("deleted the file “%(old)s”"),
    "file.restored": N_("took the deletion of the file “%(new)s” back"),
    "row added": N_("added a row"),
    "row removed": N_("took a row out: %(old)s"),
    "row restored": N_("put a row back: %(new)s"),
    "national": N_("noted the entry into the national system: %(new)s"),
    "order": N_("chose the appointing order: %(new)s"),
}


@dataclass(frozen=True)
class Entry:
    """One change as it is read: who did what when, and both texts where they are long."""

    at: datetime
    who: str
    sentence: str
    old: list[Run]
    new: list[Run]
    is_conflict: bool = False


def by_day(changes: Iterable[Change], subject: Subject) -> list[tuple[date, list[Entry]]]:
    """The changes by the days on which they were made, in the order given."""
    entries = [_entry(change, subject) for change in changes]
    return [(day, list(group)) for day, group in groupby(entries, key=lambda entry: local(entry.at).date())]


def _entry(change: Change, subject: Subject) -> Entry:
    kind, _, rest = change.what.partition(":")
    old, new = change.old_value, change.new_value
    if kind in _ACTS:
        new = _state(subject, new) if kind == "state" else new
        return Entry(change.at, change.actor_name, gettext(_ACTS[kind], old=old or "", new=new or ""), [], [])
    is_conflict = kind == "conflict"
    key = rest if is_conflict else change.what
    asked = subject.asked.field_of(key)
    name = asked.label if asked else subject.column_names.get(key)
    label = f"“{gettext(name)}”" if name else key
    told = words.of_value(label, old, new, is_conflict=is_conflict, is_long=asked is not None and asked.kind is FieldKind.TEXT)
    runs: tuple[list[Run], list[Run]] = ([], [])
    if told.shows_texts:
        runs = compare(old or "", new or "")
    old, new = (_day(value) if asked is None and key.endswith("_on") else _shown(subject, asked, value) for value in (old, new))
    said = gettext(told.text, field=label, old=old, new=new)
    return Entry(change.at, change.actor_name, said, *runs, is_conflict)


def _state(subject: Subject, new: str | None) -> str:
    """A state in words, with what was said when it was moved there."""
    state, colon, said = (new or "").partition(": ")
    name = subject.state_names.get(state)
    return (gettext(name) if name else state) + colon + said


def _day(value: str | None) -> str:
    return formatting.day(formatting.as_day(value)) if value else ""


def _shown(subject: Subject, asked: Field | None, value: str | None) -> str:
    """A stored value as people write it."""
    if value is None or asked is None:
        return value or ""
    names = subject.asked.choices.get(asked.choices)
    if isinstance(names, Mapping) and value in names:
        return gettext(names[value])
    if asked.is_figure:
        return formatting.number(value)
    if asked.kind is FieldKind.DAY:
        return formatting.day(formatting.as_day(value))
    return formatting.phone(value) if asked.kind is FieldKind.PHONE else value
