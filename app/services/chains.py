"""Chaining the record of changes. Rows wait until their transaction commits; then each joins the end of its office's chain.

Waiting keeps the chain's head held for the shortest time, and takes several heads in one order, so that nobody waits in a ring."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, event, insert, select
from sqlalchemy.orm import Session, SessionTransaction

from app.domain import chain
from app.extensions import GuardedSession, db, insert_if_missing
from app.models import ChainHead, Change

_WAITING = "changes waiting to be chained"
_COLUMNS = tuple(column.key for column in Change.__table__.columns if column.key != "id")


@dataclass(frozen=True)
class _Waiting:
    """A row that is not chained yet, and the transaction or savepoint with which it stands or falls."""

    change: Change
    transaction: SessionTransaction | None

    def is_within(self, outer: SessionTransaction | None) -> bool:
        step = self.transaction
        while step is not None and step is not outer:
            step = step.parent
        return step is not None


def append(change: Change) -> None:
    """Let a row wait for the end of this transaction."""
    session = db.session()
    session.connection()
    change.chain = chain.chain_of(change.area_id)
    waiting = _Waiting(change, session.get_nested_transaction() or session.get_transaction())
    session.info.setdefault(_WAITING, []).append(waiting)


def _forget_undone(session: Session, undone: SessionTransaction) -> None:
    """What a savepoint took back never happened."""
    waiting: list[_Waiting] = session.info.get(_WAITING, [])
    session.info[_WAITING] = [row for row in waiting if not row.is_within(undone)]


def _seal(session: Session) -> None:
    """Chain what waits, as the last act before the commit. Rows of a transaction that never ended are left behind."""
    if session.in_nested_transaction():
        return
    waiting: list[_Waiting] = session.info.pop(_WAITING, [])
    changes = [row.change for row in waiting if row.is_within(session.get_transaction())]
    if not changes:
        return
    heads = _held({change.chain for change in changes})
    for change in changes:
        head = heads[change.chain]
        change.sequence, change.previous_hash = head.sequence + 1, head.hash
        change.hash = chain.digest(change)
        head.sequence, head.hash = change.sequence, change.hash
    # Nobody asks for their numbers, so all go in one statement.
    session.execute(insert(Change), [{name: getattr(change, name) for name in _COLUMNS} for change in changes])


@cache
def _heads() -> Select[tuple[ChainHead]]:
    return (
        select(ChainHead)
        .where(ChainHead.chain.in_(bindparam("chains", expanding=True)))
        .order_by(ChainHead.chain)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _held(chains: Collection[int]) -> dict[int, ChainHead]:
    """The heads of these chains, held for this transaction, begun where there were none."""
    asked = {"chains": tuple(chains)}
    found = {head.chain: head for head in db.session.scalars(_heads(), asked)}
    fresh = sorted(set(chains) - set(found))
    if not fresh:
        return found
    insert_if_missing(ChainHead, *({"chain": one, "sequence": 0, "hash": chain.BEGINNING} for one in fresh))
    return {head.chain: head for head in db.session.scalars(_heads(), asked)}


event.listen(GuardedSession, "before_commit", _seal)
event.listen(GuardedSession, "after_soft_rollback", _forget_undone)
