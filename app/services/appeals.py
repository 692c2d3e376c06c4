"""Asking about a result and appealing against it, and what the centre decides.

What an appeal corrects shows at the office with the next letter; until then its page says what was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain import access
from app.domain import appeals as rules
from app.domain.access import Action, Actor
from app.domain.appeals import Term
from app.domain.calendar import local
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.publishing import AppealKind, AppealState
from app.domain.questions import due_on, read_text
from app.domain.reviewing import Basis
from app.extensions import db
from app.models import Appeal, DatasetRow, Publication
from app.queries import appeal as appeals
from app.queries import published
from app.queries import question as questions
from app.queries import settling as outcomes
from app.services import notices, record, results, settling
from app.services.settling import Decision

TELEPHONE = "0 2288 5867"


@dataclass(frozen=True)
class Filing:
    """What an office files: of which kind, on which issue if on one, in its words."""

    kind: AppealKind
    text: str
    criterion_number: int | None = None


@dataclass(frozen=True)
class Ruling:
    """What the centre says: how it ends, the answer to the office, and for an upheld appeal the new level with its reason and the comment
    that the office will read."""

    state: AppealState
    answer: str
    level: int | None = None
    reason: str = ""
    comment: str | None = None


def term_of(publication: Publication) -> Term:
    """The days in which offices may ask and appeal."""
    return Term(publication.appeals_from, publication.appeals_until)


def file(round_code: str, area_code: str, indicator_code: str, filing: Filing, *, actor: Actor, now: datetime) -> Appeal:
    """Ask about the published result of an indicator, or appeal against it. The same filed twice is one.

    Raises NoTerm outside the time for it, Conflict while another one about the indicator waits, Refused for what cannot be accepted."""
    office, found = results.find(round_code, area_code, actor=actor, now=now)
    access.require(actor, Action.APPEAL, Appeal(area_id=office.area.id))
    row = _row_at(published.rows_of(found.letter), indicator_code)
    today = local(now).date()
    rules.require_open(term_of(found.publication), today, telephone=TELEPHONE)
    text = read_text(filing.text)
    _require_fit(filing, row)
    results.hold_office(office.area.id)
    waiting = appeals.open_at(office.round.id, office.area.id, row.indicator_id)
    if waiting is not None:
        if (waiting.text, waiting.kind) == (text, filing.kind):
            return waiting
        raise Conflict(N_("One request about this indicator waits for the answer already. Withdraw it to file another one."))
    appeal = Appeal(
        area_id=office.area.id,
        round_id=office.round.id,
        letter_id=found.letter.id,
        indicator_id=row.indicator_id,
        criterion_number=filing.criterion_number,
        kind=filing.kind.value,
        text=text,
        filed_at=now,
        filed_by_id=actor.user_id,
        filed_by_name=actor.name,
        due_on=due_on(today, found.publication.answer_days),
    )
    db.session.add(appeal)
    db.session.flush()
    record.change(actor, f"appeal:{appeal.id}", "filed", now=now, area_id=appeal.area_id, new=text)
    _tell_centre(appeal, "appeal_filed", now=now, dedupe_key=f"appeal:{appeal.id}")
    return appeal


def _row_at(rows: list[DatasetRow], indicator_code: str) -> DatasetRow:
    row = next((row for row in rows if row.full_code == indicator_code), None)
    if row is None:
        raise NotFound
    return row


def _require_fit(filing: Filing, row: DatasetRow) -> None:
    numbers = {criterion.number for criterion in row.indicator.criteria}
    if filing.criterion_number is not None and filing.criterion_number not in numbers:
        raise Refused(N_("Choose the issue from the list"))
    if filing.kind is AppealKind.APPEAL and row.level is None:
        raise Refused(
            N_("No level was given here yet, so there is nothing to appeal against. Ask for a clarification instead.")
        )


def _words(appeal: Appeal) -> dict[str, str]:
    return record.about(appeal.round, appeal.area) | {"indicator_code": appeal.indicator.full_code}


def _path_of_office(appeal: Appeal) -> str:
    return f"/results/{appeal.round.code}/{appeal.area.code}/appeals/#appeal-{appeal.id}"


def _tell_centre(appeal: Appeal, kind: str, *, now: datetime, dedupe_key: str) -> None:
    path = f"/appeals/{appeal.round.code}/{appeal.id}"
    notices.tell(questions.central_staff(), kind, now=now, dedupe_key=dedupe_key, path=path, **_words(appeal))


def held(appeal_id: int) -> Appeal:
    """What was filed, held for this transaction. Raises NotFound for another office's."""
    appeals.hold(appeal_id)
    found = appeals.by_id(appeal_id)
    if found is None:
        raise NotFound
    return found


def withdraw(appeal_id: int, *, actor: Actor, now: datetime) -> Appeal:
    """The office takes back what it filed. Raises Conflict once it was answered."""
    appeal = held(appeal_id)
    access.require(actor, Action.APPEAL, appeal)
    if appeal.state == AppealState.WITHDRAWN:
        return appeal
    if appeal.state != AppealState.OPEN:
        raise Conflict(N_("This was answered meanwhile. Read the answer below."))
    _end(appeal, AppealState.WITHDRAWN, actor=actor, now=now)
    return appeal


def _end(appeal: Appeal, state: AppealState, *, actor: Actor, now: datetime, answer: str = "") -> None:
    appeal.state, appeal.answer, appeal.ended_at, appeal.ended_by_name = state.value, answer, now, actor.name
    record.change(actor, f"appeal:{appeal.id}", state.value, now=now, area_id=appeal.area_id, new=answer or None)
    db.session.flush()


def require_impartial(appeal: Appeal, actor: Actor) -> None:
    """Raise OwnLevel where the actor gave the level that is appealed against."""
    submission_id = appeals.submission_of(appeal) if appeal.kind == AppealKind.APPEAL else None
    if submission_id is not None and appeals.gave_a_level(submission_id, actor.user_id):
        raise rules.OwnLevel


def decide(appeal_id: int, ruling: Ruling, *, actor: Actor, now: datetime) -> Appeal:
    """Answer what was filed. The office's coordinators and directors and whoever filed it are told, by a mail too that names no level.

    Raises Conflict where it was answered or withdrawn meanwhile; the same ruling sent twice is one."""
    appeal = held(appeal_id)
    access.require(actor, Action.DECIDE_APPEAL, appeal)
    answer = read_text(ruling.answer)
    if appeal.state == ruling.state and appeal.answer == answer:
        return appeal
    if appeal.state != AppealState.OPEN:
        raise Conflict(
            N_("%(name)s ended this meanwhile. Read above how; what you typed was not sent."), name=appeal.ended_by_name
        )
    if ruling.state not in rules.ANSWERS[AppealKind(appeal.kind)]:
        raise Refused(N_("Choose how it ends"))
    require_impartial(appeal, actor)
    if ruling.state is AppealState.UPHELD:
        _correct(appeal, ruling, actor=actor, now=now)
    _end(appeal, ruling.state, actor=actor, now=now, answer=answer)
    notices.tell(
        appeals.people_to_tell([appeal.area_id], appeal.filed_by_id),
        "appeal_ended",
        now=now,
        dedupe_key=f"appeal ended:{appeal.id}",
        path=_path_of_office(appeal),
        mail="notice",
        **_words(appeal),
    )
    return appeal


def _correct(appeal: Appeal, ruling: Ruling, *, actor: Actor, now: datetime) -> None:
    """Give the report its new level; what was found of each issue stays as it was."""
    submission_id = appeals.submission_of(appeal)
    if submission_id is None:
        raise Refused(N_("The office handed in no report here, so no level can be given."))
    standing = outcomes.standing_outcome(submission_id)
    level = rules.require_change(ruling.level, standing.level if standing else None)
    settling.decide(
        submission_id,
        Decision(
            level=level,
            reason=read_text(ruling.reason),
            comment=(ruling.comment if ruling.comment is not None else standing.comment if standing else "").strip(),
            verdicts=dict(standing.verdicts) if standing else {},
        ),
        basis=Basis.APPEAL,
        actor=actor,
        now=now,
    )


def alarm_overdue(*, now: datetime) -> int:
    """Tell the centre of everything whose answer is late, once for each due day. Returns how many are late."""
    late = appeals.overdue(local(now).date())
    for appeal in late:
        _tell_centre(appeal, "appeal_overdue", now=now, dedupe_key=f"appeal overdue:{appeal.id}:{appeal.due_on}")
    return len(late)
