"""Signing how far the record of changes has come, so that a chain made anew by whoever holds the database is found out."""

from __future__ import annotations

import logging
from datetime import datetime

from app.domain import chain
from app.extensions import db
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


def sign(grown: Unsigned, signer: Signer, *, now: datetime) -> bool:
    """Sign where a chain stands, once what was added since the last signature was found to fit: nothing bad is vouched for.

    Answers whether it was signed. The log carries the hash too, out of reach of whoever holds the database."""
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
    signing.remember(signer, now=now)
    checkpoint = Checkpoint(
        chain=grown.chain,
        sequence=grown.sequence,
        previous_sequence=grown.signed_sequence,
        hash=grown.hash,
        at=now,
        key_id=signer.key_id,
    )
    checkpoint.signature = signer.sign(chain.anchor_bytes(checkpoint))
    db.session.add(checkpoint)
    log.info("chain %d signed at no. %d: %s", grown.chain, grown.sequence, grown.hash)
    return True
