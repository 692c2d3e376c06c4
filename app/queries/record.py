"""The record of changes as a chain: its links in order, its heads, its checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, cast, func, literal, select, text, union
from sqlalchemy.engine import Connection

from app.domain import chain
from app.extensions import db
from app.models import Answer, Area, ChainHead, Change, Checkpoint, Indicator, Submission

BLOCK = 1000
GUARDS = ("change_refuses_update", "change_refuses_delete", "checkpoint_refuses_update", "checkpoint_refuses_delete")


@dataclass(frozen=True)
class Unsigned:
    """A chain that grew since its last checkpoint: where it stands, and where it was signed last."""

    chain: int
    sequence: int
    hash: str
    signed_sequence: int
    signed_hash: str


def chains() -> dict[int, str]:
    """Every chain that left a trace anywhere, by the code of its office."""
    known = union(select(Change.chain), select(ChainHead.chain), select(Checkpoint.chain)).subquery()
    statement = select(known.c.chain, Area.code).outerjoin(Area, Area.id == known.c.chain).order_by(known.c.chain)
    rows = db.session.execute(statement)
    return {number: code or ("the centre" if number == chain.CENTRE else f"office {number}") for number, code in rows}


def links(chain: int, *, after: int = 0) -> Iterator[Row[Any]]:
    """The links of a chain in order, read in blocks: the record may be longer than the memory."""
    columns = (
        Change.id,
        Change.chain,
        Change.sequence,
        Change.previous_hash,
        Change.hash,
        Change.at,
        Change.actor_name,
        Change.area_id,
        Change.subject,
        Change.what,
        Change.old_value,
        Change.new_value,
    )
    statement = select(*columns).where(Change.chain == chain, Change.sequence > after).order_by(Change.sequence)
    yield from db.session.execute(statement.execution_options(yield_per=BLOCK))


def head(chain: int) -> ChainHead | None:
    """Where a chain ends, read afresh."""
    return db.session.get(ChainHead, chain, populate_existing=True)


def checkpoints(chain: int) -> list[Checkpoint]:
    return list(db.session.scalars(select(Checkpoint).where(Checkpoint.chain == chain).order_by(Checkpoint.sequence)))


def unsigned(not_signed_since: datetime) -> list[Unsigned]:
    """Chains that grew since their last checkpoint, where that is older than this moment."""
    number = func.row_number().over(partition_by=Checkpoint.chain, order_by=Checkpoint.sequence.desc())
    ranked = select(Checkpoint.chain, Checkpoint.sequence, Checkpoint.hash, Checkpoint.at, number.label("place")).subquery()
    statement = (
        select(ChainHead.chain, ChainHead.sequence, ChainHead.hash, ranked.c.sequence, ranked.c.hash)
        .outerjoin(ranked, (ranked.c.chain == ChainHead.chain) & (ranked.c.place == 1))
        .where(ChainHead.sequence > func.coalesce(ranked.c.sequence, 0))
        .where(ranked.c.at.is_(None) | (ranked.c.at <= not_signed_since))
        .order_by(ChainHead.chain)
    )
    rows = db.session.execute(statement)
    return [Unsigned(one, number, last, signed or 0, at or chain.BEGINNING) for one, number, last, signed, at in rows]


def answers_off_record() -> Iterator[Row[Any]]:
    """Answers that are not what the record says was stored last, as (office, indicator, field_key, recorded): `recorded` is the
    number of the last change, or None where there is none. What filled itself in at the beginning needs no record."""
    subject = literal("submission:").concat(cast(Answer.submission_id, String))
    last = select(func.max(Change.id)).where(Change.subject == subject, Change.what == Answer.field_key)
    statement = (
        select(Area.code, Indicator.full_code, Answer.field_key, Change.id)
        .select_from(Answer)
        .join(Submission, Submission.id == Answer.submission_id)
        .join(Area, Area.id == Submission.area_id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .outerjoin(Change, Change.id == last.correlate(Answer).scalar_subquery())
        .where(
            (Change.id.is_(None) & (Answer.version > 0))
            | (Change.id.is_not(None) & Change.new_value.is_distinct_from(Answer.value))
        )
        .order_by(Area.code, Indicator.full_code, Answer.field_key)
    )
    yield from db.session.execute(statement.execution_options(yield_per=BLOCK))


def missing_guards(connection: Connection) -> list[str]:
    """Triggers that should refuse editing and are not there."""
    on_postgresql = connection.dialect.name == "postgresql"
    where = "SELECT tgname FROM pg_trigger" if on_postgresql else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    there = set(connection.scalars(text(where)))
    return [name for name in GUARDS if name not in there]
