"""Files that take a while: asking for one, its turn, how far it is, keeping it, taking it, and letting it go.

One file is made at a time on a whole installation, so that who works on a report never waits for who takes the figures. What each is made of
says `app.exports.making`; the worker brings the two together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import update

from app import scope
from app.claims import claim
from app.domain import access
from app.domain.access import OFFICE_DUTIES, Action, Actor
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.exporting import (
    FORMATS,
    KEPT_FOR,
    LIVING,
    MOST_ATTEMPTS,
    MOST_WAITING,
    OF_AN_OFFICE,
    WHOLE_REPORTS,
    Format,
    Product,
    State,
    fingerprint,
)
from app.extensions import db, transaction
from app.models import Area, Dataset, Export, Round
from app.queries import export as exports
from app.queries import published
from app.queries.export import Wanted
from app.services import notices, record
from app.storage import EvidenceStore, StoreFull, StoreUnreachable

_NO_SUCH_FILE = N_("There is no such file")
_ENDED = N_("It is not being made any more")
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Nobody waits for the file any more."""


class CannotBeMade(Exception):
    """The file cannot be made as it was asked for; `reason` is a message id."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# Makes a file at a path, in a folder of its own for what is needed on the way, telling (done, planned). Answers its counts.
Make = Callable[[Export, Path, Path, Callable[[int, int], None]], dict[str, Any]]


# --- asking ----------------------------------------------------------------------------------------------------------------------


def ask(
    found: Round,
    product: Product,
    form: Format,
    wanted: Wanted,
    *,
    dataset_number: int | None,
    language: str,
    actor: Actor,
    now: datetime,
) -> Export:
    """The centre asks for a file of a round, of live figures or of frozen ones. Raises Refused for what there is not, Conflict for too many
    that wait."""
    access.require(actor, Action.EXPORT_ROUND, access.COUNTRY)
    wanted, dataset = _checked(found, product, form, wanted, dataset_number)
    return _ask(found, product, form, wanted.args, dataset.id if dataset else None, language, actor=actor, now=now)


def of_operator(
    found: Round, product: Product, form: str, wanted: Wanted, *, dataset_number: int | None, language: str, now: datetime
) -> Export:
    """What an operator's command is to write: a file that is no row, begun at this moment. Raises Refused."""
    if form not in FORMATS[product]:
        raise Refused(_NO_SUCH_FILE)
    wanted, dataset = _checked(found, product, Format(form), wanted, dataset_number)
    return Export(
        round=found,
        round_id=found.id,
        product=product.value,
        format=form,
        filters=wanted.args,
        about_area_code=wanted.office,
        dataset=dataset,
        dataset_id=dataset.id if dataset else None,
        language=language,
        asked_at=now,
        started_at=now,
        as_of=dataset.as_of if dataset else now,
        asked_by_name="e-MES",
    )


def _checked(
    found: Round, product: Product, form: Format, wanted: Wanted, dataset_number: int | None
) -> tuple[Wanted, Dataset | None]:
    """What is really meant, with the frozen figures that are named. Raises Refused for what there is not."""
    if form not in FORMATS[product]:
        raise Refused(_NO_SUCH_FILE)
    dataset = exports.dataset_of(found.id, dataset_number) if dataset_number is not None else None
    if dataset_number is not None and dataset is None:
        raise Refused(N_("There are no such frozen figures"))
    if product in WHOLE_REPORTS:  # a report is one whole: which indicators are meant narrows nothing
        wanted = replace(wanted, where=replace(wanted.where, indicator=""))
    offices = exports.areas_of(found, wanted, dataset.id if dataset else None)
    if not offices:
        raise Refused(N_("No office fits: nothing to tell"))
    if product is Product.PAPER and len(offices) > 1:
        raise Refused(N_("A PDF is of one office: enter its code. The ZIP holds the PDFs of several."))
    return wanted, dataset


def ask_for_office(found: Round, area: Area, product: Product, *, language: str, actor: Actor, now: datetime) -> Export:
    """Somebody of an office asks for a file of its own reports. Raises Refused and Conflict."""
    access.require(actor, Action.EXPORT_OFFICE, _Owned(area.id))
    if product not in OF_AN_OFFICE:
        raise Refused(_NO_SUCH_FILE)
    form = FORMATS[product][0]
    return _ask(found, product, form, {"office": area.code}, None, language, actor=actor, now=now, area=area)


class _Owned:
    """What belongs to an office, for `access`."""

    def __init__(self, area_id: int) -> None:
        self.area_id = area_id


def _ask(
    found: Round,
    product: Product,
    form: Format,
    filters: Mapping[str, str],
    dataset_id: int | None,
    language: str,
    *,
    actor: Actor,
    now: datetime,
    area: Area | None = None,
) -> Export:
    if exports.living_of(actor.user_id) >= MOST_WAITING:
        raise Conflict(
            N_("%(count)d of your files are still being made. Wait for one of them, or cancel it."), count=MOST_WAITING
        )
    row = Export(
        area_id=area.id if area else None,
        round_id=found.id,
        product=product.value,
        format=form.value,
        filters=dict(filters),
        about_area_code=filters.get("office", ""),
        dataset_id=dataset_id,
        language=language,
        fingerprint="",
        asked_at=now,
        asked_by_id=actor.user_id,
        asked_by_name=actor.name,
        state=State.WAITING.value,
        counts={},
    )
    row.fingerprint = _fingerprint(row, now)
    db.session.add(row)
    db.session.flush()
    _use_ready(row, now=now)
    record.change(actor, f"export:{row.id}", "asked", now=now, area_id=row.area_id, new=f"{row.product}.{row.format}")
    return row


def _fingerprint(row: Export, now: datetime) -> str:
    """The same for every request that the same file would answer. Live figures are the same while nothing of them changed; an office's besides
    while the same letter is the latest that it may read, for the moment of a release comes without any change."""
    shape = {
        name: getattr(row, name) for name in ("area_id", "round_id", "product", "format", "filters", "dataset_id", "language")
    }
    with scope.whole_country("whether anything changed, and nothing of what"):
        mark = None if row.dataset_id is not None else exports.mark_of(row.round_id)
    told = published.office_letter(exports.round_of(row), row.area_id, now) if row.area_id is not None else None
    return fingerprint(shape | {"mark": mark, "letter": told.letter.id if told else None})


@contextmanager
def _for(row: Export) -> Iterator[None]:
    """Act for whom a file is made: an office, which reads nothing but what an office may, or the centre."""
    if row.area_id is None:
        yield
        return
    office = Actor(row.asked_by_id, OFFICE_DUTIES, frozenset({row.area_id}), row.asked_by_name)
    with scope.acting_as(office):
        yield


def _use_ready(row: Export, *, now: datetime) -> bool:
    """Give out a finished file that says the same. Answers whether there was one."""
    known = exports.ready(row.fingerprint, now)
    if known is None:
        return False
    for name in ("storage_key", "size_bytes", "sha256", "counts", "done", "planned", "as_of", "expires_at"):
        setattr(row, name, getattr(known, name))
    row.state, row.was_reused, row.ended_at = State.DONE.value, True, now
    return True


def cancel(row: Export, *, actor: Actor, now: datetime) -> None:
    """Nobody needs it any more: who asked says so, somebody of the office that it is for, or who runs the round. Raises Conflict where it has
    ended already."""
    if not row.is_living:
        raise Conflict(_ENDED)
    if row.area_id is not None:
        access.require(actor, Action.EXPORT_OFFICE, _Owned(row.area_id))
    elif row.asked_by_id != actor.user_id:
        access.require(actor, Action.RUN_ROUND, access.COUNTRY)
    changed = db.session.execute(
        update(Export)
        .where(Export.id == row.id, Export.state.in_(LIVING))
        .values(state=State.CANCELLED.value, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        raise Conflict(_ENDED)
    record.change(actor, f"export:{row.id}", "cancelled", now=now, area_id=row.area_id)


def take(row: Export, *, actor: Actor, now: datetime) -> None:
    """Note who takes a file. Raises NotFound where there is none."""
    if not row.is_ready or row.expires_at is None or row.expires_at <= now:
        raise NotFound
    taken = (
        update(Export)
        .where(Export.id == row.id)
        .values(taken=Export.taken + 1, last_taken_at=now, last_taken_by_name=actor.name)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(taken)
    record.change(actor, f"export:{row.id}", "taken", now=now, area_id=row.area_id, new=row.sha256)


def expire(*, now: datetime) -> int:
    """Let go of files whose time is over; the sweeper removes their bytes. Returns how many."""
    over = exports.over(now)
    for row in over:
        row.state, row.storage_key = State.EXPIRED.value, ""
    return len(over)


# --- making ----------------------------------------------------------------------------------------------------------------------


def make_next(make: Make, store: EvidenceStore, *, clock: Callable[[], datetime]) -> bool:
    """Make the file whose turn it is, unless another process is at one. Answers whether there was one to make.

    The claim ends with the process: what was being made when a worker died is taken up again."""
    nothing_waits = not exports.queue()
    db.session.close()
    if nothing_waits:  # asked every two seconds: a claim would open a connection to PostgreSQL each time
        return False
    with claim("exports") as is_mine:
        waiting = exports.queue() if is_mine else []
        db.session.close()
        if not waiting:
            return False
        return _make(waiting[0], make, store, clock)


def _make(export_id: int, make: Make, store: EvidenceStore, clock: Callable[[], datetime]) -> bool:
    """Answers whether it was dealt with; where the store is away it waits for another turn."""
    row = _begin(export_id, now=clock())
    if row is None:
        return True
    try:
        with store.making() as target:
            with TemporaryDirectory(prefix="emes-export-") as folder, _for(row):
                counts = make(row, target, Path(folder), lambda done, planned: _note(export_id, done, planned))
            stored = store.keep_made(target)
        if not _finish(export_id, stored.key, stored.size, stored.sha256, counts, row.as_of, now=clock()):
            store.delete(stored.key)
    except Cancelled:
        log.info("export %s was cancelled", export_id)
    except CannotBeMade as fault:
        _fail(export_id, fault.reason, now=clock())
    except StoreFull:
        _fail(
            export_id,
            N_("There is no room for the file at the moment. Narrow it down, or tell the administrator."),
            now=clock(),
        )
    except StoreUnreachable as fault:
        log.error("export %s waits for the store: %s", export_id, fault)
        _wait_again(export_id)
        return False
    except Exception:
        log.exception("export %s met a fault", export_id)
        if row.attempts >= MOST_ATTEMPTS:
            _fail(export_id, N_("It could not be made. The administrators see why; ask for it again later."), now=clock())
    return True


def _wait_again(export_id: int) -> None:
    """Back into the queue: an attempt that failed through no fault of the file's does not count."""
    with transaction():
        row = exports.with_all(export_id)
        if row is not None and row.state == State.RUNNING:
            row.state, row.attempts = State.WAITING.value, row.attempts - 1


def _begin(export_id: int, *, now: datetime) -> Export | None:
    with transaction():
        row = exports.with_all(export_id)
        if row is None or not row.is_living or _use_ready(row, now=now):
            return None
        if row.attempts >= MOST_ATTEMPTS:  # the last attempt ended the process
            row.state, row.ended_at = State.FAILED.value, now
            row.fault = N_("It could not be made. The administrators see why; ask for it again later.")
            return None
        row.state, row.started_at, row.attempts = State.RUNNING.value, now, row.attempts + 1
        row.as_of = row.dataset.as_of if row.dataset else now
        with _for(row):
            row.fingerprint, row.done = _fingerprint(row, now), 0
        db.session.flush()
        db.session.expunge_all()
    return row


def _note(export_id: int, done: int, planned: int) -> None:
    """Say how far it is. Raises Cancelled where nobody waits any more."""
    with transaction():
        noted = db.session.execute(
            update(Export)
            .where(Export.id == export_id, Export.state == State.RUNNING)
            .values(done=done, planned=planned)
            .execution_options(synchronize_session=False)
        )
    if not noted.rowcount:  # type: ignore[attr-defined]
        raise Cancelled


def _finish(
    export_id: int, key: str, size: int, sha256: str, counts: dict[str, Any], as_of: datetime | None, *, now: datetime
) -> bool:
    with transaction():
        row = exports.with_all(export_id)
        if row is None or row.state != State.RUNNING:
            return False
        row.state, row.storage_key, row.size_bytes, row.sha256 = State.DONE.value, key, size, sha256
        row.counts, row.ended_at, row.expires_at = counts, now, now + KEPT_FOR
        row.done = row.planned
        _tell(row, now=now)
    return True


def _fail(export_id: int, reason: str, *, now: datetime) -> None:
    with transaction():
        row = exports.with_all(export_id)
        if row is not None and row.is_living:
            row.state, row.fault, row.ended_at = State.FAILED.value, reason, now


def _tell(row: Export, *, now: datetime) -> None:
    """A line in the inbox for who left the page meanwhile."""
    user = exports.asker(row)
    if user is not None:
        notices.tell(
            [user],
            "export_ready",
            now=now,
            dedupe_key=f"export:{row.id}",
            path=path_of(row),
            round_name=row.round.name_th,
            fiscal_year=str(row.round.fiscal_year_be),
        )


def path_of(row: Export) -> str:
    """The page on which a file is taken."""
    return f"/exports/{row.round.code}/" + (f"{row.about_area_code}/" if row.area_id is not None else "")
