"""Returning single points of a report: what can be returned, which fields and files that opens, until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.domain.completeness import Questions
from app.domain.errors import N_, Conflict
from app.domain.evidence import PA_EVIDENCE, PA_LESSON, criterion_slot

MOST_DAYS = 60
USUAL_DAYS = 7
GRACE = timedelta(minutes=15)


class ReturnState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    TAKEN_BACK = "taken_back"


class Item(StrEnum):
    """Points that are no consideration issue. The self-assessment is the office's own and is never returned."""

    QUANTITIES = "quantities"
    CHALLENGE = "challenge"
    PROBLEMS = "problems"


ITEM_NAMES = {
    Item.QUANTITIES: N_("Quantities"),
    Item.CHALLENGE: N_("Challenge issue (PA)"),
    Item.PROBLEMS: N_("Problems and suggestions"),
}


def returnable(questions: Questions) -> list[str]:
    """Every point of a report that can be returned, in the order of the page: `criterion.<no>`, then sections."""
    found = [criterion_slot(issue.number) for issue in questions.issues]
    if questions.asks_challenge:
        found.append(Item.CHALLENGE.value)
    if questions.boxes:
        found.append(Item.QUANTITIES.value)
    return [*found, Item.PROBLEMS.value]


def opens_field(items: Collection[str], key: str) -> bool:
    """Whether returning these points opens a field of the report."""
    if key.startswith("criterion."):
        return key.removesuffix(".complete") in items
    if key.startswith("quantity."):
        return Item.QUANTITIES in items
    if key in ("problems", "no_problems"):
        return Item.PROBLEMS in items
    return key == "is_challenge" and Item.CHALLENGE in items


def opens_slot(items: Collection[str], slot: str) -> bool:
    """Whether returning these points opens a slot for files."""
    if slot in (PA_LESSON, PA_EVIDENCE):
        return Item.CHALLENGE in items
    return slot in items


class NotReturned(Conflict):
    """A part of a returned report that was not returned: it stays as it was handed in."""

    def __init__(self) -> None:
        super().__init__(N_("Only the points that were returned can be edited; the rest stays as it was handed in."))


def mend_until(due_at: datetime, closes_at: datetime) -> datetime:
    """Until when a return can be mended: its own due date, or later where the office's time runs anyway, as in a round that was opened
    again."""
    return max(due_at, closes_at)


def is_in_time(due_at: datetime, now: datetime, begun_at: datetime | None = None) -> bool:
    """Whether what was returned can be mended: until it is due, and what was begun before may be finished in a short grace."""
    return now < due_at or ((begun_at or now) < due_at and now < due_at + GRACE)


@dataclass(frozen=True)
class Change:
    """One difference between what was returned and what came back: a field with both values, or a file that is new or gone."""

    key: str
    old: str | None = None
    new: str | None = None
    file_added: Mapping[str, Any] | None = None
    file_gone: Mapping[str, Any] | None = None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs between two hand-ins of a report (`services.receipts.content`), fields first, then files by slot. A file is the same
    where its bytes lie in the same slot, whatever it is called."""
    old, new = before.get("fields") or {}, after.get("fields") or {}
    found = [
        Change(key, old.get(key), new.get(key)) for key in sorted({*old, *new}) if (old.get(key) or "") != (new.get(key) or "")
    ]
    files_before = {(file["slot"], file["sha256"]): file for file in before.get("evidence") or ()}
    files_after = {(file["slot"], file["sha256"]): file for file in after.get("evidence") or ()}
    for place in sorted({*files_before, *files_after}):
        if place not in files_before:
            found.append(Change(place[0], file_added=files_after[place]))
        elif place not in files_after:
            found.append(Change(place[0], file_gone=files_before[place]))
        elif (files_before[place].get("place") or "") != (files_after[place].get("place") or ""):
            found.append(
                Change(place[0], files_before[place].get("place"), files_after[place].get("place"), files_after[place])
            )
    return found


class ReturnOver(Conflict):
    """The time of a return is over."""

    def __init__(self, due_at: datetime) -> None:
        super().__init__(
            N_("The time to mend what was returned was over on %(due_at)s. Ask the centre for more time."), due_at=due_at
        )
