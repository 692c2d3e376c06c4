"""Freezing the figures of a round under a number and the server's signature, and telling later whether they still stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, text

from app.domain import access, dataset, receipts
from app.domain.access import Action, Actor
from app.domain.dataset import Difference
from app.domain.errors import N_, Refused
from app.extensions import db
from app.models import Dataset, DatasetRow
from app.queries import dataset as datasets
from app.queries import round as rounds
from app.queries.dataset import Cause
from app.services import record, signing
from app.signing import Signer, verify

ROWS_AT_A_TIME = 1000


def freeze(round_code: str, note: str, *, actor: Actor, now: datetime, signer: Signer) -> Dataset:
    """Freeze how every report of a round stands now. What others are writing at this moment is waited for."""
    access.require(actor, Action.PUBLISH_RESULTS, access.COUNTRY)
    found = rounds.find_real(round_code)
    _wait_for_writers()
    rows = datasets.rows_as_of(found, now)
    if not rows:
        raise Refused(N_("The round asks for no report: there is nothing to freeze"))
    row = Dataset(
        round=found,
        number=datasets.last_number(found.id) + 1,
        as_of=now,
        made_by_name=actor.name,
        note=note,
        row_count=len(rows),
        digest=dataset.digest(rows),
    )
    row.key_id, row.signature = signing.sign(signer, _signed(row), now=now)
    db.session.add(row)
    db.session.flush()
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        values = [vars(one) | {"dataset_id": row.id} for one in rows[start : start + ROWS_AT_A_TIME]]
        db.session.execute(insert(DatasetRow), values)
    record.change(actor, f"round:{found.id}", "dataset", now=now, new=f"{row.number} {row.digest}")
    return row


def _wait_for_writers() -> None:
    """On PostgreSQL: let hand-ins and outcomes that are being written commit first, and no other freeze run beside this one. SQLite has
    one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE outcome, hand_in IN SHARE ROW EXCLUSIVE MODE"))


def _signed(row: Dataset) -> bytes:
    return receipts.signed_text(dataset.statement(row.round.code, row.number, row.as_of, row.row_count, row.digest))


@dataclass(frozen=True)
class Rebuilt:
    """How a dataset compares with what the same moment gives today. `is_intact` says that the frozen rows are those that were signed."""

    is_intact: bool
    is_signed: bool
    digest_now: str
    differing: list[Difference]

    @property
    def is_equal(self) -> bool:
        """Whether everything is as it was frozen, to the last digit."""
        return self.is_intact and self.is_signed and not self.differing


def rebuild(row: Dataset) -> Rebuilt:
    """Reckon the figures of the dataset's moment again from the hand-ins and outcomes of then, and compare with the frozen rows."""
    frozen = datasets.rows_of(row.id)
    again = datasets.rows_as_of(row.round, row.as_of)
    return Rebuilt(
        is_intact=len(frozen) == row.row_count and dataset.digest(frozen) == row.digest,
        is_signed=bool(row.signature) and verify(row.key_id, _signed(row), row.signature),
        digest_now=dataset.digest(again),
        differing=dataset.differences(frozen, again),
    )


@dataclass(frozen=True)
class Since:
    """A report that stands otherwise now than in a dataset, with what happened to it."""

    difference: Difference
    causes: list[Cause]


def changes_since(row: Dataset, *, now: datetime) -> list[Since]:
    """Every report that stands otherwise now than it was frozen, and what happened to each since, when and by whom."""
    differing = dataset.differences(datasets.rows_of(row.id), datasets.rows_as_of(row.round, now))
    causes = datasets.causes_since(row, differing, now)
    return [Since(one, causes.get(one.row.key, [])) for one in differing]
