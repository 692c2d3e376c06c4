"""Mutants of a store in S3: what counts as written, and what may be swept."""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def acknowledges_before_the_last_part() -> None:
    """An object in parts counts as there before the server was told that it is complete."""
    from app.storage.s3_objects import Transfer

    def finish(transfer: Any, last: bytes) -> None:
        if transfer._upload_id is None:
            transfer._bucket.put(transfer._name, last)
        elif last:
            transfer.add(last)

    Transfer.finish = finish  # type: ignore[method-assign]


def takes_a_503_for_success() -> None:
    """What the S3 server did not take counts as written."""
    from app.storage import StoreUnreachable
    from app.storage.s3_objects import Bucket, Transfer

    for owner, name in ((Transfer, "add"), (Transfer, "finish"), (Bucket, "put")):
        kept = getattr(owner, name)

        def swallow(*words: Any, kept: Any = kept) -> None:
            with suppress(StoreUnreachable):
                kept(*words)

        setattr(owner, name, swallow)


def sweeps_what_is_alive() -> None:
    """The sweeper asks neither what rows refer to nor how long it lies there."""
    from app.storage.s3 import S3Store

    sweep = S3Store.sweep

    def sweep_everything(store: Any, living: set[str]) -> int:
        store.orphan_grace_seconds = -60
        return sweep(store, set())

    S3Store.sweep = sweep_everything  # type: ignore[method-assign]
