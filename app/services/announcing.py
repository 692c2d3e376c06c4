"""Publishing results: what is wrong with the letters of a publication, releasing all of them for one moment, and what happens then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain import access, dataset
from app.domain import letter as rules
from app.domain.access import Action, Actor
from app.domain.calendar import local
from app.domain.errors import N_, Conflict, Refused
from app.domain.letter import Fault, Standing
from app.domain.publishing import LetterState, PublicationState
from app.domain.round_life import Stage, Step
from app.domain.thai import is_blank, single_line
from app.extensions import db
from app.models import Dataset, Letter, Publication, Round
from app.queries import dataset as datasets
from app.queries import publication as publications
from app.queries import round as rounds
from app.services import drafting, notices, record
from app.services.notices import Telling


@dataclass(frozen=True)
class Checked:
    """A letter with everything that is wrong with it."""

    letter: Letter
    faults: list[Fault]
    results: int

    @property
    def is_ready(self) -> bool:
        return self.letter.held or (self.letter.state == LetterState.MADE and not self.faults)


def check(found: Publication) -> list[Checked]:
    """Every letter of a publication with its faults, in Thai order, in three statements."""
    taken, counts = publications.numbers_given_elsewhere(found.id), publications.results_by_office(found.dataset_id)
    every = publications.letters_of(found.id)
    used: dict[str, int] = {}
    for letter in every:
        used[letter.letter_number] = used.get(letter.letter_number, 0) + (not letter.held)
    return [
        Checked(
            letter,
            []
            if letter.held
            else rules.faults(
                Standing(
                    settings=found,
                    letter_number=letter.letter_number,
                    strengths=letter.strengths,
                    improvements=letter.improvements,
                    results=counts.get(letter.area_id, 0),
                    pages=letter.pages if letter.state == LetterState.MADE else None,
                    has_failed=letter.state == LetterState.FAILED,
                    is_taken=bool(letter.letter_number) and (letter.letter_number in taken or used[letter.letter_number] > 1),
                )
            ),
            counts.get(letter.area_id, 0),
        )
        for letter in every
    ]


@dataclass(frozen=True)
class Lacking:
    """What is not settled: reports of the told offices without a result, and what the round still decides on."""

    reports: list[tuple[str, str, str]]
    moderations: int
    reviews: int

    @property
    def total(self) -> int:
        return len(self.reports) + self.moderations + self.reviews

    @property
    def seen(self) -> str:
        """What a page showed, to be compared when its button is pressed."""
        return f"{len(self.reports)}-{self.moderations}-{self.reviews}"


def lacking(found: Publication) -> Lacking:
    """What is missing from a publication, in two statements."""
    still = publications.still_open(found.round_id)
    return Lacking(publications.without_result(found), still.moderations, still.reviews)


@dataclass(frozen=True)
class Terms:
    """What goes with a release: its moment, now where there is none; whether results may be missing, why, and how many were shown."""

    release_at: datetime | None = None
    accepts_lacking: bool = False
    reason: str = ""
    seen: str = ""


def release(publication_id: int, terms: Terms, *, actor: Actor, now: datetime) -> Publication:
    """Let all letters that are not held back go at one moment. Raises Refused or Conflict, changing nothing, for what hinders."""
    access.require(actor, Action.PUBLISH_RESULTS, access.COUNTRY)
    rounds.held_by_id(db.session.get_one(Publication, publication_id).round_id)
    found = drafting.editable(publication_id, actor)
    if found.round.stage not in drafting.PUBLISHES_IN:
        raise Conflict(N_("Results are published while a round is in review, or published"))
    if terms.release_at is not None and terms.release_at < now:
        raise Refused(N_("The moment has passed: type a later one, or none to publish now"))
    if found.appeals_until is not None and found.appeals_until < local(terms.release_at or now).date():
        raise Refused(
            N_(
                "The time for questions and appeals is over before the results are published: set a later day, or an earlier moment"
            )
        )
    _require_letters(check(found))
    lacks = lacking(found)
    if lacks.total:
        if terms.seen != lacks.seen:
            raise Conflict(N_("What has no result changed meanwhile. Look at the figures again and press once more."))
        if not terms.accepts_lacking or is_blank(terms.reason):
            raise Refused(
                N_(
                    "%(count)d reports have no result or are still decided on: settle them, or tick that you publish without, and why"
                ),
                count=lacks.total,
            )
    _require_intact(found.dataset)
    found.state, found.release_at = PublicationState.RELEASED.value, terms.release_at or now
    found.released_by_name, found.told_at = actor.name, None
    record.change(actor, drafting.subject(found), "released", now=now, new=f"{found.release_at.isoformat()} {_numbers(found)}")
    if lacks.total:
        record.change(actor, drafting.subject(found), "without result", now=now, old=lacks.seen, new=single_line(terms.reason))
    come_true(found.round, actor=actor, now=now)
    return found


def _require_letters(checked: list[Checked]) -> None:
    going = [one for one in checked if not one.letter.held]
    if not going:
        raise Refused(N_("Every letter is held back: there is nothing to publish"))
    if faulty := sum(bool(one.faults) for one in going):
        raise Refused(N_("%(count)d letters have faults: mend them or hold them back"), count=faulty)
    if waiting := sum(one.letter.state != LetterState.MADE for one in going):
        raise Refused(N_("%(count)d letters are still being made. Try again in a few minutes."), count=waiting)


def _require_intact(row: Dataset) -> None:
    """Raise Refused where the frozen rows are not those that were signed."""
    frozen = datasets.rows_of(row.id)
    if len(frozen) != row.row_count or dataset.digest(frozen) != row.digest:
        raise Refused(
            N_("The frozen figures of this publication were altered in the database. Rebuild the dataset to see which.")
        )


def _numbers(found: Publication) -> str:
    """Which numbers go out: 'ศธ 04003/1 – ศธ 04003/245 (245)'."""
    given = [letter.letter_number for letter in publications.letters_of(found.id) if not letter.held]
    return f"{given[0]} – {given[-1]} ({len(given)})"


def withdraw(publication_id: int, reason: str, *, actor: Actor, now: datetime) -> Publication:
    """Take a release back before its moment, with a reason; it is a draft again. Raises Conflict once the moment has come."""
    access.require(actor, Action.PUBLISH_RESULTS, access.COUNTRY)
    found = publications.held(publication_id)
    if found.state != PublicationState.RELEASED or found.release_at is None or found.release_at <= now:
        raise Conflict(N_("The moment of this publication has come: it can't be taken back, only followed by a later one"))
    if is_blank(reason):
        raise Refused(N_("Write why the publication is taken back"))
    old, found.state, found.release_at = found.release_at, PublicationState.WITHDRAWN.value, None
    record.change(actor, drafting.subject(found), "withdrawn", now=now, old=old.isoformat(), new=single_line(reason))
    return found


def come_true(found: Round, *, actor: Actor, now: datetime) -> bool:
    """What happens at the moment of a release: the round is published and the offices are told, once. The round is held by the caller;
    repeating it changes nothing."""
    came = publications.that_came(found.id, now)
    if came and found.stage == Stage.REVIEW:
        record.change(actor, f"round:{found.id}", f"step:{Step.PUBLISH}", now=now, old=found.stage, new=Stage.PUBLISHED.value)
        found.stage = Stage.PUBLISHED.value
    for publication_id in came:
        publication = publications.held(publication_id)
        if publication.told_at is None:
            publication.told_at = now
            _tell(publication, now)
    return bool(came)


def _tell(publication: Publication, now: datetime) -> None:
    """A line and a mail to every coordinator and director of the offices with a letter: where to look, and no level."""
    found = publication.round
    kind = "results_published" if publication.number == 1 else "results_reissued"
    words = {"round": found.code, "round_name": found.name_th, "fiscal_year": str(found.fiscal_year_be)}
    notices.tell_each(
        [
            Telling(user, kind, f"results:{publication.id}", words, f"/results/{found.code}/{area.code}/", mail="notice")
            for user, area in publications.people_to_tell(publication.id)
        ],
        now=now,
    )
