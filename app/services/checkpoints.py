"""Signing how far the record of changes has come, so that a chain made anew by whoever holds the database is found out."""

from __future__ import annotations

import logging
from datetime import datetime

from app.domain import chain
from app.extensions import insert_if_missing
from app.models import Checkpoint
from app.queries import record as records
from app.queries.record import Unsigned
from app.services import signing
from app.services.verification import Walk
from app.signing import Signer

log = logging.getLogger(__name__)


def due(*, now: datetime) -> list[Unsigned]:
    """Chains that grew and were not signed within the hour."""
    return records.unsigned(now - chain.CHECKPOINT_EVERY)


def fits(grown: Unsigned) -> bool:
    """Whether what was added since the last signature fits together: nothing bad is vouched for. Reads only, and takes its time."""
    walk = Walk(f"chain {grown.chain}", sequence=grown.signed_sequence, hash=grown.signed_hash)
    for row in records.links(grown.chain, after=grown.signed_sequence):
        if row.sequence > grown.sequence:
            break
        for fault in walk.step(row):
            log.error("not signed: %s", fault)
            return False
    if (walk.sequence, walk.hash) != (grown.sequence, grown.hash):
        log.error("not signed: the head of chain %d does not match", grown.chain)
        return False
    return True


def sign(grown: Unsigned, signer: Signer, *, now: datetime) -> None:
    """Sign where a chain that `fits` stands. The log carries the hash too, out of reach of whoever holds the database."""
    signing.remember(signer, now=now)
    values = {
        "chain": grown.chain,
        "sequence": grown.sequence,
        "previous_sequence": grown.signed_sequence,
        "hash": grown.hash,
        "at": now,
        "key_id": signer.key_id,
    }
    signature = signer.sign(chain.anchor_bytes(Checkpoint(**values)))
    insert_if_missing(Checkpoint, values | {"signature": signature})  # a second worker may be at it too
    log.info("chain %d signed at no. %d: %s", grown.chain, grown.sequence, grown.hash)
