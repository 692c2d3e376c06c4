"""Whose rows exist for whom: the guard on the database session.

Every query on a model with an area is narrowed to the actor's areas and every write of a foreign row is refused. Without an
actor there are no rows. Jobs and figures about the whole country step out of it by name, with a reason that can be searched for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Executable, ForeignKey, bindparam, event
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)

from app.domain.access import Actor

NOBODY = Actor(user_id=None)
_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)
_country: ContextVar[str | None] = ContextVar("whole_country", default=None)


class AreaScoped:
    """Mixin of every row that belongs to one office."""

    @declared_attr
    def area_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("area.id"), nullable=False, index=True)


class AreaRecorded:
    """Mixin of rows that tell of one office, or of none where they concern the centre. An office reads its own and never the
    centre's; they are written by whatever they tell of, which the guard has judged."""

    @declared_attr
    def area_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("area.id"), nullable=True, index=True)


class CentreOnly:
    """Mixin of rows that no office meets: reviews, levels, results before and after they are published. What is published of them
    leaves by `queries.published` alone, so that a level shown too early takes two mistakes."""

    @declared_attr
    def id(cls) -> Mapped[int]:
        return mapped_column(primary_key=True)


class ForeignRow(RuntimeError):
    """A write of another office's row reached the session: a fault of the program, never shown as more than 'not found'."""


def current_actor() -> Actor:
    """The actor of this request or job; nobody, who sees nothing, where none was named."""
    return _actor.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Run as this actor."""
    token = _actor.set(actor)
    try:
        yield actor
    finally:
        _actor.reset(token)


def begin_request(actor: Actor) -> None:
    """Name the actor for the rest of this request; a later request in the same thread names its own."""
    _actor.set(actor)
    _country.set(None)


@contextmanager
def whole_country(reason: str) -> Iterator[None]:
    """Lift the guard for a figure or a job that concerns all offices. The reason is for the reader of the code."""
    token = _country.set(reason)
    try:
        yield
    finally:
        _country.reset(token)


def _unrestricted() -> bool:
    return _country.get() is not None or _actor.get().sees_all_areas


# Whose the offices are is asked when a statement runs, so that the guard is the same object for everybody: the statement is compiled,
# and the key under which that is found reckoned, once.
_MINE: BindParameter[tuple[int, ...]] = bindparam(
    "offices_of_the_actor", callable_=lambda: tuple(_actor.get().area_ids), expanding=True
)
_GUARD = (
    with_loader_criteria(AreaScoped, lambda cls: cls.area_id.in_(_MINE), include_aliases=True, track_closure_variables=False),
    with_loader_criteria(AreaRecorded, lambda cls: cls.area_id.in_(_MINE), include_aliases=True, track_closure_variables=False),
    with_loader_criteria(CentreOnly, lambda cls: cls.id.is_(None), include_aliases=True, track_closure_variables=False),
)
# Statements that outlive a request are narrowed once.
_narrowed: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()


def _narrow(state: ORMExecuteState) -> None:
    if _unrestricted() or state.is_column_load or not (state.is_select or state.is_update or state.is_delete):
        return
    narrowed = _narrowed.get(state.statement)
    if narrowed is None:
        narrowed = _narrowed[state.statement] = state.statement.options(*_GUARD)
    state.statement = narrowed


def _refuse_foreign(session: Session, *_: object) -> None:
    if _unrestricted():
        return
    mine = _actor.get().area_ids
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, AreaScoped) and row.area_id not in mine:
            raise ForeignRow(f"{type(row).__name__} of area {row.area_id}")
        if isinstance(row, CentreOnly):
            raise ForeignRow(f"{type(row).__name__} is the centre's")


def guard(session_class: type[Session]) -> None:
    """Put the guard on a session class, once."""
    event.listen(session_class, "do_orm_execute", _narrow)
    event.listen(session_class, "before_flush", _refuse_foreign)
