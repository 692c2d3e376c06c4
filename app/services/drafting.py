"""Drafting a publication of results over frozen figures: who gets a letter, what all letters say, what each says of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, insert

from app.domain import access, dataset
from app.domain import letter as rules
from app.domain.access import Action, Actor
from app.domain.calendar import local
from app.domain.dataset import Row
from app.domain.errors import N_, Conflict, Refused
from app.domain.letter import About
from app.domain.publishing import EDITABLE
from app.domain.round_life import Stage
from app.domain.thai import is_blank, single_line, storable
from app.extensions import db
from app.models import Area, Dataset, Letter, Publication, Round
from app.queries import dataset as datasets
from app.queries import publication as publications
from app.queries import round as rounds
from app.services import letters, record

PUBLISHES_IN = (Stage.REVIEW, Stage.PUBLISHED)
# What a publication takes over from the one before it.
_KEPT = ("number_prefix", "signatory_name", "signatory_position", "contact", "answer_days")
ROWS_AT_A_TIME = 500


class Why(StrEnum):
    """Why an office gets a letter."""

    FIRST = "first"
    CHANGED = "changed"


WHY_NAMES = {Why.FIRST: N_("Has no letter yet"), Why.CHANGED: N_("Its result changed since its letter")}


@dataclass(frozen=True)
class Proposal:
    """An office that a new publication should tell, and why. `replaces` is the letter that would be replaced."""

    area: Area
    why: Why
    results: int
    replaces: Letter | None = None


def propose(row: Dataset) -> list[Proposal]:
    """Offices with a result in a dataset that have no released letter of the round, or whose letter says something else, in Thai order."""
    return _propose(row, _by_office(datasets.rows_of(row.id)))


def _propose(row: Dataset, by_office: Mapping[int, list[Row]]) -> list[Proposal]:
    standing = publications.standing_letters(row.round_id)
    told = {key: _by_office(datasets.rows_of(key)) for key in {letter.publication.dataset_id for letter in standing.values()}}
    areas = datasets.area_names(by_office)
    found = []
    for area_id, rows in by_office.items():
        results = sum(one.level is not None for one in rows)
        letter = standing.get(area_id)
        if results == 0 and letter is None:
            continue
        if letter is None:
            found.append(Proposal(areas[area_id], Why.FIRST, results))
        elif dataset.changed_for_reader(told[letter.publication.dataset_id].get(area_id, []), rows):
            found.append(Proposal(areas[area_id], Why.CHANGED, results, letter))
    return sorted(found, key=lambda one: one.area.sort_order)


def _by_office(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.area_id, []).append(row)
    return found


# --- drafting ----------------------------------------------------------------------------------------------------------------------


def draft(row: Dataset, *, actor: Actor, now: datetime) -> Publication:
    """Draft a publication over frozen figures: a letter to each office that should be told, with its texts composed by the rules.

    Raises Conflict while another is not finished, Refused where there is nobody to tell and for figures from before the last letters: these
    would take a correction back."""
    access.require(actor, Action.PUBLISH_RESULTS, access.COUNTRY)
    found = rounds.held(row.round.code)
    if found is None or found.stage not in PUBLISHES_IN:
        raise Conflict(N_("Letters are drafted while a round is in review, or published"))
    if (other := publications.unfinished(found.id, now)) is not None:
        raise Conflict(N_("Publication %(number)d is not finished: release or discard it first"), number=other.number)
    last = next(iter(publications.all_of(found.id)), None)
    if last is not None and row.number < last.dataset.number:
        raise Refused(
            N_("Dataset %(number)d is older than that of the last letters, %(last)d: choose a later one, or freeze now"),
            number=row.number,
            last=last.dataset.number,
        )
    by_office = _by_office(datasets.rows_of(row.id))
    proposed = _propose(row, by_office)
    if not proposed:
        raise Refused(N_("No office has a result in this dataset that its letter does not say already"))
    made = Publication(
        round=found,
        number=publications.last_number(found.id) + 1,
        dataset=row,
        created_at=now,
        created_by_name=actor.name,
        **_usual(found, last),
    )
    db.session.add(made)
    db.session.flush()
    _write_letters(made, proposed, by_office)
    said = f"{made.number} dataset {row.number}: {len(proposed)}"
    record.change(actor, f"round:{found.id}", "publication:drafted", now=now, new=said)
    return made


def about(found: Round) -> About:
    """A round in the words of its letters."""
    names = [part.name_th for part in rounds.parts_with_indicators(found.id) if part.indicators]
    opened, closed = local(found.opens_at).date(), local(found.closes_at).date()
    return About(found.name_th, found.fiscal_year_be, names, opened, closed)


def _usual(found: Round, last: Publication | None) -> dict[str, object]:
    """What a letter usually says, and who signed the last ones."""
    words = about(found)
    usual: dict[str, object] = {
        "subject": rules.usual_subject(words),
        "opening": rules.usual_opening(words),
        "closing": rules.usual_closing(),
        "signatory_position": rules.POSITION,
        "contact": rules.CONTACT,
    }
    return usual | ({name: getattr(last, name) for name in _KEPT} if last else {})


def _write_letters(made: Publication, proposed: list[Proposal], by_office: Mapping[int, list[Row]]) -> None:
    indicators = datasets.indicators_of(made.round_id)
    values = []
    for one in proposed:
        results = letters.results(by_office[one.area.id], indicators)
        values.append(
            {
                "publication_id": made.id,
                "round_id": made.round_id,
                "area_id": one.area.id,
                "strengths": rules.strengths(results),
                "improvements": rules.improvements(results),
                "replaces_id": one.replaces.id if one.replaces else None,
                "content": {},
            }
        )
    for start in range(0, len(values), ROWS_AT_A_TIME):
        db.session.execute(insert(Letter), values[start : start + ROWS_AT_A_TIME])


def discard(publication_id: int, *, actor: Actor, now: datetime) -> None:
    """Forget a draft with its letters; the figures stay frozen."""
    found = editable(publication_id, actor)
    record.change(actor, f"round:{found.round_id}", "publication:discarded", now=now, old=str(found.number))
    db.session.execute(delete(Letter).where(Letter.publication_id == found.id))
    db.session.delete(found)


# --- putting right -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """What all letters of a publication say alike."""

    number_prefix: str
    first_number: int | None
    dated_on: date | None
    subject: str
    opening: str
    closing: str
    signatory_name: str
    signatory_position: str
    contact: str
    appeals_from: date | None
    appeals_until: date | None
    answer_days: int


def editable(publication_id: int, actor: Actor) -> Publication:
    """A publication that may be changed, held. Raises Conflict for a released one: that is never changed, but followed by another."""
    access.require(actor, Action.PUBLISH_RESULTS, access.COUNTRY)
    found = publications.held(publication_id)
    if found.state not in EDITABLE:
        raise Conflict(N_("A released publication is never changed. Take it back before its moment, or publish a later one."))
    return found


def settings_seen(found: Publication) -> str:
    """What the form of the settings showed, in short."""
    return rules.fingerprint(*(getattr(found, field.name) for field in fields(Settings)))


def texts_seen(letter: Letter) -> str:
    """What the form of a letter's own texts showed, in short."""
    return rules.fingerprint(letter.strengths, letter.improvements)


def _require_seen(stands: str, seen: str | None) -> None:
    """Raise Conflict where somebody else wrote since the form was opened; None is not asked."""
    if seen is not None and seen != stands:
        raise Conflict(
            N_("Somebody else changed this meanwhile. What you typed is still below; compare in another window and save again.")
        )


def set_up(publication_id: int, settings: Settings, *, actor: Actor, now: datetime, seen: str | None = None) -> Publication:
    """Set what all letters say, and give them their numbers in Thai order of the offices. Letters that would say something else are made
    again."""
    found = editable(publication_id, actor)
    _require_seen(settings_seen(found), seen)
    if (settings.appeals_from is None) != (settings.appeals_until is None):
        raise Refused(N_("Set both days of the time for questions and appeals, or neither"))
    if settings.appeals_from and settings.appeals_until and settings.appeals_until < settings.appeals_from:
        raise Refused(N_("The time for questions and appeals ends before it begins"))
    changed = False
    for name, value in vars(settings).items():
        old = getattr(found, name)
        if old != value:
            setattr(found, name, value)
            record.change(
                actor,
                subject(found),
                name,
                now=now,
                old=None if old is None else str(old),
                new=None if value is None else str(value),
            )
            changed = True
    if _number(found) or changed:
        for letter in publications.letters_of(found.id):
            letters.make_again(letter)
    return found


def _number(found: Publication) -> bool:
    """Number the letters that are not held back one after the other in Thai order. Answers whether a number changed."""
    changed, number = False, found.first_number
    for letter in publications.letters_of(found.id):
        given = "" if letter.held or number is None else rules.letter_number(found.number_prefix, number)
        if given and number is not None:
            number += 1
        changed, letter.letter_number = changed or letter.letter_number != given, given
    return changed


def subject(found: Publication) -> str:
    return f"publication:{found.id}"


def edit(
    publication_id: int, area_code: str, texts: tuple[str, str], *, actor: Actor, now: datetime, seen: str | None = None
) -> Letter:
    """Write what is the office's own in its letter, strengths and what to improve, by hand."""
    found = editable(publication_id, actor)
    letter = publications.letter_of(found.id, area_code)
    _require_seen(texts_seen(letter), seen)
    for name, text in zip(("strengths", "improvements"), texts, strict=True):
        new, old = storable(text).strip(), getattr(letter, name)
        if len(new) > rules.MOST_TEXT:
            raise Refused(N_("The text may have %(count)d characters at most"), count=rules.MOST_TEXT)
        if new != old:
            setattr(letter, name, new)
            letters.make_again(letter)
            record.change(actor, f"letter:{letter.id}", name, now=now, old=old, new=new)
    return letter


def hold_back(publication_id: int, area_code: str, reason: str, *, actor: Actor, now: datetime) -> Letter:
    """Leave an office out of a publication, with a reason. Its number stays free until numbers are given anew."""
    found = editable(publication_id, actor)
    letter = publications.letter_of(found.id, area_code)
    if is_blank(reason):
        raise Refused(N_("Write why this letter is held back"))
    letter.held, letter.held_reason = True, single_line(reason)
    record.change(actor, f"letter:{letter.id}", "held", now=now, new=letter.held_reason)
    return letter


def include(publication_id: int, area_code: str, *, actor: Actor, now: datetime) -> Letter:
    """Take an office in again; a letter that lost its number gets the next one."""
    found = editable(publication_id, actor)
    letter = publications.letter_of(found.id, area_code)
    if letter.held:
        letter.held, old, letter.held_reason = False, letter.held_reason, ""
        if not letter.letter_number and found.first_number is not None:
            letter.letter_number = _next_number(found)
        record.change(actor, f"letter:{letter.id}", "held", now=now, old=old)
    return letter


def _next_number(found: Publication) -> str:
    given = [
        int(letter.letter_number.removeprefix(found.number_prefix))
        for letter in publications.letters_of(found.id)
        if letter.letter_number
    ]
    return rules.letter_number(found.number_prefix, max(given, default=(found.first_number or 1) - 1) + 1)
